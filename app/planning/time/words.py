"""Pieces of patterns shared by the rules, and the values behind them."""

import re

from app.planning.numbers import parse_count

NUM = r"(?:\d{1,4}|[一二两俩三四五六七八九十百]{1,4})"
"""A count in digits or characters."""

# 二〇二五 is a year read out digit by digit; 25年 is one only where the rule says so.
YEAR4 = r"(?:(?:19|20)\d{2}|[一二][零〇0九][零〇一二三四五六七八九]{2})"
YEAR_WORD = r"(?:大前年|前年|去年|上一?年度?|今年|本年度?|当年|这一?年|明年|后年)"
YEAR = rf"(?<![\d.])(?:{YEAR4}\s?年?度?|\d{{2}}年|{YEAR_WORD})"
"""A year before a month, quarter, half or event."""

MONTH_NUMBER = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
MONTH_WORD = r"(?:大?上{2,4}个?月|大?上一?个?月|本月|这个?月|当月|下个?月)"
DAY_NUMBER = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|二十|[一二三四五六七八九])"
RANGE = r"\s*(?:到了?|至|-{1,2}|~{1,2})\s*"

NOT_A_COUNT = (
    r"(?!\d|,\d{3}|\.\d|\s?(?:%|元|块|万|千|百|亿|(?:单|件|人|名|笔|份|次)(?![数量均价品群])|折(?![扣后率])|岁|家(?!居)"
    r"|分(?=[钟以的,。?!]|\s?$)|ml|rmb|yuan|个(?!月)|(?:w|k|m)\b|orders?\b|items?\b|customers?\b|members?\b|buyers?\b"
    r"|people\b))"
)
"""After a bare number that could be a year, a day or a promo: no unit of counting follows."""

_RELATIVE_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "上一年": -1, "上年度": -1, "上一年度": -1,
                   "明年": 1, "后年": 2}  # fmt: skip
_COUNTED = re.compile(
    r"(?:超过|大于|小于|等于|高于|低于|不足|不到|至少|最多|达到|满|共|[<>=¥$第]|top|over|above|below|under|least|most)\s?$"
)


def year_value(text: str | None, as_of_year: int) -> int | None:
    """The year that `text` (matched by `YEAR`) names; None for no text."""
    if not text:
        return None
    bare = text.replace(" ", "")
    if bare in _RELATIVE_YEARS or not re.match(r"[\d一二]", bare):
        return as_of_year + _RELATIVE_YEARS.get(bare, 0)
    digits = re.sub(r"[年度]", "", bare)
    value = int(digits) if digits.isascii() else parse_count(digits)
    if value is None:
        return None
    return value if value >= 100 else 2000 + value


def month_value(text: str) -> int:
    """The month that `text` (matched by `MONTH_NUMBER`) names."""
    return parse_count(text) or 0


def relative_months(text: str) -> int:
    """How many months before the current one `text` (matched by `MONTH_WORD`) means; negative = ahead."""
    return steps_back(text)


def steps_back(word: str) -> int:
    """How many units back 上, 上上, 大上 or 上上上 counts; 下 is one ahead, 本 and 这 are none."""
    back = word.count("上") + word.startswith("大")
    return back or -word.count("下")


def is_counted(text: str, start: int) -> bool:
    """Whether what stands before `start` says that a count or an amount follows (超过618, 满520)."""
    return bool(_COUNTED.search(text[max(0, start - 6) : start]))
