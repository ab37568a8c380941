"""The lexicon: what is a word, where it may begin and end, and which forms a name has."""

import pytest

from app.planning.lexicon import Candidate, Lexicon, build_lexicon, surface
from app.planning.rule_planner import RulePlanner
from tests.fixtures.planner import VALUES, real_model


def lexicon_with(**values: tuple[str, ...]) -> Lexicon:
    return build_lexicon(real_model(), {**VALUES, **values})


def found(lexicon: Lexicon, text: str, kind: str) -> set[str]:
    return {text[m.start : m.end] for m in lexicon.matches(text) if any(c.kind == kind for c in m.candidates)}


@pytest.mark.parametrize("text", ["gmvx", "agmv", "tmalls2", "retailstore", "stores2"])
def test_a_latin_word_never_begins_or_ends_inside_another(planner: RulePlanner, text: str) -> None:
    matches = [text[m.start : m.end] for m in planner.lexicon.matches(text)]
    assert not {"gmv", "tmall", "store"} & set(matches)


@pytest.mark.parametrize("text", ["9月gmv", "gmv是多少", "gmv,", "(gmv)", "gmv/订单数", "gmv 2026"])
def test_a_latin_word_may_touch_chinese_signs_and_spaces(planner: RulePlanner, text: str) -> None:
    assert "gmv" in found(planner.lexicon, text, "metric")


def test_a_number_inside_a_number_is_no_word() -> None:
    lexicon = lexicon_with(promo=("618",), series=("99系列",))
    assert "99系列" in found(lexicon, "99系列", "value")
    assert not found(lexicon, "199系列", "value")


def test_overlapping_words_are_all_kept(planner: RulePlanner) -> None:
    assert found(planner.lexicon, "会员复购人数", "metric") >= {"会员复购人数", "复购人数"}


@pytest.mark.parametrize(
    ("form", "dimension"), [("channels", "channel"), ("categories", "category"), ("stores", "store")]
)
def test_english_names_have_their_plurals(planner: RulePlanner, form: str, dimension: str) -> None:
    assert Candidate("dimension", dimension) in planner.lexicon.entries[form]


def test_a_value_is_known_by_its_label_in_both_languages_its_synonyms_and_as_stored(planner: RulePlanner) -> None:
    for form in ("天猫", "tmall"):
        assert Candidate("value", "channel", "tmall") in planner.lexicon.entries[form]
    assert Candidate("value", "category", "精华") in planner.lexicon.entries["精华"]


@pytest.mark.parametrize("value", ["7", "1024", "a", "中", "true", "其他", "Unknown", "NULL", ""])
def test_numbers_single_characters_and_placeholders_are_no_words_of_a_question(value: str) -> None:
    lexicon = lexicon_with(series=(value,))
    assert Candidate("value", "series", value) not in lexicon.entries.get(surface(value), ())


def test_values_of_a_warehouse_are_those_given_and_no_others() -> None:
    assert "神秘系列" in lexicon_with(series=("神秘系列",)).entries
    assert "神秘系列" not in lexicon_with().entries


def test_one_word_may_mean_values_of_several_dimensions(planner: RulePlanner) -> None:
    targets = {c.target for c in planner.lexicon.entries["上海"] if c.kind == "value"}
    assert targets >= {"member_city", "member_province", "store_city", "store_province"}


@pytest.mark.parametrize(("form", "plain"), [("  Top   Ten ", "top ten"), ("gmv_paid", "gmv paid"), ("", "")])
def test_the_surface_of_a_form_is_lower_case_with_single_spaces(form: str, plain: str) -> None:

    assert surface(form) == plain


def test_every_metric_dimension_and_segment_can_be_named_by_its_labels(planner: RulePlanner) -> None:
    model = planner.model
    for kind, entries in (("metric", model.metrics), ("dimension", model.dimensions), ("segment", model.segments)):
        for entry in entries.values():
            for label in (entry.label.zh, entry.label.en):
                assert any(c.kind == kind and c.target == entry.id for c in planner.lexicon.entries[surface(label)]), (
                    label
                )
