"""A question's text in one canonical spelling, with a way back to the characters that were typed."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

from rapidfuzz.distance import OSA

from app.core.errors import QuestionError

Language = Literal["zh", "en"]
MAX_CHARACTERS = 1000

_PUNCTUATION = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'", "ʼ": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "〜": "~", "∼": "~",
        "【": "[", "】": "]", "〔": "[", "〕": "]", "﹐": ",", "﹑": "、",
        "・": "·", "‧": "·", "•": "·", "∙": "·",
    }
)  # fmt: skip
# Control, format (zero-width), surrogate, private and unassigned characters, and the marks that only style an emoji.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_FUNCTION_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "by",
        "in",
        "on",
        "at",
        "for",
        "from",
        "to",
        "and",
        "or",
        "vs",
        "per",
        "what",
        "which",
        "who",
        "how",
        "many",
        "much",
        "show",
        "list",
        "is",
        "are",
        "was",
        "were",
        "did",
        "do",
        "does",
        "with",
        "without",
        "last",
        "this",
        "since",
        "between",
        "during",
        "compared",
        "each",
        "every",
        "their",
        "our",
        "we",
        "top",
        "than",
        "over",
    ]
)


# 1O月, 2O26年, l5号: the letters o and l typed for digits, where a unit of time says that a number is meant.
_MISTYPED = re.compile(
    r"(?<![a-z\d])(?=[ol]*\d)(?=\d*[ol])[\dol]{2,4}(?=\s?(?:年|月|日(?!均)|号|天|周|个月|季度|-\d))", re.ASCII
)
_DIGITS_MEANT = str.maketrans("ol", "01")


_RECENT = re.compile(r"进(?=\d+\s?(?:天|日|周|个月))")
# Slips of the input method in words of grammar and time, which no name could be meant by; of the same length, so that
# offsets hold. Slips in names are matched by sound instead, and disclosed.
_SLIPS = {
    "最进": "最近", "月低": "月底", "上各月": "上个月", "上个约": "上个月", "这各月": "这个月", "环笔": "环比",
    "同笔": "同比", "占笔": "占比", "定单": "订单", "优会券": "优惠券", "优惠卷": "优惠券", "卷核销": "券核销",
    "劵": "券", "多小钱": "多少钱", "多小单": "多少单", "多小人": "多少人", "有多小": "有多少", "了多小": "了多少",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` is the canonical spelling; `offsets[i]` is the index in the original of the character behind `text[i]`."""

    text: str
    offsets: tuple[int, ...]
    language: Language
    traditional: bool
    """The asker wrote traditional characters."""

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original text behind `text[start:end]`."""
        if start >= end:
            at = self.offsets[start] if start < len(self.offsets) else 0
            return at, at
        return self.offsets[start], self.offsets[end - 1] + 1


def normalise(text: str) -> Normalised:
    """`text` in NFKC, simplified, lower case, with one kind of punctuation, single spaces and nothing invisible."""
    characters: list[str] = []
    offsets: list[int] = []
    for index, original in enumerate(text):
        for character in _spelled(original):
            if character == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(character)
            offsets.append(index)
    if characters and characters[-1] == " ":
        characters.pop()
        offsets.pop()
    _mend_months(characters, offsets)
    spelled = _MISTYPED.sub(lambda found: found[0].translate(_DIGITS_MEANT), "".join(characters))
    simplified = _without_slips(_simplified(spelled))
    return Normalised(simplified, tuple(offsets), detect_language(simplified), simplified != spelled)


_LONG_MONTHS = ("january", "february", "august", "september", "october", "november", "december")
_LONG_WORD = re.compile(r"(?<![a-z])[a-z]{6,10}(?![a-z])")


def _mend_months(characters: list[str], offsets: list[int]) -> None:
    """Septmber, ocotber: one slip in the name of a month, in place, with the offsets of the letters typed."""
    text = "".join(characters)
    if len(text) != len(characters):
        return
    for match in reversed(list(_LONG_WORD.finditer(text))):
        word = match[0]
        meant = next((month for month in _LONG_MONTHS if word != month and OSA.distance(word, month) == 1), None)
        if meant is not None:
            start, end = match.span()
            places = [offsets[min(start + at, end - 1)] for at in range(len(meant))]
            characters[start:end], offsets[start:end] = list(meant), places


def _without_slips(text: str) -> str:
    text = _RECENT.sub("近", text)
    for slip, meant in _SLIPS.items():
        if slip in text:
            text = text.replace(slip, meant)
    return text


def check_question(question: str, *, max_characters: int = MAX_CHARACTERS) -> Normalised:
    """The normalised question.

    Raises:
        QuestionError: empty, too long, or without a single letter, digit or Chinese character.
    """
    trimmed = question.strip()
    if not trimmed:
        raise QuestionError("the question is empty", hint="请输入一个问题,例如:上个月各渠道 GMV", reason="empty")
    if len(trimmed) > max_characters:
        raise QuestionError(
            f"the question has {len(trimmed)} characters; at most {max_characters} can be read",
            hint=f"问题超过 {max_characters} 字,请只保留要问的指标、时间和条件",
            reason="too_long",
            length=len(trimmed),
        )
    normalised = normalise(question)
    if not any(character.isalnum() for character in normalised.text):
        raise QuestionError(
            "the question holds no words, only symbols or emoji",
            hint="请用文字说明要看的指标和时间,例如:近7天 GMV",
            reason="no_words",
        )
    return normalised


def detect_language(text: str) -> Language:
    """The language to answer in: Chinese where there is Chinese, unless it is a name in an English sentence."""
    chinese = sum(1 for character in text if is_chinese(character))
    if not chinese:
        return "en"
    letters = sum(1 for character in text if "a" <= character <= "z")
    function_words = sum(1 for word in text.split() if word.strip(",.?!;:'\"") in _FUNCTION_WORDS)
    return "en" if function_words >= 2 and letters > 3 * chinese else "zh"


def is_chinese(character: str) -> bool:
    """Whether `character` is a CJK ideograph."""
    return "㐀" <= character <= "鿿" or "豈" <= character <= "﫿" or "\U00020000" <= character <= "\U0003ffff"


@cache
def _spelled(character: str) -> str:
    """What one original character becomes: nothing, itself, or several. Cached: questions repeat characters."""
    if character.isspace():
        return " "
    spelled = unicodedata.normalize("NFKC", character).lower().translate(_PUNCTUATION)
    kept = (c for c in spelled if unicodedata.category(c) not in _DROPPED and not 0xFE00 <= ord(c) <= 0xFE0F)
    return "".join(" " if c.isspace() else c for c in kept)


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@cache
def _converter() -> _Converter:
    import opencc  # noqa: PLC0415 - 30 ms that a question in simplified characters never pays

    converter: _Converter = opencc.OpenCC("t2s")
    return converter


@cache
def _may_be_traditional(character: str) -> bool:
    """GB 2312 holds the common simplified characters and hardly any traditional one: what it lacks is worth a look."""
    if not is_chinese(character):
        return False
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def _simplified(text: str) -> str:
    """`text` in simplified characters, always of the same length, so that offsets stay exact."""
    if not any(_may_be_traditional(character) for character in text):
        return text
    converter = _converter()
    converted = converter.convert(text)
    if len(converted) == len(text):
        return converted
    # A phrase rule changed the length: convert each character alone instead, and keep those that do not map to one.
    singles = ((character, converter.convert(character)) for character in text)
    return "".join(single if len(single) == 1 else character for character, single in singles)
