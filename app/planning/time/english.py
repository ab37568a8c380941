"""English time phrases; the same meanings as their Chinese siblings."""

import re
from dataclasses import replace
from datetime import date, timedelta

from app.planning.time.chinese_relative import (
    fiscal_quarter,
    fiscal_year,
    to_date,
    units_ago,
    units_before,
    whole_units,
)
from app.planning.time.drafts import Draft, Rule, Scope, count, dated, fixed, rule
from app.planning.time.ranges import (
    EARLIEST,
    TimeRange,
    Unit,
    first_of,
    half,
    last_day,
    months,
    quarter,
    rolling,
    span,
    week_of,
    year_range,
)
from app.planning.time.ranges import day as one_day
from app.planning.time.words import NOT_A_COUNT, is_counted

_MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|thirty|sixty|ninety"
NUM = rf"(?:\d{{1,4}}|{_NUMBERS}|an?)"
# "may" and "march" are also verbs, so they need a word before, or a day or year after, that makes them months.
_LEADS = "|".join(f"(?<={lead} )" for lead in (
    "in", "since", "from", "of", "to", "until", "till", "and", "through", "thru", "during", "for", "vs", "with",
    "between", "before", "after", "against", "early", "mid", "late", "than", "by"))  # fmt: skip
_MONTH = (
    r"(?<![a-z])(?P<month>january|jan|february|feb|april|apr|june|jun|july|jul|august|aug|september|sept|sep|october|oct"
    rf"|november|nov|december|dec|(?:{_LEADS})(?:may|march|mar)|(?:may|march|mar)(?=\s(?:20\d\d|[0-3]?\d\b)))\b\.?"
)
_YEAR_BEFORE = r"(?:(?P<before>last\syear's|this\syear's|20\d\d(?:'s)?)\s)?"
_YEAR_AFTER = r"(?:\s?(?:,|of|in)?\s?(?P<year>20\d\d(?!\d)|'\d\d|last\syear|this\syear))?"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d)"
_ORDINALS = {"last": 4, "first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_CONNECT = r"\s?(?:to|-|~|through|thru|until|till)\s?(?:the\s)?"
_UNIT = r"(?P<unit>day|week|month|quarter|year)"


def month_number(name: str) -> int:
    """1–12 for a month's name or abbreviation."""
    return next(number for number, full in enumerate(_MONTH_NAMES, 1) if full.startswith(name[:3]))


def year_named(match: re.Match[str], scope: Scope) -> int | None:
    """The year before or after the phrase; None when neither was said."""
    groups = match.groupdict()
    said = groups.get("before") or groups.get("year")
    if not said:
        return None
    if said.startswith("last"):
        return scope.as_of.year - 1
    if said.startswith("this"):
        return scope.as_of.year
    digits = int(re.sub(r"\D", "", said))
    return digits if digits >= 100 else 2000 + digits


def _month(match: re.Match[str], scope: Scope) -> Draft:
    number = month_number(match["month"])
    return dated(match, year_named(match, scope), lambda year: months(year, number))


def _day(match: re.Match[str], scope: Scope) -> Draft:
    month, day = month_number(match["month"]), int(match["day"])
    return dated(match, year_named(match, scope), lambda year: one_day(date(year, month, day)))


def _days(match: re.Match[str], scope: Scope) -> Draft | None:
    month, low, high = month_number(match["month"]), int(match["day"]), int(match["high"])
    if low > high:
        return None
    return dated(match, year_named(match, scope), lambda year: span(date(year, month, low), date(year, month, high)))


def _part(match: re.Match[str], scope: Scope) -> Draft:
    number = month_number(match["month"])
    part = match["part"]
    early = part.startswith(("early", "beginning", "start"))
    low, high = (1, 10) if early else (11, 20) if part.startswith("mid") else (21, 31)

    def at(year: int) -> TimeRange:
        return span(date(year, number, low), date(year, number, min(high, last_day(year, number))))

    return dated(match, year_named(match, scope), at)


def _quarter(match: re.Match[str], scope: Scope) -> Draft:
    number = int(match["number"]) if match["number"] else _ORDINALS[match["ordinal"]]
    return dated(match, year_named(match, scope), lambda year: quarter(year, number))


def _half(match: re.Match[str], scope: Scope) -> Draft:
    number = int(match["number"]) if match["number"] else _ORDINALS[match["ordinal"]]
    return dated(match, year_named(match, scope), lambda year: half(year, number))


def _year(match: re.Match[str], scope: Scope) -> Draft | None:
    if is_counted(scope.text, match.start()):
        return None
    named = int(match["year"])
    return replace(fixed(match, year_range(named)), bare_year=True, year=named)


def _simple_day(match: re.Match[str], scope: Scope) -> Draft:
    back = {"today": 0, "yesterday": 1}.get(match["day"], 2)
    return fixed(match, one_day(scope.as_of - timedelta(back)))


def _unit(match: re.Match[str], scope: Scope) -> Draft:
    back = {"last": 1, "previous": 1, "prior": 1, "preceding": 1, "next": -1}.get(match["which"] or "", 0)
    if match["fiscal"]:
        return fixed(match, fiscal_quarter(scope, back) if match["unit"] == "quarter" else fiscal_year(scope, back))
    unit: Unit = match["unit"]  # type: ignore[assignment]  # the pattern allows only units
    found = fixed(match, units_ago(scope, back, unit))
    return replace(found, bare_year=True, year=scope.as_of.year - back) if unit == "year" else found


def _before_last(match: re.Match[str], scope: Scope) -> Draft:
    unit: Unit = match["unit"]  # type: ignore[assignment]  # the pattern allows only units
    return fixed(match, units_ago(scope, 2, unit))


def _rolling(match: re.Match[str], scope: Scope) -> Draft | None:
    number = 1 if (match["number"] or "a") in {"a", "an"} else count(match["number"])
    unit: Unit = match["unit"]  # type: ignore[assignment]  # the pattern allows only units
    if not number:
        return None
    if match["whole"] or match["which"] in {"previous", "prior", "preceding"}:
        found = fixed(match, whole_units(scope, number, unit))
        return found if match["whole"] else replace(found, beside=lambda window: units_before(window, number, unit))
    return fixed(match, rolling(scope.as_of, number, unit))


def _fortnights(match: re.Match[str], scope: Scope) -> Draft | None:
    number = 2 * (count(match["number"]) if match["number"] else 1)
    if match["which"] in {"previous", "prior", "preceding"}:
        return fixed(match, whole_units(scope, number, "week"))
    return fixed(match, rolling(scope.as_of, number, "week")) if number else None


def _fortnight_ago(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, units_ago(scope, 2, "week"))


def _couple(match: re.Match[str], scope: Scope) -> Draft:
    unit: Unit = match["unit"]  # type: ignore[assignment]  # the pattern allows only units
    return fixed(match, rolling(scope.as_of, 2, unit))


def _half_year(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, rolling(scope.as_of, 6, "month"))


def _numbered_week(match: re.Match[str], scope: Scope) -> Draft | None:
    number = int(match["number"])
    if not 1 <= number <= 53:
        return None

    def at(year: int) -> TimeRange:
        return week_of(date.fromisocalendar(year, number, 1), scope.calendar.week_starts_on)

    return dated(match, year_named(match, scope), at)


def _ago(match: re.Match[str], scope: Scope) -> Draft:
    number = 1 if match["number"] in {"a", "an"} else count(match["number"])
    unit: Unit = match["unit"]  # type: ignore[assignment]  # the pattern allows only units
    return fixed(match, units_ago(scope, number, unit))


def _so_far(match: re.Match[str], scope: Scope) -> Draft:
    short = match["short"]
    unit: Unit = match["unit"] or {"y": "year", "q": "quarter", "m": "month", "w": "week"}[short[0]]  # type: ignore[assignment]  # as above
    return fixed(match, to_date(scope, unit))


def _weekend(match: re.Match[str], scope: Scope) -> Draft:
    back = 1 if match["which"] != "this" else 0
    start = week_of(scope.as_of - timedelta(7 * back), scope.calendar.week_starts_on).start
    saturday = start + timedelta((6 - start.isoweekday()) % 7)
    return fixed(match, span(saturday, saturday + timedelta(1)))


def _recent(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, rolling(scope.as_of, scope.calendar.recent_days, "day"))


def _always(match: re.Match[str], scope: Scope) -> Draft:
    return fixed(match, TimeRange(EARLIEST, scope.as_of, open_start=True))


def _month_end(match: re.Match[str], scope: Scope) -> Draft:
    first = first_of(scope.as_of.year, scope.as_of.month - (match["which"] == "last"))
    return fixed(match, span(first.replace(day=21), first.replace(day=last_day(first.year, first.month))))


RULES: tuple[Rule, ...] = (
    rule(rf"{_YEAR_BEFORE}{_MONTH}{_YEAR_AFTER}", _month),
    rule(rf"{_MONTH}\s?{_DAY}(?!\s?%){_YEAR_AFTER}", _day),
    rule(rf"(?<![\d.]){_DAY}\s(?:of\s)?{_MONTH}{_YEAR_AFTER}", _day),
    rule(rf"{_MONTH}\s?{_DAY}{_CONNECT}(?P<high>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d){_YEAR_AFTER}", _days),
    rule(
        rf"(?<![\d.]){_DAY}{_CONNECT}(?P<high>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}{_YEAR_AFTER}",
        _days,
    ),
    rule(
        r"(?:the\s)?\b(?P<part>early|mid-?|middle\sof|late|end\sof|beginning\sof|start\sof)\s?"
        rf"{_MONTH.replace('(?<![a-z])', '')}{_YEAR_AFTER}",
        _part,
    ),
    rule(rf"{_YEAR_BEFORE}(?<![a-z])q(?P<number>[1-4])(?![\da-z])(?P<ordinal>){_YEAR_AFTER}", _quarter),
    rule(
        rf"{_YEAR_BEFORE}(?:the\s)?\b(?P<ordinal>first|second|third|fourth|1st|2nd|3rd|4th)\squarter(?P<number>)"
        rf"{_YEAR_AFTER}",
        _quarter,
    ),
    rule(r"(?:the\s)?\b(?P<ordinal>last)\squarter(?P<number>)\s(?:of|in)\s(?P<year>20\d\d(?!\d)|last\syear)", _quarter),
    rule(rf"{_YEAR_BEFORE}(?<![a-z])h(?P<number>[12])(?![\da-z])(?P<ordinal>){_YEAR_AFTER}", _half),
    rule(rf"(?:the\s)?\b(?P<ordinal>first|second|1st|2nd)\shalf(?:\sof\sthe\syear)?(?P<number>){_YEAR_AFTER}", _half),
    rule(r"\b(?:year|calendar\syear)\s(?P<year>20\d\d)(?!\d)", _year),
    rule(rf"(?<![\d.$/-])\b(?P<year>20[0-4]\d)(?![\d./-]){NOT_A_COUNT}", _year),
    rule(r"(?:the\s)?(?P<day>day\sbefore\syesterday|\byesterday|\btoday)\b(?:'s)?", _simple_day),
    rule(
        rf"(?:the\s)?\b(?P<which>this|current|last|previous|prior|preceding|next)\s(?P<fiscal>fiscal\s|financial\s)?{_UNIT}"
        r"(?:'s)?\b",
        _unit,
    ),
    rule(rf"(?:the\s)?\b{_UNIT}\sbefore\slast\b", _before_last),
    rule(
        r"(?:the\s)?\b(?P<which>last|past|previous|prior|preceding|recent|trailing|rolling|latest)\s"
        rf"(?P<number>(?:\d{{1,4}}|{_NUMBERS})\b)[\s-]?(?P<whole>full|complete|whole|calendar)?\s?{_UNIT}s?\b",
        _rolling,
    ),
    rule(rf"(?:the\s)?\b(?P<which>past)\s(?P<number>)(?P<whole>){_UNIT}\b", _rolling),
    rule(
        rf"(?:the\s)?\b(?P<which>last|past|previous|prior|preceding)\s(?:(?P<number>(?:\d{{1,2}}|{_NUMBERS}))\s)?fortnights?\b",
        _fortnights,
    ),
    rule(r"\ba\sfortnight\sago\b", _fortnight_ago),
    rule(rf"(?:the\s)?\b(?:last|past)\s(?:couple\sof|couple)\s{_UNIT}s\b", _couple),
    rule(r"(?:the\s)?\b(?:last|past)\s(?:half[\s-](?:a\s)?year|six-month\speriod)\b", _half_year),
    rule(
        rf"\b(?:calendar\s|iso\s)?week\s(?:number\s|no\.?\s?|#)?(?P<number>\d{{1,2}})(?!\d|[\s-]day){_YEAR_AFTER}",
        _numbered_week,
    ),
    rule(rf"\b(?P<number>{NUM})\s{_UNIT}s?\sago\b", _ago),
    rule(rf"\b{_UNIT}[\s-]to[\s-]date\b(?P<short>)", _so_far),
    rule(r"(?<![a-z])(?P<short>ytd|qtd|mtd|wtd)(?![a-z])(?P<unit>)", _so_far),
    rule(r"\b(?P<which>this\s)?(?P<fiscal>fiscal\s|financial\s)(?P<unit>year|quarter)[\s-]to[\s-]date\b", _unit),
    rule(rf"\bso\sfar\sthis\s{_UNIT}\b(?P<short>)", _so_far),
    rule(rf"\bsince\s(?:the\s)?(?:start|beginning)\sof\s(?:the|this)\s(?:current\s)?{_UNIT}\b(?P<short>)", _so_far),
    rule(rf"\bthis\s{_UNIT}\sso\sfar\b(?P<short>)", _so_far),
    rule(r"\b(?P<which>last|this|past)\sweekend\b", _weekend),
    rule(r"\b(?:recently|lately|in\srecent\sdays)\b", _recent),
    rule(r"\b(?:all[\s-]time|of\sall\stime|since\sthe\sbeginning|ever\ssince\slaunch)\b", _always),
    rule(r"(?:the\s)?\bend\sof\s(?P<which>last|this)\smonth\b", _month_end),
)
