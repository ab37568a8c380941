"""The language model, and what asks it: the planner of free wording, and the raw path where no metric fits."""

from collections.abc import Callable

from app.core.clock import Clock
from app.core.errors import ConfigurationError
from app.flows.gap_log import FileGapLog
from app.flows.raw_answer import RawAnswer
from app.flows.raw_sql import SqlWriter
from app.guard.execute import GuardedExecutor
from app.llm.client import ChatModel
from app.llm.masking import MaskingModel
from app.llm.meter import Budget, Prices
from app.llm.prompts import PromptLibrary
from app.llm.resilience import ResilientModel
from app.planning.llm_planner import LlmPlanner
from app.planning.proposed.candidates import LexicalSource, RetrieverSource
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery
from app.settings import Settings
from app.wiring.knowledge import names_search


def chat_model(settings: Settings) -> ChatModel | None:
    """The configured language model, with retries and a circuit breaker; None = there is none, or it may not be asked.

    Raises:
        ConfigurationError: an address without a model, or a model without an address.
    """
    address, name = settings.llm_base_url, settings.llm_model
    if settings.planner == "rule" or not (address or name):
        return None
    if not address or not name:
        raise ConfigurationError(
            "the language model is configured by halves",
            problems=["QIANMIAN_LLM_BASE_URL and QIANMIAN_LLM_MODEL go together"],
            hint="set both, or neither",
        )
    from app.llm.openai_model import OpenAIModel  # noqa: PLC0415 - a question that asks no model should not pay for it

    key = settings.llm_api_key.get_secret_value()
    return ResilientModel(MaskingModel(OpenAIModel(address, name, key, max_seconds=settings.llm_seconds)))


def llm_planner(
    settings: Settings, chat: ChatModel | None, base: SemanticModel, check: Callable[[SemanticQuery], object]
) -> LlmPlanner | None:
    if chat is None:
        return None
    sources = (LexicalSource(base), RetrieverSource(lambda: names_search(settings, base)))
    return LlmPlanner(
        chat, PromptLibrary(settings.prompts_dir), base, check, sources, _budget(settings),
        _prices(settings), settings.llm_repairs,
    )  # fmt: skip


def raw_answer(settings: Settings, chat: ChatModel | None, executor: GuardedExecutor, clock: Clock) -> RawAnswer | None:
    if chat is None:
        return None
    writer = SqlWriter(PromptLibrary(settings.prompts_dir), executor, settings.llm_repairs)
    gaps = FileGapLog(settings.gap_log)
    return RawAnswer(
        chat, writer, gaps, clock, _budget(settings), _prices(settings), may_write_sql=settings.llm_raw_sql
    )


def _budget(settings: Settings) -> Budget:
    return Budget(settings.llm_tokens, settings.llm_cost, settings.llm_seconds)


def _prices(settings: Settings) -> Prices:
    return Prices(settings.llm_price_in, settings.llm_price_out)
