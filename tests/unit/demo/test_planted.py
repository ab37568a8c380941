import json
from datetime import date
from itertools import combinations

from app.demo.planted import FIRST_DAY, LAST_DAY, PLANTED, planted_json


def test_every_kind_of_cause_is_planted_and_every_window_is_inside_history() -> None:
    kinds = {cause.kind for cause in PLANTED}
    assert kinds >= {
        "channel_outage",
        "coupon_broken",
        "stock_out",
        "mix_shift",
        "promo_moved",
        "store_closed",
        "quiet",
    }
    assert all(FIRST_DAY <= cause.start <= cause.end <= LAST_DAY for cause in PLANTED)
    assert len({cause.id for cause in PLANTED}) == len(PLANTED)


def test_quiet_weeks_touch_no_planted_cause() -> None:
    quiet = [cause for cause in PLANTED if cause.kind == "quiet"]
    busy = [cause for cause in PLANTED if cause.kind != "quiet"]
    assert all(calm.end < cause.start or cause.end < calm.start for calm in quiet for cause in busy)
    assert all(a.end < b.start or b.end < a.start for a, b in combinations(quiet, 2))


def test_truth_file_is_stable_and_readable() -> None:
    text = planted_json(seed=1, scale=0.05)
    assert text == planted_json(seed=1, scale=0.05)
    truth = json.loads(text)
    assert truth["last_day"] == "2026-10-31"
    assert [cause["id"] for cause in truth["causes"]] == [cause.id for cause in PLANTED]
    assert all(date.fromisoformat(cause["start"]) for cause in truth["causes"])
    assert all(cause["zh"] and cause["en"] for cause in truth["causes"])
