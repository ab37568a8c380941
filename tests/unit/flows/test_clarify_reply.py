"""Which offered reading a reply means; and that nothing else ever chooses one."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flows.clarify_reply import chosen_option
from app.knowledge.glossary import load_glossary

QUESTION = "上个月的复购率"


@dataclass(frozen=True)
class Option:
    label: str
    names: tuple[str, ...] = ()


BY_DAY = Option("会员部:期内两次(同日算一次)", ("期内两次", "会员口径", "会员部", "membership definition"))
BY_ORDER = Option("电商部:同日多单也算", ("按单", "不去重", "电商口径", "e-commerce"))
SHARE = Option("财务:老客订单占比", ("老客单占比", "财务", "财务口径", "finance"))
SENSES = (BY_DAY, BY_ORDER, SHARE)
CITY = (Option("筛选:门店城市 = 上海"), Option("筛选:会员城市 = 上海"))
REFUNDS = (Option("口径:退款不算"), Option("口径:不扣退款"), Option("90天内"), Option("190天内"))


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        ("第二个", BY_ORDER), ("2", BY_ORDER), ("２", BY_ORDER), ("选2", BY_ORDER), ("第2种", BY_ORDER),
        ("第一个吧", BY_DAY), ("就第三种读法", SHARE), ("選第三個", SHARE), ("最后一个", SHARE), ("选项三", SHARE),
        ("the second one", BY_ORDER), ("Second.", BY_ORDER), ("option 2", BY_ORDER), ("#3", SHARE),
        ("the 1st one please", BY_DAY), ("the last one", SHARE), ("I mean the third one", SHARE),
        ("按财务口径", SHARE), ("就按财务口径算吧", SHARE), ("财务部的", SHARE), ("财务那边", SHARE),
        ("財務口徑", SHARE),
        ("use the finance definition", SHARE), ("Finance, please", SHARE), ("E-Commerce", BY_ORDER),
        ("按单", BY_ORDER), ("不去重", BY_ORDER), ("会员部的口径", BY_DAY), ("期内两次", BY_DAY),
        ("同日多单也算", BY_ORDER), ("老客", SHARE),
    ],
)  # fmt: skip
def test_a_place_or_a_name_chooses(reply: str, meant: Option) -> None:
    assert chosen_option(reply, SENSES, question=QUESTION) is meant


@pytest.mark.parametrize(
    "reply",
    [
        "不要第二个", "不是财务口径", "除了财务口径", "别按单", "not the second one", "no", "财务口径不对",
        "第四个", "option 9", "都要", "两个都看", "随便", "嗯", "好的", "yes", "", "。", "\u200b",
        "按财务口径吗", "财务口径,按月看", "第二个按天看", "那天猫呢", "复购率", "28", "订单", "部", "算",
        "上个月财务口径的订单数",
    ],
)  # fmt: skip
def test_anything_beside_a_choice_chooses_nothing(reply: str) -> None:
    assert chosen_option(reply, SENSES, question=QUESTION) is None


def test_a_word_of_the_label_chooses_where_readings_have_no_names() -> None:
    assert chosen_option("门店", CITY) is CITY[0]
    assert chosen_option("会员城市", CITY) is CITY[1]
    assert chosen_option("前者", CITY) is CITY[0]
    assert chosen_option("the latter", CITY) is CITY[1]
    assert chosen_option("上海", CITY) is None
    assert chosen_option("筛选", CITY) is None


def test_what_a_label_denies_is_not_what_it_says() -> None:
    assert chosen_option("退款算", REFUNDS) is None
    assert chosen_option("扣退款", REFUNDS) is None
    assert chosen_option("退款不算", REFUNDS) is REFUNDS[0]
    assert chosen_option("90天", REFUNDS) is REFUNDS[2]


def test_a_name_of_two_readings_chooses_neither() -> None:
    twins = (Option("甲:一", ("电商",)), Option("乙:二", ("电商",)))
    assert chosen_option("电商", twins) is None
    assert chosen_option("第二个", twins) is twins[1]


@given(reply=st.text(max_size=30), negation=st.sampled_from(["不要", "别", "不是", "not ", "除了"]))
def test_a_negated_choice_is_no_choice(reply: str, negation: str) -> None:
    meant = chosen_option(reply, SENSES)
    assert meant is None or chosen_option(negation + reply, SENSES) is not meant


@given(reply=st.text(max_size=200))
def test_any_text_is_read_or_left(reply: str) -> None:
    assert chosen_option(reply, SENSES) in (None, *SENSES)
    assert chosen_option(reply, ()) is None


def test_every_name_of_the_glossary_picks_its_own_sense_or_none() -> None:
    """Names that two senses of a term share pick neither; no name ever picks another sense."""
    terms = list(load_glossary(Path(__file__).parents[3] / "knowledge" / "jargon").in_force())
    asked = missed = 0
    for term in terms:
        options = [Option(f"{s.who.zh}:{s.meaning.zh}", (*s.names, s.who.zh, s.who.en)) for s in term.senses]
        for option in options if len(options) > 1 else ():
            for name in option.names:
                for reply in (name, f"按{name}算", f"the {name} one" if name.isascii() else f"{name}的那个"):
                    meant = chosen_option(reply, options)
                    assert meant in (None, option), (term.id, reply)
                    asked, missed = asked + 1, missed + (meant is None)
    assert asked > 500
    assert missed < asked * 0.05
