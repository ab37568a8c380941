"""Chinese calendar phrases: days, months and their parts, quarters, halves, years."""

import re
from dataclasses import replace
from datetime import date, timedelta

from app.planning.time.drafts import Draft, Rule, Scope, count, dated, fixed, rule
from app.planning.time.ranges import TimeRange, first_of, half, last_day, months, quarter, span, year_range
from app.planning.time.ranges import day as one_day
from app.planning.time.words import (
    DAY_NUMBER,
    MONTH_NUMBER,
    MONTH_WORD,
    NOT_A_COUNT,
    NUM,
    RANGE,
    YEAR,
    YEAR4,
    is_counted,
    month_value,
    relative_months,
    year_value,
)

_MONTH = (
    rf"(?:(?:(?P<year>{YEAR})的?\s?)?(?<![\d.])(?P<month>{MONTH_NUMBER})月份?(?![龄大卡内])|(?P<word>{MONTH_WORD})份?)"
)
_PART = r"(?P<part>上旬|中旬|下旬|初|底|末|上半个?月|下半个?月|前半个?月|后半个?月)"
_BEFORE_END = re.compile(rf"{RANGE}(?:{YEAR}的?)?(?:{MONTH_NUMBER}月|{DAY_NUMBER}[日号])")
_AFTER_START = re.compile(rf"(?:[日号]|月\d{{1,2}}){RANGE}$")
_PARTS = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "底": (21, 31), "末": (21, 31),
          "上": (1, 15), "前": (1, 15), "下": (16, 31), "后": (16, 31)}  # fmt: skip


def _in_month(match: re.Match[str], scope: Scope, low: int, high: int) -> Draft:
    """The days `low` to `high` of the month that the match names; `high` 31 means its last day."""
    month = month_value(match["month"]) if match["month"] else 0

    def days(year: int, month: int) -> TimeRange:
        first = first_of(year, month)
        last = last_day(first.year, first.month)
        return span(first.replace(day=low), first.replace(day=last if high == 31 and low < 31 else high))

    if match["word"]:
        back = relative_months(match["word"])
        return fixed(match, days(scope.as_of.year, scope.as_of.month - back))
    return dated(match, year_value(match["year"], scope.as_of.year), lambda year: days(year, month))


def _month(match: re.Match[str], scope: Scope) -> Draft:
    if match["word"]:
        return fixed(match, months(scope.as_of.year, scope.as_of.month - relative_months(match["word"])))
    month = month_value(match["month"])
    return dated(match, year_value(match["year"], scope.as_of.year), lambda year: months(year, month))


def _month_part(match: re.Match[str], scope: Scope) -> Draft:
    part = match["part"]
    low, high = _PARTS.get(part) or _PARTS[part[0]]
    return _in_month(match, scope, low, high)


def _month_day(match: re.Match[str], scope: Scope) -> Draft:
    number = month_value(match["day"])
    return _in_month(match, scope, number, number)


def _bare_month_day(match: re.Match[str], scope: Scope) -> Draft | None:
    """8月15到9月10日: a day without its 日, which only the end of a range may do."""
    after, before = scope.text[match.end() :], scope.text[: match.start()]
    return _month_day(match, scope) if _BEFORE_END.match(after) or _AFTER_START.search(before) else None


def _this_month_end(match: re.Match[str], scope: Scope) -> Draft:
    """月底最后3天: of this month when it is over, else of the last one."""
    over = (scope.as_of + timedelta(1)).day == 1
    first = first_of(scope.as_of.year, scope.as_of.month - (not over))
    last = first.replace(day=last_day(first.year, first.month))
    return fixed(match, span(last - timedelta(min(count(match["days"]), 28) - 1), last))


def _month_days(match: re.Match[str], scope: Scope) -> Draft | None:
    low, high = month_value(match["low"]), month_value(match["high"])
    return _in_month(match, scope, low, high) if low <= high else None


def _month_edge(match: re.Match[str], scope: Scope) -> Draft:
    """前10天 and 最后3天 of a month."""
    number = min(count(match["days"]), 28)
    if match["edge"] in {"前", "头"}:
        return _in_month(match, scope, 1, number)

    def last(year: int, month: int) -> TimeRange:
        first = first_of(year, month)
        end = first.replace(day=last_day(first.year, first.month))
        return span(end.replace(day=end.day - number + 1), end)

    if match["word"]:
        back = relative_months(match["word"])
        return fixed(match, last(scope.as_of.year, scope.as_of.month - back))
    month = month_value(match["month"])
    return dated(match, year_value(match["year"], scope.as_of.year), lambda year: last(year, month))


def _this_month_part(match: re.Match[str], scope: Scope) -> Draft:
    """月初, 月底: of this month, or of the last one while this one's has not come."""
    low, high = _PARTS[match["part"]]
    for back in (0, 1):
        first = first_of(scope.as_of.year, scope.as_of.month - back)
        found = span(first.replace(day=low), first.replace(day=min(high, last_day(first.year, first.month))))
        if found.start <= scope.as_of:
            break
    return fixed(match, found)


def _this_month_days(match: re.Match[str], scope: Scope) -> Draft | None:
    """1号到15号, 15号: of this month, or of the last one while this one's has not come."""
    low, high = month_value(match["low"]), month_value(match["high"] or match["low"])
    for back in (0, 1, 2):
        first = first_of(scope.as_of.year, scope.as_of.month - back)
        last = last_day(first.year, first.month)
        if low <= high <= last and first.replace(day=low) <= scope.as_of:
            return fixed(match, span(first.replace(day=low), first.replace(day=high)))
    return None


def _bare_months(match: re.Match[str], scope: Scope) -> Draft | None:
    """7-9月: the first month without its 月."""
    low, high = month_value(match["low"]), month_value(match["high"])
    number = (high - low) % 12 + 1
    year = year_value(match["year"], scope.as_of.year)
    return dated(match, year, lambda year: months(year, low, count=number))


def _listed_month(match: re.Match[str], scope: Scope) -> Draft:
    """The 8 of 8、9月."""
    month = month_value(match["month"])
    return dated(match, year_value(match["year"], scope.as_of.year), lambda year: months(year, month))


def _numeric_day(match: re.Match[str], scope: Scope) -> Draft | None:
    if is_counted(scope.text, match.start()):
        return None
    month, day = int(match["month"]), int(match["day"])
    year = year_value(match["year"], scope.as_of.year)
    return dated(match, year, lambda year: one_day(date(year, month, day)))


def _numeric_month(match: re.Match[str], scope: Scope) -> Draft | None:
    if is_counted(scope.text, match.start()):
        return None
    month = int(match["month"])
    return dated(match, int(match["year"]), lambda year: months(year, month))


def _numeric_days(match: re.Match[str], scope: Scope) -> Draft | None:
    """9.1-9.15: a lone 9.1 is a decimal number, a range of two is not."""
    first, last = (int(match["m1"]), int(match["d1"])), (int(match["m2"]), int(match["d2"]))

    def at(year: int) -> TimeRange:
        start, end = date(year, *first), date(year, *last)
        return span(start, end if end >= start else end.replace(year=year + 1))

    year = year_value(match["year"], scope.as_of.year)
    return dated(match, year, at)


def _quarter(match: re.Match[str], scope: Scope) -> Draft | None:
    number = month_value(match["number"])
    return dated(match, year_value(match["year"], scope.as_of.year), lambda year: quarter(year, number))


def _first_units(match: re.Match[str], scope: Scope) -> Draft | None:
    """今年前5个月, 前三季度: the first of the year. Without a year only quarters read that way."""
    number = count(match["number"])
    year = year_value(match["year"], scope.as_of.year)
    if match["unit"] == "月" and 1 <= number <= 12 and year is not None:
        return dated(match, year, lambda year: months(year, 1, count=number))
    if match["unit"] != "月" and 1 <= number <= 4:
        return dated(match, year, lambda year: quarter(year, 1, count=number))
    return None


def _half(match: re.Match[str], scope: Scope) -> Draft:
    number = 1 if (match["half"] or match["h"]) in {"上", "前", "h1"} else 2
    return dated(match, year_value(match["year"], scope.as_of.year), lambda year: half(year, number))


def _year(match: re.Match[str], scope: Scope) -> Draft | None:
    text = match["year"]
    named = year_value(text, scope.as_of.year)
    if named is None or is_counted(scope.text, match.start()):
        return None
    return replace(fixed(match, year_range(named)), bare_year=True, year=named)


def _year_edge(match: re.Match[str], scope: Scope) -> Draft:
    """年初 is January, 年底 December."""
    month = 1 if match["edge"] == "初" else 12
    named = year_value(match["year"], scope.as_of.year)
    return dated(match, named, lambda year: months(year, month))


_ISO_TAIL = r"(?![\d])"
RULES: tuple[Rule, ...] = (
    rule(rf"{_MONTH}(?:的?(?:全月|整月|整个月))?", _month),
    rule(rf"{_MONTH}的?{_PART}", _month_part),
    rule(rf"{_MONTH}的?(?P<day>{DAY_NUMBER})[日号](?:当天|当日|这天|那天)?", _month_day),
    rule(rf"{_MONTH}(?P<low>{DAY_NUMBER})[日号]?{RANGE}(?P<high>{DAY_NUMBER})[日号]", _month_days),
    rule(
        rf"{_MONTH}(?P<day>{DAY_NUMBER})[日号]?(?:开始|起)?{RANGE}(?:这个?|当|本)?月(?:底|末)",
        lambda match, scope: _in_month(match, scope, int(month_value(match["day"])), 31),
    ),
    rule(rf"{_MONTH}底?末?的?(?P<edge>前|头|最后)(?P<days>{NUM})天", _month_edge),
    rule(rf"{_MONTH}(?P<day>{DAY_NUMBER})(?![\d日号]){NOT_A_COUNT}", _bare_month_day),
    rule(rf"(?<![\d一二三四五六七八九十本上这当个每各])月(?:底|末)的?最后(?P<days>{NUM})天", _this_month_end),
    rule(r"(?<![\d一二三四五六七八九十本上这当个每各])月(?P<part>初|底|末)", _this_month_part),
    rule(rf"(?<![\d.月十])(?P<low>{DAY_NUMBER})[号日]?{RANGE}(?P<high>{DAY_NUMBER})号", _this_month_days),
    rule(rf"(?<![\d.月十第-])(?P<low>{DAY_NUMBER})号(?![店仓线链楼机码])(?P<high>)", _this_month_days),
    rule(
        rf"(?:(?P<year>{YEAR})的?)?(?<![\d.月/-])(?P<low>{MONTH_NUMBER}){RANGE}(?P<high>{MONTH_NUMBER})月份?",
        _bare_months,
    ),
    rule(
        rf"(?:(?P<year>{YEAR})的?)?(?<![\d.月/-])(?P<month>{MONTH_NUMBER})"
        rf"(?=\s?(?:[、,和及]\s?{MONTH_NUMBER})*[、,和及]\s?{MONTH_NUMBER}月)",
        _listed_month,
    ),
    rule(
        rf"(?<![\d.-])(?P<year>20\d{{2}}|19\d{{2}})(?P<by>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=by)(?P<day>[0-2]?\d|3[01])"
        rf"{_ISO_TAIL}[日号]?",
        _numeric_day,
    ),
    rule(
        rf"(?<![\d.])(?P<year>20\d{{2}})(?P<month>0[1-9]|1[0-2])(?P<day>[0-2]\d|3[01]){_ISO_TAIL}{NOT_A_COUNT}",
        _numeric_day,
    ),
    rule(rf"(?<![\d.])(?P<year>20\d{{2}})(?P<month>0[1-9]|1[0-2]){_ISO_TAIL}{NOT_A_COUNT}", _numeric_month),
    rule(rf"(?<![\d.-])(?P<year>20\d{{2}})[-/.](?P<month>0?[1-9]|1[0-2])(?![\d./]|-\d){NOT_A_COUNT}", _numeric_month),
    rule(
        rf"(?P<year>{YEAR4}[年./])?(?<!\d)(?P<m1>0?[1-9]|1[0-2])(?P<by>[./])(?P<d1>[0-2]?\d|3[01]){RANGE}"
        rf"(?P<m2>0?[1-9]|1[0-2])(?P=by)(?P<d2>[0-2]?\d|3[01])(?![\d.])",
        _numeric_days,
    ),
    rule(
        r"(?P<year>(?!))?(?<![\d./])(?!1/[234]|2/3|3/4)(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/%])"
        rf"{NOT_A_COUNT}",
        _numeric_day,
    ),
    rule(
        rf"(?:(?P<year>{YEAR})的?)?(?<![\d.])第?(?P<number>[一二三四1-4])(?:季度|(?<=第[一二三四1-4])季(?!节))",
        _quarter,
    ),
    rule(rf"(?:(?P<year>{YEAR}|(?<!\d)\d\d(?=q))的?\s?)?(?<![a-z])q(?P<number>[1-4])(?![\da-z])", _quarter),
    rule(rf"(?:(?P<year>{YEAR})的?)?前(?P<number>{NUM})(?:个?(?P<unit>月|季度?)|季度)", _first_units),
    rule(
        rf"(?:(?P<year>{YEAR}|(?<!\d)\d\d(?=h))的?\s?)?(?:(?P<half>[上下前后])半年度?|(?<![a-z])(?P<h>h[12])(?![\da-z]))",
        _half,
    ),
    rule(
        rf"(?<![\d.近去])(?P<year>{YEAR4}\s?(?:年(?:全年|整年|一整年|度(?![a-z]))?|全年|年度)|(?<!近)(?<!过)2\d年(?:全年|度)?)"
        r"(?![以内前后未没]|龄)",
        _year,
    ),
    rule(
        r"(?P<year>(?:大前年|前年|去年|上一?年度|上一年|上年|今年|本年度?|明年|后年))(?:度|全年|一整年|整年|一年)?",
        _year,
    ),
    rule(r"(?P<year>(?<![\d上下半一整])全年)", _year),
    rule(rf"(?<![\d.¥$/-])(?P<year>20[0-4]\d)(?![\d年./-]){NOT_A_COUNT}", _year),
    rule(rf"(?P<year>{YEAR})?年?(?<=年)的?(?P<edge>初|底|末)", _year_edge),
)
