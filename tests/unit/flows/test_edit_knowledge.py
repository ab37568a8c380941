"""A change of the brand's words: checked, kept with its effects, decided by another person, laid over the shipped."""

from datetime import date
from pathlib import Path

import pytest

from app.core.actor import Actor
from app.core.errors import AppError, ConfigurationError, ConflictError, CorrectableError, NotPermittedError
from app.flows.edit_knowledge import KNOWLEDGE, AskedQuestion, EditKnowledge, Effect, changes, effects
from app.flows.memory import Proposal
from app.flows.proposals import DecideProposal
from app.flows.verify_question import VerifyQuestion
from app.knowledge.glossary import Asker, read_glossary
from app.knowledge.lint import ModelNames
from app.knowledge.live import LiveGlossary
from app.planning.plan import PlanResult, Reading, Unplanned
from app.semantic.query import SemanticQuery
from tests.fixtures.memory import TERMS, Clock, Model
from tests.fixtures.memory_store import MemoryStore

ANN, BOB = Actor("ann"), Actor("bob")
HEAD = "source: test\nupdated_on: 2026-11-22\nowner: 数据部\n"
CHANGE = f"{HEAD}bindings:\n  - senses: {{gmv: placed}}\n"
NAMES = ModelNames(
    metrics=frozenset({"gmv_paid", "gmv_placed"}), segments=frozenset(), dimensions=frozenset(), with_days=frozenset()
)
ON = Asker(date(2026, 10, 31))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def editor(tmp_path: Path, store: MemoryStore) -> EditKnowledge:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "terms.yaml").write_text(TERMS, "utf-8")
    overlay = tmp_path / "data" / "jargon"
    return EditKnowledge(store, LiveGlossary(shipped, overlay), overlay, lambda: NAMES, lambda phrase: True, Clock())


@pytest.fixture
def decide(editor: EditKnowledge, store: MemoryStore) -> DecideProposal:
    model = Model()
    verify = VerifyQuestion(store, model.check, model, Clock())
    return DecideProposal(store, verify, Clock(), {KNOWLEDGE: editor.apply})


def proposed(editor: EditKnowledge, text: str = CHANGE) -> Proposal:
    effect = Effect("上个月GMV", None, "gmv_paid", "gmv_placed")
    return editor.propose(ANN, "change.yaml", text, [effect])


def meaning(editor: EditKnowledge) -> list[str]:
    return [sense.id for sense in editor.glossary().resolve("gmv", ON).senses]


def test_a_proposal_changes_nothing_by_itself(editor: EditKnowledge, store: MemoryStore) -> None:
    kept = proposed(editor)
    assert meaning(editor) == ["placed", "paid"]
    assert not editor.overlay.exists()
    with store.reading() as repositories:
        assert [one.id for one in repositories.proposals.list(kind=KNOWLEDGE, state="open")] == [kept.id]
        assert [entry.action for entry in repositories.audit.entries()] == ["proposal.made"]


def test_accepting_writes_it_over_the_shipped_words_with_audit_rows(
    editor: EditKnowledge, decide: DecideProposal, store: MemoryStore, tmp_path: Path
) -> None:
    kept = proposed(editor)
    before = editor.glossary().version
    decide.accept(BOB, kept.id, seen_hash=kept.content_hash)
    assert meaning(editor) == ["placed"]
    assert [file.name for file in editor.overlay.iterdir()] == [f"000001-{kept.id}.yaml"]
    assert (tmp_path / "shipped" / "terms.yaml").read_text("utf-8") == TERMS
    with store.reading() as repositories:
        rows = {entry.action: entry for entry in repositories.audit.entries()}
    assert set(rows) == {"proposal.made", "glossary.changed", "proposal.accepted"}
    assert (rows["glossary.changed"].actor, rows["glossary.changed"].before_hash) == ("bob", before)


def test_rejecting_leaves_everything_as_it_was(editor: EditKnowledge, decide: DecideProposal) -> None:
    kept = proposed(editor)
    decide.reject(BOB, kept.id, seen_hash=kept.content_hash, reason="口径不对")
    assert meaning(editor) == ["placed", "paid"]
    with pytest.raises(ConflictError):
        decide.accept(BOB, kept.id, seen_hash=kept.content_hash)


def test_nobody_accepts_their_own_change(editor: EditKnowledge, decide: DecideProposal) -> None:
    kept = proposed(editor)
    with pytest.raises(NotPermittedError):
        decide.accept(ANN, kept.id, seen_hash=kept.content_hash)
    assert not editor.overlay.exists()


def test_a_change_made_on_another_glossary_is_not_accepted(editor: EditKnowledge, decide: DecideProposal) -> None:
    first, second = proposed(editor), proposed(editor, CHANGE.replace("placed", "paid"))
    decide.accept(BOB, first.id, seen_hash=first.content_hash)
    with pytest.raises(ConflictError, match="changed since"):
        decide.accept(BOB, second.id, seen_hash=second.content_hash)
    assert meaning(editor) == ["placed"]


def test_later_changes_lie_over_earlier_ones(editor: EditKnowledge, decide: DecideProposal) -> None:
    for sense in ("placed", "paid"):
        kept = proposed(editor, CHANGE.replace("placed", sense))
        decide.accept(BOB, kept.id, seen_hash=kept.content_hash)
    assert meaning(editor) == ["paid"]
    assert len(list(editor.overlay.iterdir())) == 2


def test_a_try_that_failed_after_writing_can_be_repeated(editor: EditKnowledge, decide: DecideProposal) -> None:
    kept = proposed(editor)
    editor.overlay.mkdir(parents=True)
    (editor.overlay / f"000001-{kept.id}.yaml").write_text(CHANGE, "utf-8")
    decide.accept(BOB, kept.id, seen_hash=kept.content_hash)
    assert meaning(editor) == ["placed"]
    assert len(list(editor.overlay.iterdir())) == 1


def test_the_difference_names_each_entry_with_both_sides(editor: EditKnowledge) -> None:
    (change,) = editor.diff(proposed(editor))
    assert change.entry == "binding gmv for all"
    assert change.before is None
    assert change.after is not None
    assert change.after["sense"] == "placed"


WRONG = [
    (HEAD + "bindings:\n  - senses: {gmv: nowhere}\n", ConfigurationError),
    (HEAD + "bindings: [", ConfigurationError),
    (TERMS.replace("gmv_placed", "gmv_place"), ConfigurationError),
    (TERMS, CorrectableError),
    ("x" * 300_000, CorrectableError),
]


@pytest.mark.parametrize(("text", "error"), WRONG, ids=["unknown sense", "yaml", "unknown metric", "nothing", "long"])
def test_what_can_not_hold_is_not_kept(
    editor: EditKnowledge, store: MemoryStore, text: str, error: type[AppError]
) -> None:
    with pytest.raises(error):
        proposed(editor, text)
    with store.reading() as repositories:
        assert list(repositories.proposals.list()) == []


def test_a_new_version_of_a_term_shows_as_one_change() -> None:
    before = read_glossary([("t.yaml", TERMS.encode())])
    after = read_glossary([("t.yaml", TERMS.replace("拍下即计", "下单即计").encode())])
    assert [change.entry for change in changes(before, after)] == ["term gmv"]


# -- effects -----------------------------------------------------------------------------------------------------------

PAID = SemanticQuery(metrics=("gmv_paid",), start=date(2026, 9, 1), end=date(2026, 9, 30))
PLACED = PAID.model_copy(update={"metrics": ("gmv_placed",)})


def result(*queries: SemanticQuery, refused: bool = False) -> PlanResult:
    readings = tuple(Reading(query, 1.0) for query in queries)
    return PlanResult("zh", readings, Unplanned("not_understood", "") if refused else None)


OUTCOMES = {
    "same": (result(PAID), result(PAID), None),
    "other plan": (result(PAID), result(PLACED), ("gmv_paid", "gmv_placed")),
    "now asked back": (result(PAID), result(PAID, PLACED), ("gmv_paid", "asks back")),
    "order of readings": (result(PAID, PLACED), result(PLACED, PAID), None),
    "now refused": (result(PAID), result(refused=True), ("gmv_paid", "refused: not_understood")),
    "refused as before": (result(refused=True), result(refused=True), None),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_only_questions_that_are_read_otherwise_are_shown(name: str) -> None:
    before, after, expected = OUTCOMES[name]
    found = list(effects([AskedQuestion("问", "财务部")], lambda *_: before, lambda *_: after))
    if expected is None:
        assert found == []
    else:
        (effect,) = found
        assert effect.department == "财务部"
        assert effect.before.startswith(expected[0])
        assert effect.after.startswith(expected[1])


def test_with_numbers_every_reading_is_run() -> None:
    asked = [AskedQuestion("问")]
    (effect,) = effects(
        asked, lambda *_: result(PAID), lambda *_: result(PLACED), lambda query: query.metrics[0].upper()
    )
    assert effect.after.endswith("= GMV_PLACED")
