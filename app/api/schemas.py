"""Shapes of requests and responses. Unknown fields are refused: who is asking comes from the key, never from a body."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.flows.answer import Language
from app.flows.previous import MOST_ROWS
from app.planning.context import Previous
from app.semantic.query import Scalar, SemanticQuery

MAX_QUESTION_CHARACTERS = 20_000
"""Far above what can be answered: long questions get an answer that says why not, endless ones a 422."""


class PreviousIn(BaseModel):
    """The turn before. Its rows let a question say "the second one"; without them they are looked up again."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(default="", max_length=MAX_QUESTION_CHARACTERS)
    query: SemanticQuery
    rows: tuple[dict[str, Scalar | None], ...] = Field(
        default=(), max_length=MOST_ROWS, description="Dimension → value of every row that was shown, in order."
    )


class AskIn(BaseModel):
    """A question in Chinese or English."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "上个月抖音和天猫的会员复购人数各是多少,环比怎么样"},
                {"question": "net sales by channel last month", "language": "en"},
            ]
        },
    )

    question: str = Field(max_length=MAX_QUESTION_CHARACTERS, description="What you want to know, in your own words.")
    language: Language | None = Field(default=None, description="Language of the answer; unset = of the question.")
    previous: SemanticQuery | PreviousIn | None = Field(
        default=None, description="`query` of the answer that this question follows up on, or the turn as a whole."
    )
    conversation_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Any id of your choice: questions with the same id follow up on each other, also after a restart.",
    )

    def turn_before(self) -> Previous | SemanticQuery | None:
        """The turn that the question follows."""
        if isinstance(self.previous, PreviousIn):
            return Previous(self.previous.question, self.previous.query, self.previous.rows)
        return self.previous


class MetricOut(BaseModel):
    """A number that can be asked for."""

    id: str
    label: str
    synonyms: tuple[str, ...]
    type: str
    unit: str
    additivity: str
    area: str
    owner: str
    version: int
    definition: str
    not_counted: str | None


class MetricsOut(BaseModel):
    metrics: list[MetricOut]


class ValueOut(BaseModel):
    value: str
    label: str


class DimensionOut(BaseModel):
    """Something numbers can be split or filtered by."""

    id: str
    label: str
    synonyms: tuple[str, ...]
    type: str
    kind: str
    definition: str | None
    values: list[ValueOut]


class DimensionsOut(BaseModel):
    dimensions: list[DimensionOut]


class HealthOut(BaseModel):
    status: Literal["ok"] = "ok"


class ReadyOut(BaseModel):
    status: Literal["ready"] = "ready"
    data_as_of: date | None
    snapshot: str | None
