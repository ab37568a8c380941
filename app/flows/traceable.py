"""Proof that a sentence invents nothing: every figure is a formatted cell, a count of the result, or part of a name."""

import re
from collections.abc import Iterable, Iterator

from app.flows.answer import Language
from app.flows.format import MINUS, format_change, format_value
from app.flows.headline import Headline
from app.flows.table import ResultTable

# The suffix belongs to the figure: 1.23M and 1.23 are different claims.
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?(?: ?pp|[万亿%MB](?![A-Za-z]))?")


def untraceable(headline: Headline, table: ResultTable, language: Language) -> tuple[str, ...]:
    """The figures of the sentence that no cell, count or name accounts for; empty = proven."""
    text = _without_phrases(headline.text, headline.phrases)
    allowed = set(_cell_figures(headline, table, language)) | {f"{count:,}" for count in headline.counts}
    return tuple(figure for figure in figures(text) if figure not in allowed)


def figures(text: str) -> list[str]:
    """The numbers of a sentence with what belongs to them (万, %, pp), signs left out: ["1,234", "12.3%"]."""
    return [match.group().rstrip(",") for match in _FIGURE.finditer(text)]


def _cell_figures(headline: Headline, table: ResultTable, language: Language) -> Iterator[str]:
    for row, position in headline.cells:
        value, unit = table.rows[row][position], table.columns[position].unit
        for text in (format_value(value, unit, language), format_change(value, unit, language)):
            yield from figures(text.replace(MINUS, ""))


def _without_phrases(text: str, phrases: Iterable[str]) -> str:
    """Names and periods bring digits of their own (618 礼盒, 2026-09): cut out the longest first."""
    for phrase in sorted({p for p in phrases if any(c.isdigit() for c in p)}, key=len, reverse=True):
        text = re.sub(rf"(?<![\d.,]){re.escape(phrase)}(?![\d%])", " ", text)
    return text
