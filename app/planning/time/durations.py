"""Lengths that are no window: 90天复购率, 7天内, 180天未购买, 90-day repurchase."""

import re
from dataclasses import dataclass

from app.planning.numbers import parse_count
from app.planning.time.words import NUM

_DAYS = {
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "月": 30,
    "季度": 91,
    "年": 365,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
}
_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|sixty|ninety"
_CHINESE = re.compile(
    rf"(?<![\d.第/-])(?P<number>{NUM})\s?(?P<unit>天|日(?![期用化])|周(?![年岁一二三四五六日末])|星期(?![一二三四五六日])|个月|月(?=以?之?内)|季度|年(?![级龄度底初末货会]))"
    r"(?P<within>以内|之内|内)?",
    re.ASCII,
)
_HALF = re.compile(r"(?P<one>一个)?半(?P<unit>年|个?月)(?!度)(?P<within>以内|之内|内)?")
_ENGLISH = re.compile(
    rf"\b(?P<within>within\s)?(?P<number>\d{{1,4}}|{_WORDS})[\s-]?(?P<unit>day|week|month|year)s?\b", re.ASCII
)


@dataclass(frozen=True, slots=True)
class DurationMatch:
    """A length of `days` at `text[start:end]`. Months count 30 days, years 365, half a year 182."""

    start: int
    end: int
    days: int
    within: bool = False
    """Said as a limit: 7天内, within 30 days."""


def find_durations(text: str) -> tuple[DurationMatch, ...]:
    """Every length in normalised `text`, left to right; the caller drops those inside a time phrase."""
    found: list[DurationMatch] = []
    for pattern in (_CHINESE, _ENGLISH):
        for match in pattern.finditer(text):
            number = parse_count(match["number"])
            if number:
                days = number * _DAYS[match["unit"].removeprefix("个")]
                found.append(DurationMatch(match.start(), match.end(), days, bool(match["within"])))
    for match in _HALF.finditer(text):
        days = (182 if match["unit"] == "年" else 15) + (30 if match["one"] and match["unit"] != "年" else 0)
        found.append(DurationMatch(match.start(), match.end(), days, bool(match["within"])))
    return tuple(sorted(found, key=lambda duration: duration.start))
