"""Between records and columns."""

import json
from typing import Any

from pydantic import ValidationError

from app.core.errors import StoreError
from app.semantic.query import SemanticQuery


def query_to_json(query: SemanticQuery | None) -> dict[str, Any] | None:
    """A plan as plain JSON, without what is at its default."""
    return None if query is None else query.model_dump(mode="json", exclude_defaults=True)


def query_from_json(raw: Any) -> SemanticQuery:
    """The stored plan.

    Raises:
        StoreError: this program can't read it; a migration is missing.
    """
    try:
        return SemanticQuery.model_validate(raw)
    except ValidationError as error:
        raise StoreError(
            "a stored plan can't be read by this version", hint="report it; nothing was changed"
        ) from error


def optional_query(raw: Any) -> SemanticQuery | None:
    return None if raw is None else query_from_json(raw)


def scope_from_key(key: str) -> frozenset[str] | None:
    """The inverse of `scope_key`."""
    return None if key == "*" else frozenset(json.loads(key))
