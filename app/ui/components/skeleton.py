"""The shape of an answer while it is made."""

from app.flows.answer import Language
from app.ui.components.parts import box, text
from app.ui.words import say


def answer_skeleton(language: Language) -> None:
    with box("qm-card qm-working").props('role="status"'), box("qm-section"):
        text(say("working", language), "qm-quiet", "p")
        with box("qm-chips"):
            for width in (120, 96, 150):
                box("qm-bone qm-bone-chip").style(f"width: {width}px")
        box("qm-bone qm-bone-number")
        for width in (100, 92, 96):
            box("qm-bone").style(f"width: {width}%")
