"""Is an answer's table the gold table? Whole rows as multisets; columns by what they are for, never by what fits."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from types import MappingProxyType
from typing import Literal

from app.flows.answer import Answer
from app.semantic.branches import OTHER
from evals.cells import Cell, key, plain, same_number

Role = Literal["dimension", "value", "base", "share", "change"]
Problem = Literal["shape", "rows", "keys", "numbers", "order"]
Key = tuple[str | None, ...]
Numbers = tuple[Cell, ...]
Gold = Sequence[Sequence[Cell]]

PERIOD = "period"
"""The answers' name for the column with buckets of time."""

_REST = frozenset({"其他", "其它", "其余", "other", "others", "rest", "the rest", OTHER})
_NAMESAKE = re.compile(r" \([^()]+\)$")
# Columns that may be left out together, in order of preference: a table may show more than was asked, by kind.
_SHOWN: tuple[frozenset[Role], ...] = (
    frozenset({"value", "base", "share"}), frozenset({"value", "base"}), frozenset({"value", "share"}),
    frozenset({"value"}), frozenset({"share"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is wrong with a table."""

    problem: Problem
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as the cases state it: dimension columns in their spellings, then rows of numbers in their order."""

    stored: tuple[Key, ...]
    """Column by column, like `shown` and `named`."""
    shown: tuple[Key, ...]
    """Display texts."""
    named: tuple[Key, ...]
    """Names in place of ids, and without the id that tells namesakes apart: "周梦琪 (G018-1)" is 周梦琪."""
    numbers: tuple[Numbers, ...]

    @property
    def keys(self) -> list[Key]:
        """Row by row, as stored."""
        return _by_row(self.stored, len(self.numbers))


def roles(answer: Answer) -> list[Role]:
    """What each column is for. A comparison's earlier value is called `<metric>__<comparison>`."""
    metrics = {column.name for column in answer.columns if column.kind == "metric"}
    found: list[Role] = []
    for column in answer.columns:
        match column.kind:
            case "dimension":
                found.append("dimension")
            case "metric":
                found.append("base" if _stem(column.name) in metrics else "value")
            case "share":
                found.append("share")
            case "delta":
                found.append("change")
    return found


def _stem(name: str) -> str | None:
    stem, mark, _ = name.rpartition("__")
    return stem if mark else None


def projections(answer: Answer, width: int, names: Mapping[str, str]) -> Iterator[Table]:
    """The answer's tables of `width` columns: dimensions, each metric with its earlier values, shares last."""
    kinds = roles(answer)
    dimensions = [i for i, role in enumerate(kinds) if role == "dimension"]
    for kept in _SHOWN:
        numbers = [i for i, role in enumerate(kinds) if role in kept and role != "share"]
        numbers += [i for i, role in enumerate(kinds) if role in kept and role == "share"]
        if kept <= {*kinds} and len(dimensions) + len(numbers) == width:
            yield _table(answer, dimensions, numbers, names)


def _table(answer: Answer, dimensions: Sequence[int], numbers: Sequence[int], names: Mapping[str, str]) -> Table:
    stored = tuple(tuple(_rest(key(plain(row[i]))) for row in answer.rows) for i in dimensions)
    labels = [answer.labels.get(answer.columns[i].name, {}) for i in dimensions]
    shown = tuple(
        tuple(_rest(texts.get(cell, cell)) if cell is not None else None for cell in column)
        for texts, column in zip(labels, stored, strict=True)
    )
    named = tuple(tuple(_name(cell, names) for cell in column) for column in shown)
    return Table(stored, shown, named, tuple(tuple(plain(row[i]) for i in numbers) for row in answer.rows))


def _rest(text: str | None) -> str | None:
    return OTHER if text is not None and text.lower() in _REST else text


def _name(text: str | None, names: Mapping[str, str]) -> str | None:
    return None if text is None else names.get(text, _NAMESAKE.sub("", text))


def _by_row(columns: Sequence[Key], count: int) -> list[Key]:
    return [tuple(column[i] for column in columns) for i in range(count)]


def difference(
    answer: Answer,
    gold: Gold,
    *,
    ordered: bool = False,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Difference | None:
    """None when the answer's table is `gold`; otherwise the nearest thing to say.

    `names` = what the ids of stores, guides, goods … are called: either may stand in gold and answer.
    """
    if not gold:
        return Difference("rows", f"{len(answer.rows)} rows, expected none") if answer.rows else None
    if not answer.rows:
        return Difference("rows", f"no rows, expected {len(gold)}")
    found: list[Difference] = []
    over_time = any(column.name == PERIOD for column in answer.columns)
    for table in projections(answer, len(gold[0]), names):
        problem = compare(table, gold, ordered=ordered, names=names)
        if problem is not None and over_time and len(table.numbers) != len(gold):
            thin, rows = _without_empty_buckets(table, gold)
            problem = compare(thin, rows, ordered=ordered, names=names) and problem
        if problem is None:
            return None
        found.append(problem)
    if found:
        return found[0]
    columns = ", ".join(column.name for column in answer.columns)
    return Difference("shape", f"columns ({columns}) do not make the {len(gold[0])} expected")


def _without_empty_buckets(table: Table, gold: Gold) -> tuple[Table, Gold]:
    """Buckets of time in which nothing was counted may be left out: they go from whichever side has more rows."""
    if len(table.numbers) < len(gold):
        return table, [row for row in gold if not _is_empty(row[len(table.stored) :])]
    kept = [i for i, row in enumerate(table.numbers) if not _is_empty(row)]

    def thin(columns: tuple[Key, ...]) -> tuple[Key, ...]:
        return tuple(tuple(column[i] for i in kept) for column in columns)

    numbers = tuple(table.numbers[i] for i in kept)
    return Table(thin(table.stored), thin(table.shown), thin(table.named), numbers), gold


def _is_empty(numbers: Sequence[Cell]) -> bool:
    return all(cell is None or cell == 0 for cell in numbers)


def compare(table: Table, gold: Gold, *, ordered: bool, names: Mapping[str, str]) -> Difference | None:
    """Compare under every consistent order of dimension columns and each spelling of each; any one must fit whole."""
    if len(table.numbers) != len(gold):
        return Difference("rows", f"{len(table.numbers)} rows, expected {len(gold)}")
    count = len(table.stored)
    numbers = [tuple(row[count:]) for row in gold]
    nearest: Difference | None = None
    for keys, wanted in _spellings(table, gold, names):
        problem = _rows_differ(keys, table.numbers, wanted, numbers)
        if problem is None and ordered:
            problem = _order_differs(table.numbers, numbers, keys, wanted)
        if problem is None:
            return None
        if nearest is None or nearest.problem == "keys":
            nearest = problem
    raw = [tuple(_rest(key(cell)) for cell in row[:count]) for row in gold]
    return nearest or Difference("keys", _keys_differ(table.keys, raw))


def _spellings(table: Table, gold: Gold, names: Mapping[str, str]) -> Iterator[tuple[list[Key], list[Key]]]:
    """Keys of answer and gold, columns permuted and spelled so that each holds the same values as its partner."""
    count, rows = len(table.stored), len(table.numbers)
    raw = [tuple(_rest(key(row[i])) for row in gold) for i in range(count)]
    called = [tuple(_name(cell, names) for cell in column) for column in raw]
    for order in permutations(range(count)):
        fitting = [
            [(ours, theirs) for ours, theirs in
             ((table.stored[source], raw[i]), (table.shown[source], raw[i]), (table.named[source], called[i]))
             if Counter(ours) == Counter(theirs)]
            for i, source in enumerate(order)
        ]  # fmt: skip
        for chosen in product(*fitting):
            yield _by_row([ours for ours, _ in chosen], rows), _by_row([theirs for _, theirs in chosen], rows)


def _rows_differ(
    keys: Sequence[Key], numbers: Sequence[Numbers], wanted: Sequence[Key], expected: Sequence[Numbers]
) -> Difference | None:
    if Counter(keys) != Counter(wanted):
        return Difference("keys", _keys_differ(keys, wanted))
    ours: dict[Key, list[Numbers]] = defaultdict(list)
    theirs: dict[Key, list[Numbers]] = defaultdict(list)
    for own, row in zip(keys, numbers, strict=True):
        ours[own].append(row)
    for own, row in zip(wanted, expected, strict=True):
        theirs[own].append(row)
    for own, rows in theirs.items():
        if not _all_paired(rows, ours[own]):
            where = f"{' · '.join(map(str, own))}: " if own else ""
            return Difference("numbers", f"{where}{_said(ours[own][0])}, expected {_said(rows[0])}")
    return None


def _all_paired(wants: Sequence[Numbers], gots: Sequence[Numbers]) -> bool:
    """Can every expected row take a row of its own? (Kuhn's matching; rows are whole, cells in their order.)"""
    owner: dict[int, int] = {}

    def place(want: int, seen: set[int]) -> bool:
        for got, row in enumerate(gots):
            if got in seen or not all(map(same_number, wants[want], row)):
                continue
            seen.add(got)
            if got not in owner or place(owner[got], seen):
                owner[got] = want
                return True
        return False

    return all(place(want, set()) for want in range(len(wants)))


def _order_differs(
    numbers: Sequence[Numbers], expected: Sequence[Numbers], keys: Sequence[Key], wanted: Sequence[Key]
) -> Difference | None:
    """Rows that tie may change places: whatever column the gold rows are sorted by, the answer's must be sorted by."""
    if list(keys) == list(wanted):
        return None
    for position in range(len(expected[0])):
        for sign in (1, -1):
            if _is_sorted(expected, position, sign) and _is_sorted(numbers, position, sign):
                return None
    return Difference("order", f"rows come as {_first(keys)}, expected {_first(wanted)}")


def _is_sorted(rows: Sequence[Numbers], position: int, sign: int) -> bool:
    cells = [row[position] for row in rows]
    if any(not isinstance(cell, float) for cell in cells) or len(set(cells)) == 1:
        return False
    values = [sign * cell for cell in cells if isinstance(cell, float)]
    return all(a <= b or same_number(a, b) for a, b in pairwise(values))


def _keys_differ(keys: Sequence[Key], wanted: Sequence[Key]) -> str:
    missing, extra = Counter(wanted) - Counter(keys), Counter(keys) - Counter(wanted)
    return f"rows missing: {_first(list(missing))}; rows not expected: {_first(list(extra))}"


def _first(keys: Sequence[Key]) -> str:
    texts = [" · ".join(map(str, own)) for own in keys[:4]]
    return ", ".join(texts) + (f" … {len(keys)}" if len(keys) > 4 else "") if texts else "none"


def _said(row: Numbers) -> str:
    return "(" + ", ".join(f"{cell:,.6g}" if isinstance(cell, float) else str(cell) for cell in row) + ")"
