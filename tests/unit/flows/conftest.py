"""A semantic model of a few entries, built in code: enough for everything the flow says about a query."""

import pytest

from app.semantic.model import Dataset, Dimension, FieldDef, Metric, Segment, SemanticModel, Text


def _metric(name: str, zh: str, unit: str, additivity: str, **more: object) -> Metric:
    base = {"id": name, "label": Text(zh=zh, en=name.replace("_", " ")), "unit": unit, "additivity": additivity,
            "owner": "电商部", "area": "trade", "definition": Text(zh=f"{zh}的定义", en=f"what {name} is"),
            "dataset": "orders", "agg": "sum", "expr": "amount"}  # fmt: skip
    return Metric.model_validate({**base, **more})


@pytest.fixture(scope="session")
def model() -> SemanticModel:
    metrics = [
        _metric("gmv", "支付GMV", "CNY", "additive", not_counted=Text(zh="不含员工", en="without staff")),
        _metric("orders", "订单数", "orders", "additive"),
        _metric("buyers", "购买人数", "people", "non_additive"),
        _metric("cohort", "90天复购人数", "people", "non_additive", days=90, matures_after_days=True),
        _metric("members", "会员数", "people", "semi_additive", window="until"),
        _metric("aov", "客单价", "CNY", "non_additive", type="ratio", numerator="gmv", denominator="orders"),
        _metric("rate", "90天复购率", "rate", "non_additive", type="ratio", numerator="cohort", denominator="buyers"),
    ]
    channels = {"tmall": Text(zh="天猫", en="Tmall"), "douyin": Text(zh="抖音", en="Douyin")}
    dimensions = [
        Dimension(
            id="register_channel",
            label=Text(zh="注册渠道", en="register channel"),
            on={"orders": "rc"},
            values=channels,
        ),
        Dimension(id="channel", label=Text(zh="渠道", en="channel"), on={"orders": "channel"}, values=channels),
        Dimension(id="store", label=Text(zh="门店", en="store"), on={"orders": "store"}, kind="name"),
        Dimension(id="age", label=Text(zh="年龄", en="age"), on={"orders": "age"}, kind="number", type="integer"),
        Dimension(
            id="presale", label=Text(zh="是否预售", en="presale"), on={"orders": "p"}, kind="flag", type="boolean"
        ),
    ]
    segments = [
        Segment(
            id=name,
            label=Text(zh=zh, en=name),
            dataset="orders",
            days=30,
            owner="会员部",
            definition=Text(zh=zh, en=name),
        )
        for name, zh in (("sleeping", "沉睡会员"), ("new", "新客"))
    ]
    orders = Dataset(id="orders", label=Text(zh="订单", en="orders"), table="orders", key=("id",), time=("paid_at",),
                     fields={"amount": FieldDef(type="decimal")})  # fmt: skip
    return SemanticModel(
        datasets={"orders": orders}, dimensions={d.id: d for d in dimensions}, matched={},
        metrics={m.id: m for m in metrics}, segments={s.id: s for s in segments}, version="test",
    )  # fmt: skip
