"""The vector index: an embedded Chroma collection that can be rebuilt from the knowledge files at any time.

The only module that imports chromadb, and only when it is used. One folder per content: `index/<hash>`, complete once
its `manifest.json` is there. A change of any name, definition or embedding leads to another folder, so an index is
never half old. Never use Chroma's server; embeddings are always given, its own default would download a model.
"""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from app.core.errors import AppError
from app.core.ids import new_id
from app.knowledge.search_entry import SearchEntry, content_hash

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

    from app.knowledge.embeddings import Embedder, Vectors

logger = logging.getLogger(__name__)

State = Literal["fresh", "missing", "drifted"]

_COLLECTION = "knowledge"
_MANIFEST = "manifest.json"
_GRAPH: Final = {"space": "cosine", "ef_construction": 60, "ef_search": 200}
_BATCH = 2000
_MARK = "#"
"""Between an entry's key and the number of its passage."""
_PASSAGES = 6
"""How many passages are looked at for each entry that is wanted: several of one entry may be near."""
_DRAFT_SECONDS = 3600


class IndexUnusableError(AppError):
    """The index is missing, out of date or damaged; it can be rebuilt."""

    code = "index_unusable"
    status = 503


class ChromaIndex:
    """The vectors of `entries`, kept under `folder`."""

    def __init__(self, folder: Path, entries: Sequence[SearchEntry], embedder: "Embedder") -> None:
        self._root, self._entries, self._embedder = folder, tuple(entries), embedder
        self.hash = content_hash(entries)
        self._collection: Collection | None = None

    @property
    def _name(self) -> str:
        safe = "".join(letter if letter.isalnum() else "-" for letter in self._embedder.name)
        return f"{self.hash}-{safe}"

    def folder(self) -> Path | None:
        """Where the complete index of exactly this content is; None when there is none."""
        complete = self._root.glob(f"{self._name}-*/{_MANIFEST}")
        newest = max(complete, key=lambda manifest: manifest.stat().st_mtime_ns, default=None)
        return newest.parent if newest else None

    def state(self) -> State:
        """Whether the index of this content is there; `drifted` = there is one, of other content."""
        if self.folder() is not None:
            return "fresh"
        return "drifted" if any(self._root.glob(f"*/{_MANIFEST}")) else "missing"

    def rebuild(self) -> int:
        """Build the index anew from the entries and drop all others; returns the number of entries.

        Into a folder of its own: Chroma keeps an opened folder for the life of the process.
        """
        vectors = self._embedder.passages([text for entry in self._entries for text in entry.passages])
        draft = self._new_folder()
        self._fill(draft, vectors)
        manifest = {"hash": self.hash, "embedder": self._embedder.name, "entries": len(self._entries)}
        (draft / _MANIFEST).write_text(json.dumps(manifest), "utf-8")
        self._collection = None
        self._drop_others(draft)
        return len(self._entries)

    def _new_folder(self) -> Path:
        """A folder whose path was never used: the process may still know what was under an old one."""
        folder = self._root / f"{self._name}-{new_id('build')}"
        folder.mkdir(parents=True)
        return folder

    def _drop_others(self, kept: Path) -> None:
        newest = kept.stat().st_mtime
        for other in self._root.iterdir():
            # A young folder without manifest is another process's draft.
            is_done = (other / _MANIFEST).exists() or newest - other.stat().st_mtime > _DRAFT_SECONDS
            if other != kept and other.is_dir() and is_done:
                shutil.rmtree(other, ignore_errors=True)

    def _fill(self, folder: Path, vectors: "Vectors") -> None:
        client = _client(folder)
        try:
            collection = client.create_collection(
                _COLLECTION, metadata={"content_hash": self.hash}, configuration={"hnsw": dict(_GRAPH)}
            )
            keys = [f"{entry.key}{_MARK}{n}" for entry in self._entries for n in range(len(entry.passages))]
            for at in range(0, len(keys), _BATCH):
                collection.add(ids=keys[at : at + _BATCH], embeddings=vectors[at : at + _BATCH])
        finally:
            client.close()

    def search(self, text: str, *, limit: int) -> list[tuple[str, float]]:
        """(entry key, cosine) of the nearest entries, each by its nearest name or its definition.

        Raises:
            IndexUnusableError: the index is missing, of other content, or can't be read.
            EmbeddingError: the text can't be embedded now.
        """
        folder = self.folder()
        if folder is None:
            raise IndexUnusableError(f"the vector index is {self.state()}", hint="run `qianmian knowledge index`")
        vector = self._embedder.query(text)
        found = self._query(folder, vector, limit * _PASSAGES)
        nearest: dict[str, float] = {}
        for passage, distance in zip(found["ids"][0], found["distances"][0], strict=True):
            nearest.setdefault(passage.rpartition(_MARK)[0], 1.0 - float(distance))
        return list(nearest.items())[:limit]

    def _query(self, folder: Path, vector: "Vectors", limit: int) -> Any:
        try:
            if self._collection is None:
                self._collection = _client(folder).get_collection(_COLLECTION, embedding_function=None)
                if (self._collection.metadata or {}).get("content_hash") != self.hash:
                    raise ValueError("the collection holds other content than its manifest says")
            return self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        # Chroma hides damage behind errors of several libraries, its own among them; all of them mean: rebuild it.
        except Exception as error:
            self._collection = None
            logger.warning("knowledge_index.unreadable", extra={"error": type(error).__name__})
            raise IndexUnusableError(
                "the vector index can't be read", hint="run `qianmian knowledge index` to rebuild it"
            ) from error


def _client(folder: Path) -> Any:
    import chromadb  # noqa: PLC0415 - two seconds, and most programs never search by vector
    from chromadb.config import Settings  # noqa: PLC0415

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
