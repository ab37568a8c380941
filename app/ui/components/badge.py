"""The trust badge: a fixed colour and always words."""

from app.flows.answer import Language, Trust
from app.ui.components.parts import box, text
from app.ui.words import say


def trust_badge(trust: Trust, language: Language) -> None:
    with box(f"qm-badge qm-{trust}", "span"):
        box("qm-dot", "i")
        text(say(f"trust_{trust}", language))
