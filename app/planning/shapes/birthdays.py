"""Birthdays in a month: "11月生日的会员", "下个月过生日的金卡会员", "members with birthdays next month"."""

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.semantic.query import Filter


def read_birthdays(draft: Draft) -> None:
    """The month said beside a birthday is when people were born, not when anything was counted."""
    birthday = draft.role("birthday_month")
    for token in list(draft.free()):
        if birthday is None or not token.has("dimension", birthday):
            continue
        left = draft.neighbour(token, -1)
        if left is not None and left.op("by", "each", "which", "which_many"):
            continue
        time = _month_beside(draft, token)
        if time is None:
            continue
        month = time.payload.start.month
        draft.fixed.append(Filter(dimension=birthday, op="eq", values=(month,)))
        draft.shared.append(birthday)
        for used in (token, time):
            used.use("filter", f"birthday in month {month}")


def _month_beside(draft: Draft, token: Token) -> Token | None:
    """The nearest time around that lies within one month, with nothing but people and small words between."""
    for step in (-1, 1):
        near = draft.neighbour(token, step)
        while (
            near is not None
            and near.kind == "word"
            and (near.is_filler or near.op("people", "how_many", "count_people"))
        ):
            near = draft.neighbour(near, step)
        if near is not None and near.kind == "time" and not near.used_by and _is_one_month(near):
            return near
    return None


def _is_one_month(time: Token) -> bool:
    first, last = time.payload.start, time.payload.end
    return bool((first.year, first.month) == (last.year, last.month) and first.day == 1 and (last - first).days > 26)
