"""The chat page: one thread of questions and answers, and the evidence of the selected one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.core.actor import Actor
from app.core.errors import AppError
from app.flows.answer import Answer, ClarifyOption, Language
from app.flows.interface import Status
from app.flows.memory import Turn as KeptTurn
from app.flows.memory import Verdict
from app.ui.backstage import Backstage, Made
from app.ui.components.after_answer import CardState
from app.ui.components.answer_card import CardActions, answer_card
from app.ui.components.ask_box import ask_box
from app.ui.components.empty_state import empty_state
from app.ui.components.evidence import Tab, evidence_panel
from app.ui.components.parts import box, text
from app.ui.components.rail import rail
from app.ui.components.skeleton import answer_skeleton
from app.ui.shaping import Names, names_of
from app.ui.theme import Theme
from app.ui.words import EXAMPLES, say

_RESTORED = 5
"""Answers that are run again when a page is opened on a conversation."""


@dataclass(slots=True)
class Turn:
    """A question, and its answer once there is one."""

    question: str
    asked: str = ""
    """What was asked back, where the question is the choice of a reading."""
    answer: Answer | None = None
    state: CardState = field(default_factory=CardState)
    place: Element | None = field(default=None, repr=False)


@dataclass(slots=True)
class ChatPage:
    """One open browser tab, with one conversation."""

    stage: Backstage
    actor: Actor
    language: Language
    theme: Theme
    conversation_id: str
    """Kept in the page's address: with it the thread goes on in another tab, or after a restart."""
    earlier: Sequence[KeptTurn] = ()
    """What was asked in this conversation before the page was opened."""
    status: Status | None = None
    names: dict[Language, Names] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    selected: Turn | None = None
    tab: Tab = "definitions"
    _frame: Element | None = None
    _thread: Element | None = None
    _panel: Element | None = None

    def build(self) -> None:
        """Draw the whole page."""
        self._frame = box("qm-app")
        kept = [turn for turn in self.earlier if turn.query is not None][-_RESTORED:]
        self.turns = [Turn(turn.question) for turn in kept]
        self._draw()
        if kept:
            background_tasks.create(self._restore(kept), name="restore")

    def _draw(self) -> None:
        assert self._frame is not None  # noqa: S101 - `build` comes first
        self._frame.clear()
        self._frame.props(f'data-language="{self.language}"')
        with self._frame:
            with box("qm-rail", "nav"):
                rail(
                    "chat",
                    self.status,
                    self.actor,
                    self.language,
                    self.theme,
                    on_language=self._switch_language,
                    on_theme=self._switch_theme,
                )
            with box("qm-main", "main"):
                self._thread = box("qm-thread").props('aria-live="polite"')
                ask_box(self.language, EXAMPLES[self.language] if self.turns else (), self.ask)
            self._panel = box("qm-panel", "aside").props(f'aria-label="{say("evidence", self.language)}"')
        self._draw_thread()
        self._draw_panel()
        self._script("qmBottom()")

    def ask(self, question: str) -> None:
        """Put `question` into the thread and answer it in the background."""
        self._start(Turn(question), None)

    def choose(self, option: ClarifyOption, asked: str) -> None:
        """Answer by the chosen reading, and remember the sense that it settles."""
        self._start(Turn(option.label, asked), option)

    def _start(self, turn: Turn, chosen: ClarifyOption | None) -> None:
        self.turns.append(turn)
        if len(self.turns) == 1:
            self._draw()
            self._script(f"history.replaceState(null, '', '/?c={self.conversation_id}')")
        else:
            self._draw_turn(turn)
        self._script("qmBottom()")
        background_tasks.create(self._answer(turn, chosen), name="answer")

    async def _answer(self, turn: Turn, chosen: ClarifyOption | None) -> None:
        if chosen is None:
            made = await self.stage.ask(turn.question, self.conversation_id, self.language)
        else:
            made = await self.stage.choose(chosen, turn.asked, self.conversation_id, self.language)
        self._take(turn, made)

    async def _restore(self, kept: Sequence[KeptTurn]) -> None:
        """Numbers are not kept: the plans are run again, one after the other, on the data of now."""
        for turn, before in zip(tuple(self.turns), kept, strict=False):
            self._take(turn, await self.stage.again(before))

    def _take(self, turn: Turn, made: Made) -> None:
        turn.answer = made.answer
        turn.state.suggestions = made.suggestions
        self._show(turn)

    # under an answer -------------------------------------------------------------------------------------------------
    def _forget(self, turn: Turn, term: str) -> None:
        async def forget() -> None:
            await self.stage.forget(term)
            turn.state.is_taken_back = True

        self._do(turn, forget)

    def _rate(self, turn: Turn, verdict: Verdict) -> None:
        if verdict == "down" and not turn.state.is_correcting:
            turn.state.is_correcting = True
            self._redraw(turn)
            return
        self._send_rating(turn, verdict, "")

    def _cancel_correction(self, turn: Turn) -> None:
        turn.state.is_correcting = False
        self._redraw(turn)

    def _send_rating(self, turn: Turn, verdict: Verdict, correction: str) -> None:
        async def send() -> None:
            if turn.answer is not None:
                await self.stage.rate(turn.answer.trace.request_id, verdict, correction)
                turn.state.rating, turn.state.is_correcting = "corrected" if correction else verdict, False

        self._do(turn, send)

    def _do(self, turn: Turn, work: Callable[[], Awaitable[None]]) -> None:
        """Do something small under an answer; why it failed is said there."""

        async def attempt() -> None:
            turn.state.problem = ""
            try:
                await work()
            except AppError as error:
                turn.state.problem = say("could_not", self.language, why=error.message)
            self._redraw(turn)

        background_tasks.create(attempt(), name="under-answer")

    def _redraw(self, turn: Turn) -> None:
        if self._frame is None or self._frame.is_deleted:
            return
        with self._frame:
            self._fill_turn(turn)

    def _show(self, turn: Turn) -> None:
        if self._frame is None or self._frame.is_deleted:
            return  # the tab was closed meanwhile
        with self._frame:
            before, self.selected = self.selected, turn
            if before is not None:
                before.state.suggestions = ()  # they follow the newest answer only
            for changed in (before, turn):
                if changed is not None:
                    self._fill_turn(changed)
            self._draw_panel()
        self._script("qmBottom()")

    def _draw_thread(self) -> None:
        assert self._thread is not None  # noqa: S101 - drawn by `_draw`
        self._thread.clear()
        with self._thread:
            if not self.turns:
                empty_state(self.language, EXAMPLES[self.language], self.ask)
        for turn in self.turns:
            self._draw_turn(turn)

    def _draw_turn(self, turn: Turn) -> None:
        assert self._thread is not None  # noqa: S101 - drawn by `_draw`
        with self._thread:
            with box("qm-me"):
                text(turn.question)
            turn.place = box("qm-turn")
        self._fill_turn(turn)

    def _fill_turn(self, turn: Turn) -> None:
        if turn.place is None:
            return
        turn.place.clear()
        with turn.place:
            if turn.answer is None:
                answer_skeleton(self.language)
                return
            actions = CardActions(
                ask=self.ask,
                choose=lambda option: self.choose(option, turn.asked or turn.question),
                select=lambda: self._select(turn),
                show_evidence=lambda: self._open_evidence(turn),
                forget=lambda term: self._forget(turn, term),
                rate=lambda verdict: self._rate(turn, verdict),
                correct=lambda words: self._send_rating(turn, "down", words),
                cancel_correction=lambda: self._cancel_correction(turn),
            )
            turn.state.is_selected = turn is self.selected
            answer_card(turn.answer, self._names(turn.answer.language), self.theme, actions, turn.state)

    def _names(self, language: Language) -> Names:
        if language not in self.names:
            catalogue = self.stage.flows.catalogue
            self.names[language] = names_of(catalogue.metrics(language), catalogue.dimensions(language))
        return self.names[language]

    def _select(self, turn: Turn) -> None:
        if turn is self.selected:
            return
        before, self.selected = self.selected, turn
        for changed, mark in ((before, "remove"), (turn, "add")):
            if changed is not None and changed.place is not None:
                changed.state.is_selected = changed is turn
                for card in changed.place.default_slot.children[:1]:
                    card.classes(**{mark: "qm-selected"})
        self._draw_panel()

    def _open_evidence(self, turn: Turn) -> None:
        self._select(turn)
        if self._panel is not None:
            self._panel.classes(add="qm-open")

    def _draw_panel(self) -> None:
        assert self._panel is not None  # noqa: S101 - drawn by `_draw`
        self._panel.clear()
        answer = self.selected.answer if self.selected else None
        with self._panel:
            evidence_panel(answer, self.tab, self.language, on_tab=self._switch_tab, on_close=self._close_panel)

    def _script(self, code: str) -> None:
        assert self._frame is not None  # noqa: S101 - `build` comes first
        # Inside the frame: the element whose event we are in may have been redrawn away.
        with self._frame:
            ui.run_javascript(code)

    def _switch_tab(self, tab: Tab) -> None:
        self.tab = tab
        self._draw_panel()

    def _close_panel(self) -> None:
        if self._panel is not None:
            self._panel.classes(remove="qm-open")

    def _switch_language(self) -> None:
        self.language = "zh" if self.language == "en" else "en"
        html_language = "en" if self.language == "en" else "zh-CN"
        self._script(
            f"qmRemember('qianmian_language', '{self.language}'); document.documentElement.lang = '{html_language}'"
        )
        self._draw()

    def _switch_theme(self) -> None:
        self.theme = "light" if self.theme == "dark" else "dark"
        self._script(
            f"qmRemember('qianmian_theme', '{self.theme}'); document.documentElement.dataset.theme = '{self.theme}'"
        )
        self._draw()
