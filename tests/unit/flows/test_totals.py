"""The total that shares were divided by is the total of the metric, or it is asked for."""

from datetime import date
from decimal import Decimal

import pytest

from app.flows.answer import Column
from app.flows.table import Meaning, ResultTable
from app.flows.totals import totals_in_shares
from app.semantic.query import SemanticQuery, Share

SALES = ("gmv_paid",)


def _query(share: Share | None) -> SemanticQuery:
    return SemanticQuery(
        metrics=SALES, dimensions=("channel",), share=share, start=date(2026, 9, 1), end=date(2026, 9, 30)
    )


def _table(*rows: tuple[str, Decimal, float]) -> ResultTable:
    meanings = (
        Meaning(name="channel", role="dimension", about="channel"),
        Meaning(name="gmv_paid", role="value", about="gmv_paid"),
        Meaning(name="gmv_paid__share", role="share", about="gmv_paid"),
    )
    columns = tuple(Column(name=meaning.name, kind="dimension", label=meaning.name) for meaning in meanings)
    return ResultTable(columns=columns, meanings=meanings, rows=rows, labels={}, truncated=False)


def test_the_total_is_what_the_shares_were_divided_by_and_not_the_sum_of_the_rows() -> None:
    lost_one = _table(("tmall", Decimal("300.00"), 0.3), ("douyin", Decimal("100.00"), 0.1))
    assert totals_in_shares(_query(Share()), lost_one, SALES) == pytest.approx({"gmv_paid": 1000.0}, rel=1e-12)


@pytest.mark.parametrize("share", [None, Share(within=("channel",)), Share(of_all=("channel",))])
def test_shares_of_something_else_do_not_tell_the_total(share: Share | None) -> None:
    table = _table(("tmall", Decimal("300.00"), 0.3))
    assert totals_in_shares(_query(share), table, SALES) is None


def test_without_any_share_the_total_is_unknown() -> None:
    assert totals_in_shares(_query(Share()), _table(("tmall", Decimal(0), 0.0)), SALES) is None
