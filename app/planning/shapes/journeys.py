"""From one thing people did to the next: "首购后 90 天内又买的占多少", "claimed in July, used within 7 days"."""

from collections.abc import Callable

from app.planning.draft import Draft
from app.planning.lattice import Token

_AFTER = ("后", "内", "以后", "之后", "之内", "以内", "after", "again", "又", "再", "再次", "回来")


def read_journeys(draft: Draft) -> None:
    """The start, the days and the outcome together name one number; the time is when people started."""
    days = next((t for t in draft.free() if t.kind == "duration"), None)
    asked = [t for t in draft.free() if (t.of("metric") or t.of("days_metric")) and not t.op("people")]
    if days is None or asked:
        return
    for journey in draft.model.journeys:
        starts, outcomes = _STARTS[journey.start](draft), _OUTCOMES[journey.outcome](draft)
        outcomes = [t for t in outcomes if starts and t.start > starts[0].start and t not in starts]
        if not starts or not outcomes or starts == outcomes:
            continue
        wants_rate = any(t.op("share", "share_of") for t in draft.free())
        if not wants_rate and not any(t.op("count_people", "how_many", "people") for t in draft.free()):
            continue
        name = f"{journey.rate if wants_rate else journey.count}@{int(days.payload)}"
        draft.metrics.append(name)
        for token in (*starts, *outcomes, days, *_small_words(draft, days)):
            token.use("metric", name)
        for token in list(draft.free()):
            if token.op("share", "share_of", "count_people", "how_many", "people"):
                token.use("metric", name)
        return


def _small_words(draft: Draft, days: Token) -> list[Token]:
    position = draft.index(days)
    near = draft.tokens[max(0, position - 2) : position + 4]
    return [t for t in near if t.text in _AFTER and t.used_by is None]


def _first_purchase(draft: Draft) -> list[Token]:
    found = [t for t in draft.free() if t.op("acquired", "first_time")]
    found += [t for t in draft.free() if any(c.value == "new" and "customer" in c.target for c in t.of("value"))]
    if any(t.op("first_time") for t in found):
        first = next(t for t in found if t.op("first_time"))
        verb = draft.neighbour(first, 1)
        if verb is not None and verb.op("bought") and not verb.used_by:
            found.append(verb)
    return found


def _joining(draft: Draft) -> list[Token]:
    return [t for t in draft.free() if t.op("joined")]


def _deed(metric: str) -> "Reader":
    return lambda draft: [t for t in draft.free() if t.has("deed", metric)]


def _claim(draft: Draft) -> list[Token]:
    return [t for t in draft.free() if t.op("claimed") or t.has("deed", "coupon_claimers")]


def _purchase(draft: Draft) -> list[Token]:
    return [t for t in draft.free() if t.op("bought")]


Reader = Callable[[Draft], list[Token]]
_STARTS: dict[str, Reader] = {
    "first_purchase": _first_purchase, "joining": _joining, "claim": _claim, "wecom_add": _deed("wecom_new_friends"),
}  # fmt: skip
_OUTCOMES: dict[str, Reader] = {
    "purchase": _purchase, "first_purchase": lambda draft: [t for t in draft.free() if t.op("acquired")],
    "use": _deed("coupon_users"),
}  # fmt: skip
