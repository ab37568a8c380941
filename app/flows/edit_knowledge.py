"""Flow: the brand's words are changed by proposal, and which questions would be read otherwise is shown before.

A proposal holds the changed terms and bindings as YAML, the version of the glossary it was made on, and its effects. It
is decided like every proposal (`proposals`: another person, four eyes, audit row); accepting writes its YAML into the
overlay folder, one numbered file each, laid over the shipped files in that order. The shipped files are never written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import ConfigurationError, ConflictError, CorrectableError
from app.core.ids import new_id
from app.flows.memory import Proposal, Repositories, Store
from app.flows.proposals import new_proposal
from app.knowledge.entries import Binding, Term
from app.knowledge.glossary import Glossary, read_glossary
from app.knowledge.lint import Finding, ModelNames, ReadsTime, lint
from app.planning.plan import PlanResult
from app.semantic.identity import plan_hash
from app.semantic.query import SemanticQuery

KNOWLEDGE: Final = "knowledge"
_LONGEST_FILE = 200_000

Plan = Callable[[str, str | None], PlanResult]
"""(question, department) → how it is read."""
Run = Callable[[SemanticQuery], str]
"""The headline of a plan's result."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question whose reading is compared before and after."""

    question: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """A question that would be read otherwise."""

    question: str
    department: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One term or binding before and after; None = it is not there."""

    entry: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class EditKnowledge:
    """Proposals to change terms and bindings."""

    store: Store
    glossary: Callable[[], Glossary]
    overlay: Path
    names: Callable[[], ModelNames]
    reads_time: ReadsTime
    clock: Clock
    make_id: Callable[[str], str] = new_id

    def lint(self, glossary: Glossary | None = None) -> list[Finding]:
        """What is wrong or doubtful in `glossary`, or in the one that holds now."""
        return lint(
            glossary or self.glossary(), self.names(), today=self.clock().date(), reads_time=self.reads_time
        )  # fmt: skip

    def changed(self, name: str, text: str) -> Glossary:
        """The glossary as it would be with the YAML `text`.

        Raises:
            CorrectableError: the file is too long or changes nothing.
            ConfigurationError: it does not load, or brings errors that were not there before; all at once.
        """
        if len(text) > _LONGEST_FILE:
            raise CorrectableError(f"{name} has more than {_LONGEST_FILE} characters", hint="propose less at a time")
        now = self.glossary()
        after = read_glossary([(name, text.encode("utf-8"))], now)
        if not changes(now, after):
            raise CorrectableError(f"{name} changes nothing", hint="`qianmian knowledge show` prints what holds now")
        known = {(one.rule, one.entry, one.message) for one in self.lint(now)}
        new = [one for one in self.lint(after) if (one.rule, one.entry, one.message) not in known]
        errors = [f"{one.place}: {one.entry}: {one.message}" for one in new if one.severity == "error"]
        if errors:
            raise ConfigurationError(
                f"the change has {len(errors)} problem(s)", problems=errors, hint="correct the file and try again"
            )
        return after

    def propose(self, actor: Actor, name: str, text: str, effects: Sequence[Effect]) -> Proposal:
        """Keep the change for another person to decide; its effects belong to what they see.

        Raises:
            CorrectableError, ConfigurationError: as `changed`.
        """
        now = self.glossary()
        touched = [change.entry for change in changes(now, self.changed(name, text))]
        payload = {"base": now.version, "file": name, "yaml": text, "effects": [asdict(one) for one in effects]}
        proposal = new_proposal(
            KNOWLEDGE, ", ".join(touched)[:200], payload, actor, self.clock(), proposal_id=self.make_id("prop")
        )
        with self.store.writing() as kept:
            kept.proposals.add(proposal)
            kept.audit.append(
                actor=actor.id,
                action="proposal.made",
                object=f"proposal:{proposal.id}",
                now=proposal.proposed_at,
                after_hash=proposal.content_hash,
            )
        return proposal

    def diff(self, proposal: Proposal) -> tuple[EntryChange, ...]:
        """What the proposal changes in the glossary that holds now.

        Raises:
            CorrectableError: it is no change of knowledge.
        """
        name, text = _document(proposal)
        now = self.glossary()
        return changes(now, read_glossary([(name, text.encode("utf-8"))], now))

    def apply(self, kept: Repositories, proposal: Proposal, actor: Actor) -> None:
        """Write an accepted change into the overlay; called inside the deciding transaction.

        Raises:
            ConflictError: the glossary changed since the proposal was made: its effects are no longer what was shown.
        """
        name, text = _document(proposal)
        if (written := self._written(proposal)) is not None:
            # The file of an earlier try whose transaction failed after it was written.
            written.unlink()
        before = self.glossary().version
        if proposal.payload.get("base") != before:
            raise ConflictError(
                "the glossary changed since this was proposed", hint="propose it again, to see what it changes now"
            )
        after = self.changed(name, text).version
        kept.audit.append(
            actor=actor.id,
            action="glossary.changed",
            object=f"proposal:{proposal.id}",
            now=self.clock(),
            before_hash=before,
            after_hash=after,
        )
        self.overlay.mkdir(parents=True, exist_ok=True)
        target = self.overlay / f"{self._next_number():06}-{proposal.id}.yaml"
        draft = target.with_suffix(".part")
        draft.write_text(text, "utf-8")
        draft.replace(target)

    def _written(self, proposal: Proposal) -> Path | None:
        return next(self.overlay.glob(f"*-{proposal.id}.yaml"), None)

    def _next_number(self) -> int:
        numbers = [int(file.name[:6]) for file in self.overlay.glob("??????-*.yaml") if file.name[:6].isdigit()]
        return max(numbers, default=0) + 1


def effects(questions: Iterable[AskedQuestion], before: Plan, after: Plan, run: Run | None = None) -> Iterator[Effect]:
    """The questions that are read otherwise: another plan, other readings, or another refusal.

    With `run` also what comes out of each reading.
    """
    for asked in questions:
        old, new = before(asked.question, asked.department), after(asked.question, asked.department)
        if _outcome(old) != _outcome(new):
            yield Effect(asked.question, asked.department, _told(old, run), _told(new, run))


def changes(before: Glossary, after: Glossary) -> tuple[EntryChange, ...]:
    """The terms and bindings that differ, terms first, each by name."""
    old, new = _entries(before), _entries(after)
    return tuple(
        EntryChange(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys(), key=lambda name: (name.startswith("binding"), name))
        if old.get(name) != new.get(name)
    )


def _entries(glossary: Glossary) -> dict[str, Mapping[str, Any]]:
    named: dict[str, Mapping[str, Any]] = {}
    for term in glossary.in_force():
        since = f" from {term.effective_from}" if term.effective_from else ""
        named[f"term {term.id}{since}"] = _plain(term)
    for binding in glossary.bindings:
        who = ", ".join(filter(None, (binding.brand, binding.department))) or "all"
        since = f" from {binding.effective_from}" if binding.effective_from else ""
        named[f"binding {binding.term} for {who}{since}"] = _plain(binding)
    return named


def _plain(entry: Term | Binding) -> Mapping[str, Any]:
    return entry.model_dump(mode="json", exclude_defaults=True)


def _document(proposal: Proposal) -> tuple[str, str]:
    if proposal.kind != KNOWLEDGE:
        raise CorrectableError(f"{proposal.id} is a {proposal.kind}, no change of knowledge")
    return str(proposal.payload["file"]), str(proposal.payload["yaml"])


def _outcome(result: PlanResult) -> object:
    """What makes two results the same to an asker: the plans, or the code of the refusal."""
    if result.unplanned is not None:
        return result.unplanned.code
    missing = {(term.id, sense.id) for term, sense in result.missing}
    return frozenset(plan_hash(reading.query) for reading in result.readings), frozenset(missing)


def _told(result: PlanResult, run: Run | None) -> str:
    if result.unplanned is not None:
        return f"refused: {result.unplanned.code}"
    readings = [_reading(reading.query, run) for reading in result.readings]
    asks = len(readings) > 1 or bool(result.missing)
    return f"asks back: {' | '.join(readings)}" if asks else readings[0]


def _reading(query: SemanticQuery, run: Run | None) -> str:
    parts = [", ".join(query.metrics), *(f"segment {one.segment}" for one in query.segments)]
    parts += [f"{one.dimension} {one.op} {', '.join(map(str, one.values))}".strip() for one in query.filters]
    parts += [f"by {name}" for name in query.dimensions]
    told = f"{'; '.join(parts)}; {query.start}..{query.end}"
    return f"{told} = {run(query)}" if run else told
