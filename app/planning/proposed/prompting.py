"""What a model is shown for one question: schema names, definitions, the question. Never a row of the warehouse."""

from collections.abc import Iterable, Mapping

from app.llm.client import ChatRequest, ToolSpec
from app.llm.prompts import PromptLibrary
from app.planning.proposed.evidence import Evidence, is_business
from app.planning.proposed.schema import Names, tools
from app.planning.time_phrases import dates
from app.semantic.model import Dimension, SemanticModel
from app.semantic.query import split_metric_name

_CODES_SHOWN = 16
_DEFINITION = 120
_NOTHING = "-"


def plan_request(prompts: PromptLibrary, evidence: Evidence, public: SemanticModel, names: Names) -> ChatRequest:
    """The first request for a question."""
    prompt = prompts["plan_question"]
    messages = prompt.render(
        today=str(evidence.rules.as_of),
        first_day=str(evidence.rules.first_day),
        metrics=_lines(_metrics(public, names)),
        dimensions=_lines(_dimension(public.dimensions[name]) for name in names.dimensions),
        segments=_lines(_segments(public, names)),
        known=_lines(_known(evidence, public)),
        times=_lines(_times(evidence)),
        jargon=_lines(f"{s.word.label.zh} = {s.meaning.meaning.zh}" for s in evidence.draft.senses),
        question=evidence.text,
    )
    return ChatRequest(prompt.ref, messages, _tools(prompts, names))


def repair_text(prompts: PromptLibrary, problems: Iterable[str]) -> str:
    """What the model is told of a plan that did not pass."""
    system, user = prompts["repair_plan"].render(problems=_lines(f"- {problem}" for problem in problems))
    return f"{system.content}\n{user.content}"


def _tools(prompts: PromptLibrary, names: Names) -> tuple[ToolSpec, ...]:
    lines = prompts["plan_tools"].system.splitlines()
    described: Mapping[str, str] = {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}
    return tools(names, dict(described))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts) or _NOTHING


def _metrics(public: SemanticModel, names: Names) -> Iterable[str]:
    for base in dict.fromkeys(split_metric_name(name)[0] for name in names.metrics):
        metric = public.metrics[base]
        called = "/".join((metric.label.zh, *metric.synonyms.zh[:4]))
        yield f"{base} | {called} | {metric.definition.zh[:_DEFINITION]}"


def _segments(public: SemanticModel, names: Names) -> Iterable[str]:
    for name in names.segments:
        segment = public.segments[name]
        yield f"{name} | {segment.label.zh} | {segment.definition.zh[:_DEFINITION]}"


def _dimension(dimension: Dimension) -> str:
    """Codes that the model's files declare; values that only the warehouse holds stay there."""
    codes = [f"{code}({text.zh})" for code, text in list(dimension.values.items())[:_CODES_SHOWN]]
    return f"{dimension.id} | {dimension.label.zh} | {' '.join(codes) or dimension.kind}"


def _known(evidence: Evidence, public: SemanticModel) -> Iterable[str]:
    """Every known word with what it can be. A stored value is written as the question says it, or as declared."""
    for token in evidence.tokens:
        if token.kind == "word" and is_business(token):
            meanings = [
                _meaning(public, c.kind, c.target, c.value, token.text)
                for c in token.candidates
                if c.kind in ("metric", "dimension", "segment", "value", "days_metric")
            ]
            shown = [meaning for meaning in dict.fromkeys(meanings) if meaning]
            if shown:
                yield f"{token.text}: {' | '.join(shown[:6])}"


def _meaning(public: SemanticModel, kind: str, target: str, value: str | None, said: str) -> str:
    if kind in ("metric", "days_metric"):
        return f"metric {target}" if target in public.metrics else ""
    if kind == "segment":
        return f"segment {target}" if target in public.segments else ""
    if target not in public.dimensions:
        return ""
    if kind == "dimension":
        return f"dimension {target}"
    dimension = public.dimensions[target]
    is_declared = value in dimension.values or value in dimension.value_synonyms
    return f"{target}={value if is_declared else said}"


def _times(evidence: Evidence) -> Iterable[str]:
    for token in evidence.times:
        yield f"{token.text}: {dates(token.payload, 'en')}"
    for token in evidence.tokens:
        if token.kind == "grain":
            yield f"{token.text}: grain={token.payload or 'any'}"
        elif token.kind == "duration":
            yield f"{token.text}: {token.payload} days"
        elif token.kind == "compare":
            yield f"{token.text}: " + "; ".join(f"{c.kind} {c.start} to {c.end}" for c in evidence.draft.compare)
