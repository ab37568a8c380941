"""The sentence with the number. Built from cells only; `traceable` proves it by reading the sentence back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.flows.answer import Language
from app.flows.format import MINUS, NOTHING, format_change, format_period, format_value
from app.flows.names import compare_word, metric_label
from app.flows.restate import window_text
from app.flows.table import ResultTable, period_text
from app.semantic.branches import OTHER
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery
from app.semantic.windows import bucket_start

MAX_NAMED_GROUPS = 3
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Headline:
    """A sentence, the cells (row, column) it speaks of, and the words in it that may contain digits of their own."""

    text: str
    cells: tuple[Cell, ...] = ()
    phrases: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    """Numbers that are facts about the result itself: how many groups, periods, the limit."""


def write_headline(query: SemanticQuery, table: ResultTable, model: SemanticModel, language: Language) -> Headline:
    """One or two sentences: the number, its change, or who leads. States what is, never why."""
    return _Writer(query, table, model, language).write()


def plain_headline(query: SemanticQuery, table: ResultTable, model: SemanticModel, language: Language) -> Headline:
    """The sentence to fall back to: what was counted and how many rows there are; no value at all."""
    writer = _Writer(query, table, model, language)
    names = (
        "、".join(writer.metric(m) for m in query.metrics)
        if language == "zh"
        else ", ".join(writer.metric(m) for m in query.metrics)
    )
    rows = writer.count(len(table.rows))
    window = writer.window()
    text = (
        f"{window} {names},共 {rows} 行,见表。"
        if language == "zh"
        else f"{names}, {window}: {rows} rows, see the table."
    )
    return writer.done(text)


@dataclass(slots=True)
class _Writer:
    query: SemanticQuery
    table: ResultTable
    model: SemanticModel
    language: Language
    cells: list[Cell] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    @property
    def zh(self) -> bool:
        return self.language == "zh"

    # what may be said, each remembered -------------------------------------------------------------------------------
    def done(self, text: str) -> Headline:
        return Headline(text, tuple(self.cells), tuple(self.phrases), tuple(self.counts))

    def phrase(self, text: str) -> str:
        self.phrases.append(text)
        return text

    def count(self, number: int) -> str:
        self.counts.append(number)
        return f"{number:,}"

    def metric(self, name: str) -> str:
        return self.phrase(metric_label(name, self.model, self.language))

    def window(self) -> str:
        return self.phrase(window_text(self.query.start, self.query.end, self.language))

    def value(self, row: int, position: int) -> str:
        self.cells.append((row, position))
        return format_value(self.table.rows[row][position], self.table.columns[position].unit, self.language)

    def size(self, row: int, position: int) -> str:
        """The magnitude of a change, its sign left to the words."""
        self.cells.append((row, position))
        text = format_change(self.table.rows[row][position], self.table.columns[position].unit, self.language)
        return text.lstrip(f"+±{MINUS}")

    def key(self, row: int) -> str:
        """What a row is called: its dimension values, without the time bucket."""
        parts = [self.table.text(p, self.table.rows[row][p]) for p in self.table.where("dimension")]
        return self.phrase(" · ".join(parts))

    def period(self, row: int) -> str:
        value = self.table.rows[row][self.table.where("period")[0]]
        text = self.phrase(format_period(value, self.query.grain, self.language))
        if value not in self._unfinished():
            return text
        return f"{text}(未满)" if self.zh else f"{text} (partial)"

    def _unfinished(self) -> set[Any]:
        """The first and last bucket, where the window begins or ends inside them."""
        grain, after = self.query.grain, self.query.end + timedelta(days=1)
        if grain not in ("week", "month", "quarter", "year"):
            return set()
        first, last = bucket_start(self.query.start, grain), bucket_start(self.query.end, grain)
        found = [first] if first != self.query.start else []
        found += [last] if bucket_start(after, grain) != after else []
        return {period_text(day, grain) for day in found}

    # shapes ----------------------------------------------------------------------------------------------------------
    def write(self) -> Headline:
        table, query = self.table, self.query
        if not table.rows:
            return self._empty()
        if query.kind == "audience" and not table.key_positions:
            return self._audience()
        if not table.key_positions:
            return self._single()
        if table.where("period"):
            return self._trend_of_groups() if table.where("dimension") else self._trend()
        return self._groups()

    def _empty(self) -> Headline:
        names = ("、" if self.zh else ", ").join(self.metric(m) for m in self.query.metrics)
        if self.zh:
            return self.done(f"{self.window()} 没有符合条件的{names}数据。")
        return self.done(f"No rows for {names} in {self.window()} under these conditions.")

    def _audience(self) -> Headline:
        position = self.table.number_positions[0]
        people = self.value(0, position)
        if self.zh:
            return self.done(f"共 {people}符合条件。只给人数,不展示姓名和联系方式;可存为人群使用。")
        return self.done(
            f"{people} people match. Only the count is shown, never names or contacts; it can be kept as an audience."
        )

    def _single(self) -> Headline:
        sentences = [self._metric_sentence(0, p) for p in self.table.number_positions]
        if self.zh:
            return self.done(f"{self.window()} " + ";".join(sentences) + "。")
        return self.done(f"{self.window()}: " + "; ".join(sentences) + ".")

    def _metric_sentence(self, row: int, position: int) -> str:
        name = self.metric(self.table.meanings[position].about)
        if self.table.rows[row][position] is None:
            return f"{name}没有可计算的值" if self.zh else f"{name} can't be computed (no base)"
        share, changes = self._share(row, position), self._changes(row, position)
        comma = "," if self.zh else ", "
        return comma.join([f"{name} {self.value(row, position)}", *share, *changes])

    def _share(self, row: int, position: int) -> list[str]:
        share = self.table.first("share", self.table.meanings[position].about)
        if share is None or self.table.rows[row][share] is None:
            return []
        return [f"占 {self.value(row, share)}" if self.zh else f"{self.value(row, share)} of the total"]

    def _changes(self, row: int, position: int) -> list[str]:
        found = (self._change(row, position, index) for index in range(len(self.query.compare)))
        return [text for text in found if text]

    def _change(self, row: int, position: int, index: int) -> str:
        """As in 环比上升 12.3%(2026-08 1,100 人); the base window is named where there is one window."""
        table, about = self.table, self.table.meanings[position].about
        base = table.first("base", about, index)
        word = self._compare_name(index)
        if base is None or table.rows[row][base] is None:
            return f"{word}无可比数据" if self.zh else f"no data to compare with the {word}"
        was = self._base_window(index)
        before = f"{was} {self.value(row, base)}" if was else self.value(row, base)
        moved = self._movement(row, about, index)
        bracket = f"({before})" if self.zh else f" ({before})"
        return f"{word}{moved}{bracket}" if self.zh else f"{moved} vs {word}{bracket}"

    def _movement(self, row: int, about: str, index: int) -> str:
        """The direction from the difference; its size as a rate, in points for rates, or absolute."""
        delta, rate = self.table.first("delta", about, index), self.table.first("rate", about, index)
        difference = self.table.rows[row][delta] if delta is not None else None
        relative = self.table.rows[row][rate] if rate is not None else None
        direction = _sign(difference if difference is not None else relative)
        if direction is None:
            return "" if self.zh else "compared"
        if direction == 0:
            return "持平" if self.zh else "unchanged"
        in_points = delta is not None and self.table.columns[delta].unit == "pp"
        position = delta if in_points or relative is None else rate
        word = ("上升" if direction > 0 else "下降") if self.zh else ("up" if direction > 0 else "down")
        return f"{word} {self.size(row, position)}" if position is not None else word

    def _compare_name(self, index: int) -> str:
        comparison = self.query.compare[index]
        named = comparison.label if comparison.kind in ("promo", "custom") else ""
        if named:
            return self.phrase(f"较 {named} " if self.zh else named)
        return compare_word(comparison.kind, self.language)

    def _base_window(self, index: int) -> str:
        if self.query.grain:
            return ""
        comparison = self.query.compare[index]
        return self.phrase(window_text(comparison.start, comparison.end, self.language))

    def _groups(self) -> Headline:
        ranked = self._ranked()
        if len(ranked) <= MAX_NAMED_GROUPS and len(self.table.rows) <= MAX_NAMED_GROUPS:
            parts = [f"{self.key(row)} {self._row_numbers(row)}" for row in range(len(self.table.rows))]
            head = self._lead_names()
            text = (";" if self.zh else "; ").join(parts)
            return self.done(f"{self.window()} {head}:{text}。" if self.zh else f"{head}, {self.window()}: {text}.")
        return self._many_groups(ranked)

    def _many_groups(self, ranked: list[int]) -> Headline:
        if not ranked:
            return plain_headline(self.query, self.table, self.model, self.language)
        head, total, lead = self._lead_names(), self.count(len(self.table.rows)), ranked[0]
        superlative = self._superlative()
        top = f"{self.key(lead)} {self._row_numbers(lead)}"
        others = [f"{self.key(row)} {self._lead_value(row)}" for row in ranked[1:MAX_NAMED_GROUPS]]
        window = self.window()
        if self.zh:
            then = f";其次 {'、'.join(others)}" if others else ""
            return self.done(f"{window} {head},共 {total} 组,{superlative} {top}{then}。")
        then = f"; then {', '.join(others)}" if others else ""
        return self.done(f"{head}, {window}: {total} groups; {superlative} {top}{then}.")

    def _superlative(self) -> str:
        """Highest, only where every group is in sight; a cut list just has a first."""
        if self._is_cut() or self._own_order():
            return "排在第一的是" if self.zh else "first is"
        return "最高的是" if self.zh else "highest is"

    def _is_cut(self) -> bool:
        return self.table.is_cut(self.query)

    def _own_order(self) -> bool:
        order = self.query.order
        return order is not None and not (order.by == self.query.metrics[0] and order.descending)

    def _ranked(self) -> list[int]:
        """Rows to speak of, best first: the result's own order where the asker gave one, else by the first metric."""
        position = self.table.number_positions[0]
        rows = [i for i, row in enumerate(self.table.rows) if not self._is_rest(row) and row[position] is not None]
        if self._is_cut() or self._own_order():
            return rows
        return sorted(rows, key=lambda i: -self.table.rows[i][position])

    def _is_rest(self, row: tuple[Any, ...]) -> bool:
        return any(row[p] == OTHER for p in self.table.where("dimension"))

    def _lead_names(self) -> str:
        return ("、" if self.zh else ", ").join(self.metric(m) for m in self.query.metrics)

    def _row_numbers(self, row: int) -> str:
        """Every asked number of a row; names are repeated only when there are several."""
        positions = self.table.number_positions
        parts = []
        for position in positions:
            named = f"{self.metric(self.table.meanings[position].about)} " if len(positions) > 1 else ""
            extra = [*self._share(row, position), *self._changes(row, position)]
            shown = self.value(row, position) if self.table.rows[row][position] is not None else NOTHING
            inside = (",".join(extra)) if self.zh else ", ".join(extra)
            parts.append(
                named + shown + (f",{inside}" if self.zh else f", {inside}" if inside else "")
                if inside
                else named + shown
            )
        return "、".join(parts) if self.zh else ", ".join(parts)

    def _lead_value(self, row: int) -> str:
        return self.value(row, self.table.number_positions[0])

    def _trend(self) -> Headline:
        position = self.table.number_positions[0]
        rows = [i for i, row in enumerate(self.table.rows) if row[position] is not None]
        if len(rows) < 2:
            return self._short_trend(rows)
        return self.done(
            "。".join(self._trend_parts(rows, position)) + "。"
            if self.zh
            else ". ".join(self._trend_parts(rows, position)) + "."
        )

    def _trend_parts(self, rows: list[int], position: int) -> Iterator[str]:
        ordered = sorted(rows, key=lambda i: str(self.table.rows[i][self.table.where("period")[0]]))
        first, last = ordered[0], ordered[-1]
        peak = max(ordered, key=lambda i: self.table.rows[i][position])
        name, direction = self.metric(self.table.meanings[position].about), self._direction(first, last, position)
        ends = (self.period(first), self._trend_value(first, position), self.period(last), self.value(last, position))
        changes = self._changes(last, position)
        if self.zh:
            yield f"{name}从 {ends[0]} 的 {ends[1]}到 {ends[2]} 的 {ends[3]},{direction}"
            yield f"峰值 {self.value(peak, position)}({self.period(peak)})"
            if changes:
                yield f"{ends[2]} " + ",".join(changes)
            return
        yield f"{name} went from {ends[1]} ({ends[0]}) to {ends[3]} ({ends[2]}): {direction}"
        yield f"Peak {self.value(peak, position)} in {self.period(peak)}"
        if changes:
            yield f"{ends[2]}: " + ", ".join(changes)

    def _trend_value(self, row: int, position: int) -> str:
        return self.value(row, position) + (" " if self.zh else "")

    def _direction(self, first: int, last: int, position: int) -> str:
        sign = _sign(self.table.rows[last][position] - self.table.rows[first][position])
        if not sign:
            return "持平" if self.zh else "unchanged"
        return ("上升" if sign > 0 else "下降") if self.zh else ("up" if sign > 0 else "down")

    def _short_trend(self, rows: list[int]) -> Headline:
        if not rows:
            return plain_headline(self.query, self.table, self.model, self.language)
        row = rows[0]
        return self.done(
            f"{self.period(row)} {self._lead_names()} {self._row_numbers(row)}" + ("。" if self.zh else ".")
        )

    def _trend_of_groups(self) -> Headline:
        """The last bucket, and who leads in it."""
        period, position = self.table.where("period")[0], self.table.number_positions[0]
        latest = max(str(row[period]) for row in self.table.rows)
        rows = [
            i for i, row in enumerate(self.table.rows)
            if str(row[period]) == latest and row[position] is not None and not self._is_rest(row)
        ]  # fmt: skip
        if not rows:
            return plain_headline(self.query, self.table, self.model, self.language)
        top = max(rows, key=lambda i: self.table.rows[i][position])
        periods = self.count(len({row[period] for row in self.table.rows}))
        groups = self.count(len({self._group_key(row) for row in self.table.rows}))
        head, when, lead = self._lead_names(), self.period(top), f"{self.key(top)} {self._row_numbers(top)}"
        if self.zh:
            return self.done(f"{head},{groups} 组、{periods} 期;最近一期 {when} 最高的是 {lead}。")
        return self.done(f"{head}: {groups} groups over {periods} periods; in the latest, {when}, highest is {lead}.")

    def _group_key(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(row[p] for p in self.table.where("dimension"))


def _sign(value: Any) -> int | None:
    if value is None:
        return None
    return int(value > 0) - int(value < 0)
