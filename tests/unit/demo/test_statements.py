import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from app.demo.build import day_slices
from app.demo.statements import statements
from app.demo.steps import STEPS

FILES = ["00_files", *(step.file for step in STEPS)]


@pytest.mark.parametrize("file", FILES)
def test_every_statement_has_a_description_and_is_one_statement(file: str) -> None:
    for name, sql in statements(file).items():
        assert sql.strip().startswith("-- "), f"{file}.{name} says nothing about itself"
        assert len(sql.strip().rstrip(";").split(";\n")) == 1, f"{file}.{name} is more than one statement"


@pytest.mark.parametrize("file", FILES)
def test_inserts_are_ordered_so_that_content_does_not_depend_on_threads(file: str) -> None:
    for name, sql in statements(file).items():
        if "INSERT INTO" in sql and "VALUES" not in sql.split("INSERT INTO", 1)[1].split("\n", 1)[0]:
            assert "ORDER BY" in sql.rsplit(")", 1)[-1] or "ORDER BY" in sql[-160:], f"{file}.{name}"


def test_shares_of_the_steps_add_up_to_the_whole_build() -> None:
    assert sum(step.share for step in STEPS) == pytest.approx(1, abs=0.02)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 120))
def test_slices_cover_every_day_once_and_stay_within_the_limit(orders: list[int], limit: int) -> None:
    counts = list(enumerate(orders))
    slices = day_slices(counts, limit=limit)
    assert [day for low, high in slices for day in range(low, high + 1)] == list(range(len(orders)))
    for low, high in slices:
        assert low == high or sum(orders[low : high + 1]) <= limit or sum(map(bool, orders[low : high + 1])) == 1


def test_no_statement_uses_the_engines_own_random_numbers() -> None:
    banned = {
        "RANDOM",
        "RAND",
        "UUID",
        "HASH",
        "GEN_RANDOM_UUID",
        "SETSEED",
        "NOW",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
    }
    for file in FILES:
        for sql in statements(file).values():
            words = {token.text.upper() for token in sqlglot.tokenize(sql, dialect="duckdb")}
            assert not words & banned
