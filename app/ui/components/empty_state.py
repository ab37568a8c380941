"""What this page is for, before the first question."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from app.flows.answer import Language
from app.ui.components.parts import box, button, text
from app.ui.words import say


def empty_state(language: Language, examples: Sequence[str], on_ask: Callable[[str], Any]) -> None:
    with box("qm-empty"):
        text(say("empty_title", language), tag="h1")
        text(say("empty_text", language), "qm-quiet", "p")
        with box("qm-empty-examples"):
            for example in examples:
                button(example, partial(on_ask, example), "qm-alternative")
