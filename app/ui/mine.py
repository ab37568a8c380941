"""My definitions: the senses that the reader chose when asked back, each of which they can take back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from nicegui import ui
from nicegui.element import Element

from app.core.errors import AppError
from app.flows.remember_choice import ShownChoice
from app.ui.backstage import Backstage
from app.ui.components.parts import box, button, text
from app.ui.frame import Reader, work_page
from app.ui.words import say


@dataclass(slots=True)
class MinePage:
    """One open tab with the reader's choices."""

    stage: Backstage
    reader: Reader
    choices: Sequence[ShownChoice]
    problem: str = ""
    told: str = ""
    _list: Element | None = field(default=None, repr=False)

    def build(self) -> None:
        """Draw the whole page."""
        with work_page("mine", self.reader):
            self._list = box("qm-list").props('aria-live="polite"')
        self._draw()

    def _draw(self) -> None:
        assert self._list is not None  # noqa: S101 - drawn by `build`
        language = self.reader.language
        self._list.clear()
        with self._list:
            if self.problem:
                text(self.problem, "qm-problem", "p").props('role="alert"')
            if self.told:
                text(self.told, "qm-told", "p").props('role="status"')
            if not self.choices and not self.problem:
                with box("qm-nothing"):
                    text(say("mine_empty", language), tag="h2")
                    text(say("mine_empty_text", language), "qm-quiet", "p")
                    text(say("ask_something", language), "qm-button", "a").props('href="/"')
            for choice in self.choices:
                self._entry(choice)

    def _entry(self, choice: ShownChoice) -> None:
        language = self.reader.language
        with box("qm-card qm-entry", "article"):
            with box("qm-entry-text"):
                who = say("sense_of", language, who=choice.who) if choice.who else ""
                text(" = ".join(filter(None, (choice.label, who))) if language == "zh" else choice.label, tag="h2")
                if language == "en" and who:
                    text(who, "qm-who", "p")
                text(choice.meaning if choice.is_known else say("mine_gone", language), tag="p")
                day = choice.chosen_at.astimezone().date().isoformat()
                text(say("mine_since", language, day=day), "qm-quiet", "p")
            take_back = say("take_back", language)
            button(take_back, partial(self._forget, choice)).props["aria-label"] = f"{take_back}: {choice.label}"

    async def _forget(self, choice: ShownChoice) -> None:
        language = self.reader.language
        self.problem = self.told = ""
        try:
            await self.stage.forget(choice.term)
            self.told = say("mine_taken_back", language, term=choice.label)
            self.choices = await self.stage.call(lambda a: self.stage.flows.memory.choices.list(a, language))
        except AppError as error:
            self.problem = say("could_not", language, why=error.message)
        if self._list is not None and not self._list.is_deleted:
            with self._list:
                self._draw()
                ui.run_javascript("document.querySelector('.qm-list .qm-button')?.focus()")
