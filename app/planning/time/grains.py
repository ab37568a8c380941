"""Words that ask for one row per period (按天, 每月, by week) or for a trend."""

import re
from dataclasses import dataclass
from typing import Literal

Grain = Literal["hour", "day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class GrainMatch:
    """A grain or a trend at `text[start:end]`; a trend without a period has no grain."""

    start: int
    end: int
    grain: Grain | None
    trend: bool = False


_EACH = r"(?:按照?|每一?个?|逐个?|分|各个?|以|依)"
_LOOK = r"(?:(?:来)?看|统计|汇总|拆[分开解]?|分开(?:来?看)?|展示|列出|分布|为单位|维度|粒度)?"
_BY = r"\b(?:by|per|each|every|on\sa)\s(?:the\s)?"
_PATTERNS: dict[Grain | None, str] = {
    "hour": rf"{_EACH}个?(?:小时|时段|钟头){_LOOK}|{_BY}hour\b|\bhourly\b|\bhour\sby\shour\b",
    "day": (
        rf"(?:{_EACH}(?:天|日)(?![前后活])|(?<![\d生当今昨])日度|(?<=分)日|(?<!某)一天一天){_LOOK}|日(?=趋势|走势|曲线)"
        rf"|{_BY}(?:calendar\s)?day\b|\bdaily\b|\bday[\s-]by[\s-]day\b"
    ),
    "week": (
        rf"(?:{_EACH}(?:自然)?(?:周|星期|礼拜)(?![一二三四五六日末几])|周度|一周一周){_LOOK}|周(?=趋势|走势|曲线)"
        rf"|{_BY}week\b|\bweekly\b|\bweek[\s-]by[\s-]week\b"
    ),
    "month": (
        rf"(?:{_EACH}(?:自然)?月份?(?![初底末]|\d{1, 2}(?!\d))|月度|一个月一个月){_LOOK}|月(?=趋势|走势|曲线)"
        rf"|{_BY}month\b|\bmonthly\b|\bmonth[\s-]by[\s-]month\b"
    ),
    "quarter": rf"{_EACH}季度?{_LOOK}|(?<=按)季|{_BY}quarter\b|\bquarterly\b|\bquarter[\s-]by[\s-]quarter\b",
    "year": (
        rf"(?:{_EACH}年份?度?(?![龄轻])|(?<![\d本上财全今去明前])年度){_LOOK}"
        rf"|{_BY}year\b|\byearly\b|\bannually\b"
    ),
    None: (r"(?:变化)?(?:趋势|走势)图?|变化曲线|曲线图?|折线图?|\btrends?\b(?:\sof\b)?|\bover\stime\b|\btimeline\b"),
}
_RULES = tuple((grain, re.compile(pattern, re.ASCII)) for grain, pattern in _PATTERNS.items())


def find_grains(text: str) -> tuple[GrainMatch, ...]:
    """Every grain and trend word in normalised `text`, left to right."""
    found = (
        GrainMatch(match.start(), match.end(), grain, grain is None)
        for grain, pattern in _RULES
        for match in pattern.finditer(text)
    )
    return tuple(sorted(found, key=lambda grain: grain.start))
