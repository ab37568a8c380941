"""Proof that a sentence invents nothing: every figure is a formatted cell, a count of the result, or part of a name."""

import re
from collections.abc import Iterable, Iterator

from app.flows.answer import Language
from app.flows.format import MINUS, format_change, format_value
from app.flows.headline import Headline
from app.flows.table import ResultTable

# The suffix belongs to the figure: 1.23M and 1.23 are different claims.
_FIGURE = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?: ?pp|[万亿%MB](?![A-Za-z]))?")


def untraceable(headline: Headline, table: ResultTable, language: Language) -> tuple[str, ...]:
    """The figures of the sentence that no cell, count or name accounts for; empty = proven."""
    allowed = set(_cell_figures(headline, table, language)) | {f"{count:,}" for count in headline.counts}
    named = _spans(headline.text, headline.phrases)
    return tuple(
        figure
        for figure, start, end in _located(headline.text)
        if figure not in allowed and not any(first <= start and end <= last for first, last in named)
    )


def figures(text: str) -> list[str]:
    """The numbers of a sentence with what belongs to them (万, %, pp), signs left out: ["1,234", "12.3%"]."""
    return [figure for figure, _, _ in _located(text)]


def _located(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _FIGURE.finditer(text):
        yield match.group(), match.start(), match.end()


def _cell_figures(headline: Headline, table: ResultTable, language: Language) -> Iterator[str]:
    for row, position in headline.cells:
        value, unit = table.rows[row][position], table.columns[position].unit
        for text in (format_value(value, unit, language), format_change(value, unit, language)):
            yield from figures(text.replace(MINUS, ""))


def _spans(text: str, phrases: Iterable[str]) -> list[tuple[int, int]]:
    """Where names and periods stand, which bring digits of their own (618 礼盒, 2026-09)."""
    spans = []
    for phrase in {p for p in phrases if any(c.isdigit() for c in p)}:
        at = text.find(phrase)
        while at >= 0:
            spans.append((at, at + len(phrase)))
            at = text.find(phrase, at + 1)
    return spans
