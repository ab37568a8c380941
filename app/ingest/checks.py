"""What a loaded row must satisfy, as data: reasons with their text, limits per column, references between tables."""

from collections.abc import Iterator, Mapping

from app.ingest.expressions import literal, quoted
from app.warehouse.contract import ContractTable

REASONS: Mapping[str, tuple[str, str]] = {
    "broken_line": (
        "这一行的列数与表头不符或引号不配对",
        "the line does not fit the header, or its quotes do not match",
    ),
    "type": ("{0} 的值不是要求的类型", "the value of {0} is not of the declared type"),
    "key_missing": ("主键列 {0} 为空", "the key column {0} is empty"),
    "negative": ("{0} 是负数", "{0} is negative"),
    "impossible_time": (
        "{0} 早于 1990 年或晚于导入时刻一天以上",
        "{0} is before 1990 or more than a day after the import",
    ),
    "unknown_code": ("{0} 的取值不在约定之内", "{0} holds a code that the contract does not know"),
    "conflicting_key": ("同一主键有内容不同的多行", "several rows share the key and differ"),
    "orphan": ("引用的 {0} 不存在", "the {0} it belongs to does not exist"),
}
"""Code → Chinese and English text; `{0}` is the part after the colon of `code:part`."""

CODES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("orders", "status"): ("created", "paid", "shipped", "completed", "cancelled", "risk_blocked"),
}
"""Closed sets on which every number depends: an unmapped 已取消 would count as revenue."""

WANTED: Mapping[str, tuple[str, ...]] = {
    "orders": ("brand_id", "created_at", "paid_at", "status", "paid_amount"),
    "order_items": ("product_id", "quantity", "paid_amount"),
    "refunds": ("refund_amount", "refunded_at"),
    "members": ("registered_at",),
}
"""Columns without which the usual questions have no answer: a mapping that leaves them out is told so."""

MEANINGLESS_WITHOUT: Mapping[str, tuple[str, str]] = {"order_items": ("order_id", "orders")}
"""Child → (column, parent): such a row says nothing without its parent, so it is quarantined."""

REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("orders", "brand_id", "brands"),
    ("orders", "store_id", "stores"),
    ("orders", "guide_id", "guides"),
    ("order_items", "product_id", "products"),
    ("refunds", "order_id", "orders"),
    ("stores", "brand_id", "brands"),
    ("products", "brand_id", "brands"),
    ("members", "brand_id", "brands"),
    ("guides", "store_id", "stores"),
    ("coupons", "order_id", "orders"),
    ("sends", "campaign_id", "campaigns"),
    ("touchpoints", "campaign_id", "campaigns"),
)
"""Child, column, parent: rows that point nowhere are kept, counted, and told."""

MONEY: Mapping[str, str] = {
    "orders": "paid_amount", "order_items": "paid_amount", "refunds": "refund_amount", "coupons": "face_value",
    "media_spend": "cost", "sends": "cost", "touchpoints": "cost", "campaigns": "budget",
}  # fmt: skip
"""The money of a table's row, for reconciliation."""

_SIGNED = frozenset({"delta", "points", "score", "line_no"})
_PLANNED = frozenset({"expires_at", "ends_at", "starts_at", "launched_on", "birthday", "opened_on", "joined_on"})
"""Times that may lie ahead, or before 1990."""


def describe_reason(code: str) -> tuple[str, str]:
    """Chinese and English text of a built-in reason code such as `type:quantity`."""
    kind, _, part = code.partition(":")
    zh, en = REASONS[kind]
    return zh.format(part), en.format(part)


def row_checks(table: ContractTable, mapped: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Reason code and the SQL that is true for a bad row, over typed contract columns; `$now` = the import's moment."""
    for column in table.primary_key:
        yield f"key_missing:{column}", f"{quoted(column)} IS NULL"
    for column, kind in table.columns.items():
        if column not in mapped:
            continue
        if kind.startswith(("DECIMAL", "INTEGER", "BIGINT")) and column not in _SIGNED:
            yield f"negative:{column}", f"{quoted(column)} < 0"
        if kind in {"TIMESTAMP", "DATE"} and column not in _PLANNED:
            soon = "CAST($now AS TIMESTAMP) + INTERVAL 1 DAY"
            yield (
                f"impossible_time:{column}",
                f"({quoted(column)} < TIMESTAMP '1990-01-01' OR {quoted(column)} > {soon})",
            )
        if codes := CODES.get((table.name, column)):
            allowed = ", ".join(map(literal, codes))
            # NULL is unknown too: `status NOT IN (…)` would drop such an order from every number without a word.
            yield f"unknown_code:{column}", f"coalesce({quoted(column)} NOT IN ({allowed}), TRUE)"
