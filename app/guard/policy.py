"""What may be read and how: tables, columns by exposure, row scope by brand, functions and sizes. Data, no decisions.

Deny by default: a table or column that is not listed does not exist for a query. The vault is not listed.

Row scope: with a brand filter a row is visible when its brand is one of the caller's. A table without a brand of its
own takes the brand of its parent; where a parent key may be absent the next parent counts (`RowPath` order). What a
person did or said outside membership (tickets, events, touchpoints, identities) belongs to every brand that they
joined or bought from. A row that leads to no brand is visible only without a brand filter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from app.warehouse.contract import TABLES


class Exposure(StrEnum):
    """How far a column's values may go."""

    OPEN = "open"
    KEY_ONLY = "key_only"
    """Names a person: may join, group inside and be counted; never shown, never compared with a literal."""
    COARSE = "coarse"
    """Quasi-identifying: shown by year, quarter or month only."""


@dataclass(frozen=True, slots=True)
class RowPath:
    """`column` holds a key of `parent`; the row has the brand of that parent row."""

    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class TablePolicy:
    """One readable table. `brand_column` or `paths` say whose a row is; with neither, it is visible to every brand."""

    columns: Mapping[str, Exposure]
    brand_column: str | None = None
    paths: tuple[RowPath, ...] = ()


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """How large a statement may be."""

    max_characters: int = 200_000
    max_nodes: int = 40_000
    max_depth: int = 120
    max_tables: int = 80
    max_text_literal: int = 1_000
    max_number_digits: int = 38
    max_limit: int = 1_000_000
    max_series: int = 20_000


@dataclass(frozen=True, slots=True)
class Policy:
    """`version` is part of every cache key; change it with any change of content."""

    version: str
    tables: Mapping[str, TablePolicy]
    sizes: SizeLimits = field(default_factory=SizeLimits)
    min_people: int = 0
    """Groups of fewer people are suppressed where the query counts people; 0 = off."""


# Columns that name a person, a device or one visit of a person, wherever they occur.
_PERSON_KEYS = frozenset({"one_id", "referrer_one_id", "id_hash", "session_id", "evidence"})
_COARSE = frozenset({"birthday"})

_BY_MEMBER = RowPath("one_id", "members", "one_id")
_BY_BUYER = RowPath("one_id", "orders", "one_id")
_BY_ORDER = RowPath("order_id", "orders", "order_id")
_BY_PRODUCT = RowPath("product_id", "products", "product_id")
_BY_STORE = RowPath("store_id", "stores", "store_id")
_BY_CAMPAIGN = RowPath("campaign_id", "campaigns", "campaign_id")
_BY_GUIDE = RowPath("guide_id", "guides", "guide_id")

_PATHS: Mapping[str, tuple[RowPath, ...]] = {
    "guides": (_BY_STORE,),
    "identities": (_BY_MEMBER, _BY_BUYER),
    "consents": (_BY_MEMBER,),
    "member_tags": (_BY_MEMBER,),
    "points_ledger": (_BY_MEMBER,),
    "wecom_contacts": (_BY_MEMBER,),
    "group_members": (_BY_MEMBER,),
    "tickets": (_BY_MEMBER, _BY_BUYER),
    "order_items": (_BY_ORDER,),
    "refunds": (_BY_ORDER,),
    "coupons": (_BY_CAMPAIGN, _BY_MEMBER),
    "stock_daily": (_BY_PRODUCT, _BY_STORE),
    "touchpoints": (_BY_CAMPAIGN, _BY_MEMBER, _BY_BUYER),
    "sends": (_BY_CAMPAIGN, _BY_MEMBER),
    "events": (_BY_PRODUCT, _BY_MEMBER, _BY_BUYER),
    "media_spend": (_BY_CAMPAIGN,),
    "traffic_daily": (_BY_PRODUCT, _BY_STORE),
    "guide_tasks": (_BY_GUIDE, _BY_STORE),
    "code_scans": (_BY_PRODUCT, _BY_MEMBER, _BY_BUYER),
}


def _exposure(column: str) -> Exposure:
    if column in _PERSON_KEYS:
        return Exposure.KEY_ONLY
    return Exposure.COARSE if column in _COARSE else Exposure.OPEN


def _contract_tables() -> Mapping[str, TablePolicy]:
    return MappingProxyType(
        {
            name: TablePolicy(
                columns=MappingProxyType({column: _exposure(column) for column in table.columns}),
                brand_column="brand_id" if "brand_id" in table.columns else None,
                paths=_PATHS.get(name, ()),
            )
            for name, table in TABLES.items()
        }
    )


DEFAULT_POLICY = Policy(version="contract-2", tables=_contract_tables())
"""The contract's tables; person keys countable only; birthdays by month; rows by brand."""
