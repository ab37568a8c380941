"""The story of a build: what is made, in which order. Adding a table = a statement in a file listed here."""

from dataclasses import dataclass
from enum import Enum


class Repeat(Enum):
    """How often a file's statements run."""

    ONCE = "once"
    PER_PEOPLE_CHUNK = "per chunk of people"
    PER_DAY_SLICE = "per slice of days"


@dataclass(frozen=True, slots=True)
class Step:
    """One `.sql` file. `share` is its part of the build time, for the progress bar."""

    label: str
    file: str
    share: float
    repeat: Repeat = Repeat.ONCE


STEPS: tuple[Step, ...] = (
    Step("randomness", "10_random", 0.0),
    Step("brands, products, shops", "20_catalogue", 0.01),
    Step("promo calendar", "30_calendar", 0.02),
    Step("channels", "35_channel_pick", 0.0),
    Step("people", "40_people", 0.03),
    Step("order table", "50_order_slots", 0.0),
    Step("order attempts", "51_fill_slots", 0.06, Repeat.PER_PEOPLE_CHUNK),
    Step("order facts", "55_order_fact", 0.0),
    Step("orders, refunds, coupons, points", "60_trade", 0.4, Repeat.PER_DAY_SLICE),
    Step("member facts", "69_member_fact", 0.0),
    Step("members, consents, WeCom", "70_members", 0.14, Repeat.PER_PEOPLE_CHUNK),
    Step("campaigns, touches, messages", "80_marketing", 0.14),
    Step("traffic and stock", "85_daily", 0.1),
    Step("tasks, tickets, scans", "90_service", 0.04),
    Step("contact vault", "95_vault", 0.05, Repeat.PER_PEOPLE_CHUNK),
)
