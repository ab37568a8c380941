"""The glossary in use: the terms and house definitions of a brand, and which sense an asker means.

Order: what the asker chose before → their department → the brand → asked back, if the readings differ in result.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from app.core.errors import ConfigurationError, NotFoundError
from app.core.yaml_files import line_of, read_mapping, validated
from app.knowledge.entries import Binding, BindingGroup, Sense, Term, fold

ResolvedBy = Literal["remembered", "department", "brand", "only", "open"]
_HEAD = ("source", "updated_on", "owner")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as the meaning of words depends on it, on the day the question is about."""

    on: date
    department: str | None = None
    brand_ids: frozenset[str] | None = None
    """None = every brand of the warehouse."""
    remembered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a term means for one asker.

    One entry in `senses`: settled. Several: ask back if their results differ. None: the meaning can't be computed from
    this warehouse (`unavailable` says why, sense by sense), or the term is a concept without a computable meaning.
    """

    term: Term
    senses: tuple[Sense, ...]
    """The computable senses in play."""
    by: ResolvedBy
    unavailable: tuple[Sense, ...] = ()
    """The senses in play that this warehouse can't express. With `by="open"` beside one computable sense, the asker
    may well mean one of these: that is a reason to ask, not to take the one that is left."""

    @property
    def is_settled(self) -> bool:
        """Whether exactly one sense is in play, and it can be computed."""
        return len(self.senses) == 1 and not self.unavailable


@dataclass(frozen=True, slots=True, eq=False)
class Glossary:
    """Terms by id (several entries of one id hold at different times) and bindings."""

    terms: Mapping[str, tuple[Term, ...]]
    bindings: tuple[Binding, ...]
    version: str
    places: Mapping[str, str] = field(default_factory=dict)
    """Term id → "file:line" of its last entry."""

    def term(self, term_id: str, on: date | None = None) -> Term:
        """The entry of `term_id` in force on `on`; without a day, the newest.

        Raises:
            NotFoundError: there is no such term then.
        """
        found = [term for term in self.terms.get(term_id, ()) if on is None or term.holds_on(on)]
        if not found:
            raise NotFoundError(f"there is no term {term_id!r}", hint="`qianmian knowledge search` finds terms")
        return found[-1]

    def forms(self, asker: Asker | None = None) -> Iterator[tuple[str, str]]:
        """(surface form, term id) of every term that may be taken from a question, in force for `asker`."""
        for term in self.in_force(asker):
            if term.spoken:
                yield from ((form, term.id) for form in term.forms)

    def in_force(self, asker: Asker | None = None) -> Iterator[Term]:
        """The terms of `asker`'s brands and day; every entry when no asker is given."""
        for entries in self.terms.values():
            for term in entries:
                if asker is None or (term.holds_on(asker.on) and _for_brands(term, asker)):
                    yield term

    def resolve(self, term_id: str, asker: Asker) -> Resolution:
        """What `term_id` means for `asker`.

        Raises:
            NotFoundError: there is no such term on that day.
        """
        term = self.term(term_id, asker.on)
        for by, sense in self._settled(term, asker):
            return _resolution(term, (sense,), by)
        return _resolution(term, term.senses, "only" if len(term.senses) < 2 else "open")

    def _settled(self, term: Term, asker: Asker) -> Iterator[tuple[ResolvedBy, Sense]]:
        """What settles the meaning, strongest first; a choice whose sense no longer exists settles nothing."""
        keys = tuple(dict.fromkeys(key for key in (term.id, term.follows) if key))
        found: list[tuple[ResolvedBy, str]] = [
            ("remembered", asker.remembered[key]) for key in keys if key in asker.remembered
        ]
        bound = [binding for binding in self.bindings if binding.term in keys and _binds(binding, asker)]
        bound.sort(key=lambda binding: (binding.department is None, binding.brand is None, keys.index(binding.term)))
        found += [("department" if binding.department else "brand", binding.sense) for binding in bound]
        for by, sense_id in found:
            sense = term.sense(sense_id)
            if sense is not None:
                yield by, sense


def _resolution(term: Term, senses: tuple[Sense, ...], by: ResolvedBy) -> Resolution:
    return Resolution(
        term,
        senses=tuple(sense for sense in senses if sense.rewrite),
        by=by,
        unavailable=tuple(sense for sense in senses if not sense.rewrite),
    )


def _for_brands(term: Term, asker: Asker) -> bool:
    return not term.brands or asker.brand_ids is None or not asker.brand_ids.isdisjoint(term.brands)


def _binds(binding: Binding, asker: Asker) -> bool:
    """A brand's binding holds for those who ask about that brand alone: over several brands words need one meaning."""
    if binding.brand is not None and asker.brand_ids != frozenset({binding.brand}):
        return False
    if binding.department is not None and fold(binding.department) != fold(asker.department or ""):
        return False
    return binding.holds_on(asker.on)


# Loading --------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    problems: list[str] = field(default_factory=list)
    terms: list[tuple[Term, str]] = field(default_factory=list)
    bindings: list[tuple[Binding, str]] = field(default_factory=list)


def load_glossary(folder: Path, *overlays: Path) -> Glossary:
    """The glossary of every `*.yaml` in `folder`, with the files of the overlays laid over it one after another.

    A term of a file in an overlay replaces the term of the same id, a binding the bindings of the same scope. An
    overlay that does not exist is empty.

    Raises:
        ConfigurationError: with every problem of every file, each with file and line.
    """
    digest = hashlib.sha256()
    merged = _read_files(_yaml_files(folder), digest)
    if not merged.terms and not merged.problems:
        merged.problems.append(f"{folder.name}: no term in any *.yaml file")
    for file in (file for overlay in overlays for file in _yaml_files(overlay)):
        merged = _laid_over(merged, _read_files([file], digest))
    problems = merged.problems or _cross_problems(merged)
    if problems:
        raise ConfigurationError(
            f"the glossary has {len(problems)} problem(s)", problems=problems, hint="correct the files and try again"
        )
    return _glossary(merged, digest.hexdigest()[:16])


def read_glossary(documents: Iterable[tuple[str, bytes]], base: Glossary | None = None) -> Glossary:
    """The glossary of `documents` (name, YAML bytes) laid over `base`, not yet written anywhere.

    Raises:
        ConfigurationError: with every problem, each with file and line.
    """
    digest = hashlib.sha256((base.version if base else "").encode())
    reading = _Reading()
    for name, content in documents:
        digest.update(name.encode() + b"\0" + content)
        _read_file(name, content, reading)
    under = _Reading()
    if base is not None:
        under.terms = [(term, base.places.get(term.id, "")) for entries in base.terms.values() for term in entries]
        under.bindings = [(binding, "") for binding in base.bindings]
    merged = _laid_over(under, reading)
    problems = merged.problems or _cross_problems(merged)
    if problems:
        raise ConfigurationError(
            f"the change has {len(problems)} problem(s)", problems=problems, hint="correct the file and try again"
        )
    return _glossary(merged, digest.hexdigest()[:16])


def _glossary(reading: _Reading, version: str) -> Glossary:
    terms: dict[str, list[Term]] = {}
    for term, _ in reading.terms:
        terms.setdefault(term.id, []).append(term)
    return Glossary(
        terms={
            term_id: tuple(sorted(entries, key=lambda term: term.effective_from or date.min))
            for term_id, entries in terms.items()
        },
        bindings=tuple(binding for binding, _ in reading.bindings),
        version=version,
        places={term.id: place for term, place in reading.terms},
    )


def _yaml_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _read_files(files: Iterable[Path], digest: Any) -> _Reading:
    reading = _Reading()
    for file in files:
        content = file.read_bytes()
        digest.update(file.name.encode() + b"\0" + content)
        _read_file(file.name, content, reading)
    return reading


def _laid_over(base: _Reading, top: _Reading) -> _Reading:
    ids = {term.id for term, _ in top.terms}
    scopes = {binding.scope for binding, _ in top.bindings}
    return _Reading(
        problems=base.problems + top.problems,
        terms=[entry for entry in base.terms if entry[0].id not in ids] + top.terms,
        bindings=[entry for entry in base.bindings if entry[0].scope not in scopes] + top.bindings,
    )


def _read_file(name: str, content: bytes, reading: _Reading) -> None:
    root, data, problems = read_mapping(name, content)
    reading.problems += problems
    if root is None:
        return
    reading.problems += [
        f"{name}:{line_of(root, (key,))}: {key!r} is not expected here"
        for key in data
        if key not in (*_HEAD, "terms", "bindings")
    ]
    for section in ("terms", "bindings"):
        entries = data.get(section) or []
        if not isinstance(entries, list):
            reading.problems.append(f"{name}:{line_of(root, (section,))}: {section} has to be a list")
            continue
        for index, entry in enumerate(entries):
            _read_entry(name, root, (section, index), _with_head(entry, data, section), reading)


def _with_head(entry: Any, data: dict[str, Any], section: str) -> Any:
    """The entry with what the head of its file says for all of them."""
    if not isinstance(entry, dict):
        return entry
    keys = _HEAD if section == "terms" else ("source", "owner")
    return {**{key: data[key] for key in keys if key in data}, **entry}


def _read_entry(name: str, root: yaml.Node, path: tuple[str, int], entry: Any, reading: _Reading) -> None:
    place = f"{name}:{line_of(root, path)}"
    if path[0] == "terms":
        term, problems = validated(Term, entry, name=name, root=root, path=path)
        reading.terms += [(term, place)] if term else []
    else:
        group, problems = validated(BindingGroup, entry, name=name, root=root, path=path)
        reading.bindings += [
            (binding, f"{name}:{line_of(root, (*path, 'senses', binding.term))}")
            for binding in (group.bindings() if group else ())
        ]
    reading.problems += problems


def _cross_problems(reading: _Reading) -> list[str]:
    """What no entry can know by itself: repeated terms, bindings to nothing, two bindings of one scope and day."""
    problems: list[str] = []
    terms: dict[str, list[Term]] = {}
    for term, place in reading.terms:
        if any(_overlap(term, other) for other in terms.get(term.id, ())):
            problems.append(f"{place}: {term.id}: defined twice for the same days")
        terms.setdefault(term.id, []).append(term)
    for term, place in reading.terms:
        if term.follows is not None and term.follows not in terms:
            problems.append(f"{place}: {term.id}: follows the unknown term {term.follows!r}")
    seen: dict[tuple[str, str | None, str | None], list[Binding]] = {}
    for binding, place in reading.bindings:
        senses = {sense.id for term in terms.get(binding.term, ()) for sense in term.senses}
        if binding.term not in terms:
            problems.append(f"{place}: binding of the unknown term {binding.term!r}")
        elif binding.sense not in senses:
            problems.append(
                f"{place}: {binding.term} has no sense {binding.sense!r}; it has {', '.join(sorted(senses))}"
            )
        if any(_overlap(binding, other) for other in seen.get(binding.scope, ())):
            problems.append(f"{place}: {binding.term} is bound twice for the same scope and days")
        seen.setdefault(binding.scope, []).append(binding)
    return problems


def _overlap(one: Term | Binding, other: Term | Binding) -> bool:
    start = max(one.effective_from or date.min, other.effective_from or date.min)
    end = min(one.effective_until or date.max, other.effective_until or date.max)
    return start <= end
