"""What a careful analyst checks before handing a number on. Each check computes something; none is decoration.

A check gets `Facts` and returns an `Outcome` (or None where it does not apply): a check for the record, and a note for
the reader where there is something to know. `CHECKS` is the list; adding one means one function and one entry.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.flows.answer import Check, Language
from app.flows.format import format_value
from app.flows.names import dimension_label, find_metric, leaf_metrics, metric_label
from app.flows.restate import window_text
from app.flows.table import ResultTable
from app.semantic.branches import OTHER
from app.semantic.model import Metric, SemanticModel
from app.semantic.query import SemanticQuery
from app.warehouse.engine import Snapshot

SMALL_GROUP = 5
FORWARD_ROLES = frozenset({"expires_at", "ends_at"})
"""Time roles that lie ahead of the data by nature: what expires next month is known today."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a check may look at."""

    query: SemanticQuery
    table: ResultTable
    model: SemanticModel
    snapshot: Snapshot
    today: date
    language: Language
    totals: dict[str, Any] | None = None
    """Metric → its value without breakdowns, where that was asked of the warehouse."""

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def label(self, metric: str) -> str:
        return metric_label(metric, self.model, self.language)

    def metric_at(self, position: int) -> Metric | None:
        return find_metric(self.table.meanings[position].about, self.model)


@dataclass(frozen=True, slots=True)
class Outcome:
    check: Check
    note: str | None = None


def _outcome(name: str, *, passed: bool, detail: str, note: str | None = None) -> Outcome:
    return Outcome(Check(name=name, passed=passed, detail=detail), note)


# the data behind the window -----------------------------------------------------------------------------------------
def window_inside_data(facts: Facts) -> Outcome:
    """The window lies within the days the warehouse has; what is missing is named."""
    query, snapshot = facts.query, facts.snapshot
    gaps = [*_gap_before(facts), *_gap_after(facts)]
    if not gaps:
        detail = facts.say(f"窗口在数据范围 {snapshot.first_day} 至 {snapshot.data_as_of} 内",
                           f"the window is inside the data, {snapshot.first_day} to {snapshot.data_as_of}")  # fmt: skip
        return _outcome("window_inside_data", passed=True, detail=detail)
    missing = ("、" if facts.language == "zh" else ", ").join(window_text(a, b, facts.language) for a, b in gaps)
    window = window_text(query.start, query.end, facts.language)
    note = facts.say(
        f"窗口 {window} 中 {missing} 没有数据(数据范围 {snapshot.first_day} 至 {snapshot.data_as_of}),"
        "结果只含有数据的日子。",
        f"The window {window} has no data for {missing} (data: {snapshot.first_day} to {snapshot.data_as_of}); "
        "the result covers only the days that are there.",
    )
    return _outcome("window_inside_data", passed=False, detail=note, note=note)


def _gap_before(facts: Facts) -> Iterator[tuple[date, date]]:
    """Stocks (until, snapshot) look back on their own; only windows of flows can start too early."""
    start, first = facts.query.start, facts.snapshot.first_day
    flows = any(leaf.metric.window in ("within", "prior") for leaf in _leaves(facts))
    if flows and start < first:
        yield start, min(facts.query.end, first - timedelta(days=1))


def _gap_after(facts: Facts) -> Iterator[tuple[date, date]]:
    end, last = facts.query.end, facts.snapshot.data_as_of
    looks_ahead = any((leaf.metric.time or "") in FORWARD_ROLES for leaf in _leaves(facts))
    if end > last and not looks_ahead:
        yield max(facts.query.start, last + timedelta(days=1)), end


def is_outside_data(query: SemanticQuery, snapshot: Snapshot) -> bool:
    """Not one day of the window is in the data."""
    return query.start > snapshot.data_as_of or query.end < snapshot.first_day


def absent_comparisons(query: SemanticQuery, table: ResultTable, snapshot: Snapshot) -> list[int]:
    """Comparisons with a window of which the data has not one day, and nothing but zeros to show for it."""
    return [
        index
        for index, other in enumerate(query.compare)
        if (other.end < snapshot.first_day or other.start > snapshot.data_as_of)
        and not any(row[p] for row in table.rows for p in table.where("base", compare=index))
    ]


def says_nothing(table: ResultTable) -> bool:
    """No row, or nothing but nulls and zeros in the asked numbers."""
    return not any(row[p] for row in table.rows for p in table.number_positions)


def freshness(facts: Facts) -> Outcome:
    """How old the data is; information, not a verdict (a demo's last day is fixed on purpose)."""
    age = (facts.today - facts.snapshot.data_as_of).days
    zh = f"数据截至 {facts.snapshot.data_as_of}" + (f",距今 {age} 天" if age > 0 else "")
    en = f"data as of {facts.snapshot.data_as_of}" + (f", {age} days ago" if age > 0 else "")
    return _outcome("freshness", passed=True, detail=facts.say(zh, en))


def latest_mature_day(query: SemanticQuery, model: SemanticModel, snapshot: Snapshot) -> date | None:
    """The last day whose rows have had their full number of days; None when no metric needs to mature."""
    days = [
        leaf.days
        for name in query.metrics
        for leaf in leaf_metrics(name, model)
        if leaf.days and _matures(name, leaf.metric, model)
    ]
    return snapshot.data_as_of - timedelta(days=max(days)) if days else None


def _matures(name: str, leaf: Metric, model: SemanticModel) -> bool:
    asked = find_metric(name, model)
    return leaf.matures_after_days or (asked is not None and asked.matures_after_days)


def maturity(facts: Facts) -> Outcome | None:
    """Every cohort in the window has had the time that the metric gives it."""
    mature = latest_mature_day(facts.query, facts.model, facts.snapshot)
    if mature is None:
        return None
    if facts.query.end <= mature:
        detail = facts.say(
            f"窗口内的人都已满观察期(成熟截至 {mature})", f"everyone in the window has matured (up to {mature})"
        )
        return _outcome("maturity", passed=True, detail=detail)
    note = facts.say(
        f"{mature + timedelta(days=1)} 及以后的人还没满观察期,这段的数值偏低、还会变;{mature} 及以前的已成熟。",
        f"People from {mature + timedelta(days=1)} on have not had the full observation period: their part is still "
        f"too low and will change. Up to {mature} it is final.",
    )
    return _outcome("maturity", passed=False, detail=note, note=note)


def compare_base_present(facts: Facts) -> Outcome | None:
    """Each comparison has something to compare with."""
    if not facts.query.compare:
        return None
    empty = [i for i in range(len(facts.query.compare)) if _base_is_empty(facts, i)]
    if not empty:
        return _outcome(
            "compare_base_present", passed=True, detail=facts.say("对比期有数据", "the compared window has data")
        )
    windows = [(facts.query.compare[i].start, facts.query.compare[i].end) for i in empty]
    named = ("、" if facts.language == "zh" else ", ").join(window_text(a, b, facts.language) for a, b in windows)
    note = facts.say(
        f"对比期 {named} 没有可比数据(数据从 {facts.snapshot.first_day} 开始),不计算增减。",
        f"There is no data to compare with in {named} (data starts {facts.snapshot.first_day}); no change is computed.",
    )
    return _outcome("compare_base_present", passed=False, detail=note, note=note)


def _base_is_empty(facts: Facts, index: int) -> bool:
    positions = facts.table.where("base", compare=index)
    cells = [row[p] for row in facts.table.rows for p in positions]
    return bool(cells) and all(cell is None for cell in cells)


def compare_inside_data(facts: Facts) -> Outcome | None:
    """A compared window that is only partly in the data would make the change look larger than it is."""
    first, last = facts.snapshot.first_day, facts.snapshot.data_as_of
    cut = [c for c in facts.query.compare if c.start < first <= c.end or c.start <= last < c.end]
    if not cut:
        return None
    named = ("、" if facts.language == "zh" else ", ").join(window_text(c.start, c.end, facts.language) for c in cut)
    note = facts.say(
        f"对比期 {named} 只有部分日子有数据({first} 至 {last}),增减不可直接采信。",
        f"The compared window {named} is only partly in the data ({first} to {last}); do not rely on the change.",
    )
    return _outcome("compare_inside_data", passed=False, detail=note, note=note)


# the numbers themselves ---------------------------------------------------------------------------------------------
def parts_sum_to_total(facts: Facts) -> Outcome | None:
    """The rows of an additive metric add up to the number asked without the breakdown."""
    if not facts.totals:
        return None
    wrong = [(m, total, part) for m, total, part in _sums(facts) if not _close(float(total), float(part))]
    if not wrong:
        names = ("、" if facts.language == "zh" else ", ").join(facts.label(m) for m in facts.totals)
        detail = facts.say(f"{names}各行之和等于总数", f"the rows of {names} add up to the total")
        return _outcome("parts_sum_to_total", passed=True, detail=detail)
    metric, total, part = wrong[0]
    unit = getattr(find_metric(metric, facts.model), "unit", None)
    shown = [format_value(v, unit, facts.language, compact=False) for v in (part, total)]
    note = facts.say(
        f"{facts.label(metric)}各行之和 {shown[0]} 与总数 {shown[1]} 不一致:有些数据不属于任何一行,请核对维度。",
        f"The rows of {facts.label(metric)} add up to {shown[0]}, the total is {shown[1]}: some data is in no row.",
    )
    return _outcome("parts_sum_to_total", passed=False, detail=note, note=note)


def _sums(facts: Facts) -> Iterator[tuple[str, Any, Any]]:
    for metric, total in (facts.totals or {}).items():
        position = facts.table.first("value", metric)
        if position is not None:
            yield metric, total or 0, sum(row[position] or 0 for row in facts.table.rows)


def _close(total: float, part: float) -> bool:
    # A row of money is rounded to the cent, so fifty rows may be a quarter off in floating point and rounding alone.
    return abs(total - part) <= max(0.01, abs(total) * 1e-9)


def shares_sum_to_whole(facts: Facts) -> Outcome | None:
    """Shares of an additive metric add up to 100 % in each whole that is fully in sight."""
    query, table = facts.query, facts.table
    if not query.share or query.share.of_all or query.having or table.is_cut(query):
        return None
    kept = [table.first("dimension", name) for name in query.share.within] + table.where("period")
    for position in table.where("share"):
        metric = facts.metric_at(position)
        if metric is None or metric.additivity == "non_additive":
            continue
        sums: dict[tuple[Any, ...], float] = {}
        for row in table.rows:
            key = tuple(row[k] for k in kept if k is not None)
            sums[key] = sums.get(key, 0.0) + (row[position] or 0.0)
        off = [total for total in sums.values() if total and abs(total - 1) > 1e-6]
        detail = facts.say("占比合计为 100%", "the shares add up to 100%")
        if off:
            detail = facts.say(f"占比合计为 {off[0]:.2%}", f"the shares add up to {off[0]:.2%}")
        return _outcome("shares_sum_to_whole", passed=not off, detail=detail, note=detail if off else None)
    return None


def non_additive_not_summed(facts: Facts) -> Outcome | None:
    """Distinct people, rates and medians are computed per row, and the reader is told not to add them."""
    if len(facts.table.rows) < 2 or not facts.table.key_positions:
        return None
    named = [p for p in facts.table.number_positions if _is_non_additive(facts, p)]
    if not named:
        return None
    people = [facts.label(facts.table.meanings[p].about) for p in named if facts.table.columns[p].unit == "people"]
    detail = facts.say(
        "去重数与比率按每行各自计算,没有用相加代替", "distinct counts and rates are computed per row, never added up"
    )
    note = None
    if people:
        note = facts.say(
            f"{'、'.join(people)}按人去重:同一人可能出现在多行,各行各算一次,行与行不能相加。",
            f"{', '.join(people)} counts distinct people: one person can be in several rows; never add rows up.",
        )
    return _outcome("non_additive_not_summed", passed=True, detail=detail, note=note)


def _is_non_additive(facts: Facts, position: int) -> bool:
    metric = facts.metric_at(position)
    if metric is None:
        return False
    over_time_only = not facts.query.dimensions
    return metric.additivity == "non_additive" or (metric.additivity == "semi_additive" and over_time_only)


def zero_denominator(facts: Facts) -> Outcome | None:
    """A ratio over nothing is unknown, not zero."""
    ratios = [p for p in facts.table.number_positions if (m := facts.metric_at(p)) and m.type == "ratio"]
    if not ratios or not facts.table.rows:
        return None
    empty = {p: sum(row[p] is None for row in facts.table.rows) for p in ratios}
    bad = [p for p, count in empty.items() if count]
    if not bad:
        return _outcome("zero_denominator", passed=True, detail=facts.say("分母都不为 0", "no denominator is 0"))
    parts = [f"{facts.label(facts.table.meanings[p].about)}: {empty[p]}" for p in bad]
    note = facts.say(
        f"分母为 0 的行没有比率,留空而不记为 0({';'.join(parts)} 行)。",
        f"Rows whose denominator is 0 have no rate and are left empty, not 0 (rows: {'; '.join(parts)}).",
    )
    return _outcome("zero_denominator", passed=False, detail=note, note=note)


def all_ratios_undefined(facts: Facts) -> bool:
    """Nothing but ratios was asked, and not one of them has a denominator."""
    metrics = [facts.metric_at(p) for p in facts.table.number_positions]
    only_ratios = bool(metrics) and all(m is not None and m.type == "ratio" for m in metrics)
    cells = [row[p] for row in facts.table.rows for p in facts.table.number_positions]
    return only_ratios and bool(cells) and all(cell is None for cell in cells)


def rate_in_range(facts: Facts) -> Outcome | None:
    """A rate is a part of a whole: between 0 and 1."""
    rates = [p for p in facts.table.number_positions if facts.table.columns[p].unit == "rate"]
    if not rates or not facts.table.rows:
        return None
    outside = [
        row[p] for row in facts.table.rows for p in rates if row[p] is not None and not -1e-9 <= row[p] <= 1 + 1e-9
    ]
    if not outside:
        return _outcome(
            "rate_in_range", passed=True, detail=facts.say("比率都在 0–100% 之间", "all rates lie between 0 and 100%")
        )
    note = facts.say(f"有 {len(outside)} 个比率不在 0–100% 之间,请核对口径或数据。",
                     f"{len(outside)} rates lie outside 0–100%; check the definition or the data.")  # fmt: skip
    return _outcome("rate_in_range", passed=False, detail=note, note=note)


def small_groups(facts: Facts) -> Outcome | None:
    """Few people in a row: rates on them are noise, and they could be recognised."""
    people = [p for p in facts.table.number_positions if facts.table.columns[p].unit == "people"]
    if not people or not facts.query.dimensions:
        return None
    small = sum(any(0 < (row[p] or 0) < SMALL_GROUP for p in people) for row in facts.table.rows)
    if not small:
        detail = facts.say(f"每行不少于 {SMALL_GROUP} 人", f"every row has at least {SMALL_GROUP} people")
        return _outcome("small_groups", passed=True, detail=detail)
    note = facts.say(
        f"有 {small} 行不足 {SMALL_GROUP} 人,样本太小,请勿据此判断或对外使用。",
        f"{small} rows have fewer than {SMALL_GROUP} people: too few to judge by or to share.",
    )
    return _outcome("small_groups", passed=False, detail=note, note=note)


# the shape of the result --------------------------------------------------------------------------------------------
def rows_unique(facts: Facts) -> Outcome | None:
    """No group appears twice: the joins did not fan out."""
    keys = facts.table.key_positions
    if not keys or not facts.table.rows:
        return None
    repeated = len(facts.table.rows) - len({tuple(row[k] for k in keys) for row in facts.table.rows})
    detail = facts.say("每个分组只有一行", "each group is one row")
    if repeated:
        detail = facts.say(f"有 {repeated} 行分组重复", f"{repeated} rows repeat a group")
    return _outcome("rows_unique", passed=not repeated, detail=detail, note=detail if repeated else None)


def unknown_values(facts: Facts) -> Outcome | None:
    """Rows without a value of the dimension are shown as 未知, not dropped."""
    positions = [p for p in facts.table.where("dimension") if any(row[p] is None for row in facts.table.rows)]
    if not positions:
        return None
    names = [dimension_label(facts.table.meanings[p].about, facts.model, facts.language) for p in positions]
    note = facts.say(f"{'、'.join(names)}没有填写的数据归为「未知」,没有丢弃。",
                     f'Data without {", ".join(names)} is shown as "Unknown", not dropped.')  # fmt: skip
    return _outcome("unknown_values", passed=True, detail=note, note=note)


def complete_rows(facts: Facts) -> Outcome:
    """Whether more rows were there than are shown."""
    if facts.table.truncated:
        note = facts.say(
            f"结果太长,只显示前 {len(facts.table.rows)} 行。", f"Only the first {len(facts.table.rows)} rows are shown."
        )
        return _outcome("complete_rows", passed=False, detail=note, note=note)
    if facts.table.is_cut(facts.query):
        detail = facts.say(f"按要求只取前 {facts.query.limit} 行", f"cut at {facts.query.limit} rows as asked")
        return _outcome("complete_rows", passed=True, detail=detail)
    return _outcome("complete_rows", passed=True, detail=facts.say("所有行都在", "all rows are here"))


def rest_is_computed(facts: Facts) -> Outcome | None:
    """The row 其他 exists where it was asked for and there is a rest."""
    if not facts.query.rest_as_other:
        return None
    has_rest = any(OTHER in row for row in facts.table.rows)
    detail = facts.say(
        "「其他」由原始数据重新计算,不是各行相加", '"Other" is computed from the data, not added up from rows'
    )
    if not has_rest:
        detail = facts.say("没有需要并入「其他」的数据", 'nothing is left for "Other"')
    return _outcome("rest_is_computed", passed=True, detail=detail)


CHECKS: tuple[Callable[[Facts], Outcome | None], ...] = (
    window_inside_data, freshness, maturity, compare_base_present, compare_inside_data, parts_sum_to_total,
    shares_sum_to_whole, non_additive_not_summed, zero_denominator, rate_in_range, small_groups, rows_unique,
    unknown_values, complete_rows, rest_is_computed,
)  # fmt: skip


def run_checks(facts: Facts) -> tuple[Outcome, ...]:
    """Every check that applies, in the order of the list."""
    outcomes = (check(facts) for check in CHECKS)
    return tuple(outcome for outcome in outcomes if outcome)


def _leaves(facts: Facts) -> list[Any]:
    return [leaf for name in facts.query.metrics for leaf in leaf_metrics(name, facts.model)]
