"""Who asks → what they may read, as one immutable value that every rule and the façade take."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlglot.schema import MappingSchema

from app.core.actor import Actor
from app.guard.policy import Exposure, Policy, SizeLimits
from app.warehouse.contract import TABLES
from app.warehouse.engine import TableInfo

_NUMBERS = frozenset({
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "DECIMAL",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class GuardScope:
    """What one caller may read in one warehouse. `tables` holds only what is both allowed and physically there."""

    dialect: str
    policy: Policy
    tables: Mapping[str, Mapping[str, str]]
    """Table → column → type."""
    absent: Mapping[str, frozenset[str]]
    """Table → columns that the policy allows and this warehouse file lacks."""
    recast: Mapping[str, Mapping[str, str]]
    """Table → column → the contract's type, where the file stores another kind of value."""
    brand_ids: frozenset[str] | None
    key: str
    """Stable hash of everything above, for façade and cache keys."""
    schema: MappingSchema = field(repr=False, compare=False)
    """`tables` as names are resolved with; building it takes longer than most statements."""

    @property
    def sizes(self) -> SizeLimits:
        return self.policy.sizes

    def exposure(self, table: str, column: str) -> Exposure:
        """The exposure of a readable column; an unknown one counts as a person key."""
        policy = self.policy.tables.get(table)
        return policy.columns.get(column, Exposure.KEY_ONLY) if policy else Exposure.KEY_ONLY


def scope_for(actor: Actor, *, policy: Policy, physical: Mapping[str, TableInfo], dialect: str) -> GuardScope:
    """The scope of `actor`: from the principal and the policy alone, never from the question."""
    tables: dict[str, Mapping[str, str]] = {}
    absent: dict[str, frozenset[str]] = {}
    recast: dict[str, Mapping[str, str]] = {}
    for name, table_policy in policy.tables.items():
        present = physical[name].columns if name in physical else {}
        readable = {
            column: _declared(name, column, present[column]) for column in table_policy.columns if column in present
        }
        if readable:
            tables[name] = MappingProxyType(readable)
        if other := {c: declared for c, declared in readable.items() if _kind(declared) != _kind(present[c])}:
            recast[name] = MappingProxyType(other)
        if missing := table_policy.columns.keys() - readable.keys():
            absent[name] = frozenset(missing)
    return GuardScope(
        dialect=dialect,
        policy=policy,
        tables=MappingProxyType(tables),
        absent=MappingProxyType(absent),
        recast=MappingProxyType(recast),
        brand_ids=actor.brand_ids,
        key=_key(actor, policy, tables, recast, dialect),
        schema=MappingSchema({name: dict(columns) for name, columns in tables.items()}, dialect=dialect),
    )


def _declared(table: str, column: str, physical: str) -> str:
    """The contract's type where there is one: the file's may be odd, and only names matter to the rules."""
    return TABLES[table].columns.get(column, physical) if table in TABLES else physical


def _kind(declared: str) -> str:
    """What kind of value a type holds; numbers of any width compare and add up as they are."""
    base = declared.upper().partition("(")[0].strip()
    return "number" if base in _NUMBERS else base


def _key(
    actor: Actor,
    policy: Policy,
    tables: Mapping[str, Mapping[str, str]],
    recast: Mapping[str, Mapping[str, str]],
    dialect: str,
) -> str:
    brands = None if actor.brand_ids is None else sorted(actor.brand_ids)
    columns = {name: sorted(held) for name, held in sorted(tables.items())}
    body = [brands, policy.version, dialect, columns, {name: dict(other) for name, other in sorted(recast.items())}]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()[:32]
