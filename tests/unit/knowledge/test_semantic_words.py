"""The words of the semantic model: complete, in both languages, and none of them with two meanings."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from app.semantic.joins import find_paths
from app.semantic.loader import load
from app.semantic.model import Dimension, Metric, Segment, SemanticModel

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def model() -> SemanticModel:
    return load(ROOT / "knowledge" / "semantic")


def _words(entry: Metric | Dimension | Segment) -> set[str]:
    return {word.strip().casefold() for word in (entry.label.zh, entry.label.en, *entry.synonyms.all)}


def test_the_model_is_as_large_as_promised(model: SemanticModel) -> None:
    assert len(model.metrics) >= 100
    assert len(model.dimensions) >= 70
    assert len(model.segments) >= 30


def test_every_area_of_the_contract_has_metrics(model: SemanticModel) -> None:
    areas = {metric.area for metric in model.metrics.values()}
    assert areas >= {
        "trade",
        "members",
        "repurchase",
        "coupons",
        "refunds",
        "sends",
        "touchpoints",
        "media",
        "traffic",
        "wecom",
        "groups",
        "points",
        "stores",
        "guides",
        "products",
        "tickets",
        "scans",
        "presale",
        "live",
        "guide_tasks",
        "consents",
        "identities",
        "stock",
        "events",
        "campaigns",
    }


def test_a_metric_word_means_one_metric(model: SemanticModel) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for metric in model.metrics.values():
        for word in _words(metric):
            owners[word].add(metric.id)
    assert {word: sorted(ids) for word, ids in owners.items() if len(ids) > 1} == {}


ABOUT_IT_ANYWAY = {
    "复购率(会员部)": "the department whose sense it is",
    "流失率(会员部)": "the department whose sense it is",
    "推送量": "推送 is sending here, of whatever kind",
    "推送点击率": "推送 is sending here, of whatever kind",
    "企业微信加粉": "企业微信 is WeCom, not the 微信 of the mini program",
    "企业微信好友数": "企业微信 is WeCom, not the 微信 of the mini program",
    "引流私域": "引流 is what is counted, not the role of a product",
    "包裹卡引流": "引流 is what is counted, not the role of a product",
    "用券数": "using coupons is what is counted",
    "用券量": "using coupons is what is counted",
    "已领已用券数": "using coupons is what is counted",
    "用券率": "using coupons is what is counted",
    "30天用券率": "using coupons is what is counted",
    "新客首单": "the glossary's own word for the rate",
    "老会员推荐来的会员": "who referred them, not who they are",
    "生命周期价值": "LTV, not the tag",
    "客户生命周期价值": "LTV, not the tag",
    "365天生命周期价值": "LTV, not the tag",
    "毛利润": "profit, not the role of a product",
    "现货库存": "stock that is there, not an order without presale",
    "新品数": "what came out in the window is what is new",
    "上新商品数": "what came out in the window is what is new",
    "新上市商品数": "what came out in the window is what is new",
    "上新款数": "what came out in the window is what is new",
    "上市新品数": "what came out in the window is what is new",
    "老客订单数": "orders after the buyer's first",
    "老客单数": "orders after the buyer's first",
    "老客单量": "orders after the buyer's first",
    "非散客订单数": "its opposite, which is what is counted",
    "非散客销售额": "its opposite, which is what is counted",
    "非留出组人数": "its opposite, which is what is counted",
    "无会员标识订单数": "its opposite, which is what is counted",
    "待付款订单数": "not paid yet is what is counted",
    "待付款单数": "not paid yet is what is counted",
}
"""Names that hold the word of a value and drop nothing."""


def _meanings(model: SemanticModel, metric: Metric) -> str:
    """What a metric and the metrics it is made of say they count."""
    parts = (model.metrics[part] for part in (metric.numerator, metric.denominator) if part)
    own = " ".join((*metric.label.all, *metric.definition.all)).casefold()
    return " ".join((own, *(_meanings(model, part) for part in parts)))


def _value_words(model: SemanticModel) -> list[set[str]]:
    """The words of each coded value."""
    return [
        {word.casefold() for word in (*text.all, *dimension.value_synonyms.get(value, ())) if len(word) > 1}
        for dimension in model.dimensions.values()
        for value, text in dimension.values.items()
    ]


def test_no_name_of_a_metric_swallows_a_condition(model: SemanticModel) -> None:
    """短信点击人数 must not be the clicks of every channel: the word of a value belongs to its filter, unless it is
    what the metric counts."""
    values, found = _value_words(model), {}
    for metric in model.metrics.values():
        about = _meanings(model, metric)
        foreign = [words for words in values if not any(word in about for word in words)]
        for name in metric.synonyms.zh:
            held = {word for words in foreign for word in words if not word.isascii() and word in name}
            if held and name not in ABOUT_IT_ANYWAY:
                found[name] = (metric.id, sorted(held))
    assert found == {}


def test_every_excused_name_is_still_there(model: SemanticModel) -> None:
    names = {name for metric in model.metrics.values() for name in metric.synonyms.zh}
    assert set(ABOUT_IT_ANYWAY) - names == set()


FRAME = re.compile(r"^(?:请问|看看|看下|查一下)|(?:怎么样|咋样|如何|表现|是多少|走势|趋势)$")
JOINT = re.compile(r"[和与及、&+]|\band\b|\bvs\.?")


def test_no_name_of_a_metric_is_a_question_around_another_name(model: SemanticModel) -> None:
    names = {word: metric.id for metric in model.metrics.values() for word in _words(metric)}
    assert {name for name in names if (bare := FRAME.sub("", name)) != name and bare in names} == set()


def test_no_name_of_a_metric_names_two(model: SemanticModel) -> None:
    names = {word: metric.id for metric in model.metrics.values() for word in _words(metric)}
    parts = {name: [part.strip() for part in JOINT.split(name)] for name in names}
    assert {name for name, found in parts.items() if len(found) > 1 and all(part in names for part in found)} == set()


def test_no_name_of_a_metric_or_group_is_a_single_character(model: SemanticModel) -> None:
    """货 or 单 alone is in half of all words: only what is split by (款, 店, 省) may be said so short."""
    entries = (*model.metrics.values(), *model.segments.values())
    assert {word for entry in entries for word in _words(entry) if len(word) == 1} == set()
    deeds = {word for deed in model.deeds for word in (*deed.zh, *deed.en, *deed.not_zh, *deed.not_en)}
    assert {word for word in deeds if len(word) == 1} == set()


def test_a_segment_word_means_one_segment(model: SemanticModel) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for segment in model.segments.values():
        for word in _words(segment):
            owners[word].add(segment.id)
    assert {word: sorted(ids) for word, ids in owners.items() if len(ids) > 1} == {}


def test_a_metric_word_is_no_dimension_value_or_segment(model: SemanticModel) -> None:
    others: dict[str, str] = {}
    for entry in (*model.dimensions.values(), *model.segments.values()):
        others |= dict.fromkeys(_words(entry), entry.id)
    for dimension in model.dimensions.values():
        for value, text in dimension.values.items():
            for word in (text.zh, text.en, *dimension.value_synonyms.get(value, ())):
                others[word.casefold()] = f"{dimension.id}={value}"
    found = {
        word: (metric.id, others[word])
        for metric in model.metrics.values()
        for word in _words(metric)
        if word in others
    }
    assert found == {}


def test_a_segment_word_is_no_dimension_or_value(model: SemanticModel) -> None:
    words = {word: segment.id for segment in model.segments.values() for word in _words(segment)}
    found = {}
    for dimension in model.dimensions.values():
        texts = [word for text in dimension.values.values() for word in (text.zh, text.en)]
        texts += [word for forms in dimension.value_synonyms.values() for word in forms]
        for word in _words(dimension) | {text.casefold() for text in texts}:
            if word in words:
                found[word] = (words[word], dimension.id)
    assert found == {}


ROLES_OF_A_PLACE = [{"member_city", "store_city", "scan_city"}, {"member_province", "store_province"}]
"""A bare 城市 is the member's, the store's or the scan's: the planner takes the one nearer to the metric."""


def test_a_dimension_word_means_one_dimension(model: SemanticModel) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for dimension in model.dimensions.values():
        for word in _words(dimension):
            owners[word].add(dimension.id)
    shared = {
        word: ids for word, ids in owners.items() if len(ids) > 1 and not any(map(ids.issubset, ROLES_OF_A_PLACE))
    }
    assert shared == {}


def test_every_entry_speaks_both_languages(model: SemanticModel) -> None:
    for entry in (*model.metrics.values(), *model.segments.values()):
        texts = (entry.label.zh, entry.label.en, entry.definition.zh, entry.definition.en)
        assert all(text.strip() for text in texts), entry.id
        assert entry.synonyms.zh, entry.id
        assert entry.synonyms.en, entry.id
        assert entry.owner, entry.id


def test_roles_name_metrics_and_row_sizes(model: SemanticModel) -> None:
    metrics = {"purchase_orders", "purchase_amount", "purchase_items", "buyers", "members"}
    assert metrics <= set(model.roles)
    assert {model.roles[role] for role in metrics} <= set(model.metrics)
    assert set(model.roles.values()) <= set(model.metrics) | set(model.dimensions)


def test_a_finer_twin_counts_the_same_unit(model: SemanticModel) -> None:
    for metric in model.metrics.values():
        if metric.finer:
            assert model.metrics[metric.finer].unit == metric.unit, metric.id


def test_metrics_with_days_can_be_asked_by_a_number_of_days(model: SemanticModel) -> None:
    """「90天复购率」 teaches the planner that 复购率 after a number of days means the parametrised metric."""
    journeys = {
        name for journey in model.journeys for name in (journey.rate, journey.count)
    }  # 入会后 7 天内买的: a grammar
    for metric in model.metrics.values():
        if metric.days is not None and metric.id not in journeys | {"cohort_people_by_order"}:
            assert any(word[0].isdigit() or word[:1] == "N" for word in metric.synonyms.zh), metric.id


@pytest.mark.parametrize(
    ("word", "metric"),
    [
        ("销售额", "gmv_paid"),
        ("业绩", "gmv_paid"),
        ("GMV", "gmv_paid"),
        ("流水", "gmv_paid"),
        ("单量", "paid_order_count"),
        ("下单数", "placed_order_count"),
        ("买家数", "buyers"),
        ("会员购买人数", "member_buyers"),
        ("实收", "net_sales"),
        ("复购率", "repurchase_rate"),
        ("会员复购人数", "member_repurchase_buyers"),
        ("客单价", "aov"),
        ("UV", "uv"),
        ("退款率", "refund_rate"),
        ("核销率", "redeem_rate"),
        ("入会率", "join_rate"),
        ("动销率", "active_sku_rate"),
        ("连带率", "units_per_order"),
        ("企微加粉", "wecom_new_friends"),
        ("老带新", "referred_members"),
        ("ROI", "roas"),
    ],
)
def test_bare_words_mean_the_house_default(model: SemanticModel, word: str, metric: str) -> None:
    assert word.casefold() in _words(model.metrics[metric])


def test_no_metric_reaches_a_dimension_in_two_roles(model: SemanticModel) -> None:
    datasets = {metric.dataset for metric in model.metrics.values() if metric.dataset}
    found = {
        (dataset, dimension.id): [path.relationships for path in find_paths(model, dataset, dimension)]
        for dataset in sorted(datasets)
        for dimension in model.dimensions.values()
    }
    assert {pair: paths for pair, paths in found.items() if len(paths) > 1} == {}
