"""Which of the readings that were offered a reply means: 第二个, the second one, 按财务口径, a word of its label.

Pure and strict: every word of the reply has to be part of the choice. A negation (不要第二个), a question or anything
else beside it chooses nothing, and is then read as a question of its own.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from app.core.errors import QuestionError
from app.flows.answer import Answer, Refusal
from app.planning.normalise import normalise

_UNREAD = frozenset({"needs_previous", "not_understood", "no_metric", "out_of_scope", "unreadable_question"})
"""Refusals of a reply that was perhaps meant to choose: then the choice still waits."""


class Offered(Protocol):
    """A reading that waits to be chosen."""

    @property
    def label(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]:
        """Words by which people call it, beside its label."""
        ...


T = TypeVar("T", bound=Offered)

# Longer ones first where one begins like another. They carry no meaning: none of them says yes, no or which.
_BEFORE = (
    "我说的是", "我指的是", "我的意思是", "我想要", "我选", "我要", "我是说", "说的是", "指的是", "那就",
    "那么", "就是", "就", "按照", "根据", "选择", "选", "按", "用", "以", "取", "走", "要",
    "看", "是", "请", "嗯", "好的", "好",
    "i mean", "i meant", "i'll take", "i want", "i'd like", "let's use", "let's take", "go with", "based on",
    "according to", "give me", "take", "use", "using", "pick", "choose", "by", "as", "the", "please", "ok", "okay",
)  # fmt: skip
_AFTER = (
    "的那一种", "的那一个", "那一种", "那一个", "的那种", "的那个", "那种", "那个", "这种", "这个", "的口径", "口径",
    "的定义", "定义", "的算法", "算法", "的读法", "读法", "的理解", "选项", "来算", "来看", "来", "算", "谢谢", "就行",
    "就好", "吧", "啊", "呀", "呢", "的", "please", "thanks", "definition", "reading", "sense", "option", "choice",
    "one", "'s",
)  # fmt: skip
_EDGES = " ,.;:!、·\"'()[]"
_PARTS = re.compile(r"[:;,、·()\[\]|=]+|\s-\s")
_NEGATIONS = ("不", "未", "没", "非", "无", "除", "not ", "no ", "non", "without", "except", "exclud")
_TEAM = ("部门", "部", "团队", "那边", "'s", " team", " department")

_ZH_DIGITS = {character: number for number, character in enumerate("一二三四五六七八九十", 1)}
_EN_NUMBERS = {
    word: number
    for number, words in enumerate(
        (("first", "1st", "one"), ("second", "2nd", "two"), ("third", "3rd", "three"), ("fourth", "4th", "four"),
         ("fifth", "5th", "five"), ("sixth", "6th", "six")), 1)
    for word in words
}  # fmt: skip
_ZH_PLACE = re.compile(r"(第|选项|方案)?\s*(\d{1,2}|[一二三四五六七八九十])\s*(个|种|项|条|号|款|类)?")
_EN_PLACE = re.compile(r"(option|number|no|choice|reading|#)?\.?\s*(\d{1,2}|[a-z]+|\dst|\dnd|\drd|\dth)")
_LAST = ("最后一个", "最后一种", "最后", "last")
_OF_TWO = {
    "前者": 1, "前一个": 1, "前一种": 1, "前面": 1, "上面": 1, "左边": 1, "former": 1,
    "后者": 2, "后一个": 2, "后一种": 2, "后面": 2, "下面": 2, "右边": 2, "latter": 2,
}  # fmt: skip


def chosen_option(reply: str, options: Sequence[T], *, question: str = "") -> T | None:
    """The one option that `reply` means; None where it means none, or could mean several.

    Args:
        reply: What the asker answered.
        options: What was offered, in the order it was shown.
        question: What was asked at first: its own words choose nothing.
    """
    said = _plain(reply)
    if not said or not options:
        return None
    place = _place(said, len(options))
    if place is not None:
        return options[place - 1] if place <= len(options) else None
    core = _core(said)
    for meant in (
        [option for option in options if said in _spellings(option)],
        [option for option in options if core in map(_core, _spellings(option))],
        [option for option in options if _team(core) in map(_team, map(_core, _spellings(option)))],
        [option for option in options if core in map(_core, _label_parts(option))],
        [option for option in options if any(_opens(core, part) for part in _label_parts(option))],
    ):
        if len(meant) == 1:
            # 复购率 after 复购率是多少 repeats what was asked; one label happening to hold it says nothing.
            return None if core and core in _plain(question) else meant[0]
        if meant:
            return None
    return None


def still_waiting(answer: Answer, question: str, options: Sequence[Offered]) -> Answer | None:
    """The refusal of a reply that chose nothing; None where `answer` answers a question of its own.

    It says that the choice still waits, and offers the labels: asking one of them chooses it.
    """
    if answer.refusal is None or answer.refusal.code not in _UNREAD:
        return None
    reason = (
        f"“{question}”还在等你选一种读法,这句话没有看懂是哪一种。"
        if answer.language == "zh"
        else f'"{question}" still waits for you to choose a reading, and this did not say which one.'
    )
    refusal = Refusal(code=answer.refusal.code, reason=reason, instead=tuple(option.label for option in options))
    return answer.model_copy(update={"refusal": refusal})


def _place(said: str, count: int) -> int | None:
    """The number that the reply gives, from 1; None where it gives none. A bare number beyond the options is none."""
    for text in dict.fromkeys((said, _core(said))):
        if text in _LAST:
            return count
        if count == 2 and text in _OF_TWO:
            return _OF_TWO[text]
        for pattern in (_ZH_PLACE, _EN_PLACE):
            found = pattern.fullmatch(text)
            number = _number(found[2]) if found else None
            if found and number is not None and (number <= count or found[1]):
                return number or None
    return None


def _number(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    return _ZH_DIGITS.get(text) or _EN_NUMBERS.get(text)


def _plain(text: str) -> str:
    """In the spelling that questions are compared in: simplified, lower case, half width; "" for what is no text."""
    try:
        return normalise(text).text.strip(_EDGES + "。?")
    except QuestionError:
        return ""


def _core(said: str) -> str:
    """Without the words around a choice: 就按财务口径算吧 is 财务."""
    before = ""
    while said != before:
        before = said = said.strip(_EDGES)
        said = next((said[len(w) :] for w in _BEFORE if _starts(said, w) and len(said) > len(w)), said).strip(_EDGES)
        said = next((said[: -len(w)] for w in _AFTER if _ends(said, w) and len(said) > len(w)), said).strip(_EDGES)
    return said


def _team(core: str) -> str:
    """财务部 and 财务 are the same people."""
    return next((core[: -len(word)] for word in _TEAM if core.endswith(word) and len(core) > len(word) + 1), core)


def _starts(said: str, word: str) -> bool:
    """As a whole word where the word is Latin: `as` does not open `asian stores`."""
    return said.startswith(word) and not (word[-1].isascii() and said[len(word) : len(word) + 1].isalnum())


def _ends(said: str, word: str) -> bool:
    whole = not word[0].isascii() or word[0] == "'" or not said[: -len(word)][-1:].isalnum()
    return said.endswith(word) and whole


def _spellings(option: Offered) -> set[str]:
    return {_plain(name) for name in (option.label, *option.names)} - {""}


def _label_parts(option: Offered) -> Iterator[str]:
    yield from (part for part in map(str.strip, _PARTS.split(_plain(option.label))) if part)


def _opens(core: str, part: str) -> bool:
    """The beginning of a part of the label, cut at no word or number: 门店 of 门店城市.

    Not what the part goes on to deny (退款 of 退款不算), and nothing from its middle (订单 of 老客订单占比).
    """
    if len(core) < 2 or not part.startswith(core) or _runs_on(part, len(core)):
        return False
    return not any(word in part[len(core) :] for word in _NEGATIONS)


def _runs_on(text: str, at: int) -> bool:
    """Whether a Latin word or a number goes on across `at`."""
    return 0 < at < len(text) and all(c.isascii() and c.isalnum() for c in text[at - 1 : at + 1])
