"""Every component in every state with sample answers, for screenshots. Served only when the settings say so."""

from app.flows.answer import Language
from app.ui.components.answer_card import CardActions, answer_card
from app.ui.components.evidence import TABS, evidence_panel
from app.ui.components.parts import box, text
from app.ui.components.skeleton import answer_skeleton
from app.ui.samples import SAMPLES, sample
from app.ui.shaping import Names
from app.ui.theme import Theme
from app.ui.words import say


def build_gallery(language: Language, theme: Theme) -> None:
    """Draw all samples under each other."""
    idle = CardActions(ask=_nothing, choose=_nothing, select=lambda: None, show_evidence=lambda: None)
    with box("qm-gallery").props(f'data-language="{language}"'):
        text(say("gallery", language), tag="h1")
        for kind in SAMPLES:
            text(kind, "qm-quiet", "h2")
            answer_card(sample(kind, language), Names(), theme, idle, is_selected=False)
        text("working", "qm-quiet", "h2")
        answer_skeleton(language)
        with box("qm-gallery-panels"):
            for tab in TABS:
                with box("qm-gallery-panel"):
                    evidence_panel(sample("ranking", language), tab, language, on_tab=_nothing, on_close=lambda: None)


def _nothing(_: object) -> None:
    return
