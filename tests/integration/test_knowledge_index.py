"""The vector index with the real Chroma: built, found again, outdated, damaged, rebuilt."""

from pathlib import Path

import pytest

from app.knowledge.chroma_index import ChromaIndex, IndexUnusableError
from app.knowledge.embeddings import NgramEmbedder
from app.knowledge.lexical_index import LexicalIndex
from app.knowledge.retriever import Retriever
from app.knowledge.search_entry import SearchEntry

ENTRIES = (
    SearchEntry("metric", "repurchase_rate", ("复购率", "Repurchase rate", "回头率"), "买了不止一次的人占买过的人"),
    SearchEntry("metric", "media_cost", ("投放花费", "Media spend", "广告花费"), "花在广告上的钱"),
    SearchEntry("segment", "lost", ("流失会员", "Lost customers", "流失客户"), "很久没有再买的人"),
)


def index(folder: Path, entries: tuple[SearchEntry, ...] = ENTRIES) -> ChromaIndex:
    return ChromaIndex(folder, entries, NgramEmbedder(text for entry in entries for text in entry.passages))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    assert index(folder).rebuild() == len(ENTRIES)
    return folder


def test_a_new_index_is_missing_and_says_how_to_build_it(tmp_path: Path) -> None:
    empty = index(tmp_path / "none")
    assert empty.state() == "missing"
    with pytest.raises(IndexUnusableError, match="missing"):
        empty.search("复购率", limit=3)


def test_another_process_finds_the_nearest_by_any_of_its_names(built: Path) -> None:
    again = index(built)
    assert again.state() == "fresh"
    nearest = again.search("哪些客户快流失了", limit=2)
    assert nearest[0][0] == "segment:lost"
    assert 0.1 < nearest[0][1] <= 1.0
    assert len({key for key, _ in nearest}) == len(nearest)
    assert again.search("复购率", limit=1)[0] == ("metric:repurchase_rate", pytest.approx(1.0, abs=1e-4))


def test_more_than_there_is_may_be_asked_for(built: Path) -> None:
    assert {key for key, _ in index(built).search("花费", limit=50)} <= {entry.key for entry in ENTRIES}


def test_a_changed_definition_is_drift(built: Path) -> None:
    changed = (*ENTRIES[:2], SearchEntry("segment", "lost", ENTRIES[2].forms, "一年没有再买的人"))
    drifted = index(built, changed)
    assert drifted.state() == "drifted"
    with pytest.raises(IndexUnusableError, match="drifted"):
        drifted.search("流失", limit=1)


def test_rebuilding_leaves_one_index_and_can_be_repeated(tmp_path: Path) -> None:
    first = index(tmp_path, ENTRIES[:2])
    first.rebuild()
    second = index(tmp_path)
    for _ in range(3):
        second.rebuild()
    assert (first.state(), second.state()) == ("drifted", "fresh")
    assert len(list(tmp_path.iterdir())) == 1
    assert second.search("流失", limit=1)[0][0] == "segment:lost"


DAMAGES = {
    "garbage": lambda folder: (folder / "chroma.sqlite3").write_bytes(b"not a database" * 1000),
    "truncated": lambda folder: (folder / "chroma.sqlite3").write_bytes(
        (folder / "chroma.sqlite3").read_bytes()[:3000]
    ),
    "gone": lambda folder: (folder / "chroma.sqlite3").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_degrades_to_names_with_a_note_and_can_be_rebuilt(tmp_path: Path, damage: str) -> None:
    index(tmp_path).rebuild()
    # Damaged after a restart: a copy elsewhere, because Chroma keeps an opened folder for the life of the process.
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    tmp_path.rename(moved)
    broken = index(moved)
    folder = broken.folder()
    assert folder is not None
    DAMAGES[damage](folder)
    found = Retriever(LexicalIndex(ENTRIES), broken).search("复购率", limit=1)
    assert found.hits[0].entry.id == "repurchase_rate"
    assert found.hits[0].ways == ("exact",)
    assert "searched by names only" in found.notes[0]
    broken.rebuild()
    assert Retriever(LexicalIndex(ENTRIES), broken).search("复购率", limit=1).notes == ()


def test_an_unfinished_index_is_not_used(tmp_path: Path) -> None:
    half = index(tmp_path)
    half.rebuild()
    folder = half.folder()
    assert folder is not None
    (folder / "manifest.json").unlink()
    assert index(tmp_path).state() == "missing"
