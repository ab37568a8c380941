from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.client import ChatReply, ChatRequest
from app.llm.masking import MASK, MaskingModel, mask_identifiers
from app.llm.scripted import ScriptedModel

IDENTIFIERS = [
    "13812345678", "138 1234 5678", "138-1234-5678", "+86 13812345678", "１３８１２３４５６７８", "010-62345678",
    "110101199003078515", "11010119900307851X", "6222 0212 3456 7890 123"[:19], "6222021234567890123",
    "a.b@example.com", "oABCD1_aBcDeFgHiJkLmNoPqRsTu", "wm" + "A1b2C3d4E5" * 3, "wxid_8s7d6f5g",
    "U000123456", "ORD-20260901-0001", "one_id=abc123", "d41d8cd98f00b204e9800998ecf8427e",
    "123e4567-e89b-12d3-a456-426614174000",
]  # fmt: skip
PLAIN = [
    "2026-09-01 至 2026-09-30 的销售额", "2026年9月", "20260901", "近90天", "消费满1000000元", "top 10",
    "9月1日到9月30日",
    "净颜卸妆膏 120g", "LIVE-DY-11", "T-APP-20", "gmv_paid", "618和双11", "0.5到0.8之间", "100,000以上",
    "30日核销率", "Q3 2026",
]  # fmt: skip


@pytest.mark.parametrize("text", IDENTIFIERS)
@pytest.mark.parametrize("frame", ["{}", "客户 {} 上个月买了多少", "({})", "电话:{},谢谢"])
def test_an_identifier_does_not_stay(text: str, frame: str) -> None:
    question = frame.format(text)
    masked = mask_identifiers(question)
    assert masked.spans
    assert text not in masked.text
    assert not any(char.isdigit() for char in masked.text)
    assert len(masked.text) == len(question)


@pytest.mark.parametrize("text", PLAIN)
def test_what_a_question_is_made_of_stays(text: str) -> None:
    assert mask_identifiers(text).text == text


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("的上个月客户, ", max_size=6))
def test_no_mobile_number_survives(number: str, around: str) -> None:
    assert number not in mask_identifiers(f"{around}{number}{around}").text


@given(st.text(max_size=60))
def test_only_what_is_masked_changes(text: str) -> None:
    masked = mask_identifiers(text)
    inside = {i for start, end in masked.spans for i in range(start, end)}
    assert len(masked.text) == len(text)
    assert all(masked.text[i] == (MASK if i in inside else text[i]) for i in range(len(text)))


def test_the_wrapper_masks_every_message(request_of: Callable[..., ChatRequest]) -> None:
    inner = ScriptedModel([ChatReply()])
    MaskingModel(inner).complete(request_of("打 13812345678"), seconds=1)
    assert "13812345678" not in str(inner.requests)
