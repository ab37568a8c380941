# ruff: noqa: S608 - identifiers are quoted; patterns are constants of this module
"""Guard layer A at the door: no phone, e-mail or ID-card number enters the analytics file.

A column is refused when more than 1 % of its filled values look like an identifier: a mapped phone column is near
100 %, while product names and notes with a long number in them stay far below. What little is below is masked in place.
Only whole runs of digits count (bar codes, 18-digit shop order numbers and hashes are no phones), and keys of
transactions (order_id …) are not read as phones: an 11-digit order number is common, a phone as one is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import ImportRejectedError
from app.ingest.expressions import quoted
from app.ingest.work import Workbench
from app.warehouse.contract import TABLES

REFUSED_SHARE = 0.01

_PATTERNS: tuple[tuple[str, str, str], ...] = (
    ("e-mail address", "邮箱", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z]"),
    # Province 11–82, a real birthday in 1900–2099, and the check character's place.
    ("ID-card number", "身份证号",
     r"(^|[^0-9A-Za-z])[1-8][1-7]\d{4}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]($|[^0-9A-Za-z])"),
    ("phone number", "手机号", r"(^|[^0-9A-Za-z.])(\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}($|[^0-9A-Za-z.])"),
)  # fmt: skip

_TRANSACTION_KEYS = frozenset(
    {
        "order_id", "refund_id", "coupon_id", "template_id", "campaign_id", "entry_id", "touch_id", "send_id",
        "event_id", "session_id", "task_id", "ticket_id", "scan_id", "code", "product_id", "spu_id", "live_room_id",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Hit:
    column: str
    kind: tuple[str, str]
    pattern: str
    share: float


def refuse_identifiers(bench: Workbench, tables: Iterator[str]) -> None:
    """Stop the import when a column holds direct identifiers; mask the stray ones below the threshold.

    Raises:
        ImportRejectedError: names every such column and the kind, never a value.
    """
    refused: list[str] = []
    for table in tables:
        for hit in _hits(bench, table):
            if f"{table}.{hit.column}" in bench.loaded.spec.not_personal:
                continue
            if hit.share > REFUSED_SHARE:
                refused.append(f"{table}.{hit.column} ({hit.kind[0]}, {hit.share:.1%} of its values)")
            else:
                _mask(bench, table, hit)
    if refused:
        raise ImportRejectedError(
            f"direct identifiers may not enter the analytics file: {'; '.join(refused)}",
            hint="Map a keyed hash instead (contacts belong into the vault). If these values identify nobody, say why "
            "under `not_personal:` of the mapping.",
            reason="direct_identifier",
            columns=refused,
        )


def _hits(bench: Workbench, table: str) -> Iterator[_Hit]:
    checks = [
        (column, (en, zh), pattern)
        for column, kind in TABLES[table].columns.items()
        if kind == "VARCHAR"
        for en, zh, pattern in _PATTERNS
        if not (column in _TRANSACTION_KEYS and en == "phone number")
    ]
    if not checks:
        return
    shares = ", ".join(
        f"avg(CAST(regexp_matches({quoted(column)}, '{pattern}') AS DOUBLE))" for column, _, pattern in checks
    )
    for (column, kind, pattern), share in zip(checks, bench.rows(f"SELECT {shares} FROM new_{table}")[0], strict=True):
        if share:
            yield _Hit(column, kind, pattern, share)


def _mask(bench: Workbench, table: str, hit: _Hit) -> None:
    column = quoted(hit.column)
    if hit.column in TABLES[table].primary_key:
        return bench.warn(
            f"{table}.{hit.column}:{hit.share:.2%} 的值形似{hit.kind[1]},是主键所以保留,请核对。",
            f"{table}.{hit.column}: {hit.share:.2%} of the values look like an {hit.kind[0]}; keys are kept: check.",
        )
    bench.run(f"UPDATE new_{table} SET {column} = regexp_replace({column}, '{hit.pattern}', '***', 'g')")
    return bench.warn(
        f"{table}.{hit.column}:{hit.share:.2%} 的值里有{hit.kind[1]},已遮盖。",
        f"{table}.{hit.column}: {hit.share:.2%} of the values held an {hit.kind[0]}; it was masked.",
    )
