"""Every store keeps the same promises: in memory (what flows are tested over), on SQLite, on PostgreSQL."""

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from app.core.actor import Actor
from app.core.errors import StoreError
from app.flows.memory import Choice, Feedback, PendingOption, Proposal, Store, Turn, Verified
from app.semantic.identity import plan_hash
from app.semantic.query import Filter, SemanticQuery
from tests.fixtures import postgres
from tests.fixtures.memory_store import MemoryStore

NOW = datetime(2026, 11, 22, 8, 30, 0, 123456, tzinfo=UTC)
QUERY = SemanticQuery(
    metrics=("gmv_paid",),
    dimensions=("channel",),
    filters=(Filter(dimension="city", op="in", values=("上海", "O'Brien; DROP TABLE turns--", True, 2, 0.5)),),
    start=date(2026, 10, 1),
    end=date(2026, 10, 31),
)
ANN, BOB = Actor("ann", department="会员部"), Actor("bob")
SCOPED = Actor("ann", department="会员部", brand_ids=frozenset({"B2", "B1"}))


@pytest.fixture(scope="module")
def postgres_socket() -> Iterator[Path]:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with postgres.server() as home:
        yield home


_database = itertools.count()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.engine("postgres"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    from app.store.database import open_store

    url = f"sqlite:///{tmp_path / 'app.db'}"
    if request.param == "postgres":
        import psycopg

        home, name = request.getfixturevalue("postgres_socket"), f"app{next(_database)}"
        with psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = f"postgresql://postgres@/{name}?host={home}"
    opened = open_store(url)
    yield opened
    opened.close()


def verified(number: int, **changes: object) -> Verified:
    pair = Verified(
        id=f"ver_{number}",
        question="上个月各渠道的GMV",
        query=QUERY,
        plan_hash=plan_hash(QUERY),
        model_version="m1",
        brand_ids=None,
        approved_by="ann",
        approved_at=NOW + timedelta(seconds=number),
    )
    return replace(pair, **changes)


def proposal(number: int, **changes: object) -> Proposal:
    made = Proposal(
        id=f"prop_{number}",
        kind="correction",
        title="复购率",
        payload={"question": "复购率", "text": "按人", "query": None, "deep": [{"一": 1.5}]},
        content_hash="a" * 64,
        brand_ids=frozenset({"B1"}),
        proposed_by="ann",
        proposed_at=NOW + timedelta(seconds=number),
    )
    return replace(made, **changes)


def turn(number: int, conversation: str | None = "c", **changes: object) -> Turn:
    made = Turn(
        request_id=f"req_{number}",
        conversation_id=conversation,
        question=f"问题 {number}",
        language="zh",
        status="answered",
        asked_at=NOW + timedelta(minutes=number),
        query=QUERY,
        rows=({"channel": "tmall", "city": None}, {"channel": "抖音", "city": "上海"}),
    )
    return replace(made, **changes)


# choices -------------------------------------------------------------------------------------------------------------
def test_a_choice_is_kept_replaced_and_taken_back(store: Store) -> None:
    with store.writing() as kept:
        assert kept.choices.remember(ANN, "新客", "by_brand", NOW) is None
    with store.writing() as kept:
        later = NOW + timedelta(hours=1)
        assert kept.choices.remember(ANN, "新客", "by_channel", later) == Choice("新客", "by_brand", NOW)
        kept.choices.remember(ANN, "gmv", "paid", NOW)
    with store.reading() as kept:
        assert kept.choices.of(ANN) == {"新客": "by_channel", "gmv": "paid"}
        assert [choice.term for choice in kept.choices.list(ANN)] == ["gmv", "新客"]
        assert kept.choices.list(ANN)[1].chosen_at == later
    with store.writing() as kept:
        assert kept.choices.revoke(ANN, "新客") == Choice("新客", "by_channel", later)
        assert kept.choices.revoke(ANN, "新客") is None
    with store.reading() as kept:
        assert kept.choices.of(ANN) == {"gmv": "paid"}


@pytest.mark.parametrize(
    "other",
    [BOB, replace(ANN, department=None), replace(ANN, department="电商部"), SCOPED,
     replace(ANN, brand_ids=frozenset()), replace(ANN, id="ANN")],
)  # fmt: skip
def test_a_choice_holds_for_its_person_department_and_brands_only(store: Store, other: Actor) -> None:
    with store.writing() as kept:
        kept.choices.remember(ANN, "gmv", "paid", NOW)
        assert kept.choices.of(other) == {}
        assert kept.choices.revoke(other, "gmv") is None
        kept.choices.remember(other, "gmv", "placed", NOW)
        assert kept.choices.of(ANN) == {"gmv": "paid"}


def test_the_order_in_which_brands_are_named_does_not_matter(store: Store) -> None:
    with store.writing() as kept:
        kept.choices.remember(SCOPED, "gmv", "paid", NOW)
    with store.reading() as kept:
        assert kept.choices.of(replace(SCOPED, brand_ids=frozenset(["B1", "B2"]))) == {"gmv": "paid"}


# verified ------------------------------------------------------------------------------------------------------------
def test_a_pair_is_found_by_its_plan_and_comes_back_whole(store: Store) -> None:
    with store.writing() as kept:
        kept.verified.add(verified(1, proposal_id="prop_1", brand_ids=frozenset({"B1", "B2"})))
    with store.reading() as kept:
        assert list(kept.verified.find(plan_hash(QUERY), frozenset({"B1"}))) == [
            verified(1, proposal_id="prop_1", brand_ids=frozenset({"B1", "B2"}))
        ]
        assert list(kept.verified.find("0" * 64, frozenset({"B1"}))) == []
        assert kept.verified.get("ver_2") is None


@pytest.mark.parametrize(
    ("pair_scope", "asker_scope", "holds"),
    [(None, None, True), (None, ["a"], True), (["a"], None, False), (["a"], ["a"], True), (["a", "b"], ["a"], True),
     (["a"], ["a", "b"], False), (["a"], ["b"], False), (["a"], [], True), ([], ["a"], False)],
)  # fmt: skip
def test_a_pair_holds_within_the_brands_of_its_approver(
    store: Store, pair_scope: list[str] | None, asker_scope: list[str] | None, holds: bool
) -> None:
    scope = None if pair_scope is None else frozenset(pair_scope)
    asker = None if asker_scope is None else frozenset(asker_scope)
    with store.writing() as kept:
        kept.verified.add(verified(1, brand_ids=scope))
        assert bool(kept.verified.find(plan_hash(QUERY), asker)) is holds


def test_a_withdrawn_pair_is_found_no_more_but_stays_readable(store: Store) -> None:
    with store.writing() as kept:
        for number in (1, 2):
            kept.verified.add(verified(number))
        assert [pair.id for pair in kept.verified.list()] == ["ver_2", "ver_1"]
        assert kept.verified.withdraw("ver_2", "bob", NOW)
        assert not kept.verified.withdraw("ver_2", "bob", NOW)
        assert not kept.verified.withdraw("ver_9", "bob", NOW)
    with store.reading() as kept:
        assert [pair.id for pair in kept.verified.list()] == ["ver_1"]
        assert [pair.id for pair in kept.verified.find(plan_hash(QUERY), None)] == ["ver_1"]
        assert kept.verified.get("ver_2") == verified(2, withdrawn_by="bob", withdrawn_at=NOW)


# feedback and proposals ----------------------------------------------------------------------------------------------
def test_feedback_is_its_givers_newest_first(store: Store) -> None:
    first = Feedback("fb_1", "req_1", "up", NOW)
    second = Feedback("fb_2", "req_2", "down", NOW + timedelta(seconds=1), "按人数", QUERY, "prop_1")
    with store.writing() as kept:
        kept.feedback.add(ANN, first)
        kept.feedback.add(ANN, second)
        kept.feedback.add(BOB, replace(first, id="fb_3"))
    with store.reading() as kept:
        assert list(kept.feedback.list(ANN)) == [second, first]
        assert list(kept.feedback.list(SCOPED)) == []


def test_a_proposal_is_decided_once(store: Store) -> None:
    with store.writing() as kept:
        kept.proposals.add(proposal(1))
        kept.proposals.add(proposal(2, kind="knowledge", brand_ids=None))
    with store.writing() as kept:
        assert list(kept.proposals.list()) == [proposal(2, kind="knowledge", brand_ids=None), proposal(1)]
        assert [one.id for one in kept.proposals.list(kind="correction")] == ["prop_1"]
        assert kept.proposals.decide("prop_1", "accepted", by="bob", now=NOW, reason="对")
        assert not kept.proposals.decide("prop_1", "rejected", by="bob", now=NOW, reason="")
        assert not kept.proposals.decide("prop_9", "rejected", by="bob", now=NOW, reason="")
    with store.reading() as kept:
        assert kept.proposals.get("prop_1") == proposal(
            1, state="accepted", decided_by="bob", decided_at=NOW, reason="对"
        )
        assert [one.id for one in kept.proposals.list(state="open")] == ["prop_2"]
        assert kept.proposals.get("prop_9") is None


# conversations -------------------------------------------------------------------------------------------------------
def test_turns_come_back_as_they_were_in_order(store: Store) -> None:
    option = PendingOption("按支付", QUERY, "gmv", "paid")
    asked_back = turn(2, status="needs_clarification", query=None, rows=(), options=(option,), clarification="哪种?")
    with store.writing() as kept:
        kept.conversations.append(ANN, turn(1))
    with store.writing() as kept:
        kept.conversations.append(ANN, asked_back)
    with store.reading() as kept:
        assert list(kept.conversations.turns("c", ANN)) == [turn(1), asked_back]
        assert kept.conversations.last("c", ANN) == asked_back
        assert kept.conversations.last_answered("c", ANN) == turn(1)
        assert kept.conversations.turn("req_1", ANN) == turn(1)
        assert kept.conversations.last("d", ANN) is None


def test_what_another_asked_does_not_exist(store: Store) -> None:
    with store.writing() as kept:
        kept.conversations.append(ANN, turn(1))
        kept.conversations.append(BOB, turn(2))
        for stranger in (SCOPED, Actor("eve")):
            assert kept.conversations.last("c", stranger) is None
            assert kept.conversations.turn("req_1", stranger) is None
            assert list(kept.conversations.turns("c", stranger)) == []
            assert list(kept.conversations.list(stranger)) == []
            assert kept.conversations.delete("c", stranger) == 0
        assert [one.request_id for one in kept.conversations.turns("c", ANN)] == ["req_1"]
        assert kept.conversations.delete("c", ANN) == 1
        assert [one.request_id for one in kept.conversations.turns("c", BOB)] == ["req_2"]


def test_conversations_are_listed_by_last_use_with_their_first_question(store: Store) -> None:
    with store.writing() as kept:
        for number, name in enumerate(["a", "b", None, "a"]):
            kept.conversations.append(ANN, turn(number, name))
        listed = kept.conversations.list(ANN)
        assert [(one.id, one.title, one.turns) for one in listed] == [("a", "问题 0", 2), ("b", "问题 1", 1)]
        assert (listed[0].started_at, listed[0].last_at) == (NOW, NOW + timedelta(minutes=3))
        assert [one.id for one in kept.conversations.list(ANN, limit=1)] == ["a"]


def test_old_turns_go_and_young_ones_stay(store: Store) -> None:
    with store.writing() as kept:
        for number, who in enumerate([ANN, BOB, ANN]):
            kept.conversations.append(who, turn(number))
        assert kept.conversations.delete_before(NOW + timedelta(minutes=2)) == 2
        assert [one.request_id for one in kept.conversations.turns("c", ANN)] == ["req_2"]
        assert list(kept.conversations.turns("c", BOB)) == []


# audit and transactions ----------------------------------------------------------------------------------------------
def test_the_audit_is_a_chain_that_verifies(store: Store) -> None:
    with store.writing() as kept:
        assert kept.audit.verify().is_intact
        first = kept.audit.append(actor="ann", action="choice.remembered", object="choice:gmv", now=NOW)
    with store.writing() as kept:
        # A moment in another time zone is the same moment, also in the hash.
        east = NOW.astimezone(timezone(timedelta(hours=8)))
        second = kept.audit.append(
            actor="小李", action="choice.revoked", object="choice:新客", now=east, before_hash="a" * 64, after_hash=None
        )
    assert (first.number, second.number, second.previous) == (1, 2, first.hash)
    with store.reading() as kept:
        assert list(kept.audit.entries()) == [first, second]
        assert list(kept.audit.entries(after=1)) == [second]
        assert list(kept.audit.entries(limit=1)) == [first]
        assert list(kept.audit.entries(object="choice:新客")) == [second]
        report = kept.audit.verify()
    assert report.is_intact
    assert (report.entries, report.head) == (2, second.hash)


def test_what_fails_leaves_nothing_behind(store: Store) -> None:
    def write_and_fail() -> None:
        with store.writing() as kept:
            kept.choices.remember(ANN, "gmv", "paid", NOW)
            kept.audit.append(actor="ann", action="choice.remembered", object="choice:gmv", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with store.reading() as kept:
        assert kept.choices.of(ANN) == {}
        assert kept.audit.verify().entries == 0


def test_many_threads_write_one_unbroken_chain(store: Store) -> None:
    def work(name: str) -> list[int]:
        seen = []
        for number in range(5):
            with store.writing() as kept:
                kept.choices.remember(Actor(name), f"t{number}", "s", NOW)
                kept.audit.append(actor=name, action="choice.remembered", object=f"choice:t{number}", now=NOW)
            with store.reading() as kept:
                seen.append(len(kept.choices.of(Actor(name))))
        return seen

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, [f"actor{number}" for number in range(8)])) == [[1, 2, 3, 4, 5]] * 8
    with store.reading() as kept:
        report = kept.audit.verify()
    assert (report.entries, report.problem) == (40, "")


def test_of_two_deciders_at_once_one_wins(store: Store) -> None:
    with store.writing() as kept:
        kept.proposals.add(proposal(1))
    start = threading.Barrier(6)

    def decide(name: str) -> bool:
        start.wait()
        with store.writing() as kept:
            return kept.proposals.decide("prop_1", "accepted", by=name, now=NOW, reason="")

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(decide, [f"actor{number}" for number in range(6)])) == [False] * 5 + [True]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'x'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET number = 0",
    ],
)
def test_a_database_refuses_to_change_the_audit(store: Store, statement: str) -> None:
    if isinstance(store, MemoryStore):
        pytest.skip("there is no SQL in memory")
    from sqlalchemy import text
    from sqlalchemy.exc import DatabaseError

    def change_the_past() -> None:
        with store.writing() as kept:
            kept.audit.connection.execute(text(statement))

    with store.writing() as kept:
        kept.audit.append(actor="ann", action="x.done", object="x", now=NOW)
    with pytest.raises((StoreError, DatabaseError)) as caught:
        change_the_past()
    assert "append-only" in f"{caught.value} {caught.value.__cause__}"
    with store.reading() as kept:
        assert kept.audit.verify().is_intact
