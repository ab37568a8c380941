"""Normalisation and numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import QuestionError
from app.planning.normalise import check_question, normalise
from app.planning.numbers import find_numbers, parse_number


@given(st.text(max_size=80))
def test_every_normalised_character_points_at_the_character_it_came_from(text: str) -> None:
    found = normalise(text)
    assert len(found.offsets) == len(found.text)
    assert list(found.offsets) == sorted(found.offsets)
    assert all(0 <= offset < len(text) for offset in found.offsets)
    assert "  " not in found.text


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@pytest.mark.parametrize(
    ("text", "expected", "traditional"),
    [
        ("７月ＧＭＶ", "7月gmv", False),
        ("上個月的銷售額", "上个月的销售额", True),
        ("雙十一 會員", "双十一 会员", True),
        ("天\u200b猫\ufeff GMV", "天猫 gmv", False),
        ("近7天,  抖音?", "近7天, 抖音?", False),
        ("9月1日—15日", "9月1日-15日", False),
        ("“老客”", '"老客"', False),
        ("a\tb\r\n c", "a b c", False),
    ],
)
def test_spellings_become_one(text: str, expected: str, traditional: bool) -> None:
    found = normalise(text)
    assert (found.text, found.traditional) == (expected, traditional)


def test_the_original_span_covers_what_was_typed() -> None:
    text = "看 上\u200b個月 GMV"
    found = normalise(text)
    start = found.text.index("上个月")
    first, last = found.original_span(start, start + 3)
    assert text[first:last] == "上\u200b個月"


@pytest.mark.parametrize(
    ("text", "language"),
    [("上个月GMV", "zh"), ("GMV last month", "en"), ("GMV of 天猫 for the last month by store", "en"),
     ("抖音 GMV, ROI, AOV, UV", "zh"), ("show me 618 by channel", "en")],
)  # fmt: skip
def test_the_language_is_the_askers(text: str, language: str) -> None:
    assert normalise(text).language == language


@pytest.mark.parametrize(
    ("question", "reason"),
    [("", "empty"), ("  \n", "empty"), ("🎉🎉❤️", "no_words"), ("?!…", "no_words"), ("问" * 1001, "too_long")],
)
def test_an_unreadable_question_is_refused_with_its_reason(question: str, reason: str) -> None:
    with pytest.raises(QuestionError) as caught:
        check_question(question)
    assert caught.value.details["reason"] == reason
    assert caught.value.hint


@given(st.integers(1, 99_999))
def test_spoken_chinese_numerals_have_their_value(value: int) -> None:
    assert parse_number(_spoken(value)) == value


def _spoken(value: int) -> str:
    """An independent writer: one digit and unit at a time, 零 for a gap."""
    if value >= 10_000:
        rest = value % 10_000
        gap = "零" if rest and rest < 1000 else ""
        return _spoken(value // 10_000) + "万" + gap + (_spoken(rest) if rest else "")
    text, skipped = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if not digit:
            skipped = bool(text)
            continue
        text += ("零" if skipped else "") + "零一二三四五六七八九"[digit] + name
        skipped = False
    return text


@pytest.mark.parametrize(
    ("text", "value"),
    [("十二", 12), ("三十", 30), ("两", 2), ("半", "0.5"), ("1.5万", 15000), ("一百", 100), ("3k", 3000),
     ("1,200", 1200), ("一百二", 120), ("两万五", 25000), ("1万5", 15000), ("2w", 20000), ("30%", "0.3"),
     ("百分之三十", "0.3"), ("三成", "0.3"), ("8折", "0.8"), ("二零二六", 2026), ("五百万", 5_000_000),
     ("三点五", "3.5"), ("100万", 1_000_000), ("twelve", 12)],
)  # fmt: skip
def test_numbers_are_read_in_all_their_spellings(text: str, value: int | str) -> None:
    assert parse_number(text) == Decimal(value)


def test_numbers_come_with_their_spans() -> None:
    text = "下过3单以上,金额超过1.5万"
    assert [(text[n.start : n.end], n.value) for n in find_numbers(text)] == [("3", 3), ("1.5万", 15000)]
