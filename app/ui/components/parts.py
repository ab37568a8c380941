"""The smallest pieces: a box, a text, a button. Text is always set as text."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element


def box(classes: str, tag: str = "div") -> Element:
    """An element without a look of its own."""
    return ui.element(tag).classes(classes)


class _Text(Element):
    """An element that holds one text; the framework escapes what is set as text."""

    def __init__(self, tag: str, content: str) -> None:
        super().__init__(tag)
        self._text = content


def text(content: str, classes: str = "", tag: str = "span", *, title: str = "") -> Element:
    element = _Text(tag, content).classes(classes)
    if title:
        element.props["title"] = title
    return element


def button(label: str, on_click: Callable[[], Any], classes: str = "", *, title: str = "") -> Element:
    """A plain button; `classes` adds `qm-primary` for the one action of a screen."""
    element = text(label, f"qm-button {classes}", "button", title=title)
    element.props["type"] = "button"
    # `.stop`: buttons sit inside cards that select themselves on click.
    return element.on("click.stop", lambda _: on_click())
