"""Promo and festival phrases: 去年双11, 618前一周, 双11预售期, 大促结束后7天, the week before 618."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from app.core.errors import WindowError
from app.planning.calendar import PromoCalendar
from app.planning.time.chinese_relative import UNITS
from app.planning.time.drafts import Draft, Rule, Scope, YearMaker, count, dated, ended, latest, rule, settle
from app.planning.time.english import NUM as ENGLISH_NUM
from app.planning.time.events import event_range
from app.planning.time.ranges import EventPart, Part, TimeRange, clipped
from app.planning.time.words import NOT_A_COUNT, NUM, YEAR, is_counted, year_value

_GENERIC = "大促"
_ZH_WHICH = (
    rf"(?:(?P<year>{YEAR})的?\s?|(?P<over>(?:上一?|前一)[届次个场]的?|刚刚?(?:过去|结束|过完)的?)"
    r"|(?:最近|这|本)一?[届次场]的?)?"
)
_ZH_HOLIDAY = r"期间|期内|档期?|小?长假|假期|假日|连假|黄金周|放假(?:期间)?|活动期间?|节日期间|时期|全周期|整个周期"
_ZH_PART = (
    r"(?:的?(?:(?P<first>首日|第一天|头一天|首天)|(?P<last>最后一天|收官日)"
    r"|(?P<week>当周|那一?周(?![一二三四五六日末])|那个?(?:星期|礼拜)(?![一二三四五六日])|所在的?(?:那一?)?周)"
    r"|(?P<day>(?:节日?)?(?:当天|当日|正日子|这一?天|那一?天|正日|本日))"
    r"|(?P<presale>预售期?间?|预售阶段)|(?P<warmup>预热期?间?|蓄水期?间?)|(?P<tail>余热期|返场期?间?)"
    rf"|之?前后的?各?(?P<around>半个?|{NUM}\s?个?)(?P<around_unit>天|日|周|星期|月)"
    rf"|(?:开始|开启|到来|正式开始)?之?前(?:的|那)?(?P<before>半个?|{NUM}\s?个?)(?P<before_unit>天|日|周|星期|月)"
    rf"|(?:假期|长假)?(?:结束|过)?(?:之|以)?后的?(?P<after>半个?|{NUM}\s?个?)(?P<after_unit>天|日|周|星期|月)(?:内|里)?"
    rf"|(?:{_ZH_HOLIDAY})?的?(?P<edge>头|最后|的前)(?P<edge_days>{NUM})天"
    rf"|(?:{_ZH_HOLIDAY})?的?(?:这|那)?(?P<length>{NUM})天(?![内后前以之里]|的?[复回留]|未|没)"
    rf"|(?:{_ZH_HOLIDAY})(?:的?(?:那|这)(?:几天|些天|段时间))?|(?:那|这)(?:几天|些天|段时间|一阵子?)))?"
)
_ZH_SUFFIX = r"(?:大促|购物节|狂欢节|活动(?!期)|节日(?!期间|当天)|购物狂欢节|(?<=[^节])节(?!前|后|日))?"
_EN_PART = (
    rf"(?:(?:the\s)?(?P<edge>first|last|final)\s(?:(?P<edge_number>{ENGLISH_NUM})\s)?(?P<edge_unit>day|week)s?\sof\s"
    rf"(?:the\s)?|(?P<number>{ENGLISH_NUM}|the)\s(?P<unit>day|week|month)s?\s(?:leading\sup\s)?"
    r"(?P<side>before|after|prior\sto|following|of|to)\s(?:the\s)?(?:(?:end|start|beginning)\sof\s)?"
    r"|(?P<week_of>week)\sof\s(?:the\s)?"
    r"|(?:the\s)?(?P<presale_of>pre-?\s?sale(?:\speriod)?\s(?:of|for)\s))?"
)
_EN_LEAD = (
    r"(?:(?P<lead>last\syear(?:'s)?\s|this\syear(?:'s)?\s|20\d\d\s)"
    r"|(?:the\s)?\b(?:(?P<over>last|previous)|most\srecent|latest|this)\s)?"
)
_EN_TRAIL = (
    r"(?:\s(?P<presale>pre-?\s?sale)(?:\speriod)?)?(?:\s(?P<day>day(?!\sby)|itself)\b)?"
    r"(?:\s(?:sale|promotion|promo|campaign|festival|shopping\sfestival|holidays?|period|week(?=\s20\d\d))\b)?"
    r"(?:\s?(?:of\s|in\s)?(?P<trail>20\d\d(?!\d)年?|last\syear(?!')|this\syear(?!')))?(?:\s(?:ended|began|started)\b)?"
)
_NAMED_PARTS: tuple[Part, ...] = ("presale", "warmup", "tail", "day", "week")
_SIDES: tuple[Part, ...] = ("before", "after", "around")
_EN_DAYS = {"day": 1, "week": 7, "month": 30}
_NUMERALS = "0123456789〇零一二三四五六七八九十百.·"


@lru_cache(maxsize=8)
def event_rules(calendar: PromoCalendar) -> tuple[Rule, ...]:
    """The rules for the calendar's own spellings; compiled once per calendar."""
    by_word = {word: event.id for event in calendar.events for word in event.words}
    name = "(?P<name>" + "|".join(_spelled(word) for word in sorted(by_word, key=len, reverse=True)) + ")"

    def chinese(match: re.Match[str], scope: Scope) -> Draft | None:
        return _chinese(match, scope, by_word)

    def english(match: re.Match[str], scope: Scope) -> Draft | None:
        return _english(match, scope, by_word)

    return (
        rule(rf"{_ZH_WHICH}{name}{_ZH_SUFFIX}{_ZH_PART}", chinese),
        rule(rf"{_ZH_WHICH}(?P<name>{_GENERIC}){_ZH_PART}", _generic),
        rule(rf"{_EN_PART}{_EN_LEAD}{name}{_EN_TRAIL}", english),
    )


def _spelled(word: str) -> str:
    """A pattern for one spelling: digits, numerals and Latin words do not start or end inside longer ones."""
    pattern = re.escape(word).replace("\\ ", r"[\s-]?").replace("\\.", "[.·]")
    if word[0].isascii():
        pattern = rf"(?<![\d.a-z¥$]){pattern}"
    elif _is_number(word):
        pattern = rf"(?<![\d双第前后近月零一二三四五六七八九十百千万]){pattern}"
    if _is_number(word):
        digits = word[-1].isascii()
        edge = r"(?!\.?\d)" if digits else r"(?![月点时号日天周年零一二三四五六七八九十百])"
        return rf"{pattern}{edge}(?:{NOT_A_COUNT}|(?=20\d\d(?!\d)))"
    if word[-1].isdigit():
        return rf"{pattern}(?!\.?\d)"
    return rf"{pattern}(?![\da-z]|'s?\seve)" if word[-1].isascii() else pattern


def _is_number(word: str) -> bool:
    """Whether the name could be a bare number (618, 十一), which counts and dates look like."""
    return all(character in _NUMERALS for character in word)


def _chinese(match: re.Match[str], scope: Scope, by_word: dict[str, str]) -> Draft | None:
    if _is_number(match["name"]) and is_counted(scope.text, match.start()):
        return None
    part, days = _chinese_part(match)
    year = year_value(match["year"], scope.as_of.year)
    at = _maker(scope, by_word[_canonical(match["name"], by_word)], part, days)
    if match["over"]:
        return _over(match, [at], part, scope)
    found = dated(match, year, at)
    if match["length"] and not _lasts(found, count(match["length"]), scope):
        return replace(found, end=match.start("length"))  # 国庆3天: not how long it lasts
    return found


def _lasts(draft: Draft, days: int, scope: Scope) -> bool:
    """Whether the whole event has that many days, also while it is still running."""
    try:
        found = settle(draft, scope)
        whole = event_range(scope.calendar, found.event) if found.event else found
    except WindowError:
        return False
    return whole.days == days


def _over(match: re.Match[str], makers: list[YearMaker], part: Part, scope: Scope) -> Draft:
    """上次双11, 上一个大促: the latest that is over; set against another event, the one before that."""

    def before(day: date) -> TimeRange:
        by = day if part == "main" else day + timedelta(1)
        return max((ended(at, by) for at in makers), key=lambda found: found.start)

    found = Draft(match.start(), match.end(), late=lambda: before(scope.as_of))
    return replace(found, beside=lambda window: before(window.start if window.event else scope.as_of))


def _canonical(name: str, by_word: dict[str, str]) -> str:
    """The calendar's spelling behind a match in which a space may stand for a hyphen or nothing."""
    if name in by_word:
        return name
    squeezed = re.sub(r"[\s.·-]", "", name)
    return next(word for word in by_word if re.sub(r"[\s.·-]", "", word) == squeezed)


def _maker(scope: Scope, event_id: str, part: Part, days: int) -> YearMaker:
    return lambda year: event_range(scope.calendar, EventPart(event_id, year, part, days))


def _generic(match: re.Match[str], scope: Scope) -> Draft | None:
    """大促 without a name: the latest of the brand's major promos."""
    majors = [event.id for event in scope.calendar.events if event.major]
    part, days = _chinese_part(match)

    def found() -> TimeRange:
        if match["year"] and len(majors) > 1:
            names = [scope.calendar.event(event_id).name for event_id in majors]
            raise WindowError(
                f"which promo is meant: {', '.join(name.en for name in names)}?",
                hint=f"请说明是哪个大促:{'、'.join(name.zh for name in names)}",
            )
        return clipped(max((latest(at, scope.as_of) for at in makers), key=lambda found: found.start), scope.as_of)

    makers = [_maker(scope, event_id, part, days) for event_id in majors]
    if match["over"] and makers:
        return _over(match, makers, part, scope)
    return Draft(match.start(), match.end(), late=found) if majors else None


def _chinese_part(match: re.Match[str]) -> tuple[Part, int]:
    groups = match.groupdict()
    for name in _NAMED_PARTS:
        if groups[name]:
            return name, 0
    if groups["first"] or groups["last"]:
        return ("first" if groups["first"] else "last"), 1
    if groups["edge"]:
        return ("last" if groups["edge"] == "最后" else "first"), count(groups["edge_days"])
    for side in _SIDES:
        if groups[side]:
            return side, _days(groups[side], groups[f"{side}_unit"])
    return "main", 0


def _days(number: str, unit: str) -> int:
    length = {"day": 1, "week": 7, "month": 30}[UNITS[unit]]
    return length // 2 if number.startswith("半") else count(number.removesuffix("个").strip()) * length


def _english(match: re.Match[str], scope: Scope, by_word: dict[str, str]) -> Draft | None:
    if _is_number(match["name"]) and is_counted(scope.text, match.start()):
        return None
    found = _english_part(match)
    if found is None:
        return None
    said = match["lead"] or match["trail"] or ""
    if said.startswith(("last", "this")):
        year: int | None = scope.as_of.year - said.startswith("last")
    else:
        year = int(said.strip(" 年") or 0) or None
    at = _maker(scope, by_word[_canonical(match["name"], by_word)], *found)
    if match["over"] and year is None:
        return _over(match, [at], found[0], scope)
    return dated(match, year, at)


def _english_part(match: re.Match[str]) -> tuple[Part, int] | None:
    """The part of the event and its days; None for a count of days that names no side of it."""
    if match["presale"] or match["presale_of"]:
        return "presale", 0
    if match["edge"]:
        days = _english_count(match["edge_number"]) * _EN_DAYS[match["edge_unit"]]
        return ("first" if match["edge"] == "first" else "last"), days
    if match["week_of"]:
        return "week", 0
    if not match["number"]:
        return ("day" if match["day"] else "main"), 0
    if match["side"] == "of":
        parts: dict[str, Part] = {"day": "day", "week": "week"}
        part = parts.get(match["unit"]) if match["number"] in {"the", "a"} else None
        return (part, 0) if part else None
    days = _english_count(match["number"]) * _EN_DAYS[match["unit"]]
    return ("after" if match["side"] in {"after", "following"} else "before"), days


def _english_count(number: str | None) -> int:
    return 1 if number is None or number in {"a", "an", "the"} else count(number)
