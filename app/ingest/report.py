# ruff: noqa: S608 - reads fixed tables of the scratch database; names are quoted by `quoted`
"""What an import did: for the operator as text, for machines as JSON, and every set-aside row as Parquet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path

from app.ingest.build import TableCounts
from app.ingest.checks import describe_reason
from app.ingest.expressions import literal
from app.ingest.mapping import MappingSpec
from app.ingest.sources import SourceCounts
from app.ingest.targets import TargetCounts
from app.ingest.work import Workbench


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Rows kept out for one reason. `amount` = their money where the mapping says how to compute it."""

    place: str
    reason: str
    rows: int
    amount: Decimal | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source: `rows_read = rows_used + rows_quarantined + rows_superseded`; money likewise."""

    name: str
    files: tuple[str, ...]
    rows_read: int
    rows_used: int
    rows_quarantined: int
    rows_superseded: int
    amount_used: Decimal | None
    amount_quarantined: Decimal | None


@dataclass(frozen=True, slots=True)
class TableReport:
    """One contract table of the new snapshot; `amount` is the sum of its money column over all `rows`."""

    name: str
    rows: int
    kept: int
    added: int
    updated: int
    quarantined: int
    identical_dropped: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one import. `snapshot` is None until it is published."""

    import_id: str
    mapping: str
    mode: str
    currency: str
    started_at: str
    seconds: float
    sources: tuple[SourceReport, ...]
    tables: tuple[TableReport, ...]
    quarantined: tuple[Quarantined, ...]
    warnings: tuple[Mapping[str, str], ...]
    notes: tuple[Mapping[str, str], ...]
    folder: Path
    snapshot: str | None = None
    snapshot_path: Path | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; money as text with its decimals."""
        text = json.dumps(asdict(self), default=str, ensure_ascii=False)
        return dict(json.loads(text))

    def as_text(self, language: str = "zh") -> str:
        """The report for a reader, in `zh` or `en`."""
        return "\n".join(_lines(self, language))

    def published(self, snapshot: str, path: Path) -> "ImportReport":
        """The same report, naming the snapshot that now serves."""
        return replace(self, snapshot=snapshot, snapshot_path=path)

    def write(self, folder: Path) -> None:
        """Write `report.json`, `report.zh.md` and `report.en.md`, each replaced in one step."""
        texts = {
            "report.json": json.dumps(self.to_dict(), ensure_ascii=False, indent=1),
            "report.zh.md": self.as_text("zh"),
            "report.en.md": self.as_text("en"),
        }
        for name, text in texts.items():
            draft = folder / f".{name}"
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(folder / name)


def source_reports(bench: Workbench, counts: Sequence[SourceCounts]) -> tuple[SourceReport, ...]:
    """Rows and money of every source, after its bad rows were set aside."""
    reports = []
    for item in counts:
        used, amount = bench.rows(f"SELECT count(*), sum(TRY_CAST(_amount AS DECIMAL(38, 4))) FROM src_{item.name}")[0]
        aside, lost = bench.rows(
            "SELECT count(*), sum(amount) FROM quarantine WHERE place = $place", {"place": f"sources.{item.name}"}
        )[0]
        reports.append(SourceReport(item.name, item.files, item.rows_read, used, aside, item.superseded, amount, lost))
    return tuple(reports)


def table_reports(
    bench: Workbench, targets: Sequence[TargetCounts], built: Mapping[str, TableCounts]
) -> tuple[TableReport, ...]:
    """Every table that was mapped or that holds rows."""
    made = {target.table: target for target in targets}
    aside = dict(bench.rows("SELECT place, count(*) FROM quarantine GROUP BY place"))
    return tuple(
        TableReport(
            name, counts.rows, counts.kept, counts.added, counts.updated, aside.get(name, 0),
            made[name].identical_dropped if name in made else 0, counts.amount,
        )
        for name, counts in built.items()
        if name in made or counts.rows
    )  # fmt: skip


def quarantine_summary(bench: Workbench) -> tuple[Quarantined, ...]:
    """One entry per place and reason, largest first, with its text."""
    rows = bench.rows(
        "SELECT place, reason, count(*) AS n, sum(amount) FROM quarantine "
        "GROUP BY place, reason ORDER BY n DESC, place, reason"
    )
    return tuple(
        Quarantined(place, reason, count, amount, *_reason_text(bench.loaded.spec, place, reason))
        for place, reason, count, amount in rows
    )


def write_quarantine(bench: Workbench, path: Path) -> None:
    """Every set-aside row with its place, reason, file, row number and masked content, as Parquet."""
    bench.run(f"COPY (SELECT * FROM quarantine) TO {literal(str(path))} (FORMAT parquet)")


def _reason_text(spec: MappingSpec, place: str, reason: str) -> tuple[str, str]:
    kind, _, name = reason.partition(":")
    if kind != "rule":
        return describe_reason(reason)
    section, _, source = place.partition(".")
    rules = (
        spec.sources[source].quarantine
        if section == "sources"
        else tuple(rule for entry in spec.tables[place] for rule in entry.quarantine)
    )
    rule = next(rule for rule in rules if rule.name == name)
    return rule.reason.zh, rule.reason.en


_WORDS = {
    "zh": {
        "title": "导入报告",
        "mode": "方式",
        "seconds": "用时",
        "sources": "来源",
        "tables": "写入的表",
        "aside": "隔离的行",
        "warnings": "提醒",
        "notes": "说明",
        "none": "无",
        "snapshot": "快照",
        "unpublished": "尚未发布",
        "source": "读入 {read} 行,使用 {used},隔离 {aside},被后一文件取代 {old}",
        "money": ",金额:使用 {used},隔离 {aside}",
        "table": "共 {rows} 行(保留 {kept},新增 {added},更新 {updated});隔离 {aside},相同重复行去除 {same}",
        "amount": ",金额合计 {amount}",
        "row": "{rows} 行",
        "rowmoney": ",金额 {amount}",
    },
    "en": {
        "title": "Import report",
        "mode": "mode",
        "seconds": "seconds",
        "sources": "Sources",
        "tables": "Tables written",
        "aside": "Quarantined rows",
        "warnings": "Warnings",
        "notes": "Notes",
        "none": "none",
        "snapshot": "snapshot",
        "unpublished": "not published yet",
        "source": "{read} rows read: {used} used, {aside} quarantined, {old} superseded by a later file",
        "money": "; money used {used}, quarantined {aside}",
        "table": (
            "{rows} rows ({kept} kept, {added} added, {updated} updated); {aside} "
            "quarantined, {same} exact repetitions dropped"
        ),
        "amount": "; sum {amount}",
        "row": "{rows} rows",
        "rowmoney": ", money {amount}",
    },
}


def _lines(report: ImportReport, language: str) -> list[str]:
    words = _WORDS[language]
    facts = (
        report.mapping,
        f"{words['mode']} {report.mode}",
        report.currency,
        f"{words['seconds']} {report.seconds:.1f}",
        f"{words['snapshot']} {report.snapshot or words['unpublished']}",
    )
    lines = [f"# {words['title']} {report.import_id}", " · ".join(facts), "", f"## {words['sources']}"]
    for source in report.sources:
        text = words["source"].format(
            read=source.rows_read, used=source.rows_used, aside=source.rows_quarantined, old=source.rows_superseded
        )
        if source.amount_used is not None:
            text += words["money"].format(used=source.amount_used, aside=source.amount_quarantined or 0)
        lines.append(f"- {source.name} ({', '.join(source.files)}): {text}")
    lines += ["", f"## {words['tables']}"]
    for table in report.tables:
        text = words["table"].format(
            rows=table.rows, kept=table.kept, added=table.added, updated=table.updated,
            aside=table.quarantined, same=table.identical_dropped,
        )  # fmt: skip
        text += words["amount"].format(amount=table.amount) if table.amount is not None else ""
        lines.append(f"- {table.name}: {text}")
    lines += ["", f"## {words['aside']}", *(_quarantine_lines(report, language) or [words["none"]])]
    for heading, items in (("warnings", report.warnings), ("notes", report.notes)):
        if items:
            lines += ["", f"## {words[heading]}", *(f"- {item[language]}" for item in items)]
    return lines


def _quarantine_lines(report: ImportReport, language: str) -> list[str]:
    words = _WORDS[language]
    return [
        f"- {item.place}: {words['row'].format(rows=item.rows)}"
        f"{words['rowmoney'].format(amount=item.amount) if item.amount is not None else ''}"
        f" · {item.zh if language == 'zh' else item.en} ({item.reason})"
        for item in report.quarantined
    ]
