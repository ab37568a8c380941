"""Every component in every state with sample answers, for screenshots. Served only when the settings say so."""

from app.flows.answer import Language
from app.ui.components.after_answer import CardState
from app.ui.components.answer_card import CardActions, answer_card
from app.ui.components.evidence import TABS, evidence_panel
from app.ui.components.parts import box, text
from app.ui.components.skeleton import answer_skeleton
from app.ui.samples import SAMPLES, sample
from app.ui.shaping import Names
from app.ui.theme import Theme
from app.ui.words import say

_STATES: dict[Language, dict[str, CardState]] = {
    "zh": {
        "repurchase": CardState(suggestions=("按月看", "只看天猫", "同比呢")),
        "single": CardState(is_correcting=True),
        "trend": CardState(rating="up"),
        "grouped": CardState(problem="没有做成:这个答案已不再保存。"),
    },
    "en": {
        "repurchase": CardState(suggestions=("by month", "only Tmall", "compared to last year")),
        "single": CardState(is_correcting=True),
        "trend": CardState(rating="up"),
        "grouped": CardState(problem="This did not work: the answer is no longer kept."),
    },
}


def build_gallery(language: Language, theme: Theme) -> None:
    """Draw all samples under each other."""
    idle = CardActions(
        ask=_nothing, choose=_nothing, select=lambda: None, show_evidence=lambda: None, forget=_nothing,
        rate=_nothing, correct=_nothing, cancel_correction=lambda: None,
    )  # fmt: skip
    with box("qm-gallery").props(f'data-language="{language}"'):
        text(say("gallery", language), tag="h1")
        for kind in SAMPLES:
            text(kind, "qm-quiet", "h2")
            answer_card(sample(kind, language), Names(), theme, idle, _STATES[language].get(kind, CardState()))
        text("working", "qm-quiet", "h2")
        answer_skeleton(language)
        with box("qm-gallery-panels"):
            for tab in TABS:
                with box("qm-gallery-panel"):
                    evidence_panel(sample("ranking", language), tab, language, on_tab=_nothing, on_close=lambda: None)


def _nothing(_: object) -> None:
    return
