"""When two queries are the same plan: one hash for all spellings of a meaning, other hashes for other meanings."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from app.semantic.query import SemanticQuery

_DEFAULT_LIMIT = SemanticQuery.model_fields["limit"].default


def plan_hash(query: SemanticQuery) -> str:
    """SHA-256 (hex) of what `query` means.

    Equal for queries that differ only in the order of conditions and values, in `in` with one value against `eq`, in
    1 against 1.0, or in how a comparison was named. The order of metrics and dimensions counts only where rows are cut
    off, because it then decides which rows remain. Fields at their default leave no trace, so a new field with a
    default does not change the hash of an old plan.
    """
    return digest_of(_canonical(query))


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(query: SemanticQuery) -> dict[str, Any]:
    plan: dict[str, Any] = query.model_dump(mode="json", exclude_defaults=True)
    plan = _map_lists(plan, {"filters": _filter, "people": _people, "having": _numbers, "compare": _comparison})
    unordered = ["filters", "people", "having", "compare", "segments", "limit_within"]
    if not _cuts_rows(query):
        unordered += ["metrics", "dimensions"]
    for name in unordered:
        if name in plan:
            plan[name] = _as_set(plan[name])
    if "share" in plan:
        plan["share"] = {name: _as_set(names) for name, names in plan["share"].items()}
    return plan


def _cuts_rows(query: SemanticQuery) -> bool:
    return query.limit != _DEFAULT_LIMIT or query.rest_as_other or bool(query.limit_within)


def _map_lists(plan: dict[str, Any], forms: dict[str, Callable[[dict[str, Any]], dict[str, Any]]]) -> dict[str, Any]:
    return {name: [forms[name](item) for item in value] if name in forms else value for name, value in plan.items()}


def _filter(raw: dict[str, Any]) -> dict[str, Any]:
    op, values = raw["op"], [_number(value) for value in raw.get("values", ())]
    if op in ("in", "not_in"):
        values = _as_set(values)
        if len(values) == 1:
            op = "eq" if op == "in" else "ne"
    return {**raw, "op": op, "values": values}


def _people(raw: dict[str, Any]) -> dict[str, Any]:
    filters = {"filters": _as_set(_filter(item) for item in raw["filters"])} if "filters" in raw else {}
    return {**_numbers(raw), **filters}


def _numbers(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "values": [_number(value) for value in raw["values"]]} if "values" in raw else raw


def _comparison(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name != "label"}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_set(items: Iterable[Any]) -> list[Any]:
    """Without repetitions, in one fixed order."""
    by_text = {json.dumps(item, ensure_ascii=False, sort_keys=True): item for item in items}
    return [by_text[text] for text in sorted(by_text)]
