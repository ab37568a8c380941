"""The cover of a question: longest pieces, few pieces, and nothing lost between them."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.lattice import Token, content_length, cover, fresh
from app.planning.lexicon import Candidate
from app.planning.rule_planner import RulePlanner
from app.planning.tokens import tokenize

QUICK = settings(derandomize=True, deadline=None, database=None, max_examples=60)


def word(text: str, form: str, kind: str = "metric") -> Token:
    start = text.index(form)
    return Token(start, start + len(form), form, (Candidate(kind, form),))  # type: ignore[arg-type]


def texts(tokens: list[Token]) -> list[tuple[str, str]]:
    return [(token.text, token.kind) for token in tokens]


def test_the_longest_word_wins_over_its_parts() -> None:
    text = "会员复购人数"
    pieces = [word(text, form) for form in ("会员", "复购人数", "会员复购人数", "人数")]
    assert texts(cover(text, pieces)) == [("会员复购人数", "word")]


def test_two_whole_words_win_over_one_longer_that_leaves_a_rest() -> None:
    text = "抖音乐器店"
    pieces = [word(text, form) for form in ("抖音", "音乐", "抖音乐器", "乐器店")]
    assert texts(cover(text, pieces)) == [("抖音", "word"), ("乐器店", "word")]


def test_what_no_word_covers_is_one_unknown_stretch_each() -> None:
    text = "上个月鳄梨油销售额毛茸茸"
    tokens = cover(text, [word(text, "销售额"), Token(0, 3, "上个月", kind="time")])
    assert texts(tokens) == [("上个月", "time"), ("鳄梨油", "unknown"), ("销售额", "word"), ("毛茸茸", "unknown")]


def test_punctuation_and_spaces_are_no_unknown_words() -> None:
    text = "“销售额”, (订单数)?"
    assert texts(cover(text, [word(text, "销售额"), word(text, "订单数")])) == [("销售额", "word"), ("订单数", "word")]


def test_an_unknown_stretch_ends_at_punctuation() -> None:
    assert texts(cover("毛茸茸,鳄梨", [])) == [("毛茸茸", "unknown"), ("鳄梨", "unknown")]


def test_a_meaning_wins_over_a_filler_of_the_same_length() -> None:
    text = "渠道"
    tokens = cover(text, [word(text, "渠道", "filler"), word(text, "渠道", "dimension")])
    assert tokens[0].has("dimension")


def test_a_fresh_token_has_forgotten_what_explained_it() -> None:
    token = word("销售额", "销售额")
    token.use("metric", "gmv_paid")
    again = fresh(token)
    assert (again.used_by, again.target, again.candidates) == (None, "", token.candidates)


def test_content_is_what_is_left_without_spaces_and_punctuation() -> None:
    assert content_length("“上个月”, GMV?") == len("上个月GMV")


PARTS = ["上个月", "抖音", "销售额", "各渠道", "鳄梨", "前5", "gmv", " ", ",", "环比", "90天", "不是", "flumox", "😀"]


@QUICK
@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_every_character_is_in_exactly_one_token_or_ignored(planner: RulePlanner, text: str) -> None:
    tokens = cover(text, tokenize(text, planner.lexicon, planner.calendar, planner.as_of))
    assert all(one.end <= other.start for one, other in pairwise(tokens))
    covered = {place for token in tokens for place in range(token.start, token.end)}
    left = "".join(character for place, character in enumerate(text) if place not in covered)
    assert content_length(left) == 0
    assert all(token.text == text[token.start : token.end] for token in tokens)
