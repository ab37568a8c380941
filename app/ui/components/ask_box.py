"""The question box: Enter sends, Shift+Enter breaks the line, an input method's Enter does neither."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from app.flows.answer import Language
from app.ui.components.parts import box, button, text
from app.ui.words import say

_SEND_ON_ENTER = """(event) => {
  if (event.isComposing || event.shiftKey) return;
  event.preventDefault();
  emit({});
}"""


def ask_box(language: Language, examples: Sequence[str], on_ask: Callable[[str], Any]) -> None:
    """The box with `examples` under it; each of them asks itself."""
    with box("qm-ask"):
        with box("qm-ask-box"):
            question = ui.textarea(placeholder=say("ask_placeholder", language))
            question.props(f'borderless dense autogrow rows=1 aria-label="{say("chat", language)}"')

            def send() -> None:
                asked = (question.value or "").strip()
                if asked:
                    question.set_value("")
                    on_ask(asked)

            question.on("keydown.enter", lambda _: send(), js_handler=_SEND_ON_ENTER)
            button(say("send", language), send, "qm-primary")
        with box("qm-examples"):
            text(say("try", language))
            for example in examples:
                button(example, partial(on_ask, example), "qm-example")
