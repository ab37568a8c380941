"""What is remembered, as rules: over the in-memory store that passes the databases' conformance suite."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.actor import Actor, Role
from app.core.errors import (
    ConflictError,
    CorrectableError,
    NotFoundError,
    NotPermittedError,
    StoreError,
    UnknownNameError,
)
from app.flows.answer import Answer, Check, TrustEvidence
from app.flows.give_feedback import Correction
from app.flows.memory import PendingOption
from app.flows.proposals import new_proposal
from app.flows.remembering import Memory
from app.flows.verified_mark import mark_verified
from app.flows.verify_question import ShownPair
from app.semantic.query import SemanticQuery
from app.ui.samples import sample
from tests.fixtures.fake_flows import FakeAnswers
from tests.fixtures.memory import Clock, Model, memory_over
from tests.fixtures.memory_store import MemoryStore

ANN, BOB = Actor("ann", brand_ids=frozenset({"B1"})), Actor("bob", brand_ids=frozenset({"B1"}))
COPYWRITER = Actor("cory", roles=frozenset({Role.COPYWRITER}))
QUERY = SemanticQuery.model_validate({"metrics": ["gmv_paid"], "start": "2026-09-01", "end": "2026-09-30"})
OTHER = QUERY.model_copy(update={"metrics": ("gmv_placed",)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def memory(store: MemoryStore, clock: Clock, model: Model) -> Memory:
    return memory_over(store, FakeAnswers(), clock=clock, model=model, keep_days=30)


def actions(store: MemoryStore) -> list[str]:
    return [entry.action for entry in store.kept.audit.entries()]


# choices -------------------------------------------------------------------------------------------------------------
def test_a_choice_is_what_planning_reads(memory: Memory, store: MemoryStore) -> None:
    memory.choices.remember(ANN, "gmv", "paid", "zh")
    memory.choices.remember(ANN, "gmv", "placed", "zh")
    assert memory.choices.of(ANN) == {"gmv": "placed"}
    assert memory.choices.of(BOB) == {}
    first, second = store.kept.audit.entries()
    assert (first.before_hash, second.before_hash) == (None, first.after_hash)
    assert first.after_hash != second.after_hash


@pytest.mark.parametrize(("term", "sense", "error"), [
    ("nope", "paid", UnknownNameError), ("gmv", "nope", UnknownNameError), ("gmv", "booked", CorrectableError),
])  # fmt: skip
def test_what_can_not_be_used_is_not_remembered(
    memory: Memory, store: MemoryStore, term: str, sense: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        memory.choices.remember(ANN, term, sense, "zh")
    assert memory.choices.of(ANN) == {}
    assert actions(store) == []


def test_a_choice_whose_sense_is_gone_is_shown_as_such(memory: Memory, store: MemoryStore, clock: Clock) -> None:
    with store.writing() as kept:
        kept.choices.remember(ANN, "gmv", "old", clock())
        kept.choices.remember(ANN, "old", "x", clock())
    assert [(one.label, one.is_known) for one in memory.choices.list(ANN, "zh")] == [("GMV", False), ("old", False)]


def test_a_reader_opens_nothing_where_nothing_was_ever_stored(memory: Memory) -> None:
    class Untouchable:
        holds_something = False

    closed = memory_over(Untouchable(), FakeAnswers())  # type: ignore[arg-type]
    assert closed.choices.of(ANN) == {}
    assert closed.choices.list(ANN, "zh") == ()
    assert closed.verified.match(QUERY, ANN) is None
    assert closed.verified.list(ANN) == ()
    assert closed.feedback.list(ANN) == ()
    assert closed.proposals.list(ANN) == ()
    assert closed.conversations.list(ANN) == ()
    assert closed.conversations.previous("c", ANN) is None
    assert closed.conversations.last("c", ANN) is None
    assert closed.conversations.purge() == 0
    for missing in (
        lambda: closed.choices.forget(ANN, "gmv"),
        lambda: closed.verified.get(ANN, "x"),
        lambda: closed.verified.withdraw(ANN, "x"),
        lambda: closed.feedback.give(ANN, "x", "up"),
        lambda: closed.proposals.get(ANN, "x"),
        lambda: closed.conversations.turns(ANN, "x"),
        lambda: closed.conversations.delete(ANN, "x"),
    ):
        with pytest.raises(NotFoundError):
            missing()


# verified ------------------------------------------------------------------------------------------------------------
def test_an_approved_plan_matches_other_spellings_of_itself_only(memory: Memory) -> None:
    two = QUERY.model_copy(update={"metrics": ("gmv_paid", "gmv_placed")})
    pair = memory.verified.add(ANN, "GMV", two)
    turned = two.model_copy(update={"metrics": ("gmv_placed", "gmv_paid")})
    assert memory.verified.match(turned, ANN) == ShownPair(pair, is_stale=False)
    assert memory.verified.match(QUERY, ANN) is None
    assert memory.verified.match(two, Actor("eve", brand_ids=frozenset({"B2"}))) is None
    assert memory.verified.match(two, Actor("all")) is None


def test_a_pair_goes_stale_with_the_model_and_a_new_approval_wins(memory: Memory, model: Model, clock: Clock) -> None:
    old = memory.verified.add(ANN, "GMV", QUERY)
    model.version = "m2"
    assert memory.verified.match(QUERY, ANN) == ShownPair(old, is_stale=True)
    clock.pass_(days=1)
    new = memory.verified.add(BOB, "GMV", QUERY)
    assert memory.verified.match(QUERY, ANN) == ShownPair(new, is_stale=False)
    model.version = "m1"  # the definitions went back: the first approval holds again
    assert memory.verified.match(QUERY, ANN) == ShownPair(old, is_stale=False)


def test_only_reviewers_approve_and_withdraw(memory: Memory, store: MemoryStore) -> None:
    with pytest.raises(NotPermittedError):
        memory.verified.add(COPYWRITER, "GMV", QUERY)
    pair = memory.verified.add(Actor("root"), "GMV", QUERY)
    for actor in (COPYWRITER, ANN):  # no reviewer; a reviewer of one brand for a pair of all
        with pytest.raises(NotPermittedError):
            memory.verified.withdraw(actor, pair.id)
    assert actions(store) == ["verified.approved"]


def test_a_match_is_none_while_the_database_is_down(memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    class Down:
        holds_something = True

        @contextmanager
        def reading(self):
            raise StoreError("the app database is busy")
            yield

    assert memory_over(Down(), FakeAnswers()).verified.match(QUERY, ANN) is None  # type: ignore[arg-type]
    assert "verified.not_read" in caplog.text


# the mark ------------------------------------------------------------------------------------------------------------
def answered(**changes: object) -> Answer:
    return sample("repurchase", "zh").model_copy(update={"trust": "governed", **changes})


def approved(memory: Memory, *, is_stale: bool = False) -> ShownPair:
    return ShownPair(memory.verified.add(ANN, "复购", QUERY), is_stale)


def test_a_sound_answer_with_an_approved_plan_says_who_and_when(memory: Memory) -> None:
    marked = mark_verified(answered(), approved(memory))
    assert marked.trust == "verified"
    assert "ann" in marked.notes[-1]
    assert "2026-11-22" in marked.notes[-1]


def test_a_stale_approval_is_told_and_marks_nothing(memory: Memory) -> None:
    marked = mark_verified(answered(), approved(memory, is_stale=True))
    assert marked.trust == "governed"
    assert "重新核对" in marked.notes[-1]


@pytest.mark.parametrize("changes", [
    {"trust": "unverified"},
    {"checks": (Check(name="parts_sum_to_total", passed=False, detail="x"),)},
    {"evidence": TrustEvidence(coverage=1.0, path="rule", fuzzy=("复够 → 复购",))},
])  # fmt: skip
def test_an_answer_with_doubts_of_its_own_is_not_marked(memory: Memory, changes: dict[str, object]) -> None:
    doubtful = answered(**changes)
    assert mark_verified(doubtful, approved(memory)) == doubtful
    assert mark_verified(sample("refused", "zh"), None) == sample("refused", "zh")


# proposals -----------------------------------------------------------------------------------------------------------
def proposed(memory: Memory, query: SemanticQuery | None = QUERY) -> str:
    answer = memory.conversations.ask("复购率", ANN, conversation_id="c")
    given = memory.feedback.give(ANN, answer.trace.request_id, "down", correction=Correction("按人", query))
    assert given.proposal_id is not None
    return given.proposal_id


def test_accepting_twice_or_after_an_approval_of_the_same_is_a_conflict(memory: Memory, store: MemoryStore) -> None:
    first = memory.proposals.get(BOB, proposed(memory))
    memory.proposals.accept(BOB, first.id, seen_hash=first.content_hash)
    with pytest.raises(ConflictError):
        memory.proposals.accept(BOB, first.id, seen_hash=first.content_hash)
    second = memory.proposals.get(BOB, proposed(memory))
    assert second.id != first.id
    with pytest.raises(ConflictError, match="verified already"):
        memory.proposals.accept(BOB, second.id, seen_hash=second.content_hash)
    assert memory.proposals.get(BOB, second.id).state == "open"
    assert actions(store).count("proposal.accepted") == 1


def test_the_plan_of_a_proposal_can_not_be_swapped(memory: Memory) -> None:
    proposal = memory.proposals.get(BOB, proposed(memory))
    with pytest.raises(CorrectableError, match="has a plan already"):
        memory.proposals.accept(BOB, proposal.id, seen_hash=proposal.content_hash, query=OTHER)


@pytest.mark.parametrize(("decider", "error"), [
    (ANN, NotPermittedError), (COPYWRITER, NotPermittedError),
    (Actor("eve", brand_ids=frozenset({"B2"})), NotFoundError),
    (Actor("carl", brand_ids=frozenset()), NotPermittedError),
])  # fmt: skip
def test_who_may_not_decide_changes_nothing(
    memory: Memory, store: MemoryStore, decider: Actor, error: type[Exception]
) -> None:
    proposal = memory.proposals.get(BOB, proposed(memory))
    before = actions(store)
    for decide in (memory.proposals.accept, memory.proposals.reject):
        with pytest.raises(error):
            decide(decider, proposal.id, seen_hash=proposal.content_hash)
    assert memory.proposals.get(BOB, proposal.id).state == "open"
    assert actions(store) == before
    assert memory.verified.list(BOB) == ()


def test_a_pair_from_a_proposal_holds_for_the_proposers_brands(memory: Memory) -> None:
    proposal = memory.proposals.get(BOB, proposed(memory))
    memory.proposals.accept(Actor("root"), proposal.id, seen_hash=proposal.content_hash)
    match = memory.verified.match(QUERY, ANN)
    assert match is not None
    assert (match.pair.approved_by, match.pair.brand_ids) == ("root", ANN.brand_ids)


def test_a_change_of_knowledge_is_not_accepted_as_a_correction(
    memory: Memory, store: MemoryStore, clock: Clock
) -> None:
    made = new_proposal("knowledge", "新客", {"file": "x"}, ANN, clock(), proposal_id="prop_k")
    with store.writing() as kept:
        kept.proposals.add(made)
    with pytest.raises(CorrectableError, match="knowledge"):
        memory.proposals.accept(BOB, made.id, seen_hash=made.content_hash)
    applied: list[str] = []
    able = replace(
        memory.proposals, apply={"knowledge": lambda _kept, one, actor: applied.append(f"{one.id} {actor.id}")}
    )
    assert able.accept(BOB, made.id, seen_hash=made.content_hash).state == "accepted"
    assert applied == ["prop_k bob"]


# conversations -------------------------------------------------------------------------------------------------------
def test_turns_past_their_time_go_with_the_first_question_of_a_day(memory: Memory, clock: Clock) -> None:
    memory.conversations.ask("trend", ANN, conversation_id="old")
    clock.pass_(days=29)
    memory.conversations.ask("trend", ANN, conversation_id="new")
    assert [one.id for one in memory.conversations.list(ANN)] == ["new", "old"]
    clock.pass_(days=1, seconds=1)
    memory.conversations.ask("trend", ANN, conversation_id="new")
    assert [one.id for one in memory.conversations.list(ANN)] == ["new"]
    clock.pass_(days=31)
    assert memory.conversations.purge() == 2
    assert memory.conversations.list(ANN) == ()


def test_no_measure_and_no_preview_is_kept(memory: Memory, store: MemoryStore) -> None:
    for kind in ("repurchase", "ranking", "trend", "clarify", "refused", "failed"):
        answer = memory.conversations.ask(kind, ANN, conversation_id="c")
        turn = memory.conversations.last("c", ANN)
        assert turn is not None
        assert turn.request_id == answer.trace.request_id
        assert (turn.query is not None) == (answer.status == "answered")
        dimensions = set(turn.query.dimensions) if turn.query else set()
        assert {name for row in turn.rows for name in row} <= dimensions
        text = repr(turn)
        for option in answer.clarification.options if answer.clarification else ():
            assert option.preview not in text
    assert actions(store) == []


def test_a_follow_up_after_a_refusal_still_edits_the_last_answer(memory: Memory) -> None:
    memory.conversations.ask("trend", ANN, conversation_id="c")
    memory.conversations.ask("refused", ANN, conversation_id="c")
    previous = memory.conversations.previous("c", ANN)
    assert previous is not None
    assert previous.question == "trend"
    assert previous.rows
    last = memory.conversations.last("c", ANN)
    assert last is not None
    assert last.status == "refused"


def test_a_chosen_reading_is_a_turn_that_can_be_followed(memory: Memory) -> None:
    memory.conversations.ask("clarify", ANN, conversation_id="c")
    option = PendingOption("按支付", QUERY)
    memory.conversations.choose(option, ANN, question="clarify", conversation_id="c", language="zh")
    assert [turn.question for turn in memory.conversations.turns(ANN, "c")] == ["clarify", "clarify"]
    previous = memory.conversations.previous("c", ANN)
    assert previous is not None
    assert previous.question == "clarify"


def test_an_answer_that_can_not_be_kept_is_still_given_and_says_so() -> None:
    class Full:
        holds_something = False

        @contextmanager
        def writing(self):
            raise StoreError("the disk is full")
            yield

    answer = memory_over(Full(), FakeAnswers()).conversations.ask("复购率", ANN, conversation_id="c")  # type: ignore[arg-type]
    assert answer.status == "answered"
    assert "没能保存" in answer.notes[-1]


def test_time_stands_in_the_records(memory: Memory, clock: Clock) -> None:
    start = clock()
    clock.pass_(minutes=5)
    assert memory.choices.remember(ANN, "gmv", "paid", "en").chosen_at - start == timedelta(minutes=5)
