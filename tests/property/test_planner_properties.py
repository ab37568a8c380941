"""What holds for every question the rule planner reads: nothing dropped, nothing invented, no crash."""

import re
import time
from datetime import date

import opencc
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.errors import WindowError
from app.planning.lexicon import surface
from app.planning.plan import PlanResult
from app.planning.words import load_words
from app.semantic.query import SemanticQuery
from tests.fixtures.planner import demo_planner, only_reading, real_model

QUICK = settings(derandomize=True, deadline=None, database=None, max_examples=40)

UNDERSTOOD = [
    "上个月各渠道的销售额", "9月除了门店以外的销售额", "9月抖音和天猫的订单数", "9月销售额前5的商品",
    "上个月抖音和天猫的会员复购人数各是多少,环比怎么样", "6月首单客户的90天复购率", "9月买过精华但没买面霜的有多少人",
    "9月下过3单以上的会员有多少", "高价值会员上个月的销售额", "上个月各渠道销售额占比", "9月GMV超过10万的门店",
    "GMV by channel last month", "sales last month excluding Douyin", "top 5 products by sales in September 2026",
    "sales last month vs prior period", "channels with at least 50 orders last month",
    "how many dormant customers do we have", "orders over 500 yuan in September 2026",
]  # fmt: skip
UNKNOWN = ["毛茸茸", "鳄梨", "螺蛳", "橄榄球", "柒", "瓶颈", "男装", "二手", "flumox", "zorbing", "quixotic", "kumquat"]
HAN = re.compile(r"[\u4e00-\u9fff]")


def plan(question: str) -> PlanResult | None:
    """The plan; None where a date in the question does not exist, which the flow answers as a refusal."""
    try:
        return demo_planner().plan(question)
    except WindowError:
        return None


@QUICK
@given(st.sampled_from(UNDERSTOOD), st.sampled_from(UNKNOWN), st.integers(0, 80))
def test_an_unknown_word_anywhere_is_never_dropped_in_silence(question: str, word: str, where: int) -> None:
    at = where % (len(question) + 1)
    padded = f" {word} " if word.isascii() else word
    found = plan(question[:at] + padded + question[at:])
    if found is not None:
        assert all(reading.fuzzy for reading in found.readings), found.readings


def full_width(text: str) -> str:
    wide = {" ": "\u3000"} | {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
    return "".join(wide.get(character, character) for character in text)


def chinese(question: str) -> bool:
    return bool(HAN.search(question))


SPELLINGS = {
    "full width": full_width,
    "traditional": opencc.OpenCC("s2t").convert,
    "upper case": str.upper,
    "extra spaces": lambda text: "  " + text.replace(" ", "   ") + " ",
    "zero-width spaces": "\u200b".join,
    "question mark": lambda text: text + "??!",
    "full stop": lambda text: text + "。",
    "quotes": lambda text: f"“{text}”",
}
POLITE = {
    "please": lambda text: ("请问" if chinese(text) else "please show me ") + text,
    "thanks": lambda text: text + (",谢谢" if chinese(text) else ", thanks"),
    "help": lambda text: ("帮我看一下" if chinese(text) else "can you tell me the ") + text,
    "greeting": lambda text: ("你好," if chinese(text) else "Hi, ") + text,
    "wish": lambda text: ("我想知道" if chinese(text) else "I want to know ") + text,
    "particle": lambda text: text + ("是多少呢" if chinese(text) else " please"),
}


@pytest.mark.parametrize("name", [*SPELLINGS, *POLITE])
@pytest.mark.parametrize("question", UNDERSTOOD)
def test_spelling_and_politeness_change_nothing(question: str, name: str) -> None:
    vary = (SPELLINGS | POLITE)[name]
    assert only_reading(demo_planner().plan(vary(question))) == only_reading(demo_planner().plan(question))


ZH_TIMES, EN_TIMES = (
    ["上个月", "9月", "近30天", "去年双11", "上季度"],
    ["last month", "in September 2026", "in Q3 2026"],
)
ZH_ASKED = ["各渠道的销售额", "抖音的订单数", "按品类看销量", "会员复购人数", "各门店的净销售额", "天猫客单价"]
EN_ASKED = ["sales by channel", "Douyin orders", "units sold by category", "repurchase rate", "net sales by store"]


@pytest.mark.parametrize("when", ZH_TIMES)
@pytest.mark.parametrize("asked", ZH_ASKED)
def test_time_may_stand_first_or_last_in_chinese(when: str, asked: str) -> None:
    queries = {only_reading(demo_planner().plan(q)) for q in (f"{when}{asked}", f"{when},{asked}", f"{asked},{when}")}
    assert len(queries) == 1


@pytest.mark.parametrize("when", EN_TIMES)
@pytest.mark.parametrize("asked", EN_ASKED)
def test_time_may_stand_first_or_last_in_english(when: str, asked: str) -> None:
    queries = {
        only_reading(demo_planner().plan(q)) for q in (f"{when}, {asked}", f"{asked} {when}", f"{asked}, {when}")
    }
    assert len(queries) == 1


FORMS = sorted(demo_planner().lexicon.entries)
FRAGMENTS = st.one_of(
    st.sampled_from(FORMS),
    st.sampled_from(FORMS),
    st.sampled_from(["上个月", "9月", "近7天", "2026-09-31", "去年双11", "last month", "2月30日", "Q5", "第三周"]),
    st.integers(-5, 10**20).map(str),
    st.text(max_size=4),
    st.sampled_from(
        ["'; DROP TABLE orders; --", "SELECT * FROM members", "😀", "%", "$1", '"', "\\", "½", "三百万", "１０"]
    ),
    st.sampled_from([",", "、", "的", "和", "不", "没", "前", "and", "not", "by", ">", "占", "比", "每"]),
)


@settings(parent=QUICK, max_examples=100)
@given(st.lists(FRAGMENTS, min_size=0, max_size=9), st.sampled_from(["", " "]))
def test_no_mixture_of_words_breaks_planning_or_invents_values(parts: list[str], gap: str) -> None:
    started = time.perf_counter()
    found = plan(gap.join(parts))
    assert time.perf_counter() - started < 5
    if found is None:
        return
    assert bool(found.readings) != (found.unplanned is not None)
    assert found.unplanned is None or found.unplanned.reason
    for reading in found.readings:
        assert 0 <= reading.coverage <= 1
        assert_names_exist(reading.query)
        assert_values_are_known(reading.query)


def assert_names_exist(query: SemanticQuery) -> None:
    model = real_model()
    assert {name.split("@")[0] for name in query.metrics} <= model.metrics.keys()
    assert set(query.dimensions) <= model.dimensions.keys()
    assert {ref.segment for ref in query.segments} <= model.segments.keys()
    assert {condition.metric.split("@")[0] for condition in query.people} <= model.metrics.keys()


def assert_values_are_known(query: SemanticQuery) -> None:
    """Every value of a filter on words is one of that dimension's values in the lexicon."""
    for condition in (*query.filters, *(f for person in query.people for f in person.filters)):
        if real_model().dimensions[condition.dimension].kind == "number":
            assert all(isinstance(value, int | float) for value in condition.values)
        elif condition.op in ("eq", "ne", "in", "not_in"):
            assert {str(value).lower() for value in condition.values} <= known_values(condition.dimension)


KNOWN: dict[str, set[str]] = {}
for _candidates in demo_planner().lexicon.entries.values():
    for _candidate in _candidates:
        if _candidate.kind == "value":
            KNOWN.setdefault(_candidate.target, set()).add(str(_candidate.value).lower())


def known_values(dimension: str) -> set[str]:
    return KNOWN.get(dimension, set())


@settings(parent=QUICK, max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = plan(text)
    assert found is None or bool(found.readings) != (found.unplanned is not None)


@settings(parent=QUICK, max_examples=40)
@given(
    st.sampled_from(UNDERSTOOD),
    st.sampled_from(["没有", "不是", "除了", "非", "except", "never", "at least 3"]),
    st.integers(0, 80),
)
def test_a_word_that_turns_the_meaning_is_never_ignored(question: str, word: str, where: int) -> None:
    at = where % (len(question) + 1)
    assume(word not in question)
    spaced = f" {word} " if word.isascii() else word
    found = plan(question[:at] + spaced + question[at:])
    if found is not None:
        plain = only_reading(demo_planner().plan(question))
        assert all(reading.query != plain or reading.fuzzy for reading in found.readings), found.readings


@pytest.mark.parametrize("intent", sorted(load_words().intents))
def test_what_is_out_of_scope_stays_refused_beside_a_good_question(intent: str) -> None:
    for word in load_words().intents[intent]:
        means_more = any(c.kind == "value" for c in demo_planner().lexicon.entries.get(surface(word), ()))
        if HAN.search(word) and not means_more:
            found = demo_planner().plan(f"{word},上个月各渠道的销售额")
            assert found.unplanned is not None, word


def test_planning_depends_on_nothing_but_the_question() -> None:
    first = [plan(question) for question in UNDERSTOOD]
    assert [plan(question) for question in reversed(UNDERSTOOD)] == first[::-1]
    assert demo_planner().as_of == date(2026, 10, 31)
