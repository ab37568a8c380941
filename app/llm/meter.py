"""What a question may spend on models, and what every call cost."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.llm.client import ChatModel, ChatReply, ChatRequest, ModelError

logger = logging.getLogger(__name__)

_CHARACTERS_PER_TOKEN = 1.5
"""Low on purpose: Chinese text has about that many; an estimate should not be too small."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one question may use. `cost` is in the currency of the prices; 0 = not limited."""

    tokens: int = 40_000
    cost: float = 1.0
    seconds: float = 20.0
    calls: int = 8
    """Calls of all kinds, repairs included: the end of any endless exchange."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Price of a million tokens, in and out; 0 = not known, then cost is reported as 0."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """The cost of one call."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call: which prompt, which model, what it used, and which answer it fed."""

    answer_id: str
    prompt_id: str
    prompt_version: int
    model: str
    outcome: str
    """`ok`, or the kind of `ModelError`."""
    tokens_in: int = 0
    tokens_out: int = 0
    is_estimated: bool = False
    """The endpoint did not count; the tokens are guessed from the text's length."""
    cost: float = 0.0
    ms: float = 0.0


@dataclass(slots=True)
class Meter:
    """One question's calls: makes them, stops at the budget, keeps the records. For one thread."""

    model: ChatModel
    budget: Budget
    prices: Prices = Prices()
    answer_id: str = ""
    clock: Callable[[], float] = time.monotonic
    records: list[CallRecord] = field(default_factory=list)
    _started: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def seconds_left(self) -> float:
        """Wall time until this question's deadline."""
        return self.budget.seconds - (self.clock() - self._started)

    def complete(self, request: ChatRequest) -> ChatReply:
        """The model's reply; the call is recorded whatever its outcome.

        Raises:
            ModelError: the budget is used up (`budget`, `timeout`), or the call failed.
        """
        self._check(request)
        began = self.clock()
        try:
            reply = self.model.complete(request, seconds=self.seconds_left)
        except ModelError as error:
            self._record(request, began, outcome=error.kind)
            raise
        self._record(request, began, outcome="ok", reply=reply)
        return reply

    def _check(self, request: ChatRequest) -> None:
        if self.seconds_left <= 0:
            raise ModelError("timeout")
        used = sum(r.tokens_in + r.tokens_out for r in self.records)
        coming = _estimate(request.characters)
        is_over = used + coming > self.budget.tokens or len(self.records) >= self.budget.calls
        spent = sum(r.cost for r in self.records) + self.prices.of(coming, request.max_output_tokens)
        if is_over or (self.budget.cost > 0 and spent > self.budget.cost):
            raise ModelError("budget")

    def _record(self, request: ChatRequest, began: float, *, outcome: str, reply: ChatReply | None = None) -> None:
        tokens_in, tokens_out, guessed = _counts(request, reply)
        record = CallRecord(
            answer_id=self.answer_id, prompt_id=request.prompt.id, prompt_version=request.prompt.version,
            model=(reply.model if reply else "") or self.model.name, outcome=outcome, tokens_in=tokens_in,
            tokens_out=tokens_out, is_estimated=guessed, cost=round(self.prices.of(tokens_in, tokens_out), 6),
            ms=round((self.clock() - began) * 1000, 1),
        )  # fmt: skip
        self.records.append(record)
        facts = {name: getattr(record, name) for name in CallRecord.__slots__}
        logger.info("llm.called", extra=facts)


def _counts(request: ChatRequest, reply: ChatReply | None) -> tuple[int, int, bool]:
    """Tokens in and out, and whether they are guesses. A failed call may have been charged: its input counts."""
    if reply is None:
        return _estimate(request.characters), 0, True
    said = len(reply.text) + sum(len(call.arguments) for call in reply.tool_calls)
    counted_in = reply.tokens_in if reply.tokens_in is not None else _estimate(request.characters)
    counted_out = reply.tokens_out if reply.tokens_out is not None else _estimate(said)
    return max(0, counted_in), max(0, counted_out), reply.tokens_in is None or reply.tokens_out is None


def _estimate(characters: int) -> int:
    return int(characters / _CHARACTERS_PER_TOKEN) + 1
