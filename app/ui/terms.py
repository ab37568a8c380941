"""Words and definitions: what the words of the house mean, who bound which sense, and which holds for the reader."""

from dataclasses import dataclass, field

from nicegui import ui
from nicegui.element import Element

from app.core.errors import AppError
from app.flows.answer import Language
from app.flows.read_terms import FoundTerms, ShownSense, ShownTerm
from app.ui.backstage import Backstage
from app.ui.components.parts import box, text
from app.ui.frame import Reader, work_page
from app.ui.words import say

_PAUSE_SECONDS = 0.25
"""Typing faster than this searches once."""


@dataclass(slots=True)
class TermsPage:
    """One open tab over the glossary; it changes nothing."""

    stage: Backstage
    reader: Reader
    text: str = ""
    problem: str = ""
    _list: Element | None = field(default=None, repr=False)

    async def build(self) -> None:
        """Draw the page with everything, or with what its address asks for."""
        language = self.reader.language
        with work_page("terms", self.reader):
            with box("qm-field qm-search"):
                search = ui.input(value=self.text, placeholder=say("terms_search", language))
                search.props(f'borderless dense debounce={int(_PAUSE_SECONDS * 1000)} type="search"')
                search.props(f'aria-label="{say("terms_search", language)}"')
                search.on_value_change(lambda event: self._search(str(event.value or "")))
            self._list = box("qm-list").props('aria-live="polite"')
        await self._search(self.text)

    async def _search(self, words: str) -> None:
        self.text, self.problem, found = words, "", None
        try:
            found = await self.stage.call(lambda actor: self.stage.flows.terms.find(words, actor, self.reader.language))
        except AppError as error:
            self.problem = say("could_not", self.reader.language, why=error.message)
        if words == self.text and self._list is not None and not self._list.is_deleted:  # else a newer search runs
            self._draw(found)

    def _draw(self, found: FoundTerms | None) -> None:
        assert self._list is not None  # noqa: S101 - drawn by `build`
        language = self.reader.language
        self._list.clear()
        with self._list:
            if found is None:
                text(self.problem, "qm-problem", "p").props('role="alert"')
                return
            if not found.total:
                with box("qm-nothing"):
                    text(say("terms_none", language, text=self.text[:80]), tag="h2")
                    text(say("terms_none_text", language), "qm-quiet", "p")
                return
            whole = found.total == len(found.terms)
            count = say("terms_found" if whole else "terms_first", language, n=len(found.terms), total=found.total)
            text(count, "qm-quiet", "p")
            for term in found.terms:
                _card(term, language)


def _card(term: ShownTerm, language: Language) -> None:
    with box("qm-card qm-term", "article").props('tabindex="0"'):
        with box("qm-term-head"):
            text(term.label, tag="h2")
            if term.is_open:
                text(say("is_open", language), "qm-tag qm-tag-open")
        if term.aliases:
            text(say("also_said", language, names=say("joiner", language).join(term.aliases)), "qm-quiet", "p")
        text(term.text, tag="p")
        if len(term.senses) > 1:
            with box("qm-senses", "ul"):
                for sense in term.senses:
                    _sense(sense, language)
        day = term.updated_on.isoformat()
        text(say("version_of", language, owner=term.owner, version=term.version, day=day), "qm-quiet", "p")


def _sense(sense: ShownSense, language: Language) -> None:
    with box("qm-sense qm-yours" if sense.by else "qm-sense", "li"):
        with box("qm-sense-head"):
            text(sense.who, "qm-who")
            for bound in sense.bound_for:
                text(say("house_of", language, who=bound) if bound else say("house", language), "qm-tag")
            if sense.by:
                settled = say(f"by_{sense.by}", language) if sense.by in ("remembered", "department", "brand") else ""
                text(" · ".join(filter(None, (say("yours", language), settled))), "qm-tag qm-tag-yours")
        text(sense.meaning, tag="p")
        if sense.why_not:
            text(say("not_here", language, why=sense.why_not), "qm-quiet", "p")
