"""The canonical sentence read back: exactly the plan it was written from, or nothing at all.

The reader takes the grammar of `words` as it stands and never guesses: one part that it can't place, and the sentence
is left to the planner of free questions.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from app.planning.canonical.grammar import NotCanonicalError, as_lists, day_of, each_of, pattern_of, period_of
from app.planning.canonical.literals import Skeleton, skeleton
from app.planning.canonical.vocabulary import Vocabulary, read_number, vocabulary
from app.planning.canonical.words import (
    COMPARE,
    CONDITIONS,
    GRAINS,
    INNER,
    LISTING,
    SEPARATOR,
    TEXTS,
    Language,
    derived_words,
)
from app.planning.lexicon import ValueIndex
from app.semantic.model import SemanticModel
from app.semantic.query import (
    Comparison,
    Filter,
    Having,
    Order,
    PeopleCondition,
    Scalar,
    SegmentRef,
    SemanticQuery,
    Share,
)

_LONGEST = 4000
_DOTS = re.compile("[·・‧•∙]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_COMPARED = frozenset(("gt", "ge", "lt", "le", "between"))


@dataclass(frozen=True, slots=True)
class Read:
    """A plan that was read, and the language it was written in."""

    query: SemanticQuery
    language: Language


def read_canonical(question: str, model: SemanticModel, values: ValueIndex) -> Read | None:
    """The plan of a canonical sentence over `model`; None for any other text."""
    if len(question) > _LONGEST or not _DOTS.search(question):
        return None
    bones = skeleton(question)
    if bones is None:
        return None
    parts = bones.text.rstrip(" .。?!").split(SEPARATOR)
    first: Language = "zh" if _HAN.search(bones.text) else "en"
    for language in (first, "en" if first == "zh" else "zh"):
        try:
            return Read(_Reader(bones, vocabulary(model, language), language, values).query(parts), language)
        except (NotCanonicalError, ValidationError):
            continue
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    bones: Skeleton
    names: Vocabulary
    language: Language
    held: ValueIndex

    def query(self, parts: list[str]) -> SemanticQuery:
        """Time first, what is done with the rows last, the metrics before that, and between them the conditions."""
        if len(parts) < 2:
            raise NotCanonicalError
        window = self._window(parts[0])
        rest, plan = parts[1:], dict[str, Any]()
        while len(rest) > 1 and (clause := self._clause(rest[-1])) is not None:
            _prepend(plan, clause)
            rest = rest[:-1]
        if "limit_within" in plan:
            bucket = f"@{plan.get('grain')}"
            plan["limit_within"] = tuple("period" if name == bucket else name for name in plan["limit_within"])
        plan["metrics"] = self._names(rest[-1], self._metric)
        for condition in reversed(rest[:-1]):
            _prepend(plan, self._condition(condition))
        return SemanticQuery(start=window[0], end=window[1], **{n: _tuple(v) for n, v in plan.items()})

    # -- small things --------------------------------------------------------------------------------------------------
    def _match(self, name: str, text: str) -> Mapping[str, str] | None:
        found = pattern_of(TEXTS[self.language][name]).fullmatch(text)
        return found.groupdict() if found else None

    def _metric(self, text: str) -> str | None:
        return self.names.metric(self.bones.restored(text))

    def _dimension(self, text: str) -> str | None:
        return self.names.dimension(self.bones.restored(text))

    def _names(self, text: str, known: Callable[[str], str | None]) -> tuple[str, ...]:
        """A list of names; one that holds the separator itself is found by its whole spelling."""
        return tuple(each_of(text, LISTING[self.language], known))

    def _window(self, text: str) -> tuple[date, date]:
        if found := self._match("range", text):
            return day_of(found["start"]), day_of(found["end"])
        return period_of(text)

    # -- conditions ----------------------------------------------------------------------------------------------------
    def _condition(self, text: str) -> tuple[str, Any]:
        for name in ("not_person", "person"):
            if found := self._match(name, text):
                return "people", self._person(found["inside"], negated=name == "not_person")
        segment = self._segment(text)
        if segment is not None:
            return "segments", segment
        named = self._named_filter(text)
        return "filters", named if named is not None else self._bare_filter(text)

    def _segment(self, text: str) -> SegmentRef | None:
        negation = self._match("not_segment", text)
        inner = negation["name"] if negation else text
        with_days = self._match("segment_days", inner)
        label = self.bones.literal(with_days["name"] if with_days else inner)
        name = self.names.segment(label) if label is not None else None
        if name is None:
            return None
        days = int(with_days["days"]) if with_days else None
        return SegmentRef(segment=name, negated=negation is not None, days=days)

    def _named_filter(self, text: str) -> Filter | None:
        for op, found in self._conditions(text):
            dimension = self._dimension(found["name"])
            if dimension is not None:
                return self._filter(dimension, op, found)
        return None

    def _filter(self, dimension: str, op: str, found: Mapping[str, str]) -> Filter:
        if self.names.model.dimensions[dimension].contains_people:
            raise NotCanonicalError  # people are never picked out one by one
        if op in ("is_null", "not_null"):
            return Filter.model_validate({"dimension": dimension, "op": op})
        if op in _COMPARED or op == "contains":
            texts = [found["low"], found["high"]] if op == "between" else [found["values"]]
            values = tuple(self._raw(text) for text in texts)
        else:
            listed = each_of(found["values"], LISTING[self.language], lambda text: self._values(dimension, text))
            values = tuple(value for several in listed for value in several)
            op = {"in": "eq", "not_in": "ne"}.get(op, op) if len(values) == 1 else {"ne": "not_in"}.get(op, op)
        return Filter.model_validate({"dimension": dimension, "op": op, "values": values})

    def _bare_filter(self, text: str) -> Filter:
        for labels in as_lists(text, LISTING[self.language]):
            dimension = self.names.bare_dimension(labels)
            if dimension is not None:
                return self._filter(dimension, "in", {"values": text})
        raise NotCanonicalError

    def _conditions(self, text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        for op, template in CONDITIONS[self.language].items():
            found = pattern_of(template).fullmatch(text)
            if found:
                yield op, found.groupdict()

    def _values(self, dimension: str, text: str) -> tuple[Scalar, ...] | None:
        literal = self.bones.literal(text)
        held = self.held.get(dimension, ())
        if literal is not None:
            called = self.names.values_called(dimension, literal, held) if literal not in held else ()
            return tuple(v for v in called if v in held) or (literal,)
        number = read_number(text)
        if number is not None:
            return (number,)
        return self.names.values_called(dimension, text, held) or None

    def _raw(self, text: str) -> Scalar:
        found = self.bones.literal(text)
        value = read_number(text) if found is None else found
        if value is None:
            raise NotCanonicalError
        return value

    def _person(self, inside: str, *, negated: bool) -> PeopleCondition:
        parts = inside.split(INNER)
        start, end, rest = self._person_window(parts)
        metric, op, values = self._number_condition(rest[-1])
        filters = [self._named_filter(part) for part in rest[:-1]]
        if None in filters:
            raise NotCanonicalError
        return PeopleCondition.model_validate({
            "metric": metric, "op": op, "values": values, "filters": filters, "start": start, "end": end,
            "negated": negated,
        })  # fmt: skip

    def _person_window(self, parts: list[str]) -> tuple[date | None, date | None, list[str]]:
        if len(parts) == 1:
            return None, None, parts
        if found := self._match("since", parts[0]):
            return day_of(found["start"]), None, parts[1:]
        if found := self._match("until", parts[0]):
            return None, day_of(found["end"]), parts[1:]
        try:
            return *self._window(parts[0]), parts[1:]
        except NotCanonicalError:
            return None, None, parts

    def _number_condition(self, text: str) -> tuple[str, str, tuple[float, ...]]:
        for op, found in self._conditions(text):
            metric = self._metric(found["name"])
            if metric is None or not (op in _COMPARED or op == "in"):
                continue
            texts = [found["low"], found["high"]] if op == "between" else [found["values"]]
            numbers = [read_number(number) for number in texts]
            if None not in numbers:
                return metric, "eq" if op == "in" else op, tuple(float(n) for n in numbers if n is not None)
        raise NotCanonicalError

    # -- what is done with the rows ------------------------------------------------------------------------------------
    def _clause(self, text: str) -> tuple[str, Any] | None:
        """What a part says behind the metrics; None where it is the metrics themselves."""
        for read in (
            self._order,
            self._breakdown,
            self._comparison,
            self._share,
            self._having,
            self._limit,
            self._flag,
        ):
            found = read(text)
            if found is not None:
                return found
        return None

    def _order(self, text: str) -> tuple[str, Any] | None:
        for name in ("descending", "ascending"):
            if found := self._match(name, text):
                return "order", Order(by=self._order_subject(found["subject"]), descending=name == "descending")
        return None

    def _order_subject(self, text: str) -> str:
        if text == TEXTS[self.language]["time"]:
            return "period"
        plain = self._dimension(text) or self._metric(text)
        if plain is not None:
            return plain
        for suffix, word in derived_words(self.language).items():
            metric = self._metric(text.removesuffix(f"·{word}")) if text.endswith(f"·{word}") else None
            if metric is not None:
                return f"{metric.replace('@', '_')}__{suffix}"
        raise NotCanonicalError

    def _breakdown(self, text: str) -> tuple[str, Any] | None:
        found = self._match("breakdown", text)
        if found is None:
            return None
        *names, last = self._names(found["names"], self._grain_or_dimension)
        if last.startswith("@"):
            return "split", (tuple(names), last[1:])
        return "split", ((*names, last), None)

    def _comparison(self, text: str) -> tuple[str, Any] | None:
        found = self._match("compare", text)
        kinds = {word: kind for kind, word in COMPARE[self.language].items()}
        if found is None or found["word"] not in kinds:
            return None
        label, _, window = found["inside"].rpartition(", ")
        start, end = self._window(window)
        named = {"kind": kinds[found["word"]], "start": start, "end": end, "label": self.bones.restored(label)}
        return "compare", Comparison.model_validate(named)

    def _share(self, text: str) -> tuple[str, Any] | None:
        for name in ("share_both", "share_within", "share_of_all", "share"):
            found = self._match(name, text)
            if found is None:
                continue
            try:
                sides = {field: self._names(found[field], self._dimension) for field in found}
            except NotCanonicalError:
                continue
            return "share", Share(within=sides.get("names", ()), of_all=sides.get("of_all", ()))
        return None

    def _having(self, text: str) -> tuple[str, Any] | None:
        found = self._match("having", text)
        if found is None:
            return None
        metric, op, values = self._number_condition(found["condition"])
        return "having", Having.model_validate({"metric": metric, "op": op, "values": values})

    def _limit(self, text: str) -> tuple[str, Any] | None:
        if found := self._match("limit", text):
            return "top", (int(found["count"].replace(",", "")), ())
        if found := self._match("limit_within", text):
            return "top", (int(found["count"].replace(",", "")), self._names(found["names"], self._grain_or_dimension))
        return None

    def _grain_or_dimension(self, text: str) -> str | None:
        """A dimension, or a time bucket as `@month`."""
        grains = {word: name for name, word in GRAINS[self.language].items()}
        return self._dimension(text) or (f"@{grains[text]}" if text in grains else None)

    def _flag(self, text: str) -> tuple[str, Any] | None:
        flags = {"rest": ("rest_as_other", True), "audience": ("kind", "audience")}
        return next((flag for name, flag in flags.items() if self._match(name, text) is not None), None)


_MANY = frozenset(("filters", "people", "segments", "compare", "having"))


def _prepend(plan: dict[str, Any], clause: tuple[str, Any]) -> None:
    """Parts are read from the last to the first; a part that may stand only once is no canonical one twice."""
    name, value = clause
    if name in _MANY:
        plan[name] = [value, *plan.get(name, ())]
        return
    fields = {"split": ("dimensions", "grain"), "top": ("limit", "limit_within")}.get(name, (name,))
    if any(field in plan for field in fields):
        raise NotCanonicalError
    plan.update(zip(fields, value if len(fields) > 1 else (value,), strict=True))


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
