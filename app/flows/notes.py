"""What a careful analyst would add to the number, beside what the checks found."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from app.core.actor import Actor
from app.flows.answer import Language
from app.flows.names import (
    dimension_label,
    metric_label,
    metrics_behind,
    segment_label,
    value_label,
)
from app.flows.restate import window_text
from app.planning.plan import Link, Reading
from app.semantic.model import SemanticModel
from app.semantic.query import Grain, SemanticQuery
from app.semantic.windows import bucket_start
from app.warehouse.engine import Snapshot

MAX_BRANDS_NAMED = 6


def scope_notes(
    query: SemanticQuery, model: SemanticModel, actor: Actor, brands: Mapping[str, str], language: Language
) -> Iterator[str]:
    """Which brands are inside, where the file has several and the question does not say."""
    visible = [name for brand, name in brands.items() if actor.brand_ids is None or brand in actor.brand_ids]
    if len(brands) < 2 or not visible or _speaks_of_brand(query, model):
        return
    named = visible[:MAX_BRANDS_NAMED]
    zh = language == "zh"
    text = ("、" if zh else ", ").join(named) + (("等" if zh else " …") if len(visible) > len(named) else "")
    if len(visible) == len(brands):
        yield f"包含全部 {len(visible)} 个品牌:{text}。" if zh else f"All {len(visible)} brands are included: {text}."
    else:
        yield f"仅含品牌:{text}。" if zh else f"Only these brands are included: {text}."


def _speaks_of_brand(query: SemanticQuery, model: SemanticModel) -> bool:
    named = {*query.dimensions, *(f.dimension for f in query.filters)}
    dimensions = (model.dimensions[name] for name in named if name in model.dimensions)
    return any("brand" in expression for d in dimensions for expression in (d.id, *d.on.values()))


def reading_notes(reading: Reading, model: SemanticModel, language: Language) -> Iterator[str]:
    """What the planner assumed, and every word it matched only approximately."""
    yield from reading.assumptions
    for link in reading.links:
        if link.fuzzy:
            meant = link_text(link, model, language)
            yield f"把“{link.text}”理解为“{meant}”。" if language == "zh" else f'"{link.text}" was read as "{meant}".'


def fuzzy_words(reading: Reading, model: SemanticModel, language: Language) -> tuple[str, ...]:
    """As "heard → meant", for the evidence."""
    return tuple(f"{link.text} → {link_text(link, model, language)}" for link in reading.links if link.fuzzy)


def link_text(link: Link, model: SemanticModel, language: Language) -> str:
    """What a link's target is called."""
    match link.role:
        case "metric":
            return metric_label(link.target, model, language)
        case "dimension":
            return dimension_label(link.target, model, language)
        case "segment":
            return segment_label(link.target, model, language)
        case "value":
            dimension, _, value = link.target.partition("=")
            return value_label(dimension, value, model, language) if value else link.target
        case _:
            return link.target


def metric_notes(query: SemanticQuery, model: SemanticModel, language: Language) -> Iterator[str]:
    """What the asked metrics leave out, each said once."""
    texts = [
        metric.not_counted.in_(language) for _, metric in metrics_behind(query.metrics, model) if metric.not_counted
    ]
    yield from dict.fromkeys(texts)


def window_notes(query: SemanticQuery, snapshot: Snapshot, language: Language) -> Iterator[str]:
    """A period that is still running, and compared windows of another length."""
    zh = language == "zh"
    if query.start <= query.end == snapshot.data_as_of and _is_unfinished(query):
        window = window_text(query.start, query.end, language)
        yield (
            f"本期还没有结束,按已有的 {window} 计算。" if zh else f"The period is not over yet: computed for {window}."
        )
    if query.grain is not None and not _fills_buckets(query, query.grain):
        yield (
            "首期或末期没有被窗口完整覆盖,与其他期不可直接相比。"
            if zh
            else "The first or last period is only partly inside the window; don't compare it with the others as it is."
        )
    length = (query.end - query.start).days + 1
    for comparison in query.compare:
        other = (comparison.end - comparison.start).days + 1
        if other != length and query.grain is None:
            window = window_text(comparison.start, comparison.end, language)
            yield (
                f"对比期 {window} 有 {other} 天,本期有 {length} 天,天数不同。"
                if zh
                else f"The compared window {window} has {other} days, this one {length}."
            )


def _fills_buckets(query: SemanticQuery, grain: Grain) -> bool:
    after = query.end + timedelta(days=1)
    return bucket_start(query.start, grain) == query.start and bucket_start(after, grain) == after


def _is_unfinished(query: SemanticQuery) -> bool:
    """Starts like a month, quarter or year and stops before its end."""
    tomorrow: date = query.end + timedelta(days=1)
    return query.start.day == 1 and tomorrow.day != 1


def audience_notes(query: SemanticQuery, language: Language) -> Iterator[str]:
    """A list of people was asked for: what is given instead."""
    if query.kind == "audience":
        yield (
            "这是人群条件与人数,不含任何人的姓名和联系方式;名单在批准触达时才冻结。"
            if language == "zh"
            else "This is the audience's condition and size, without anyone's name or contact; the list is frozen "
            "only when a send is approved."
        )


def unapplied_notes(datasets: Iterable[str], model: SemanticModel, language: Language) -> Iterator[str]:
    """Rows that the house rules leave out and that this warehouse can't tell apart."""
    for name in datasets:
        dataset = model.datasets[name]
        label = dataset.label.in_(language)
        yield (
            f"数据仓库缺少识别“{label}”的数据({dataset.table}),没有剔除。"
            if language == "zh"
            else f'The warehouse lacks the data that identifies "{label}" ({dataset.table}); they are not left out.'
        )
