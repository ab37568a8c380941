"""A over B and A per day: made from defined metrics, only where the result stays true."""

import pytest

from app.semantic.made_metrics import MetricBook
from tests.fixtures.planner import real_model


@pytest.fixture(scope="module")
def book() -> MetricBook:
    return MetricBook(real_model().metrics)


def test_a_ratio_of_two_metrics_divides_the_two(book: MetricBook) -> None:
    made = book["media_cost_over_gmv_paid"]
    assert (made.type, made.numerator, made.denominator, made.unit) == ("ratio", "media_cost", "gmv_paid", "rate")


def test_a_ratio_of_different_units_is_no_rate(book: MetricBook) -> None:
    assert book["gmv_paid_over_paid_order_count"].unit == "ratio"


def test_a_daily_average_keeps_the_conditions_of_its_metric(book: MetricBook) -> None:
    made = book["live_gmv_per_day"]
    assert (made.dataset, made.where) == (book["live_gmv"].dataset, book["live_gmv"].where)
    assert "$end - $start" in (made.expr or "")


@pytest.mark.parametrize("name", [
    "buyers_per_day", "repurchase_rate_per_day", "member_count_per_day", "nothing_per_day", "gmv_paid_over_nothing",
    "nothing",
])  # fmt: skip
def test_what_would_not_be_true_is_not_made(book: MetricBook, name: str) -> None:
    assert name not in book
    assert book.get(name) is None
    with pytest.raises(KeyError):
        book[name]


def test_made_metrics_are_not_listed(book: MetricBook) -> None:
    assert "gmv_paid_per_day" in book
    assert "gmv_paid_per_day" not in list(book)
