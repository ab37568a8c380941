"""Terms, bindings and what they mean for an asker; every problem of a file is said at once, with its line."""

from datetime import date
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError, NotFoundError
from app.knowledge.glossary import Asker, Glossary, load_glossary, read_glossary
from app.knowledge.live import LiveGlossary

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 10, 31)

TERMS = """
source: test
updated_on: 2026-11-01
owner: 数据部
terms:
  - id: gmv
    label: {zh: GMV, en: GMV}
    aliases: {zh: [成交总额]}
    kind: metric
    text: {zh: 成交, en: Value}
    ask_back: {zh: 哪种？, en: Which?}
    senses:
      - {id: placed, who: {zh: 市场, en: M}, meaning: {zh: 甲, en: a}, names: [拍下], rewrite: {metric: gmv_placed}}
      - {id: paid, who: {zh: 电商, en: E}, meaning: {zh: 支付, en: paid}, names: [支付], rewrite: {metric: gmv_paid}}
      - {id: till, who: {zh: 门店, en: S}, meaning: {zh: 丙, en: c}, names: [收银], not_computable: {zh: 无, en: none}}
  - id: gmv_again
    label: {zh: 大盘, en: whole}
    kind: metric
    text: {zh: 同 GMV, en: as GMV}
    follows: gmv
    ask_back: {zh: 哪种？, en: Which?}
    senses:
      - {id: placed, who: {zh: 市场, en: M}, meaning: {zh: 甲, en: a}, names: [拍下], rewrite: {metric: gmv_placed}}
      - {id: paid, who: {zh: 电商, en: E}, meaning: {zh: 支付, en: paid}, names: [支付], rewrite: {metric: gmv_paid}}
  - id: d2c
    label: {zh: D2C, en: D2C}
    kind: concept
    text: {zh: 直达消费者, en: direct}
bindings:
  - senses: {gmv: paid}
    effective_from: 2026-01-01
  - senses: {gmv: placed}
    effective_until: 2025-12-31
  - {brand: B2, senses: {gmv: placed}}
  - {department: 财务部, senses: {gmv: till}}
  - {department: 市场部, senses: {gmv: placed}}
  - {department: 市场部, brand: B2, senses: {gmv: paid}}
"""


def glossary(text: str = TERMS, base: Glossary | None = None) -> Glossary:
    return read_glossary([("terms.yaml", text.encode())], base)


def meant(asker: Asker, term: str = "gmv") -> tuple[str, list[str], list[str]]:
    found = glossary().resolve(term, asker)
    return found.by, [sense.id for sense in found.senses], [sense.id for sense in found.unavailable]


def test_the_brand_binding_holds_for_everybody() -> None:
    assert meant(Asker(TODAY)) == ("brand", ["paid"], [])


def test_a_department_means_its_own() -> None:
    assert meant(Asker(TODAY, department=" 市场部 ")) == ("department", ["placed"], [])


def test_an_unknown_department_falls_back_to_the_brand() -> None:
    assert meant(Asker(TODAY, department="行政部"))[0] == "brand"


def test_what_was_chosen_before_comes_first() -> None:
    asker = Asker(TODAY, department="市场部", remembered={"gmv": "paid"})
    assert meant(asker) == ("remembered", ["paid"], [])


def test_a_choice_of_a_sense_that_is_gone_settles_nothing() -> None:
    assert meant(Asker(TODAY, remembered={"gmv": "long_gone"}))[0] == "brand"


def test_a_bound_sense_that_cannot_be_computed_is_never_replaced() -> None:
    assert meant(Asker(TODAY, department="财务部")) == ("department", [], ["till"])


def test_a_binding_holds_on_its_days_only() -> None:
    assert meant(Asker(date(2025, 12, 31)))[1] == ["placed"]
    assert meant(Asker(date(2026, 1, 1)))[1] == ["paid"]


def test_a_brand_of_its_own_goes_before_all_brands() -> None:
    assert meant(Asker(TODAY, brand_ids=frozenset({"B2"})))[1] == ["placed"]
    assert meant(Asker(TODAY, department="市场部", brand_ids=frozenset({"B2"})))[1] == ["paid"]


def test_over_several_brands_no_single_brand_decides() -> None:
    assert meant(Asker(TODAY, brand_ids=frozenset({"B1", "B2"})))[1] == ["paid"]


def test_a_follower_means_what_its_leader_means() -> None:
    assert meant(Asker(TODAY, department="市场部"), "gmv_again") == ("department", ["placed"], [])
    assert meant(Asker(TODAY, remembered={"gmv": "placed"}), "gmv_again")[0] == "remembered"


def test_without_any_binding_every_sense_is_open() -> None:
    found = glossary(TERMS.split("bindings:")[0]).resolve("gmv", Asker(TODAY))
    assert (found.by, len(found.senses), len(found.unavailable), found.is_settled) == ("open", 2, 1, False)


def test_a_concept_has_a_definition_and_nothing_to_compute() -> None:
    found = glossary().resolve("d2c", Asker(TODAY))
    assert (found.senses, found.unavailable, found.term.text.zh) == ((), (), "直达消费者")


def test_an_unknown_term_is_said() -> None:
    with pytest.raises(NotFoundError, match="'gmvv'"):
        glossary().resolve("gmvv", Asker(TODAY))


def test_a_term_of_another_brand_is_not_spoken() -> None:
    own = TERMS.replace("  - id: d2c\n", "  - id: d2c\n    brands: [B1]\n")
    forms = {form for form, _ in glossary(own).forms(Asker(TODAY, brand_ids=frozenset({"B2"})))}
    assert "D2C" not in forms
    assert "D2C" in {form for form, _ in glossary(own).forms(Asker(TODAY))}


def test_a_change_replaces_the_entries_it_names_and_nothing_else() -> None:
    change = "source: t\nupdated_on: 2026-11-02\nowner: x\nbindings:\n  - {senses: {gmv: placed}}\n"
    after = glossary(change, glossary())
    assert [s.id for s in after.resolve("gmv", Asker(TODAY)).senses] == ["placed"]
    assert [s.id for s in after.resolve("gmv", Asker(TODAY, department="财务部")).unavailable] == ["till"]
    assert after.version != glossary().version


PROBLEMS = [
    ("names: [拍下], rewrite: {metric: gmv_placed}", "names: [拍下]", "needs either a rewrite or not_computable"),
    ("rewrite: {metric: gmv_placed}}\n      - {id: paid", "rewrite: {}}\n      - {id: paid", "names a metric"),
    ("    ask_back: {zh: 哪种？, en: Which?}\n", "", "needs ask_back"),
    ("{id: paid,", "{id: placed,", "senses repeat an id"),
    ("names: [支付]", "names: []", "at least 1 item"),
    ("updated_on: 2026-11-01\n", "", "updated_on: Field required"),
    ("source: test\n", "", "source: Field required"),
    ("kind: concept", "kind: idea", "kind: Input should be"),
    ("  - id: d2c", "  - id: gmv", "defined twice for the same days"),
    ("follows: gmv", "follows: gmvv", "follows the unknown term 'gmvv'"),
    ("senses: {gmv: paid}\n    effective_from: 2026-01-01", "senses: {gmv: paid}", "bound twice"),
    ("{gmv: till}", "{gmv: tills}", "gmv has no sense 'tills'"),
    ("{gmv: till}", "{gvm: till}", "unknown term 'gvm'"),
    ("owner: 数据部\n", "owner: 数据部\nterm: []\n", "'term' is not expected here"),
    ("effective_until: 2025-12-31", "effective_until: 2025-02-30", "malformed YAML"),
]


@pytest.mark.parametrize(("was", "now", "message"), PROBLEMS, ids=[message for _, _, message in PROBLEMS])
def test_what_is_wrong_is_said_with_file_and_line(was: str, now: str, message: str) -> None:
    assert was in TERMS
    with pytest.raises(ConfigurationError) as caught:
        glossary(TERMS.replace(was, now, 1))
    found = [problem for problem in caught.value.problems if message in problem]
    assert found, caught.value.problems
    assert found[0].startswith("terms.yaml")


def test_all_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TERMS.replace("kind: concept", "kind: idea"), "utf-8")
    (tmp_path / "b.yaml").write_text("terms: [", "utf-8")
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError) as caught:
        load_glossary(tmp_path)
    assert {problem.partition(":")[0] for problem in caught.value.problems} == {"a.yaml", "b.yaml", "c.yaml"}


def test_files_of_an_overlay_are_laid_over_one_after_another(tmp_path: Path) -> None:
    folder, overlay = tmp_path / "jargon", tmp_path / "overlay"
    folder.mkdir()
    overlay.mkdir()
    (folder / "a.yaml").write_text(TERMS, "utf-8")
    head = "source: t\nupdated_on: 2026-11-02\nowner: x\nbindings:\n"
    (overlay / "000001-x.yaml").write_text(f"{head}  - {{senses: {{gmv: placed}}}}\n", "utf-8")
    (overlay / "000002-y.yaml").write_text(f"{head}  - {{senses: {{gmv: till}}}}\n", "utf-8")
    found = load_glossary(folder, overlay).resolve("gmv", Asker(TODAY))
    assert [sense.id for sense in found.unavailable] == ["till"]


def test_the_live_glossary_sees_a_change_and_survives_a_broken_file(tmp_path: Path) -> None:
    folder, overlay = tmp_path / "jargon", tmp_path / "overlay"
    folder.mkdir()
    (folder / "a.yaml").write_text(TERMS, "utf-8")
    live = LiveGlossary(folder, overlay)
    first = live()
    assert live() is first
    overlay.mkdir()
    (overlay / "000001-x.yaml").write_text("bindings: [", "utf-8")
    assert live() is first
    text = "source: t\nowner: x\nbindings:\n  - {senses: {gmv: placed}}\n"
    (overlay / "000001-x.yaml").write_text(text, "utf-8")
    assert [sense.id for sense in live().resolve("gmv", Asker(TODAY)).senses] == ["placed"]


# -- the shipped glossary ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Glossary:
    return load_glossary(ROOT / "knowledge" / "jargon")


def test_the_whole_vocabulary_of_the_trade_is_there(shipped: Glossary) -> None:
    assert len(shipped.terms) >= 196
    assert sum(len(term.senses) > 1 for term in shipped.in_force()) >= 80


def test_every_text_speaks_both_languages(shipped: Glossary) -> None:
    for term in shipped.in_force():
        texts = [term.label, term.text, *([term.ask_back] if term.ask_back else [])]
        texts += [text for sense in term.senses for text in (sense.who, sense.meaning)]
        for text in texts:
            assert not any("\u4e00" <= letter <= "\u9fff" for letter in text.en), (term.id, text.en)


HOUSE = [
    (None, "gmv", "paid"), ("财务部", "gmv", "finance"), (None, "net_sales", "operations"),
    ("财务部", "net_sales", "finance"),
    (None, "aov", "per_buyer"), ("门店", "aov", "per_order"), ("会员部", "repurchase_rate", "days"),
    ("电商部", "repurchase_rate", "orders"), ("财务部", "repurchase_rate", "existing_orders"),
    ("增长部", "repurchase_rate", "cohort"), (None, "new_customer", "first_ever"), ("会员部", "new_customer", "joined"),
    ("电商部", "new_customer_count", "platform"), (None, "wecom_add", "people"), ("私域部", "wecom_add", "net"),
    ("财务部", "redeem_rate", "issued"), ("门店", "redeem_rate", "orders"), ("私域部", "churn_rate", "wecom"),
    (None, "rfm", "quintile"), (None, "uv", "distinct"), (None, "live", "in_room"),
]  # fmt: skip


@pytest.mark.parametrize(("department", "term", "sense"), HOUSE)
def test_the_house_means(shipped: Glossary, department: str | None, term: str, sense: str) -> None:
    found = shipped.resolve(term, Asker(TODAY, department=department))
    assert [one.id for one in found.senses] == [sense]


ASKED_BACK = [
    "repurchase_rate", "active_member", "churn_rate", "high_value", "ltv", "roi", "retention", "first_order_conv",
    "cac", "attribution", "recall", "pull_grass", "pub2pri", "fans", "high_potential",
]  # fmt: skip


@pytest.mark.parametrize("term", ASKED_BACK)
def test_an_unbound_term_is_open_and_can_be_asked(shipped: Glossary, term: str) -> None:
    found = shipped.resolve(term, Asker(TODAY))
    assert found.by == "open"
    assert not found.is_settled
    assert found.term.ask_back is not None


@pytest.mark.parametrize(("department", "term"), [("财务部", "roi"), ("财务部", "ltv"), ("门店", "join_rate")])
def test_a_department_that_means_the_uncomputable_gets_a_reason(shipped: Glossary, department: str, term: str) -> None:
    found = shipped.resolve(term, Asker(TODAY, department=department))
    assert found.senses == ()
    assert found.unavailable[0].not_computable is not None
