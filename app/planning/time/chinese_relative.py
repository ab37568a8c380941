"""Chinese phrases that count from the data-as-of day: 昨天, 上周三, 上个季度, 近7天, 前三个月, 今年以来, 本财年."""

import re
from dataclasses import replace
from datetime import date, timedelta

from app.planning.time.drafts import Draft, Rule, Scope, count, dated, fixed, rule
from app.planning.time.ranges import (
    EARLIEST,
    MONTHS,
    TimeRange,
    Unit,
    add_months,
    first_of,
    months,
    rolling,
    span,
    week_of,
)
from app.planning.time.ranges import day as one_day
from app.planning.time.words import MONTH_WORD, NUM, RANGE, YEAR, YEAR4, relative_months, steps_back, year_value

_DAYS = {
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "今儿个": 0,
    "昨天": 1,
    "昨日": 1,
    "昨儿": 1,
    "前天": 2,
    "前日": 2,
    "大前天": 3,
}
UNITS: dict[str, Unit] = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month",
                           "季": "quarter", "季度": "quarter", "年": "year"}  # fmt: skip
_WEEKDAYS = {character: number for number, character in enumerate("一二三四五六日", 1)} | {"天": 7}
_WEEK = r"(?:周|星期|礼拜)"
_LAST = r"大?上{2,4}个?|大?上一?个?"
_WEEK_WORD = rf"(?P<week>{_LAST}|本|这一?个?|当|下个?){_WEEK}"
_UNIT = r"(?P<unit>天|日|周|星期|礼拜|月|季度|季|年)"


def _day(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, one_day(scope.as_of - timedelta(_DAYS[match["day"]])))


def _week_start(match: re.Match[str], scope: Scope) -> date:
    back = steps_back(match["week"])
    return week_of(scope.as_of - timedelta(7 * back), scope.calendar.week_starts_on).start


def _week(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, week_of(_week_start(match, scope), scope.calendar.week_starts_on))


def _weekday(match: re.Match[str], scope: Scope) -> Draft | None:
    start = _week_start(match, scope)
    low = start + timedelta((_WEEKDAYS[match["low"]] - start.isoweekday()) % 7)
    high = low if not match["high"] else start + timedelta((_WEEKDAYS[match["high"]] - start.isoweekday()) % 7)
    adjacent = not match["list"] or (high - low).days == 1
    return fixed(match, span(low, high)) if low <= high and adjacent else None


def _weekend(match: re.Match[str], scope: Scope) -> Draft:
    start = _week_start(match, scope)
    saturday = start + timedelta((6 - start.isoweekday()) % 7)
    return fixed(match, span(saturday, saturday + timedelta(1)))


def _quarter(match: re.Match[str], scope: Scope) -> Draft:
    back = steps_back(match["which"])
    first = scope.as_of.month - (scope.as_of.month - 1) % 3 - 3 * back
    return fixed(match, months(scope.as_of.year, first, unit="quarter"))


def _rolling(match: re.Match[str], scope: Scope) -> Draft | None:
    number, unit = count(match["number"]), UNITS[match["unit"]]
    if not number:
        return None
    if match["whole"]:
        return _whole_units(match, scope, number, unit)
    return fixed(match, rolling(scope.as_of, number, unit))


def _complete(match: re.Match[str], scope: Scope) -> Draft | None:
    """前三个月: whole units before the current one; set against a window, those before it."""
    number, unit = count(match["number"]), UNITS[match["unit"]]
    if not number:
        return None
    return replace(_whole_units(match, scope, number, unit), beside=lambda window: units_before(window, number, unit))


def _whole_units(match: re.Match[str], scope: Scope, number: int, unit: Unit) -> Draft:
    return fixed(match, whole_units(scope, number, unit))


def whole_units(scope: Scope, number: int, unit: Unit) -> TimeRange:
    """The `number` complete units before the one that holds the data-as-of day."""
    if unit == "day":
        return span(scope.as_of - timedelta(number), scope.as_of - timedelta(1))
    if unit == "week":
        return week_of(scope.as_of - timedelta(7 * number), scope.calendar.week_starts_on, count=number)
    length = MONTHS[unit]
    current = scope.as_of.month - (scope.as_of.month - 1) % length
    return months(scope.as_of.year, current - length * number, unit=unit, count=number)


def units_before(window: TimeRange, number: int, unit: Unit) -> TimeRange:
    """The `number` units that end on the day before `window`."""
    if unit == "day" or unit == "week":
        days = number * (7 if unit == "week" else 1)
        return span(window.start - timedelta(days), window.start - timedelta(1))
    return span(add_months(window.start, -MONTHS[unit] * number), window.start - timedelta(1))


def units_ago(scope: Scope, number: int, unit: Unit) -> TimeRange:
    """The one day, week, month, quarter or year that lies `number` of them back."""
    if unit == "day":
        return one_day(scope.as_of - timedelta(number))
    if unit == "week":
        return week_of(scope.as_of - timedelta(7 * number), scope.calendar.week_starts_on)
    length = MONTHS[unit]
    current = scope.as_of.month - (scope.as_of.month - 1) % length
    return months(scope.as_of.year, current - length * number, unit=unit)


def _ago(match: re.Match[str], scope: Scope) -> Draft | None:
    number = count(match["number"])
    if number >= 1000:  # 2026年前三季度 is a year
        return None
    return fixed(match, units_ago(scope, number, UNITS[match["unit"]]))


def _half_rolling(match: re.Match[str], scope: Scope) -> Draft:
    if match["unit"] == "月":
        return fixed(match, rolling(scope.as_of, 15, "day"))
    found = rolling(scope.as_of, 6, "month")
    return fixed(match, found)


def _recent(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, rolling(scope.as_of, scope.calendar.recent_days, "day"))


def to_date(scope: Scope, unit: Unit) -> TimeRange:
    """The current week, month, quarter or year; settling ends it on the data-as-of day."""
    return units_ago(scope, 0, unit)


_TO_DATE: dict[str, Unit] = {"周": "week", "星期": "week", "月": "month", "季": "quarter", "年": "year"}


def _so_far(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, to_date(scope, _TO_DATE[match["unit"]]))


def _always(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, TimeRange(EARLIEST, scope.as_of, open_start=True))


def fiscal_year(scope: Scope, back: int) -> TimeRange:
    """The fiscal year `back` years before the current one."""
    month = scope.calendar.fiscal_start_month
    year = scope.as_of.year - (scope.as_of.month < month) - back
    return months(year, month, unit="year", kind="fiscal")


def fiscal_quarter(scope: Scope, back: int) -> TimeRange:
    """The fiscal quarter `back` quarters before the current one."""
    since = (scope.as_of.month - scope.calendar.fiscal_start_month) % 3
    first = first_of(scope.as_of.year, scope.as_of.month - since - 3 * back)
    return months(first.year, first.month, unit="quarter", kind="fiscal")


def _fiscal(match: re.Match[str], scope: Scope) -> Draft:
    back = steps_back(match["which"])
    return fixed(match, fiscal_quarter(scope, back) if match["unit"] == "季" else fiscal_year(scope, back))


def _named_fiscal(match: re.Match[str], scope: Scope) -> Draft:
    """FY2026 and 2026财年: named by the calendar year in which it ends."""
    digits = int(match["fy"] or match["year"])
    year = digits if digits >= 100 else 2000 + digits
    month = scope.calendar.fiscal_start_month
    return fixed(match, months(year - (month > 1), month, unit="year", kind="fiscal"))


def _same_day(match: re.Match[str], scope: Scope) -> Draft:
    """去年今日, 上个月的今天, 上周的今天."""
    if match["week"]:
        return fixed(match, one_day(scope.as_of - timedelta(7)))
    return fixed(match, one_day(add_months(scope.as_of, -12 if match["year"] else -1)))


def _month_so_far(match: re.Match[str], scope: Scope) -> Draft | None:
    back = relative_months(match["word"])
    return fixed(match, months(scope.as_of.year, scope.as_of.month)) if back == 0 else None


def _iso_week(match: re.Match[str], scope: Scope) -> Draft | None:
    number = count(match["number"] or match["w"])
    if not 1 <= number <= 53:
        return None

    def at(value: int) -> TimeRange:
        return week_of(date.fromisocalendar(value, number, 1), scope.calendar.week_starts_on)

    return dated(match, year_value(match["year"], scope.as_of.year), at)


RULES: tuple[Rule, ...] = (
    rule(r"(?P<day>大前天|前天|前日|昨天|昨日|昨儿|今儿个?|今天|今日)(?!之?内)", _day),
    rule(_WEEK_WORD, _week),
    rule(
        rf"{_WEEK_WORD}(?P<low>[一二三四五六日天])(?!(?<=天)猫|(?<=日)[均活]|(?<=一)[批次些])(?P<list>)(?P<high>)",
        _weekday,
    ),
    rule(rf"{_WEEK_WORD}(?P<low>[一二三四五六日天])(?P<list>){RANGE}{_WEEK}?(?P<high>[一二三四五六日天])", _weekday),
    rule(
        rf"{_WEEK_WORD}(?P<low>[一二三四五六日天])(?:(?P<list>[、和,及]?){_WEEK}?)(?P<high>[二三四五六日天])(?!\d)",
        _weekday,
    ),
    rule(rf"(?P<week>{_LAST}|本|这个?|刚过去的)周末", _weekend),
    rule(rf"(?P<which>{_LAST}|本|这一?个?|当)季度?", _quarter),
    rule(
        rf"(?:最近|过去|近来|(?<![附靠接])近|这|往前|前面)的?\s?(?P<number>{NUM})\s?个?(?P<whole>完整的?|整|自然)?{_UNIT}"
        r"(?:以内|之内|内|里|间|来|中)?(?![单次])",
        _rolling,
    ),
    rule(r"(?:最近|过去|(?<![附靠接])近|这)的?半个?(?P<unit>月|年)(?:以内|之内|内|里|间|来)?", _half_rolling),
    rule(
        rf"(?<![之以此目提年初级度])前\s?(?P<number>{NUM})\s?个?(?:完整的?|自然)?(?P<unit>天|日|周|星期|月|年)",
        _complete,
    ),
    rule(rf"(?<![\d.近去后前最过])(?P<number>{NUM})\s?个?(?P<unit>天|周|星期|礼拜|月|季度|年)(?:之前|以前|前)", _ago),
    rule(
        rf"(?<![\d.近去后前最过这])(?P<number>{NUM})\s?个?(?P<unit>周|星期|礼拜|(?<=个)月|月(?=以来)|季度|年)(?:以来|来)(?P<whole>)",
        _rolling,
    ),
    rule(r"(?<![\d.近去后前最过这上下])半个?(?P<unit>月|年)(?:以来|来)", _half_rolling),
    rule(
        r"(?:最近|近期|近来|近段时间|这段时间|最近一?段时间)"
        r"(?!一次|一单|一笔|[一两三\d]+\s?(?:[次单笔条件]|个?小时|分钟)|购买时间|下单时间|消费时间|一名|的?门店|活跃时间|访问时间)",
        _recent,
    ),
    rule(
        r"(?:本|这个?|今|当)?(?P<unit>周|月|季|年)度?初?"
        r"(?:以来|至今|到现在|到今天|到目前为?止?|截至目前|截止目前|累计)",
        _so_far,
    ),
    rule(rf"(?P<word>{MONTH_WORD})(?:以来|至今|到现在|到今天|到目前为?止?|截至目前|截止目前|累计)", _month_so_far),
    rule(r"(?:有史以来|历史以来|开业以来|上线以来|成立以来|建站以来|全部时间|所有时间|全时段|全周期)", _always),
    rule(rf"(?P<which>{_LAST}|本|这个?|当)财(?P<unit>季|年)度?(?:至今|以来)?", _fiscal),
    rule(r"(?<![a-z])fy\s?(?P<fy>20\d\d|\d\d)(?!\d)|(?P<year>20\d\d|\d\d)财年", _named_fiscal),
    rule(r"(?:(?P<year>去年)|上个?(?P<week>周|星期|礼拜)|上个?月)的?(?:今天|今日)", _same_day),
    rule(
        rf"(?:(?P<year>{YEAR}|{YEAR4})的?-?)?(?<![月季度个上下近前过])(?:第(?P<number>{NUM})个?(?:自然)?周"
        r"|(?<![a-z])w(?P<w>[0-4]?\d|5[0-3])周?(?![\da-z]))(?![一二三四五六日末])",
        _iso_week,
    ),
)
