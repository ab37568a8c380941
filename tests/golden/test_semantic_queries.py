"""Every golden query gives, on real DuckDB, what independent hand-written SQL gives."""

import pytest

from app.core import errors
from app.semantic.compiler import compile as compile_query
from tests.fixtures.semantic import golden

CASES = golden.cases()
ANSWERED = [case for case in CASES if case.sql]
REFUSED = [case for case in CASES if case.fails]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_result_equals_hand_written_sql(case):
    compiled = compile_query(case.query, golden.model(), golden.context())
    cursor = golden.connection().cursor().execute(compiled.sql)
    assert [column[0] for column in cursor.description] == [column.name for column in compiled.columns]
    assert golden.normalised(cursor.fetchall(), ordered=case.ordered) == golden.expected(case.id)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_refused_queries_say_what_to_do(case):
    with pytest.raises(getattr(errors, case.fails)) as caught:
        compile_query(case.query, golden.model(), golden.context())
    assert caught.value.hint


def test_there_are_enough_golden_queries():
    assert len(ANSWERED) >= 60
    assert len({case.id for case in CASES}) == len(CASES)
