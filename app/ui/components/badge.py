"""The trust badge: a fixed colour and always words; a person's approval names the person and the day."""

from app.flows.answer import Answer
from app.ui.components.parts import box, text
from app.ui.words import say


def trust_badge(answer: Answer) -> None:
    trust, approval, language = answer.trust, answer.approval, answer.language
    if trust is None:
        return
    with box(f"qm-badge qm-{trust}", "span"):
        box("qm-dot", "i")
        if trust == "verified" and approval is not None:
            told = say("trust_verified_by", language, by=approval.by, day=approval.on.isoformat())
            text(told, title=approval.question)
        else:
            text(say(f"trust_{trust}", language))
