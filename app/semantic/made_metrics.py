"""Metrics that nobody defined and that follow from two that are: A over B, and A per day.

`refund_amount_over_gmv_paid` and `gmv_paid_per_day` are names like any other, for planners, API and compiler; their
definition says how they were made. Only what stays true is made: a ratio divides the two sums, and a daily average
exists for additive metrics alone (the average of daily distinct counts is not the count over the days).
"""

from typing import Any

from app.semantic.model import Metric, Text

OVER = "_over_"
PER_DAY = "_per_day"


class MetricBook(dict[str, Metric]):
    """Metric id → metric. Iterating sees the defined ones only; a made name is there when it is asked for."""

    def __missing__(self, name: str) -> Metric:
        made = _made(self, name)
        if made is None:
            raise KeyError(name)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _made(self, name) is not None)

    def get(self, name: str, default: Any = None) -> Any:
        """As for any mapping, made names included."""
        try:
            return self[name]
        except KeyError:
            return default


def _made(book: MetricBook, name: str) -> Metric | None:
    if name.endswith(PER_DAY):
        return _per_day(name, dict.get(book, name.removesuffix(PER_DAY)))
    above, _, below = name.partition(OVER)
    top, bottom = dict.get(book, above), dict.get(book, below)
    return _over(name, top, bottom) if top is not None and bottom is not None else None


def _over(name: str, above: Metric, below: Metric) -> Metric:
    same = above.unit == below.unit
    return Metric(
        id=name,
        label=Text(zh=f"{above.label.zh}÷{below.label.zh}", en=f"{above.label.en} / {below.label.en}"),
        type="ratio",
        numerator=above.id,
        denominator=below.id,
        value_type="double",
        unit="rate" if same else "ratio",
        additivity="non_additive",
        good_when="neutral",
        owner=above.owner,
        definition=Text(
            zh=f"“{above.label.zh}”除以“{below.label.zh}”,按问题现算,不是品牌定义的指标。",
            en=f'"{above.label.en}" divided by "{below.label.en}", made for the question; not a metric of the house.',
        ),
        area=above.area,
    )


def _per_day(name: str, total: Metric | None) -> Metric | None:
    """The sum over the window's days, divided by how many days the window has."""
    if total is None or total.type != "simple" or total.inner is not None:
        return None
    if total.additivity != "additive" or total.agg not in ("sum", "count") or total.window != "within":
        return None
    value = total.expr if total.agg == "sum" else _one(total.expr)
    return total.model_copy(update={
        "id": name,
        "label": Text(zh=f"日均{total.label.zh}", en=f"{total.label.en} per day"),
        "agg": "sum",
        "expr": f"CAST({value} AS DOUBLE) / CAST($end - $start AS DOUBLE)",
        "value_type": "double",
        "additivity": "semi_additive",
        "finer": f"{total.finer}{PER_DAY}" if total.finer else None,
        "definition": Text(
            zh=f"窗口内的“{total.label.zh}”除以窗口的天数。{total.definition.zh}",
            en=f'"{total.label.en}" of the window divided by its days. {total.definition.en}',
        ),
    })  # fmt: skip


def _one(expr: str | None) -> str:
    return "1" if expr is None else f"CASE WHEN {expr} IS NULL THEN 0 ELSE 1 END"
