"""Promo and festival phrases: 去年双11, 618前一周, 双11预售期, 大促结束后7天, the week before 618."""

import re
from collections.abc import Callable
from functools import lru_cache

from app.core.errors import WindowError
from app.planning.calendar import PromoCalendar
from app.planning.time.chinese_relative import UNITS
from app.planning.time.drafts import Draft, Rule, Scope, count, dated, latest, rule
from app.planning.time.english import NUM as ENGLISH_NUM
from app.planning.time.events import event_range
from app.planning.time.ranges import EventPart, Part, TimeRange, clipped
from app.planning.time.words import NOT_A_COUNT, NUM, YEAR, is_counted, year_value

_GENERIC = "大促"
_ZH_PART = (
    r"(?:的?(?:(?P<first>首日|第一天|头一天|首天)|(?P<last>最后一天|收官日)|(?P<day>当天|当日|正日子|这天|那天|正日)"
    r"|(?P<presale>预售期?间?|预售阶段)|(?P<warmup>预热期?间?|蓄水期?间?)|(?P<tail>余热期|返场期?间?)"
    rf"|(?:开始|开启|到来|正式开始)?之?前的?(?P<before>半个?|{NUM}\s?个?)(?P<before_unit>天|日|周|星期|月)"
    rf"|(?:结束|过)?(?:之|以)?后的?(?P<after>半个?|{NUM}\s?个?)(?P<after_unit>天|日|周|星期|月)(?:内|里)?"
    rf"|(?P<edge>头|最后|的前)(?P<edge_days>{NUM})天"
    r"|期间|期内|档期|假期|长假|活动期|这段时间|时期|全周期))?"
)
_ZH_SUFFIX = r"(?:大促|购物节|狂欢节|活动|节日|购物狂欢节|(?<=[^节])节(?!前|后))?"
_EN_PART = (
    rf"(?:(?P<number>{ENGLISH_NUM}|the)\s(?P<unit>day|week|month)s?\s"
    r"(?P<side>before|after|prior\sto|following|of)\s(?:the\s)?)?"
)
_EN_LEAD = r"(?P<lead>last\syear's\s|this\syear's\s|20\d\d\s)?"
_EN_TRAIL = (
    r"(?:\s(?P<presale>pre-?sale))?(?:\s(?:sale|promotion|promo|campaign|festival|shopping\sfestival|holiday|period))?"
    r"(?:\s?(?:of\s|in\s)?(?P<trail>20\d\d(?!\d)年?|last\syear|this\syear))?"
)
_EN_DAYS = {"day": 1, "week": 7, "month": 30}


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
        rule(rf"(?:(?P<year>{YEAR})的?\s?)?{name}{NOT_A_COUNT}{_ZH_SUFFIX}{_ZH_PART}", chinese),
        rule(rf"(?:(?P<year>{YEAR})的?\s?)?(?P<name>{_GENERIC}){_ZH_PART}", _generic),
        rule(rf"{_EN_PART}{_EN_LEAD}{name}(?:{NOT_A_COUNT}|(?=20\d\d(?!\d))){_EN_TRAIL}", english),
    )


def _spelled(word: str) -> str:
    """A pattern for one spelling: digits and Latin words do not start or end inside longer ones."""
    pattern = re.escape(word).replace("\\ ", r"[\s-]?").replace("\\.", "[.·]")
    if word[0].isascii():
        pattern = rf"(?<![\d.a-z¥$]){pattern}"
    if word[-1].isdigit():
        pattern = rf"{pattern}(?!\.?\d)"
    elif word[-1].isascii():
        pattern = rf"{pattern}(?![\da-z])"
    return pattern


def _chinese(match: re.Match[str], scope: Scope, by_word: dict[str, str]) -> Draft | None:
    if is_counted(scope.text, match.start()) and match["name"].isdigit():
        return None
    part, days = _chinese_part(match)
    year = year_value(match["year"], scope.as_of.year)
    return dated(match, year, _maker(scope, by_word[_canonical(match["name"], by_word)], part, days))


def _canonical(name: str, by_word: dict[str, str]) -> str:
    """The calendar's spelling behind a match in which a space may stand for a hyphen or nothing."""
    if name in by_word:
        return name
    squeezed = re.sub(r"[\s.·-]", "", name)
    return next(word for word in by_word if re.sub(r"[\s.·-]", "", word) == squeezed)


def _maker(scope: Scope, event_id: str, part: Part, days: int) -> Callable[[int], TimeRange]:
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
        ranges = [latest(_maker(scope, event_id, part, days), scope.as_of) for event_id in majors]
        return clipped(max(ranges, key=lambda found: found.start), scope.as_of)

    return Draft(match.start(), match.end(), late=found) if majors else None


def _chinese_part(match: re.Match[str]) -> tuple[Part, int]:
    groups = match.groupdict()
    for name in ("presale", "warmup", "tail", "day"):
        if groups[name]:
            part: Part = name
            return part, 0
    if groups["first"] or groups["last"]:
        return ("first" if groups["first"] else "last"), 1
    if groups["edge"]:
        return ("last" if groups["edge"] == "最后" else "first"), count(groups["edge_days"])
    for side in ("before", "after"):
        if groups[side]:
            sided: Part = side
            return sided, _days(groups[side], groups[f"{side}_unit"])
    return "main", 0


def _days(number: str, unit: str) -> int:
    length = {"day": 1, "week": 7, "month": 30}[UNITS[unit]]
    return length // 2 if number.startswith("半") else count(number.removesuffix("个").strip()) * length


def _english(match: re.Match[str], scope: Scope, by_word: dict[str, str]) -> Draft | None:
    if is_counted(scope.text, match.start()) and match["name"].isdigit():
        return None
    part, days = _english_part(match)
    said = match["lead"] or match["trail"] or ""
    if said.startswith(("last", "this")):
        year: int | None = scope.as_of.year - said.startswith("last")
    else:
        year = int(said.strip(" 年") or 0) or None
    return dated(match, year, _maker(scope, by_word[_canonical(match["name"], by_word)], part, days))


def _english_part(match: re.Match[str]) -> tuple[Part, int]:
    if match["presale"]:
        return "presale", 0
    if not match["number"]:
        return "main", 0
    days = (1 if match["number"] in {"a", "an", "the"} else count(match["number"])) * _EN_DAYS[match["unit"]]
    if match["side"] == "of":
        return ("day", 0) if match["unit"] == "day" else ("main", 0)
    return ("before" if match["side"].startswith(("before", "prior")) else "after"), days
