"""Numbers as people write them, as one `Decimal`: 十二, 两百, 1.5万, 3k, 1,200, 百分之三十, 30%."""

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
_DIGITS |= {character: value for value, character in enumerate("〇壹贰叁肆伍陆柒捌玖")} | {"○": 0, "两": 2, "俩": 2}
_SMALL_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG_UNITS = {"万": 10_000, "亿": 100_000_000}
_ARABIC_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000, "w": 10_000, "k": 1000}
_ARABIC_UNITS |= {"m": 1_000_000, "十万": 100_000, "百万": 1_000_000, "千万": 10_000_000, "万亿": 10**12}
_ENGLISH_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen"),
)
_ENGLISH = {word: value for value, word in enumerate(_ENGLISH_WORDS)}
_ENGLISH |= {"twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90, "hundred": 100}

_CHINESE = "零〇○一二两俩三四五六七八九壹贰叁肆伍陆柒捌玖十拾百佰千仟万亿"
_NUMBER = re.compile(
    rf"""(?P<hundredth>百分之)?(?:
        (?P<arabic>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?
            (?P<unit>百万|千万|十万|万亿|[十百千万亿](?!分)|[wkm](?![a-z0-9]))?(?P<tail>(?<=[万千亿])\d{{1}}(?!\d))?
        |(?P<chinese>[{_CHINESE}]+(?:点[{_CHINESE[:18]}]+)?)
        |(?P<half>半)(?![价成])
        |(?<![a-z])(?P<english>{"|".join(sorted(_ENGLISH, key=len, reverse=True))})(?![a-z])
    )(?P<scale>\s?%|成(?![交员本为长功立分就])|折(?!扣))?""",
    re.ASCII | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """A number at `text[start:end]`. A percentage is given as its share (30% → 0.3) and marked."""

    start: int
    end: int
    value: Decimal
    is_percentage: bool = False


def find_numbers(text: str) -> tuple[NumberMatch, ...]:
    """Every number in normalised `text`, left to right, without overlap."""
    found: list[NumberMatch] = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is not None:
            scale = (match["scale"] or "").strip()
            share = bool(match["hundredth"]) or scale == "%"
            tenth = scale in {"成", "折"}
            scaled = value / 100 if share else value / 10 if tenth else value
            found.append(NumberMatch(match.start(), match.end(), scaled, share or tenth))
    return tuple(found)


def parse_number(text: str) -> Decimal | None:
    """The value of `text` when all of it is one number, else None."""
    found = find_numbers(text.strip())
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(text.strip()):
        return found[0].value
    return None


def parse_count(text: str) -> int | None:
    """A small whole number such as 7, 十二, 两 or three; None for anything else."""
    value = parse_number(text)
    return int(value) if value is not None and value == value.to_integral_value() else None


def _value(match: re.Match[str]) -> Decimal | None:
    if match["half"]:
        return Decimal("0.5")
    if match["english"]:
        return Decimal(_ENGLISH[match["english"]])
    if match["chinese"]:
        return _chinese(match["chinese"])
    value = Decimal(match["arabic"].replace(",", ""))
    unit = _ARABIC_UNITS.get(match["unit"] or "", 1)
    # 1万5 is fifteen thousand: the digit after the unit counts a tenth of it.
    tail = Decimal(match["tail"]) * unit / 10 if match["tail"] else Decimal(0)
    return value * unit + tail


def _chinese(numeral: str) -> Decimal | None:
    whole, _, fraction = numeral.partition("点")
    value = _chinese_whole(whole)
    if value is None or not fraction:
        return value
    digits = "".join(str(_DIGITS[c]) for c in fraction if c in _DIGITS)
    return value + Decimal(f"0.{digits}") if len(digits) == len(fraction) else None


def _chinese_whole(numeral: str) -> Decimal | None:
    """Spoken (一千二百, 两万五) or read out digit by digit (二零二六); None for a heap of units such as 万万十."""
    if all(c in _DIGITS for c in numeral):
        return Decimal("".join(str(_DIGITS[c]) for c in numeral))
    if numeral[0] in _BIG_UNITS:
        return None
    total, section, digit, last_unit = 0, 0, None, 1
    for c in numeral:
        if c in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[c]
            last_unit = 1 if digit == 0 else last_unit
        elif c in _SMALL_UNITS:
            last_unit = _SMALL_UNITS[c]
            section += (1 if digit is None else digit) * last_unit
            digit = None
        else:
            last_unit = _BIG_UNITS[c]
            total = (total + section + (digit or 0)) * last_unit
            section, digit = 0, None
    # 两万五 and 一百二: a last digit straight after a unit counts a tenth of that unit.
    return Decimal(total + section + (digit or 0) * (last_unit // 10 if last_unit > 10 else 1))
