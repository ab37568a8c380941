"""What an approved plan says beside an answer."""

from collections.abc import Callable

from app.core.actor import Actor
from app.flows.answer import Answer, Approval, Language
from app.flows.verify_question import ShownPair
from app.semantic.query import SemanticQuery

Match = Callable[[SemanticQuery, Actor], ShownPair | None]


def nothing_verified(query: SemanticQuery, actor: Actor) -> None:
    """A `Match` for where no app database is."""


def mark_verified(answer: Answer, match: ShownPair | None) -> Answer:
    """`answer`, marked `verified` where a named person approved its plan, with who and when.

    Only what is `governed` without a guessed word or a failed check rises: the person approved the plan, not this
    reading of other words nor these rows. A stale pair is told and marks nothing.
    """
    if match is None or answer.status != "answered":
        return answer
    if match.is_stale:
        return answer.model_copy(update={"notes": (*answer.notes, _stale_note(match, answer.language))})
    if not _is_sound(answer):
        return answer
    pair = match.pair
    approval = Approval(by=pair.approved_by, on=pair.approved_at.date(), question=pair.question)
    notes = (*answer.notes, _note(match, answer.language))
    return answer.model_copy(update={"trust": "verified", "approval": approval, "notes": notes})


def _is_sound(answer: Answer) -> bool:
    is_guessed = answer.evidence is not None and bool(answer.evidence.fuzzy)
    return answer.trust == "governed" and not is_guessed and all(check.passed for check in answer.checks)


def _note(match: ShownPair, language: Language) -> str:
    pair = match.pair
    if language == "zh":
        return f"已核对:{pair.approved_by} 于 {pair.approved_at:%Y-%m-%d} 确认这一口径(「{pair.question}」)。"
    return f'Verified: {pair.approved_by} approved this plan on {pair.approved_at:%Y-%m-%d} ("{pair.question}").'


def _stale_note(match: ShownPair, language: Language) -> str:
    pair = match.pair
    if language == "zh":
        return f"{pair.approved_by} 于 {pair.approved_at:%Y-%m-%d} 核对过这一口径,但之后指标定义有更新,需重新核对。"
    return (
        f"{pair.approved_by} approved this plan on {pair.approved_at:%Y-%m-%d}, but definitions changed since: "
        "it needs a new approval."
    )
