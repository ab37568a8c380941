"""What a brand edits, read: the semantic model, the calendar, the glossary, and the search over them."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from app.core.clock import Clock, system_clock
from app.core.errors import ConfigurationError
from app.flows.edit_knowledge import EditKnowledge
from app.flows.memory import Store
from app.flows.search_knowledge import model_names, search_entries
from app.knowledge.glossary import Glossary
from app.knowledge.live import LiveGlossary
from app.planning.calendar import PromoCalendar, load_calendar
from app.planning.time_phrases import find_times
from app.semantic import loader
from app.semantic.model import SemanticModel
from app.settings import Settings

if TYPE_CHECKING:
    from app.knowledge.chroma_index import ChromaIndex
    from app.knowledge.embeddings import Embedder
    from app.knowledge.retriever import Retriever
    from app.knowledge.search_entry import SearchEntry


def load_model(settings: Settings) -> SemanticModel:
    """The semantic model of the knowledge folder."""
    return loader.load(settings.knowledge_dir / "semantic")


def load_knowledge(settings: Settings) -> tuple[SemanticModel, PromoCalendar]:
    """Model and calendar; what is wrong in either is said together."""
    try:
        model = load_model(settings)
    except ConfigurationError as error:
        raise _joined(error, _calendar_problems(settings)) from error
    return model, load_calendar(settings.knowledge_dir / "calendar")


def _calendar_problems(settings: Settings) -> tuple[str, ...]:
    try:
        load_calendar(settings.knowledge_dir / "calendar")
    except ConfigurationError as error:
        return tuple(error.problems) or (error.message,)
    return ()


def _joined(error: ConfigurationError, more: tuple[str, ...]) -> ConfigurationError:
    return ConfigurationError(error.message, problems=(*error.problems, *more), hint=error.hint) if more else error


def glossary_of(settings: Settings) -> Callable[[], Glossary]:
    """The glossary of the knowledge folder with what was accepted here, read again when a file changes."""
    return LiveGlossary(settings.knowledge_dir / "jargon", settings.jargon_overlay)


def knowledge_editor(
    settings: Settings, store: Store, glossary: Callable[[], Glossary], clock: Clock = system_clock
) -> EditKnowledge:
    """Changes of terms and bindings; no warehouse is needed. The model and the calendar are read when they are used."""
    model = cache(lambda: load_model(settings))
    calendar = cache(lambda: load_calendar(settings.knowledge_dir / "calendar"))
    return EditKnowledge(
        store=store,
        glossary=glossary,
        overlay=settings.jargon_overlay,
        names=lambda: model_names(model()),
        reads_time=lambda phrase: bool(find_times(phrase, clock().date(), calendar())),
        clock=clock,
    )


def names_search(settings: Settings, model: SemanticModel) -> "Retriever":
    """Search by name, sound and typo alone: a question can't wait for the vector index to open."""
    from app.knowledge.lexical_index import LexicalIndex  # noqa: PLC0415 - only questions that ask a model need it
    from app.knowledge.retriever import Retriever  # noqa: PLC0415

    return Retriever(LexicalIndex(search_entries(model, glossary_of(settings)())))


def knowledge_search(settings: Settings) -> "tuple[Retriever, ChromaIndex]":
    """The ranked search over model and glossary, and the vector index behind it."""
    from app.knowledge.chroma_index import ChromaIndex  # noqa: PLC0415 - questions are answered without these
    from app.knowledge.lexical_index import LexicalIndex  # noqa: PLC0415
    from app.knowledge.retriever import Retriever  # noqa: PLC0415

    entries = search_entries(load_model(settings), glossary_of(settings)())
    index = ChromaIndex(settings.index_dir, entries, _embedder(settings, entries))
    return Retriever(LexicalIndex(entries), index), index


def _embedder(settings: Settings, entries: "Sequence[SearchEntry]") -> "Embedder":
    from app.knowledge.embeddings import E5Embedder, EndpointEmbedder, NgramEmbedder  # noqa: PLC0415 - imports numpy

    if settings.embeddings == "endpoint":
        if not settings.embeddings_base_url or not settings.embeddings_model:
            raise ConfigurationError(
                "the embeddings endpoint is not set",
                problems=["QIANMIAN_EMBEDDINGS_BASE_URL and QIANMIAN_EMBEDDINGS_MODEL are needed"],
                hint="set both, or QIANMIAN_EMBEDDINGS=ngram",
            )
        key = settings.embeddings_api_key.get_secret_value()
        return EndpointEmbedder(settings.embeddings_base_url, settings.embeddings_model, key)
    known = [passage for entry in entries for passage in entry.passages]
    return E5Embedder(known) if settings.embeddings == "e5" else NgramEmbedder(known)
