"""Finding by name, part, typo and sound; vectors; and one list from both, with or without a vector index."""

import json
from collections.abc import Sequence

import httpx
import numpy as np
import pytest
import respx

from app.core.errors import AppError
from app.knowledge.embeddings import E5Embedder, EmbeddingError, EndpointEmbedder, NgramEmbedder
from app.knowledge.lexical_index import LexicalIndex
from app.knowledge.retriever import Retriever
from app.knowledge.search_entry import Hit, SearchEntry, content_hash

ENTRIES = (
    SearchEntry("metric", "repurchase_rate", ("复购率", "Repurchase rate", "回头率"), "买了不止一次的人占买过的人"),
    SearchEntry("metric", "redeem_rate", ("核销率", "Redemption rate"), "领的券用了多少"),
    SearchEntry("term", "repurchase_rate", ("复购率", "Repurchase rate"), "多次购买"),
    SearchEntry("metric", "uv", ("UV", "UV", "独立访客"), "按人去重"),
    SearchEntry("segment", "lost", ("流失会员", "Lost customers"), "很久没有再买的人"),
)
LEXICAL = LexicalIndex(ENTRIES)


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.entry.key for hit in hits]


def test_a_label_is_exact_and_a_synonym_an_alias() -> None:
    exact, alias = LEXICAL.search("复购率", limit=3), LEXICAL.search("回头率", limit=1)
    assert keys(exact)[:2] == ["metric:repurchase_rate", "term:repurchase_rate"]
    assert exact[0].score == 1.0
    assert exact[0].ways == ("exact",)
    assert (alias[0].ways, alias[0].score < 1.0) == (("alias",), True)


@pytest.mark.parametrize("heard", ["ＵＶ", " uv ", "Uv"])
def test_width_case_and_spaces_do_not_matter(heard: str) -> None:
    assert keys(LEXICAL.search(heard, limit=1)) == ["metric:uv"]


def test_a_name_inside_a_question_is_found_in_part() -> None:
    found = LEXICAL.search("上个月的复购率是多少", limit=5)
    assert {"metric:repurchase_rate", "term:repurchase_rate"} <= set(keys(found))
    assert found[0].ways[0] == "part"
    assert found[0].score < 0.97


def test_a_short_latin_name_is_not_found_inside_a_word() -> None:
    assert "metric:uv" not in keys(LEXICAL.search("the louvre", limit=5))
    assert "metric:uv" in keys(LEXICAL.search("the uv of May", limit=5))


def test_a_name_that_sounds_alike_is_found_by_pinyin() -> None:
    assert LEXICAL.search("合销率", limit=1)[0].ways[0] == "pinyin"
    assert keys(LEXICAL.search("合销率", limit=1)) == ["metric:redeem_rate"]


def test_a_typo_is_found_and_ranks_below_a_name() -> None:
    found = LEXICAL.search("repurchse rate", limit=1)
    assert keys(found) == ["metric:repurchase_rate"]
    assert found[0].ways == ("fuzzy",)
    assert found[0].score < 0.9


def test_a_known_word_does_not_drag_its_likenesses_in() -> None:
    assert keys(LEXICAL.search("核销率", limit=5)) == ["metric:redeem_rate"]


def test_nothing_is_found_for_nothing() -> None:
    assert LEXICAL.search("", limit=5) == []
    assert LEXICAL.search("🙂🙂", limit=5) == []


def test_grams_are_of_unit_length_and_deterministic() -> None:
    embedder = NgramEmbedder(entry.forms[0] for entry in ENTRIES)
    one = embedder.passages(["复购率", "流失会员"])
    assert np.allclose(np.linalg.norm(one, axis=1), 1)
    assert np.array_equal(one[0], embedder.query("复购率"))
    assert not embedder.query("").any()


def test_shared_grams_are_near_and_unlike_words_are_not() -> None:
    embedder = NgramEmbedder()
    likeness = float(embedder.query("快流失的人") @ embedder.query("流失会员"))
    assert likeness > 0.1
    assert abs(float(embedder.query("快流失的人") @ embedder.query("吊牌价"))) < likeness / 2


def test_the_content_hash_knows_every_text_but_no_order() -> None:
    assert content_hash(ENTRIES) == content_hash(tuple(reversed(ENTRIES)))
    other = SearchEntry("metric", "uv", ("UV", "UV", "独立访客"), "跨天不去重")
    assert content_hash((*ENTRIES[:3], other, ENTRIES[4])) != content_hash(ENTRIES)


class Near:
    """A vector index that always finds the same."""

    def search(self, text: str, *, limit: int) -> list[tuple[str, float]]:
        return [("segment:lost", 0.9), ("metric:repurchase_rate", 0.5), ("metric:gone", 0.99)][:limit]


class Broken:
    def search(self, text: str, *, limit: int) -> list[tuple[str, float]]:
        raise AppError("the vector index is missing", hint="rebuild it")


def test_both_ways_make_one_list_and_a_name_goes_first() -> None:
    found = Retriever(LEXICAL, Near()).search("复购率", limit=3)
    assert keys(found.hits) == ["metric:repurchase_rate", "term:repurchase_rate", "segment:lost"]
    assert found.hits[0].ways == ("exact", "vector")
    assert found.hits[2].score == pytest.approx(0.675)
    assert found.notes == ()


def test_an_entry_that_the_index_still_has_but_the_files_do_not_is_left_out() -> None:
    assert "metric:gone" not in keys(Retriever(LEXICAL, Near()).search("没有的词", limit=9).hits)


def test_without_a_usable_index_names_are_searched_and_it_is_said() -> None:
    found = Retriever(LEXICAL, Broken()).search("复购率", limit=1)
    assert keys(found.hits) == ["metric:repurchase_rate"]
    assert found.notes == ("the vector index is missing; searched by names only (rebuild it)",)


def test_kinds_narrow_the_list() -> None:
    found = Retriever(LEXICAL, Near()).search("复购率", limit=5, kinds={"term"})
    assert keys(found.hits) == ["term:repurchase_rate"]


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("app.knowledge.embeddings.import_module", absent)
    with pytest.raises(AppError, match="not installed") as caught:
        E5Embedder().query("复购率")
    assert "[embed]" in caught.value.hint


def test_the_model_and_the_grams_are_weighed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        """Two directions: what is about leaving, and the rest."""

        def passage(self, texts: list[str]) -> np.ndarray:
            return np.asarray([[1.0, 0.0] if "流失" in text else [0.0, 1.0] for text in texts], np.float32)

        def query(self, texts: list[str]) -> np.ndarray:
            return np.asarray([[1.0, 0.0] for _ in texts], np.float32)

    class Module:
        @staticmethod
        def get_model() -> Model:
            return Model()

    monkeypatch.setattr("app.knowledge.embeddings.import_module", lambda name: Module)
    embedder, grams = E5Embedder(), NgramEmbedder()
    ask, lost, uv = embedder.query("谁要走了"), *embedder.passages(["流失会员", "独立访客"])
    assert float(ask @ lost) == pytest.approx(
        (1 + 0.3 * float(grams.query("谁要走了") @ grams.query("流失会员"))) / 1.3
    )
    assert float(ask @ uv) < float(ask @ lost)


# -- an endpoint -------------------------------------------------------------------------------------------------------

URL = "https://models.example/v1"


def endpoint() -> EndpointEmbedder:
    return EndpointEmbedder(f"{URL}/", "text-small", "secret")


@respx.mock
def test_an_endpoint_gets_texts_in_batches_and_rows_are_put_in_order() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        rows = [{"index": n, "embedding": [float(len(text)), 1.0]} for n, text in enumerate(texts)]
        return httpx.Response(200, json={"data": list(reversed(rows))})

    route = respx.post(f"{URL}/embeddings").mock(side_effect=answer)
    embedder = endpoint()
    vectors = embedder.passages(["x" * n for n in range(1, 101)])
    embedder.close()
    assert route.call_count == 2
    assert json.loads(route.calls[0].request.content)["model"] == "text-small"
    assert route.calls[0].request.headers["authorization"] == "Bearer secret"
    assert np.allclose(vectors[:, 0] / vectors[:, 1], np.arange(1, 101))


FAILURES = [
    httpx.Response(401, json={"error": "no"}),
    httpx.Response(500, text="oops"),
    httpx.Response(200, text="not json"),
    httpx.Response(200, json={"data": []}),
    httpx.Response(200, json={"data": [{"index": 0}]}),
    httpx.Response(200, content=b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}'),
]


@pytest.mark.parametrize("response", FAILURES, ids=["401", "500", "text", "none", "no vector", "nan"])
@respx.mock
def test_a_failing_endpoint_is_said_without_its_text(response: httpx.Response) -> None:
    respx.post(f"{URL}/embeddings").mock(return_value=response)
    embedder = endpoint()
    with pytest.raises(EmbeddingError) as caught:
        embedder.query("复购率")
    embedder.close()
    assert "secret" not in str(caught.value)


@respx.mock
def test_a_hanging_endpoint_is_given_up() -> None:
    respx.post(f"{URL}/embeddings").mock(side_effect=httpx.ReadTimeout("slow"))
    embedder = endpoint()
    with pytest.raises(EmbeddingError, match="ReadTimeout"):
        embedder.query("复购率")
    embedder.close()
