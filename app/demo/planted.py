"""The planted causes: what was put into the demo data on purpose, so that a diagnosis can be graded.

The same records drive the generator (through the temporary table `cause`) and are written to `planted.json`: the truth
cannot drift from the data. Windows are inclusive calendar days.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Literal

FIRST_DAY = date(2024, 9, 1)
LAST_DAY = date(2026, 10, 31)
"""The fixed last day of the demo brand: "today" for every relative phrase."""

CauseKind = Literal[
    "channel_outage",
    "coupon_broken",
    "stock_out",
    "mix_shift",
    "promo_moved",
    "store_closed",
    "guide_turnover",
    "tracking_loss",
    "quiet",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedCause:
    """One planted cause. `dims` names the rows it touches in the warehouse's own values.

    `change` is the planted relative change of `metric` inside the window against `compare_with`, as a fraction
    (-0.9 = nine tenths lost); the measured one differs by noise. None: the direction alone is planted.
    """

    id: str
    kind: CauseKind
    start: date
    end: date
    metric: str
    direction: Literal["down", "up", "flip", "none"]
    change: float | None
    compare_with: str
    zh: str
    en: str
    dims: dict[str, str] = field(default_factory=dict)

    def as_row(self) -> tuple[str, str, str | None, str | None, date, date, float | None]:
        """The record as the generator reads it: (id, kind, channel, store_id, start, end, share kept)."""
        kept = None if self.change is None else 1 + self.change
        return self.id, self.kind, self.dims.get("channel"), self.dims.get("store_id"), self.start, self.end, kept


PLANTED: tuple[PlantedCause, ...] = (
    PlantedCause(
        id="mini_outage", kind="channel_outage", start=date(2026, 7, 7), end=date(2026, 7, 8),
        metric="paid_order_count", direction="down", change=-0.96, compare_with="the same weekdays around it",
        dims={"channel": "wechat_mini"},
        zh="小程序支付故障两天：2026-07-07 至 07-08 几乎无法下单，其他渠道正常。",
        en="The mini-program could hardly take orders on 7–8 July 2026; other channels were normal.",
    ),
    PlantedCause(
        id="tmall_coupon_broken", kind="coupon_broken", start=date(2026, 6, 24), end=date(2026, 7, 3),
        metric="coupon_redemption_rate", direction="down", change=-1.0, compare_with="the weeks around it",
        dims={"channel": "tmall", "template_id": "T-TMALL-50"},
        zh="天猫满 399 减 50 券配置错误：可领不可用，核销归零，部分订单因此未付款。",
        en="The Tmall 50-off-399 coupon could be claimed but not used: no redemption, some orders unpaid.",
    ),
    PlantedCause(
        id="sunscreen_stock_out", kind="stock_out", start=date(2026, 7, 10), end=date(2026, 7, 21),
        metric="units_sold", direction="down", change=-1.0, compare_with="the weeks around it",
        dims={"spu_id": "G013", "category": "防晒"},
        zh="主推品晴空轻透防晒乳断货 12 天：全部仓与门店库存为 0。",
        en="The hero sunscreen G013 was out of stock everywhere for twelve days in the season.",
    ),
    PlantedCause(
        id="conversion_mix_shift", kind="mix_shift", start=date(2026, 9, 1), end=date(2026, 9, 30),
        metric="conversion_rate", direction="flip", change=0.06, compare_with="2026-08-01..2026-08-31",
        dims={"channel": "douyin"},
        zh="9 月每个渠道的转化率都比 8 月高，但抖音低转化流量大增，总转化率反而下降（辛普森）。",
        en="Every channel converts better in September than in August, yet the total falls: Douyin surged.",
    ),
    PlantedCause(
        id="member_week_moved", kind="promo_moved", start=date(2026, 3, 23), end=date(2026, 3, 27),
        metric="gmv_paid", direction="up", change=None, compare_with="the same days of 2025",
        dims={"promo": "春日会员周", "previous_start": "2025-04-14", "previous_end": "2025-04-18"},
        zh="春日会员周由 2025-04-14 提前到 2026-03-23：三月同比虚高，四月同比虚低。",
        en="The spring member week moved from 14 April 2025 to 23 March 2026: March looks too good, April too bad.",
    ),
    PlantedCause(
        id="suzhou_closed", kind="store_closed", start=date(2026, 8, 10), end=LAST_DAY,
        metric="paid_order_count", direction="down", change=-1.0, compare_with="the weeks before",
        dims={"channel": "store", "store_id": "S008"},
        zh="苏州观前店 2026-08-10 起闭店。",
        en="The Suzhou store closed on 10 August 2026.",
    ),
    PlantedCause(
        id="chengdu_guides_left", kind="guide_turnover", start=date(2026, 5, 6), end=date(2026, 6, 30),
        metric="paid_order_count", direction="down", change=-0.6, compare_with="the months around it",
        dims={"channel": "store", "store_id": "S019", "guides_left": "G019-1,G019-2"},
        zh="成都太古里店两名资深导购离职，业绩下滑近两个月。",
        en="Both senior guides of the Chengdu Taikoo Li store left; its orders fell for almost two months.",
    ),
    PlantedCause(
        id="note_tracking_lost", kind="tracking_loss", start=date(2026, 4, 7), end=date(2026, 4, 9),
        metric="visitors", direction="down", change=-0.95, compare_with="the same weekdays around it",
        dims={"channel": "xiaohongshu"},
        zh="小红书埋点丢失三天：访客与行为数据骤降，订单不受影响。",
        en="Xiaohongshu tracking broke for three days: visitors and events vanish while orders stay normal.",
    ),
    *(
        PlantedCause(
            id=f"quiet_{start:%Y%m%d}", kind="quiet", start=start, end=end,
            metric="gmv_paid", direction="none", change=0.0, compare_with="the week before",
            zh="平静周：没有任何人为因素，波动只是噪声。",
            en="A quiet week: nothing was planted, any movement is noise.",
        )
        for start, end in (
            (date(2025, 11, 24), date(2025, 11, 30)),
            (date(2026, 4, 20), date(2026, 4, 26)),
            (date(2026, 7, 27), date(2026, 8, 2)),
        )
    ),
)  # fmt: skip


def planted_json(*, seed: int, scale: float) -> str:
    """The truth file: stable text for the same seed and scale."""
    truth = {
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "seed": seed,
        "scale": scale,
        "causes": [{name: _plain(value) for name, value in asdict(cause).items()} for cause in PLANTED],
    }
    return json.dumps(truth, ensure_ascii=False, indent=2) + "\n"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
