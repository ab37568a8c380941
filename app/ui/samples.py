"""Sample answers in every state, for the gallery page and tests of the faces. Invented numbers, never served."""

from collections.abc import Callable
from datetime import date
from typing import Any

from app.flows.answer import (
    Answer,
    Approval,
    Chart,
    Check,
    Clarification,
    ClarifyOption,
    Column,
    Definition,
    Language,
    Refusal,
    Remembered,
    Stage,
    Trace,
    TrustEvidence,
    UsedSense,
)
from app.semantic.query import Comparison, Filter, SemanticQuery

_SEPTEMBER = date(2026, 9, 1), date(2026, 9, 30)
_CHANNELS = {
    "zh": {"tmall": "天猫", "douyin": "抖音", "jd": "京东", "mini_program": "小程序", "store": "门店"},
    "en": {"tmall": "Tmall", "douyin": "Douyin", "jd": "JD", "mini_program": "Mini program", "store": "Stores"},
}
_SQL = """WITH b0 AS (
  SELECT o.channel, COUNT(DISTINCT o.one_id) AS buyers
  FROM orders AS o
  WHERE o.paid_at >= CAST('2026-09-01' AS DATE) AND o.paid_at < CAST('2026-10-01' AS DATE)
    AND o.channel IN ('tmall', 'douyin')
  GROUP BY o.channel
)
SELECT channel, buyers FROM b0 ORDER BY buyers DESC LIMIT 1000"""


def sample(kind: str, language: Language) -> Answer:
    """The sample answer of that kind; `SAMPLES` lists the kinds."""
    return SAMPLES[kind](language)


def _say(language: Language, zh: str, en: str) -> str:
    return en if language == "en" else zh


def _trace() -> Trace:
    stages = tuple(
        Stage(name=name, ms=ms)
        for name, ms in (("plan", 6.2), ("compile", 9.8), ("guard", 7.1), ("execute", 16.4), ("check", 2.0))
    )
    return Trace(request_id="req_0123456789abcdef01234567", data_as_of=date(2026, 10, 31), stages=stages)


def _governed(language: Language, **fields: Any) -> Answer:
    checks = (
        Check(name="unique_keys", passed=True, detail=_say(language, "主键唯一", "keys are unique")),
        Check(name="parts_in_whole", passed=True, detail=_say(language, "分子 ⊆ 分母", "numerator within denominator")),
        Check(name="freshness", passed=True, detail=_say(language, "数据截至 2026-10-31", "data as of 2026-10-31")),
        Check(name="small_groups", passed=True, detail=_say(language, "没有少于 5 人的组", "no group below 5 people")),
    )
    base: dict[str, Any] = {
        "status": "answered", "language": language, "sql": _SQL, "dialect": "duckdb", "trust": "governed",
        "evidence": TrustEvidence(coverage=1.0, path="rule", checks_passed=4, checks_total=4), "checks": checks,
        "definitions": (_repurchase_definition(language),), "trace": _trace(),
    }  # fmt: skip
    answer = Answer(**{**base, **fields})
    return answer.model_copy(update={"row_count": len(answer.rows)})


def _repurchase_definition(language: Language) -> Definition:
    return Definition(
        id="repurchase_rate",
        name=_say(language, "复购率", "Repurchase rate"),
        text=_say(
            language,
            "期内购买 ≥ 2 次(同日多单算 1 次)的会员 ÷ 期内购买会员。",
            "Members who bought on two or more days in the period ÷ members who bought in it.",
        ),
        owner=_say(language, "会员部", "Membership"),
        version=3,
    )


def _repurchase(language: Language) -> Answer:
    start, end = _SEPTEMBER
    rate, year = "repurchase_rate", _say(language, "去年同期", "A year ago")
    return _governed(
        language,
        restatement=_say(
            language, "2026年9月 抖音、天猫 复购率,同比", "Repurchase rate, Douyin and Tmall, Sep 2026, YoY"
        ),
        headline=_say(
            language,
            "2026年9月复购率:天猫 27.4%(同比 +0.8 pp),抖音 18.6%(同比 −3.1 pp)。",
            "Repurchase rate in Sep 2026: Tmall 27.4% (+0.8 pp YoY), Douyin 18.6% (−3.1 pp YoY).",
        ),
        query=SemanticQuery(
            metrics=("repurchase_buyers", rate),
            dimensions=("channel",),
            start=start,
            end=end,
            filters=(Filter(dimension="channel", op="in", values=("douyin", "tmall")),),
            compare=(Comparison(kind="prior_year", start=date(2025, 9, 1), end=date(2025, 9, 30)),),
        ),
        columns=(
            Column(name="channel", label=_say(language, "渠道", "Channel"), kind="dimension"),
            Column(name=rate, label=_say(language, "复购率", "Repurchase rate"), kind="metric", unit="rate"),
            Column(name=f"{rate}__prior_year", label=year, kind="metric", unit="rate"),
            Column(name=f"{rate}__prior_year_delta", label=_say(language, "同比", "YoY"), kind="delta", unit="pp"),
            Column(
                name="repurchase_buyers",
                label=_say(language, "复购会员", "Repurchasing members"),
                kind="metric",
                unit="people",
            ),
        ),
        rows=(("tmall", 0.274, 0.266, 0.008, 3400), ("douyin", 0.186, 0.217, -0.031, 1528)),
        labels={"channel": _CHANNELS[language]},
        chart=Chart(kind="bar", x="channel", y=(rate,)),
        notes=(
            _say(
                language,
                "散客(无 One ID)不进分子分母;员工单、风控单已剔除。",
                "Anonymous buyers are in neither part; staff and blocked orders are left out.",
            ),
            _say(
                language,
                "一人在两个渠道都买过会各算一次,两行人数不能相加。",
                "Someone who bought on both channels counts once in each: the rows do not add up.",
            ),
        ),
    )


def _single(language: Language) -> Answer:
    start, end = _SEPTEMBER
    return _governed(
        language,
        trust="verified",
        restatement=_say(language, "2026年9月 支付金额,环比", "GMV paid, Sep 2026, vs previous period"),
        headline=_say(
            language, "2026年9月支付金额 ¥1,862.4万,环比 −12.3%。", "GMV paid in Sep 2026: ¥18.62M, −12.3% MoM."
        ),
        query=SemanticQuery(
            metrics=("gmv_paid",),
            start=start,
            end=end,
            compare=(Comparison(kind="prior_period", start=date(2026, 8, 1), end=date(2026, 8, 31)),),
        ),
        columns=(
            Column(name="gmv_paid", label=_say(language, "支付金额", "GMV paid"), kind="metric", unit="CNY"),
            Column(name="gmv_paid__prior_period", label=_say(language, "上期", "Previous"), kind="metric", unit="CNY"),
            Column(
                name="gmv_paid__prior_period_rate", label=_say(language, "环比", "Change"), kind="delta", unit="rate"
            ),
        ),
        rows=((18_624_310.55, 21_236_385.0, -0.123),),
        chart=Chart(kind="number"),
        notes=(),
    )


def _trend(language: Language) -> Answer:
    months = [f"2025-{month:02d}" for month in range(11, 13)] + [f"2026-{month:02d}" for month in range(1, 11)]
    base = {"tmall": 9_200_000, "douyin": 6_100_000, "jd": 3_900_000, "store": 2_050_000}
    rows = tuple(
        (month, channel, round(amount * (1 + 0.03 * index + (0.9 if month == "2025-11" else 0)), 2))
        for index, month in enumerate(months)
        for channel, amount in base.items()
        if not (channel == "store" and month == "2026-02")
    )
    return _governed(
        language,
        restatement=_say(
            language,
            "2025-11-01 至 2026-10-31 · 支付金额 · 按渠道、月",
            "2025-11-01 to 2026-10-31 · GMV paid · by Channel, month",
        ),
        headline=_say(
            language,
            "2025-11 到 2026-10,天猫支付金额最高,10 月 ¥1,223.6万。",
            "Nov 2025 to Oct 2026: Tmall leads with ¥12.24M in October.",
        ),
        query=SemanticQuery(
            metrics=("gmv_paid",),
            dimensions=("channel",),
            start=date(2025, 11, 1),
            end=date(2026, 10, 31),
            grain="month",
        ),
        columns=(
            Column(name="period", label=_say(language, "月份", "Month"), kind="dimension"),
            Column(name="channel", label=_say(language, "渠道", "Channel"), kind="dimension"),
            Column(name="gmv_paid", label=_say(language, "支付金额", "GMV paid"), kind="metric", unit="CNY"),
        ),
        rows=rows,
        labels={"channel": _CHANNELS[language]},
        chart=Chart(kind="line", x="period", y=("gmv_paid",), series="channel"),
        notes=(
            _say(language, "门店 2026-02 没有数据,图上留空。", "No store data for 2026-02: the line has a gap there."),
        ),
    )


def _ranking(language: Language) -> Answer:
    hostile = '<img src=x onerror="window.hacked=1"> \'; DROP TABLE'
    names = (
        "玻尿酸补水面霜 50g",
        hostile,
        "山茶花精华油",
        "氨基酸洁面",
        "烟酰胺亮肤面膜 5 片装",
        "防晒乳 SPF50+ 60ml",
        "唇釉 06 枫叶红",
    )
    rows = tuple(
        (name, round(820_000 / (index + 1), 2), 5200 - index * 610, 0.31 / (index + 1))
        for index, name in enumerate(names)
    )
    return _governed(
        language,
        trust="unverified",
        restatement=_say(language, "2026年9月 商品 支付金额 前 7", "Top 7 products by GMV paid, Sep 2026"),
        headline=_say(
            language,
            "2026年9月卖得最好的是玻尿酸补水面霜 50g,¥820,000。",
            "Best seller in Sep 2026: 玻尿酸补水面霜 50g, ¥820,000.",
        ),
        query=SemanticQuery(
            metrics=("gmv_paid", "item_quantity"),
            dimensions=("product",),
            start=_SEPTEMBER[0],
            end=_SEPTEMBER[1],
            limit=7,
        ),
        columns=(
            Column(name="product", label=_say(language, "商品", "Product"), kind="dimension"),
            Column(name="gmv_paid", label=_say(language, "支付金额", "GMV paid"), kind="metric", unit="CNY"),
            Column(name="item_quantity", label=_say(language, "件数", "Items"), kind="metric", unit="items"),
            Column(name="gmv_paid__share", label=_say(language, "占比", "Share"), kind="share", unit="rate"),
        ),
        rows=rows,
        truncated=True,
        evidence=TrustEvidence(coverage=0.86, path="rule", fuzzy=("单品 → 商品",), checks_passed=3, checks_total=4),
        checks=(
            Check(name="freshness", passed=True, detail=_say(language, "数据截至 2026-10-31", "data as of 2026-10-31")),
            Check(
                name="parts_sum",
                passed=False,
                detail=_say(language, "前 7 名之和小于总数", "the top 7 are less than the total"),
            ),
        ),
        chart=Chart(kind="bar", x="product", y=("gmv_paid",)),
    )


def _grouped(language: Language) -> Answer:
    return _governed(
        language,
        restatement=_say(language, "2026年9月 各渠道 新老客人数", "New and returning buyers by channel, Sep 2026"),
        headline=_say(language, "天猫老客最多,3,400 人。", "Tmall has the most returning buyers: 3,400."),
        query=SemanticQuery(
            metrics=("buyers",), dimensions=("channel", "buyer_type"), start=_SEPTEMBER[0], end=_SEPTEMBER[1]
        ),
        columns=(
            Column(name="channel", label=_say(language, "渠道", "Channel"), kind="dimension"),
            Column(name="buyer_type", label=_say(language, "新老客", "Buyer type"), kind="dimension"),
            Column(name="buyers", label=_say(language, "购买人数", "Buyers"), kind="metric", unit="people"),
        ),
        rows=(
            ("tmall", "new", 2100),
            ("tmall", "returning", 3400),
            ("douyin", "new", 2900),
            ("douyin", "returning", 1528),
            ("jd", "new", 800),
            ("jd", "returning", 1210),
            ("store", "new", 310),
            ("store", "returning", None),
        ),
        labels={
            "channel": _CHANNELS[language],
            "buyer_type": {"new": _say(language, "新客", "New"), "returning": _say(language, "老客", "Returning")},
        },
        chart=Chart(kind="grouped_bar", x="channel", y=("buyers",), series="buyer_type"),
    )


def _clarify(language: Language) -> Answer:
    start, end = _SEPTEMBER
    query = SemanticQuery(metrics=("lapsed_members",), start=start, end=end)
    options = (
        ClarifyOption(
            label=_say(language, "市场:拍下即计", "Marketing: As placed"),
            query=query,
            preview=_say(language, "1,204 人", "1,204"),
            term="gmv",
            sense="placed",
            who=_say(language, "市场", "Marketing"),
            meaning=_say(language, "拍下即计", "As placed"),
            names=("拍下", "placed"),
        ),
        ClarifyOption(
            label=_say(language, "电商:支付即计", "Trade: As paid"),
            query=query,
            preview=_say(language, "1,663 人 · 比第一种 +38.1%", "1,663 · +38.1% vs the first"),
            term="gmv",
            sense="paid",
            who=_say(language, "电商", "Trade"),
            meaning=_say(language, "支付即计", "As paid"),
            names=("支付", "paid"),
        ),
    )
    question = _say(
        language,
        "「值得唤醒」有两种读法,人数差 38%,你要哪一种?",
        "“Worth waking” has two readings, 38% apart. Which one?",
    )
    return Answer(
        status="needs_clarification",
        language=language,
        clarification=Clarification(question=question, options=options),
        trace=_trace(),
    )


def _refused(language: Language) -> Answer:
    return Answer(
        status="refused",
        language=language,
        refusal=Refusal(
            code="not_understood",
            reason=_say(
                language,
                "没有读懂「天气」:指标、维度和数值里都没有这个词。",
                "“weather” is no metric, dimension or value here.",
            ),
            instead=(
                _say(language, "上个月各渠道的支付金额", "GMV paid by channel last month"),
                _say(language, "近 12 个月的支付金额趋势", "GMV paid trend over the last 12 months"),
            ),
        ),
        trace=_trace(),
    )


def _failed(language: Language) -> Answer:
    return Answer(
        status="failed",
        language=language,
        refusal=Refusal(
            code="query_stopped",
            reason=_say(language, "查询超过 30 秒,已停止。", "The query passed 30 seconds and was stopped."),
            instead=(_say(language, "缩短时间范围,或少分一个维度", "Ask for a shorter time, or one breakdown less"),),
        ),
        trace=_trace(),
    )


def _empty(language: Language) -> Answer:
    return _governed(
        language,
        headline=_say(language, "2026年9月没有符合条件的订单。", "No orders match in Sep 2026."),
        query=SemanticQuery(metrics=("gmv_paid",), dimensions=("channel",), start=_SEPTEMBER[0], end=_SEPTEMBER[1]),
        columns=(
            Column(name="channel", label=_say(language, "渠道", "Channel"), kind="dimension"),
            Column(name="gmv_paid", label=_say(language, "支付金额", "GMV paid"), kind="metric", unit="CNY"),
        ),
    )


def _verified(language: Language) -> Answer:
    """Approved by a person, read in a chosen sense that was just remembered."""
    question = _say(language, "上个月支付金额", "paid sales last month")
    sense = UsedSense(
        term="gmv", sense="paid", by="asked", label="GMV", who=_say(language, "电商", "Trade"),
        meaning=_say(language, "支付即计", "As paid"),
    )  # fmt: skip
    return _single(language).model_copy(
        update={
            "trust": "verified",
            "approval": Approval(by="li.lei", on=date(2026, 11, 20), question=question),
            "senses": (sense,),
            "remembered": Remembered(term="gmv", sense="paid", label="GMV", who=sense.who),
        }
    )


def _definition(language: Language) -> Answer:
    """What a word means: words, and no number."""
    definition = _repurchase_definition(language)
    return Answer(
        status="answered", language=language, trust="governed", definitions=(definition,), trace=_trace(),
        headline=f"{definition.name}: {definition.text}",
        restatement=_say(language, "复购率 的定义", "Definition of repurchase rate"),
    )  # fmt: skip


SAMPLES: dict[str, Callable[[Language], Answer]] = {
    "repurchase": _repurchase,
    "single": _single,
    "trend": _trend,
    "ranking": _ranking,
    "grouped": _grouped,
    "verified": _verified,
    "definition": _definition,
    "clarify": _clarify,
    "refused": _refused,
    "failed": _failed,
    "empty": _empty,
}
