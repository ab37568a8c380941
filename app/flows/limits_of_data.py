"""Refusals for questions that were understood, and that this data can't answer truthfully."""

from datetime import date, timedelta

from app.flows.answer import Language, Refusal
from app.flows.checks import Facts
from app.flows.names import leaf_metrics, metric_label
from app.flows.restate import window_text
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery
from app.warehouse.engine import Snapshot


def only_stocks(query: SemanticQuery, model: SemanticModel) -> bool:
    """Nothing but stocks was asked (members so far, stock on hand): a future window would repeat today's number."""
    used = [leaf.metric.window for name in query.metrics for leaf in leaf_metrics(name, model)]
    return bool(used) and all(window in ("until", "snapshot") for window in used)


def outside_data(query: SemanticQuery, snapshot: Snapshot, language: Language) -> Refusal:
    """Not one day of the window has data."""
    window = window_text(query.start, query.end, language)
    first, last = snapshot.first_day, snapshot.data_as_of
    month = window_text(last.replace(day=1), last, language)
    if language == "zh":
        return Refusal(code="window_outside_data", reason=f"{window} 不在数据范围内,数据范围是 {first} 至 {last}。",
                       instead=(f"改看数据范围内的时间,例如 {month}", f"改看全部数据:{first} 至 {last}"))  # fmt: skip
    return Refusal(
        code="window_outside_data",
        reason=f"{window} is outside the data, which covers {first} to {last}.",
        instead=(f"Ask for a time inside the data, such as {month}", f"Ask for all of it: {first} to {last}"),
    )


def immature(query: SemanticQuery, mature: date, model: SemanticModel, language: Language) -> Refusal:
    """Nobody in the window has had the full observation period yet."""
    names = [metric_label(name, model, language) for name in query.metrics if _matures(name, model)]
    window, month = window_text(query.start, query.end, language), _last_whole_month(mature)
    latest = window_text(
        month, (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1), language
    )
    if language == "zh":
        return Refusal(
            code="immature_cohort",
            reason=f"{window} 的人都还没满观察期,“{'、'.join(names)}”现在算出来必然偏低,所以不给数字。",
            instead=(f"改看最近一个成熟的月份:{latest}", f"窗口最晚到 {mature}"),
        )
    return Refusal(
        code="immature_cohort",
        reason=f'Nobody in {window} has had the full observation period; "{", ".join(names)}" would be too low, so no '
        "number is given.",
        instead=(f"Ask for the latest mature month: {latest}", f"End the window on {mature} at the latest"),
    )


def nothing_there(facts: Facts) -> Refusal:
    """Not one row to take a number from: an average or a median of nothing is no number."""
    window = window_text(facts.query.start, facts.query.end, facts.language)
    if facts.language == "zh":
        return Refusal(code="no_rows", reason=f"{window} 在这些条件下没有数据,没有数字可给。",
                       instead=("放宽条件或换一个时间",))  # fmt: skip
    return Refusal(code="no_rows", reason=f"There are no rows for {window} under these conditions, so no number.",
                   instead=("Loosen a condition or ask for another time",))  # fmt: skip


def no_denominator(facts: Facts) -> Refusal:
    """A ratio was asked, and there is nothing to divide by."""
    names = ("、" if facts.language == "zh" else ", ").join(facts.label(name) for name in facts.query.metrics)
    window = window_text(facts.query.start, facts.query.end, facts.language)
    below = [m.denominator for p in facts.table.number_positions if (m := facts.metric_at(p)) and m.denominator]
    parts = ("、" if facts.language == "zh" else ", ").join(dict.fromkeys(facts.label(name) for name in below))
    if facts.language == "zh":
        return Refusal(
            code="zero_denominator",
            reason=f"{window} 在这些条件下“{parts}”为 0,“{names}”没有意义,不记为 0。",
            instead=("放宽筛选条件或换一个时间窗口", f"先看“{parts}”有多少"),
        )
    return Refusal(
        code="zero_denominator",
        reason=f'In {window} "{parts}" is 0 under these conditions, so "{names}" is undefined; it is not 0.',
        instead=("Widen the filters or choose another window", f'Ask for "{parts}" first'),
    )


def _matures(name: str, model: SemanticModel) -> bool:
    asked = model.metrics.get(name.partition("@")[0])
    own = asked is not None and asked.matures_after_days
    return own or any(leaf.metric.matures_after_days for leaf in leaf_metrics(name, model))


def _last_whole_month(day: date) -> date:
    """First day of the latest month that ends on or before `day`."""
    if (day + timedelta(days=1)).day == 1:
        return day.replace(day=1)
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
