import duckdb
import pytest
import sqlglot
from sqlglot import exp

from app.core.actor import Actor
from app.core.errors import SqlRejectedError
from app.guard.pipeline import check
from app.guard.policy import DEFAULT_POLICY
from app.guard.rules.plain_text import is_plain
from app.guard.scope import GuardScope, scope_for
from app.warehouse.contract import CONTRACT_SQL, TABLES
from app.warehouse.engine import TableInfo

from .corpus import ACCEPTED, REJECTED


def _scope(without: tuple[str, ...] = (), brands: frozenset[str] | None = None) -> GuardScope:
    physical = {name: TableInfo(name, table.columns) for name, table in TABLES.items() if name not in without}
    return scope_for(Actor("a", brand_ids=brands), policy=DEFAULT_POLICY, physical=physical, dialect="duckdb")


SCOPE = _scope()


@pytest.fixture(scope="module")
def empty_warehouse():
    with duckdb.connect() as connection:
        connection.execute(CONTRACT_SQL)
        for number in range(7):
            connection.execute(
                "INSERT INTO orders (order_id, brand_id, one_id, channel, status, paid_at, created_at, paid_amount)"
                " VALUES (?, 'A', ?, 'tmall', 'paid', TIMESTAMP '2026-01-02', TIMESTAMP '2026-01-01', 10.5)",
                [f"O{number}", f"u{number % 3}" if number else None],
            )
        connection.execute("INSERT INTO members (one_id, brand_id, tier, is_staff) VALUES ('u1', 'A', 'gold', false)")
        yield connection


def _rules(sql: str | exp.Expr, scope: GuardScope = SCOPE) -> set[str]:
    with pytest.raises(SqlRejectedError) as caught:
        check(sql, scope)
    assert all(finding.message and finding.instead for finding in caught.value.findings)
    return {finding.rule for finding in caught.value.findings}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("rule", "sql"), REJECTED, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(REJECTED)])
def test_an_attack_is_rejected_by_the_rule_that_names_it(rule, sql):
    assert rule in _rules(sql)


@pytest.mark.parametrize("sql", ACCEPTED, ids=range(len(ACCEPTED)))
def test_a_look_alike_is_accepted_and_means_the_same(sql, empty_warehouse):
    guarded = check(sql, SCOPE)
    ran = sorted(map(str, empty_warehouse.execute(guarded.sql).fetchall()))
    assert ran == sorted(map(str, empty_warehouse.execute(sql).fetchall()))


@pytest.mark.parametrize("sql", ACCEPTED, ids=range(len(ACCEPTED)))
def test_what_runs_passes_the_gate_again_unchanged(sql):
    once = check(sql, SCOPE)
    assert check(once.sql, SCOPE) == once


def _mutants(sql: str):
    yield sql.swapcase() if "'" not in sql and '"' not in sql else sql
    yield f"  \n\t{sql}\n"
    yield f"/* x */ {sql} -- y"
    yield f"SELECT COUNT(*) FROM ({sql.rstrip('; ')}\n) AS wrapped"
    yield f"WITH wrapped AS ({sql.rstrip('; ')}\n) SELECT COUNT(*) FROM wrapped"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("rule", "sql"),
    [row for row in REJECTED if row[0] not in ("read_only", "plain_text", "shown_columns", "readable_columns")],
)
def test_wrapping_does_not_make_an_attack_pass(rule, sql):
    for mutant in _mutants(sql):
        _rules(mutant)


def test_a_tree_passes_the_same_gate_as_a_text_and_is_left_alone():
    tree = sqlglot.parse_one("SELECT one_id FROM members", read="duckdb")
    before = tree.sql()
    assert _rules(tree) == {"shown_columns"}
    good = sqlglot.parse_one("SELECT COUNT(*) AS n FROM members", read="duckdb")
    assert check(good, SCOPE) == check("SELECT COUNT(*) AS n FROM members", SCOPE)
    assert tree.sql() == before


def test_a_tree_with_raw_text_in_it_is_rejected():
    smuggled = exp.select(exp.Anonymous(this=exp.Identifier(this="x) FROM contacts --", quoted=False))).from_("members")
    _rules(smuggled)
    _rules(exp.select(exp.Var(this="(SELECT 1)")).from_("members"))
    _rules(exp.select(exp.Command(this="DROP", expression="TABLE x")))


def test_what_runs_holds_no_comment_and_quotes_every_name():
    guarded = check("SELECT channel /* secret note */ FROM orders -- more", SCOPE)
    assert "secret" not in guarded.sql
    assert '"orders"."channel"' in guarded.sql
    assert guarded.tables == {"orders"}


def test_deep_nesting_is_a_refusal_not_a_crash():
    _rules("SELECT " + "(" * 3000 + "1" + ")" * 3000)
    _rules("SELECT COUNT(*) FROM " + "(SELECT * FROM " * 200 + "orders" + ") AS t" * 200)


def test_an_unexpected_failure_inside_a_rule_is_a_refusal(monkeypatch):
    def broken(*_args):
        raise KeyError("unexpected")

    monkeypatch.setattr("app.guard.pipeline._ON_TABLES", (broken,))
    assert _rules("SELECT 1") == {"understood"}


def test_a_table_that_the_file_lacks_is_named_as_such():
    scope = _scope(without=("tickets",))
    with pytest.raises(SqlRejectedError, match="this warehouse has no table 'tickets'"):
        check("SELECT COUNT(*) FROM tickets", scope)


def test_a_column_that_the_file_lacks_is_named_as_such():
    physical = {"orders": TableInfo("orders", {"order_id": "VARCHAR", "brand_id": "VARCHAR"})}
    scope = scope_for(Actor("a"), policy=DEFAULT_POLICY, physical=physical, dialect="duckdb")
    with pytest.raises(SqlRejectedError, match="lacks the column 'paid_at'"):
        check("SELECT COUNT(paid_at) FROM orders", scope)


def test_scopes_of_different_brands_never_share_a_key():
    keys = {_scope(brands=brands).key for brands in (None, frozenset(), frozenset({"A"}), frozenset({"A", "B"}))}
    assert len(keys) == 4


@pytest.mark.parametrize("char", ["\u200b", "\u2060", "\ufeff", "\u00a0", "\u3000", "\u202e", "\x07", "\x00", "\ue000"])
def test_invisible_and_control_characters_are_not_plain(char):
    assert not is_plain(f"a{char}b")
    assert is_plain("渠道 channel_1 ×%")
