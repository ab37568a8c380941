"""The tool that a model plans with: the schema of `SemanticQuery`, its names narrowed to the candidates."""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import CorrectableError
from app.llm.client import ToolCall, ToolSpec
from app.semantic.query import SemanticQuery, split_metric_name

ANSWER, GAP = "answer_with_query", "semantic_gap"
_Shape = TypeVar("_Shape", bound=BaseModel)

Part = Literal["metric", "dimension", "value", "segment", "people", "time", "compare", "grain", "rank", "share",
               "having", "not", "polite"]  # fmt: skip


class _Proposed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Explanation(_Proposed):
    """What a stretch of the question that the lexicon does not know was taken for."""

    words: str = Field(min_length=1, max_length=60)
    """Verbatim from the question."""
    part: Part
    target: str = Field(default="", max_length=80)
    """The id of the metric, dimension or segment that it means, or the dimension whose value it names."""


class ProposedPlan(_Proposed):
    """What the tool `answer_with_query` takes."""

    query: SemanticQuery
    explanations: tuple[Explanation, ...] = Field(default=(), max_length=12)


class ProposedGap(_Proposed):
    """What the tool `semantic_gap` takes: the question makes sense, and no metric or dimension expresses it."""

    reason: str = Field(min_length=1, max_length=400)
    missing: tuple[str, ...] = Field(default=(), max_length=8)
    """Words of the question that nothing in the model expresses."""


class InvalidProposal(CorrectableError):  # noqa: N818 - no failure of the program: the model is told and tries again
    """A tool call that can't be read as a plan; the message says why, for the model."""

    code = "invalid_input"


@dataclass(frozen=True, slots=True)
class Names:
    """The ids that a plan may use, best first."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    segments: tuple[str, ...]


def tools(names: Names, descriptions: dict[str, str]) -> tuple[ToolSpec, ToolSpec]:
    """Both tools. `descriptions` come from the prompt file, by tool name."""
    answer = ToolSpec(ANSWER, descriptions.get(ANSWER, ""), _narrowed(names))
    return answer, ToolSpec(GAP, descriptions.get(GAP, ""), _gap_schema())


@cache
def _plan_schema() -> str:
    return json.dumps(ProposedPlan.model_json_schema())


@cache
def _gap_text() -> str:
    return json.dumps(ProposedGap.model_json_schema())


def _gap_schema() -> dict[str, Any]:
    schema: dict[str, Any] = _without_titles(json.loads(_gap_text()))
    return schema


def _narrowed(names: Names) -> dict[str, Any]:
    schema: dict[str, Any] = _without_titles(json.loads(_plan_schema()))
    parts = schema["$defs"]
    query = parts["SemanticQuery"]["properties"]
    plain = [split_metric_name(name)[0] for name in names.metrics]
    query["metrics"]["items"] = {"type": "string", "enum": list(names.metrics)}
    query["dimensions"]["items"] = query["limit_within"]["items"] = _one_of(names.dimensions)
    parts["Filter"]["properties"]["dimension"] = _one_of(names.dimensions)
    parts["PeopleCondition"]["properties"]["metric"] = _one_of(tuple(dict.fromkeys(plain)))
    parts["Having"]["properties"]["metric"] = {"type": "string", "enum": list(names.metrics)}
    parts["SegmentRef"]["properties"]["segment"] = _one_of(names.segments)
    if not names.segments:
        del query["segments"], parts["SegmentRef"]
    return schema


def _one_of(values: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _without_titles(node: Any) -> Any:
    """Titles repeat the names of fields and cost tokens. A property called `title` would be kept."""
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {k: v for k, v in node.items() if k != "title" or not isinstance(v, str)}
    return {k: _without_titles(copy.copy(v)) for k, v in kept.items()}


def parse_plan(call: ToolCall, names: Names) -> ProposedPlan:
    """The plan of a tool call.

    Raises:
        InvalidProposal: not JSON, another shape, or a name that was not offered.
    """
    plan = _validated(ProposedPlan, call)
    unknown = sorted(set(_named(plan.query)) - _allowed(names))
    if unknown:
        raise InvalidProposal(f"not among the offered names: {', '.join(unknown)[:300]}")
    return plan


def parse_gap(call: ToolCall) -> ProposedGap:
    """The gap of a tool call.

    Raises:
        InvalidProposal: not JSON, or another shape.
    """
    return _validated(ProposedGap, call)


def _allowed(names: Names) -> set[str]:
    prefixed = {f"metric {split_metric_name(name)[0]}" for name in names.metrics}
    dimensions = {f"dimension {name}" for name in names.dimensions}
    return prefixed | dimensions | {f"segment {name}" for name in names.segments}


def _named(query: SemanticQuery) -> list[str]:
    metrics = [*query.metrics, *(h.metric for h in query.having), *(p.metric for p in query.people)]
    filters = [*query.filters, *(f for p in query.people for f in p.filters)]
    dimensions = [*query.dimensions, *query.limit_within, *(f.dimension for f in filters)]
    if query.share:
        dimensions += [*query.share.within, *query.share.of_all]
    found = [f"metric {split_metric_name(name)[0]}" for name in metrics]
    return found + [f"dimension {name}" for name in dimensions] + [f"segment {s.segment}" for s in query.segments]


def _validated(shape: type[_Shape], call: ToolCall) -> _Shape:
    try:
        return shape.model_validate_json(call.arguments)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in error.errors()[:6]]
        raise InvalidProposal("; ".join(problems)[:800]) from error
