"""The words of the canonical sentence: one table per language, used to write it and to read it."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
SEPARATOR = " · "

TEXTS: dict[Language, dict[str, str]] = {
    "zh": {
        "range": "{start} 至 {end}", "since": "{start} 起", "until": "截至 {end}",
        "person": "满足[{inside}]的人", "not_person": "不满足[{inside}]的人",
        "segment_days": "{name}({days}天)", "not_segment": "非{name}",
        "breakdown": "按{names}",
        "compare": "{word}({inside})",
        "share": "占比", "share_within": "占比(在每个{names}内)", "share_of_all": "占比(分母为全部{of_all})",
        "share_both": "占比(在每个{names}内)(分母为全部{of_all})",
        "having": "仅保留 {condition}",
        "descending": "按{subject}从高到低", "ascending": "按{subject}从低到高",
        "limit": "前 {count} 名", "limit_within": "每个{names}内前 {count} 名",
        "rest": "其余合并为其他", "audience": "输出为人群",
        "derived": "{metric}·{word}", "time": "时间",
    },
    "en": {
        "range": "{start} to {end}", "since": "since {start}", "until": "until {end}",
        "person": "people with [{inside}]", "not_person": "people without [{inside}]",
        "segment_days": "{name} ({days} days)", "not_segment": "not {name}",
        "breakdown": "by {names}",
        "compare": "vs {word} ({inside})",
        "share": "share of total", "share_within": "share of total within each {names}",
        "share_of_all": "share of total of every {of_all}",
        "share_both": "share of total within each {names} of every {of_all}",
        "having": "only rows with {condition}",
        "descending": "ordered by {subject} descending", "ascending": "ordered by {subject} ascending",
        "limit": "top {count}", "limit_within": "top {count} within each {names}",
        "rest": "the rest as Other", "audience": "as an audience",
        "derived": "{metric}·{word}", "time": "time",
    },
}  # fmt: skip

CONDITIONS: dict[Language, dict[str, str]] = {
    "zh": {
        "not_null": "{name}不为空", "is_null": "{name}为空", "not_in": "{name}不含 {values}",
        "contains": "{name}包含 {values}", "in": "{name}={values}", "ne": "{name}≠{values}", "gt": "{name}>{values}",
        "ge": "{name}≥{values}", "lt": "{name}<{values}", "le": "{name}≤{values}", "between": "{name} {low}~{high}",
    },
    "en": {
        "not_null": "{name} is not empty", "is_null": "{name} is empty", "not_in": "{name} not in {values}",
        "contains": "{name} contains {values}", "in": "{name}={values}", "ne": "{name}≠{values}",
        "gt": "{name}>{values}", "ge": "{name}≥{values}", "lt": "{name}<{values}", "le": "{name}≤{values}",
        "between": "{name} {low}~{high}",
    },
}  # fmt: skip
"""Conditions on a dimension or a metric, in the order in which they are tried. `eq` is written like `in`."""

LISTING: dict[Language, str] = {"zh": "、", "en": ", "}
INNER = "; "
"""Between the parts of a condition on people."""

COMPARE: dict[Language, dict[str, str]] = {
    "zh": {"prior_period": "环比", "prior_year": "同比", "promo": "对比大促", "custom": "对比"},
    "en": {"prior_period": "prior period", "prior_year": "prior year", "promo": "promo", "custom": "comparison"},
}
GRAINS: dict[Language, dict[str, str]] = {
    "zh": {"hour": "小时", "day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"},
    "en": {name: name for name in ("hour", "day", "week", "month", "quarter", "year")},
}
ENDINGS: dict[Language, dict[str, str]] = {
    "zh": {"_rate": "增幅", "_change": "增减", "": "基期"},
    "en": {"_rate": " % change", "_change": " change", "": " base"},
}
"""What a comparison's derived columns are called behind its own word; the longest suffix first."""
SHARE_COLUMN: dict[Language, str] = {"zh": "占比", "en": "share"}
FLAGS: dict[Language, dict[bool, str]] = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}
QUOTES: dict[Language, tuple[str, str]] = {"zh": ("“", "”"), "en": ('"', '"')}
SEGMENT_QUOTES: dict[Language, tuple[str, str]] = {"zh": ("「", "」"), "en": ('"', '"')}


def derived_words(language: Language) -> dict[str, str]:
    """Suffix of a derived column → what it is called: `prior_year_rate` → 同比增幅."""
    words = {"share": SHARE_COLUMN[language]}
    for kind, word in COMPARE[language].items():
        for nth in ("", "_2", "_3"):  # several comparisons of one kind are numbered
            for suffix, ending in ENDINGS[language].items():
                words[f"{kind}{nth}{suffix}"] = word + nth.replace("_", "#") + ending
    return words


@dataclass(frozen=True, slots=True)
class Text:
    """The table of one language."""

    language: Language

    def __call__(self, key: str, /, **fields: str) -> str:
        return TEXTS[self.language][key].format(**fields)

    def condition(self, op: str, /, **fields: str) -> str:
        return CONDITIONS[self.language]["in" if op == "eq" else op].format(**fields)

    def listed(self, items: list[str]) -> str:
        return LISTING[self.language].join(items)
