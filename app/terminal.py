"""A conversation in the terminal: follow-ups, and answers to what was asked back by number or by words."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from app.core.actor import Actor
from app.flows.answer import Answer, ClarifyOption, Language
from app.flows.as_text import as_text
from app.flows.clarify_reply import chosen_option, still_waiting
from app.flows.interface import AnswerQuestion
from app.flows.previous import previous_of
from app.planning.context import Previous

Choose = Callable[[ClarifyOption, str, Language], Answer]
"""(option, the question that was asked back, language) → its answer."""
_HELP: dict[Language, str] = {
    "zh": "直接提问;追问可以只说变化,如“那天猫呢”“按月看”“第二个按天看”。\n"
    "/sql 上一答的 SQL  /reset 从头开始  /help 帮助  /quit 退出",
    "en": "Ask; a follow-up may say only what changes, like “how about Tmall”, “by month”, “the second one by day”.\n"
    "/sql SQL of the last answer  /reset start over  /help help  /quit leave",
}


@dataclass(slots=True)
class Chat:
    """One person's conversation. `respond` takes a line and returns what to show."""

    flow: AnswerQuestion
    actor: Actor
    language: Language | None = None
    choose: Choose | None = None
    """Answers by a chosen reading and remembers its sense; None = nothing is remembered."""
    previous: Previous | None = None
    last: Answer | None = None
    asked: str = ""
    options: tuple[ClarifyOption, ...] = field(default=())

    def respond(self, line: str) -> str | None:
        """The text for one line; None = leave."""
        said = line.strip()
        if not said:
            return ""
        if said.startswith("/"):
            return self._command(said.lower())
        if self.options:
            return self._reply(said)
        return self._show(said, self.flow.ask(said, self.actor, language=self.language, previous=self.previous))

    def _reply(self, said: str) -> str:
        """To what was asked back: a choice, or a question that stands alone."""
        option = chosen_option(said, self.options, question=self.asked)
        if option is not None:
            return self._show(self.asked, self._answer_by(option))
        answer = self.flow.ask(said, self.actor, language=self.language)
        waits = still_waiting(answer, self.asked, self.options)
        return as_text(waits) if waits else self._show(said, answer)

    def _answer_by(self, option: ClarifyOption) -> Answer:
        language = self.last.language if self.last else "zh"
        if self.choose is not None:
            return self.choose(option, self.asked, language)
        return self.flow.run(option.query, self.actor, language=language)

    def _show(self, question: str, answer: Answer) -> str:
        self.last, self.asked = answer, question
        self.options = answer.clarification.options if answer.clarification else ()
        self.previous = previous_of(question, answer) or self.previous
        return as_text(answer)

    def _command(self, command: str) -> str | None:
        if command in ("/quit", "/exit", "/q"):
            return None
        language = self.language or (self.last.language if self.last else "zh")
        if command == "/reset":
            self.previous, self.last, self.options = None, None, ()
            return "已从头开始。" if language == "zh" else "Started over."
        if command == "/sql":
            none = "还没有 SQL。" if language == "zh" else "There is no SQL yet."
            return (self.last.sql if self.last else None) or none
        return _HELP[language]


def talk(chat: Chat, lines: Iterator[str], show: Callable[[str], None]) -> None:
    """Answer line after line until /quit or the end of input."""
    for line in lines:
        text = chat.respond(line)
        if text is None:
            return
        if text:
            show(text)


def typed_lines(prompt: str) -> Iterator[str]:
    """What is typed, with line editing and history where the terminal has them."""
    with suppress(ImportError):  # absent on some systems
        import readline  # noqa: F401, PLC0415 - importing it is what gives `input` its history
    while True:
        try:
            yield input(prompt)
        except (EOFError, KeyboardInterrupt):
            return
