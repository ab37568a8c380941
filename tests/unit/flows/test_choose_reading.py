"""A question back, and what an asker may say to it: in a conversation, in the terminal, and what is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from app.api.schemas import AskIn
from app.core.actor import Actor
from app.core.errors import StoreError
from app.flows.answer import Answer, Clarification, ClarifyOption, Language, Refusal, Trace
from app.flows.as_text import as_text
from app.flows.remembering import Memory
from app.planning.context import Previous
from app.planning.plan import Reading
from app.semantic.query import SemanticQuery
from app.terminal import Chat
from tests.fixtures.memory import memory_over
from tests.fixtures.memory_store import MemoryStore

ANN = Actor(id="ann", department="会员部")


def query(metric: str) -> SemanticQuery:
    return SemanticQuery(metrics=(metric,), start=date(2026, 10, 1), end=date(2026, 10, 31))


PLACED, PAID = query("gmv_placed"), query("gmv_paid")
OPTIONS = (
    ClarifyOption(label="市场:拍下即计", query=PLACED, preview="2 元", term="gmv", sense="placed", who="市场",
                  meaning="拍下即计", names=("拍下", "市场口径")),
    ClarifyOption(label="电商:支付即计", query=PAID, preview="1 元 · 比第一种 −50%", term="gmv", sense="paid",
                  who="电商", meaning="支付即计", names=("支付", "电商口径")),
)  # fmt: skip


@dataclass
class Asking:
    """Asks back for GMV, answers 订单数, refuses everything else as a fragment; notes what it was asked."""

    asked: list[tuple[str, Previous | SemanticQuery | None]] = field(default_factory=list)
    ran: list[tuple[SemanticQuery, Reading | None]] = field(default_factory=list)

    def ask(
        self,
        question: str,
        actor: Actor,
        *,
        language: Language | None = None,
        previous: Previous | SemanticQuery | None = None,
    ) -> Answer:
        self.asked.append((question, previous))
        if "GMV" in question:
            asked = Clarification(question="哪种?", options=OPTIONS)
            return self._answer("needs_clarification", language, clarification=asked)
        if "订单数" in question:
            return self._answer("answered", language, query=query("orders"))
        return self._answer("refused", language, refusal=Refusal(code="needs_previous", reason="接哪一句?"))

    def run(self, query: SemanticQuery, actor: Actor, *, language: Language, reading: Reading | None = None) -> Answer:
        self.ran.append((query, reading))
        return self._answer("answered", language, query=query)

    def _answer(self, status: str, language: Language | None, **fields: object) -> Answer:
        number = len(self.asked) + len(self.ran)
        return Answer(status=status, language=language or "zh", trace=Trace(request_id=f"req_{number}"), **fields)


@pytest.fixture
def asking() -> Asking:
    return Asking()


@pytest.fixture
def memory(asking: Asking) -> Memory:
    return memory_over(MemoryStore(), asking)


@pytest.fixture
def say(memory: Memory) -> Callable[..., Answer]:
    return lambda text, **more: memory.conversations.ask(text, ANN, conversation_id="c", **more)


@pytest.mark.parametrize("reply", ["第二个", "the second one", "按电商口径", "支付", "电商:支付即计"])
def test_a_reply_that_means_a_reading_is_answered_by_it_and_remembered(reply, say, asking, memory) -> None:
    say("上个月GMV")
    answer = say(reply)
    assert answer.query == PAID
    (ran,) = asking.ran
    assert [(s.term, s.sense, s.by) for s in ran[1].senses] == [("gmv", "paid", "asked")]
    assert answer.remembered is not None
    assert (answer.remembered.term, answer.remembered.sense) == ("gmv", "paid")
    assert memory.choices.of(ANN) == {"gmv": "paid"}
    assert memory.choices.of(Actor(id="bob")) == {}


def test_the_chosen_reading_is_what_follow_ups_edit_with_the_words_of_the_question(say, memory) -> None:
    say("上个月GMV")
    say("第二个")
    assert memory.conversations.previous("c", ANN) == Previous("上个月GMV", PAID, ())


def test_a_fragment_never_edits_the_turn_before_the_question_back(say, asking) -> None:
    say("上个月订单数")
    say("上个月GMV")
    answer = say("按月看")
    assert asking.asked[-1] == ("按月看", None)
    assert answer.refusal is not None
    assert answer.refusal.instead == tuple(option.label for option in OPTIONS)
    assert "上个月GMV" in answer.refusal.reason


def test_the_choice_waits_until_it_is_made_or_something_else_is_asked(say, asking, memory) -> None:
    say("上个月GMV")
    say("第九个")
    assert say("第一个").query == PLACED
    say("上个月GMV")
    assert say("上个月订单数").status == "answered"
    assert say("第一个").status == "refused"
    assert len(asking.ran) == 1


def test_a_negated_reply_chooses_nothing(say, memory) -> None:
    say("上个月GMV")
    assert say("不要第二个").status == "refused"
    assert memory.choices.of(ANN) == {}


def test_another_asker_and_another_conversation_have_nothing_to_choose(memory) -> None:
    memory.conversations.ask("GMV", ANN, conversation_id="c")
    assert memory.conversations.ask("第二个", ANN, conversation_id="d").status == "refused"
    assert memory.conversations.ask("第二个", Actor(id="bob"), conversation_id="c").status == "refused"


def test_a_turn_that_the_caller_sends_along_is_edited_whatever_waits(say, asking) -> None:
    say("上个月GMV")
    say("第二个", previous=AskIn.model_validate({"question": "x", "previous": PAID.model_dump()}).turn_before())
    assert asking.asked[-1] == ("第二个", PAID)


def test_a_reading_whose_sense_is_gone_is_still_answered_and_nothing_is_remembered(memory, asking) -> None:
    gone = OPTIONS[1].model_copy(update={"sense": "bygone"})
    answer = memory.conversations.choose(gone, ANN, question="GMV", conversation_id=None, language="zh")
    assert answer.query == PAID
    assert answer.remembered is None
    assert asking.ran[0][1] is None


def test_a_choice_that_can_not_be_stored_is_answered_and_claims_nothing(asking) -> None:
    class Full(MemoryStore):
        def writing(self):
            raise StoreError("the disk is full")

    talk = memory_over(Full(), asking).conversations
    answer = talk.choose(OPTIONS[1], ANN, question="GMV", conversation_id=None, language="zh")
    assert answer.status == "answered"
    assert answer.remembered is None


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "已记住:GMV = 市场口径"), ("en", "Remembered for you: GMV = Marketing")]
)
def test_the_terminal_chooses_by_words_remembers_and_says_how_to_take_it_back(asking, memory, language, told) -> None:
    def choose(option: ClarifyOption, question: str, language: Language) -> Answer:
        return memory.conversations.choose(option, ANN, question=question, conversation_id=None, language=language)

    chat = Chat(asking, ANN, language=language, choose=choose)
    chat.respond("上个月GMV")
    assert "needs_previous" in (chat.respond("按月看") or "")
    assert asking.asked[-1] == ("按月看", None)
    assert told in (chat.respond("市场口径") or "")
    assert "qianmian memory forget gmv" in as_text(chat.last)
    assert memory.choices.of(ANN) == {"gmv": "placed"}
    assert chat.previous == Previous("上个月GMV", PLACED, ())
