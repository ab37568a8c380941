"""The words of one warehouse: the values of its dimensions, read once per snapshot and brand scope, kept on disk."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from app.core.errors import AppError, MissingDataError
from app.semantic.model import Dataset, Dimension, SemanticModel

logger = logging.getLogger(__name__)

RunSql = Callable[[exp.Expression], Sequence[Sequence[Any]]]
MAX_VALUES = 50_000
"""Per dimension. Every name costs memory and time at each start; names beyond it are not understood, never misread."""
_INDEXED_KINDS = ("category", "name")


def cache_key(model_version: str, snapshot: str, brand_ids: Iterable[str] | None) -> str:
    """Name of the cached vocabulary: another model, snapshot or brand scope never shares it."""
    scope = "*" if brand_ids is None else ",".join(sorted(brand_ids))
    return hashlib.sha256(f"{model_version}|{snapshot}|{scope}".encode()).hexdigest()[:24]


def load_vocabulary(model: SemanticModel, run: RunSql, cache_file: Path) -> dict[str, tuple[str, ...]]:
    """Dimension id → its values. Read from `cache_file` if it is there and whole, else from the warehouse."""
    cached = _read(cache_file)
    if cached is not None:
        return cached
    values = {d.id: found for d in model.dimensions.values() if (found := _values(model, d, run))}
    _write(cache_file, values)
    return values


def load_tags(model: SemanticModel, run: RunSql, cache_file: Path) -> dict[str, tuple[str, ...]]:
    """Tag of people → its values, as stored; empty where the model or the warehouse has no tags."""
    place = model.person_tags
    table = model.datasets[place.dataset].table if place else None
    if place is None or table is None:
        return {}
    cached = _read(cache_file)
    if cached is not None:
        return cached
    tags: dict[str, list[str]] = {}
    try:
        for tag, value in run(_distinct(table, place.tag, place.value)):
            tags.setdefault(str(tag), []).append(str(value))
    except MissingDataError:
        return {}
    found = {tag: tuple(values) for tag, values in tags.items()}
    _write(cache_file, found)
    return found


def _values(model: SemanticModel, dimension: Dimension, run: RunSql) -> tuple[str, ...]:
    if dimension.kind not in _INDEXED_KINDS or dimension.type != "string" or dimension.contains_people:
        return ()
    found: dict[str, None] = {}
    for dataset_id, expression in dimension.on.items():
        column = _plain_column(model.datasets[dataset_id], expression)
        table = model.datasets[dataset_id].table
        if column is None or table is None:
            continue
        try:
            rows = run(_distinct(table, column))
        except MissingDataError:
            continue
        except AppError as error:
            logger.warning("vocabulary.skipped dimension=%s code=%s", dimension.id, error.code)
            continue
        found |= dict.fromkeys(str(row[0]) for row in rows if row[0] not in (None, ""))
    return tuple(found)


def _plain_column(dataset: Dataset, expression: str) -> str | None:
    """The physical column behind an expression, if it is nothing but a column of the dataset's own table."""
    if not expression.isidentifier() or expression not in dataset.fields:
        return None
    own = dataset.fields[expression].expr
    if own is None:
        return expression
    return own if own.isidentifier() else None


def _distinct(table: str, *names: str) -> exp.Expression:
    columns = [exp.column(name, quoted=True) for name in names]
    query = sqlglot.select(*columns).distinct().from_(exp.to_table(table))
    for column in columns:
        query = query.where(column.copy().is_(exp.null()).not_())
    return query.order_by(*(column.copy() for column in columns)).limit(MAX_VALUES)


def _read(path: Path) -> dict[str, tuple[str, ...]] | None:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {name: tuple(values) for name, values in raw.items()}


def _write(path: Path, values: dict[str, tuple[str, ...]]) -> None:
    """Best effort: a cache that can't be written only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{hashlib.sha256(repr(values).encode()).hexdigest()[:8]}.tmp")
        draft.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        logger.warning("vocabulary.not_cached error=%s", type(error).__name__)
