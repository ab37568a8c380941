import pytest

from app.ingest.expressions import ExpressionError, column_problems, parse_expression, render
from tests.fixtures.ingest.shop import query


@pytest.mark.parametrize(
    "text",
    [
        "read_csv('/etc/passwd')",
        "(SELECT 1)",
        "a IN (SELECT b FROM c)",
        "1; DROP TABLE x",
        "1 FROM x",
        "a, b",
        "a::INT",
        "CAST(a AS INT)",
        "getenv('HOME')",
        "row_number() OVER ()",
        "$1",
        "?",
        "*",
        "columns(*)",
        "sum(a)",
        "a AS b",
        "DROP TABLE x",
        "",
        "a +",
        "query('x')",
        "current_setting('x')",
        "a[1]",
        "TRY_CAST(a AS STRUCT(x INT))",
        "EXISTS (SELECT 1)",
        "1 UNION SELECT 2",
        "1 LIMIT 1",
        "1 WHERE true",
        "DISTINCT a",
        "(" * 3000 + "1" + ")" * 3000,
        "x" * 5000,
    ],
)
def test_what_a_mapping_may_not_say_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a * 2", 14),
        ("abs(-a)", 7),
        ("CASE WHEN a > 1 THEN 'x' ELSE 'y' END", "x"),
        ("upper(b) || '-1'", "INV-1"),
        ("coalesce(NULL, a)", 7),
        ("b LIKE 'in%'", True),
        ("a NOT IN (1, 2)", True),
        ("substr(b, 1, 2)", "in"),
        ('"b"', "inv"),
        ("TRY_CAST(b AS INTEGER) IS NULL", True),
        ("nullif(a, 7)", None),
        ("a BETWEEN 1 AND 9", True),
        ("if(a = 7, 1, 0)", 1),
        ("regexp_matches(b, '^inv$')", True),
        ("'it''s; DROP TABLE x --'", "it's; DROP TABLE x --"),
    ],
)
def test_scalar_expressions_mean_what_they_say(text: str, expected: object) -> None:
    sql = render(parse_expression(text), table="t")
    assert query(f"SELECT {sql} FROM (SELECT 7 AS a, 'inv' AS b) t") == [(expected,)]


def test_aggregates_need_a_group() -> None:
    assert render(parse_expression("sum(a * b)", aggregates=True)) == 'SUM("a" * "b")'
    with pytest.raises(ExpressionError, match="group_by"):
        parse_expression("sum(a * b)")


def test_an_unknown_column_is_told_with_the_nearest_name() -> None:
    (problem,) = column_problems(parse_expression("quantty * 2"), ["Quantity", "Price"])
    assert "'Quantity'" in problem
    assert not list(column_problems(parse_expression("QUANTITY"), ["Quantity"]))
