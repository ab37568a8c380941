import pytest

from app.planning.rule_planner import RulePlanner
from tests.fixtures.planner import demo_planner


@pytest.fixture(scope="session")
def planner() -> RulePlanner:
    return demo_planner()
