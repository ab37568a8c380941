"""`Answer.chart` as ECharts options: a closed set of kinds, colours from the tokens, text never markup.

Option keys are all written here and never come from data, because the page framework runs the value of a key that
starts with a colon as script. Tooltips are drawn (`richText`), not built as HTML.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.flows.answer import Answer, Column
from app.ui.shaping import cell_of, heading
from app.ui.theme import Palette
from app.ui.words import say

MAX_SERIES = 7
MAX_CATEGORIES = 12
_UNITS = frozenset(
    {"CNY", "people", "orders", "items", "times", "rate", "ratio", "days", "points", "count", "score", "pp"}
)
_FONT = 'Inter, "PingFang SC", "HarmonyOS Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif'


@dataclass(frozen=True, slots=True)
class ChartSpec:
    options: dict[str, Any]
    height: int
    caption: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    """Chart data: one value (or None, a gap) per series and category."""

    categories: list[str]
    series: list[tuple[str, list[float | None]]]
    unit: str
    caption: str = ""
    muted: frozenset[str] = frozenset()
    """Series that are only there to compare with: drawn in grey."""


def chart_spec(answer: Answer, palette: Palette) -> ChartSpec | None:
    """What to draw, or None where a number or two rows say it better."""
    kind = answer.chart.kind
    x = _column(answer, answer.chart.x)
    if kind in ("none", "number") or x is None or len(answer.rows) < 3:
        return None
    metrics = [column for name in answer.chart.y if (column := _column(answer, name))]
    # One axis, one unit: metrics in another unit stay in the table.
    metrics = [column for column in metrics if column.unit == metrics[0].unit]
    if not metrics:
        return None
    table = _table(answer, x, metrics)
    if len(table.categories) < 2 or not any(value is not None for _, values in table.series for value in values):
        return None
    if kind == "line":
        return _line(answer, table, palette)
    return _bars(answer, table, palette, lies_down=len(table.series) == 1 and x.name != "period")


def _column(answer: Answer, name: str | None) -> Column | None:
    return next((column for column in answer.columns if column.name == name), None)


def _table(answer: Answer, x: Column, metrics: Sequence[Column]) -> _Table:
    by = _column(answer, answer.chart.series)
    place = {column.name: index for index, column in enumerate(answer.columns)}
    categories: dict[Any, str] = {}
    values: dict[str, dict[Any, float | None]] = {}
    for row in answer.rows:
        category = row[place[x.name]]
        categories.setdefault(category, cell_of(answer, row, x).text)
        for metric in metrics:
            name = cell_of(answer, row, by).text if by else heading(answer, metric)
            values.setdefault(name, {})[category] = _number(row[place[metric.name]])
    keys = sorted(categories, key=str) if x.name == "period" else list(categories)
    shown_keys = keys if x.name == "period" else keys[:MAX_CATEGORIES]
    ranked = sorted(values, key=lambda name: -sum(abs(value or 0) for value in values[name].values()))
    shown = set(ranked[:MAX_SERIES])
    return _Table(
        categories=[categories[key] for key in shown_keys],
        series=[(name, [points.get(key) for key in shown_keys]) for name, points in values.items() if name in shown],
        unit=metrics[0].unit if metrics[0].unit in _UNITS else "count",
        muted=frozenset() if by else frozenset(heading(answer, metric) for metric in metrics if "__" in metric.name),
        caption=_caption(answer, len(shown_keys), len(keys), len(shown), len(values)),
    )


def _caption(answer: Answer, categories: int, all_categories: int, series: int, all_series: int) -> str:
    # Never a sum of the rest: distinct people and rates can't be added up here.
    for shown, total in ((categories, all_categories), (series, all_series)):
        if shown < total:
            return say("chart_first", answer.language, n=shown, total=total)
    return ""


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else None


def _line(answer: Answer, table: _Table, palette: Palette) -> ChartSpec:
    single = len(table.series) == 1
    options = _base(answer, table, palette)
    options["grid"] = {"left": 4, "right": 24 if single else 92, "top": 16, "bottom": 4, "containLabel": True}
    options["xAxis"] = _category_axis(table.categories, palette) | {"boundaryGap": False}
    options["yAxis"] = _value_axis(answer, table, palette) | {"scale": not _starts_near_zero(table)}
    options["series"] = [
        {
            "type": "line",
            "name": name,
            "data": values,
            "connectNulls": False,
            "showSymbol": len(table.categories) <= 2 or any(value is None for value in values),
            "symbol": "circle",
            "symbolSize": 5,
            "lineStyle": {"width": 2.2, "color": _colour(palette, table, index)},
            "itemStyle": {"color": _colour(palette, table, index)},
            "emphasis": {"focus": "series"},
            "endLabel": {
                "show": not single,
                "formatter": "{a}",
                "color": _colour(palette, table, index),
                "fontFamily": _FONT,
                "width": 84,
                "overflow": "truncate",
            },
            "labelLayout": {"moveOverlap": "shiftY"},
        }
        for index, (name, values) in enumerate(table.series)
    ]
    return ChartSpec(options, height=220, caption=table.caption)


def _bars(answer: Answer, table: _Table, palette: Palette, *, lies_down: bool) -> ChartSpec:
    options = _base(answer, table, palette)
    single = len(table.series) == 1
    many = len(table.series) * len(table.categories) > 16 and not lies_down
    category = _category_axis(table.categories, palette)
    value = _value_axis(answer, table, palette) | {"min": None, "scale": False}
    stack = "all" if answer.chart.kind == "stacked_bar" else None
    label = {
        "show": not many and stack is None,
        "position": "right" if lies_down else "top",
        ":formatter": f"item => window.qmNumber(item.value, '{table.unit}', '{_language(answer)}')",
        "color": palette.quiet,
        "fontSize": 11.5,
        "fontFamily": _FONT,
    }
    if not lies_down and len(table.categories) <= 8:
        category["axisLabel"] |= {"interval": 0, "width": 88, "overflow": "break"}
    if lies_down:
        category |= {"inverse": True, "axisLine": {"show": False}}
        value |= {"show": False}
    options["xAxis"], options["yAxis"] = (value, category) if lies_down else (category, value)
    right = 72 if lies_down else 8
    options["grid"] = {"left": 4, "right": right, "top": 20 if single else 40, "bottom": 4, "containLabel": True}
    if not single:
        options["legend"] = _legend(palette)
    if lies_down:
        options["grid"]["top"] = 4
    options["series"] = [
        {
            "type": "bar",
            "name": name,
            "data": values,
            "stack": stack,
            "barMaxWidth": 18 if lies_down else 36,
            "barGap": "12%",
            "itemStyle": {
                "color": _colour(palette, table, index),
                "borderRadius": [0, 2, 2, 0] if lies_down else [2, 2, 0, 0],
            },
            "label": label,
        }
        for index, (name, values) in enumerate(table.series)
    ]
    height = 28 * len(table.categories) + 12 if lies_down else 220
    return ChartSpec(options, height=height, caption=table.caption)


def _base(answer: Answer, table: _Table, palette: Palette) -> dict[str, Any]:
    return {
        "backgroundColor": "transparent",
        "animationDuration": 250,
        "textStyle": {"fontFamily": _FONT, "color": palette.quiet, "fontSize": 12},
        "aria": {"enabled": True, "label": {"description": say("chart_of", answer.language, name=answer.headline)}},
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "confine": True,
            "axisPointer": {"type": "line" if answer.chart.kind == "line" else "shadow"},
            "backgroundColor": palette.surface,
            "borderColor": palette.line,
            "padding": 10,
            "textStyle": {"color": palette.ink, "fontSize": 12, "fontFamily": _FONT},
            ":valueFormatter": f"value => window.qmNumber(value, '{table.unit}', '{_language(answer)}')",
        },
    }


def _category_axis(categories: list[str], palette: Palette) -> dict[str, Any]:
    return {
        "type": "category",
        "data": categories,
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": palette.line}},
        "axisLabel": {"color": palette.quiet, "width": 140, "overflow": "truncate", "hideOverlap": True},
    }


def _value_axis(answer: Answer, table: _Table, palette: Palette) -> dict[str, Any]:
    return {
        "type": "value",
        "splitNumber": 3,
        "splitLine": {"lineStyle": {"color": palette.line}},
        "axisLabel": {
            "color": palette.quiet,
            ":formatter": f"value => window.qmNumber(value, '{table.unit}', '{_language(answer)}')",
        },
    }


def _legend(palette: Palette) -> dict[str, Any]:
    return {
        "top": 0,
        "left": 0,
        "itemWidth": 10,
        "itemHeight": 10,
        "icon": "roundRect",
        "textStyle": {"color": palette.quiet, "fontFamily": _FONT},
    }


def _starts_near_zero(table: _Table) -> bool:
    values = [value for _, points in table.series for value in points if value is not None]
    return min(values) < 0.6 * max(values)


def _colour(palette: Palette, table: _Table, index: int) -> str:
    is_named = index < len(palette.series) and table.series[index][0] not in table.muted
    return palette.series[index] if is_named else palette.rest


def _language(answer: Answer) -> str:
    return "en" if answer.language == "en" else "zh"
