"""A model writes one SELECT over the contract's tables; the guard decides. Nowhere else does SQL come from a model."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Protocol

import sqlglot
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlglot import exp

from app.core.actor import Actor
from app.core.errors import AppError, QueryStoppedError, SqlRejectedError, WarehouseError
from app.flows.ports import Result
from app.guard.policy import Exposure
from app.guard.scope import GuardScope
from app.llm.client import ChatReply, ChatRequest, Message, ToolSpec
from app.llm.meter import Meter
from app.llm.prompts import PromptLibrary
from app.warehouse.contract import CONTRACT_SQL

WRITE = "write_sql"
_MAX_COLUMNS, _MOST_CALLS = 8, 4


class _Draft(BaseModel):
    """What the tool `write_sql` takes. No brand, no actor, no permission: those are in the façade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sql: str = Field(min_length=8, max_length=8_000)


class ScopedExecutor(Protocol):
    """The guard: what an actor may read, and the only way to the engine."""

    def run(self, statement: str, actor: Actor) -> Result:
        """Guard and run one SELECT."""
        ...

    def scope(self, actor: Actor) -> GuardScope:
        """The tables and columns that exist for `actor`."""
        ...


@dataclass(frozen=True, slots=True)
class SqlWriter:
    """Writes and runs SQL for one question at a time."""

    prompts: PromptLibrary
    executor: ScopedExecutor
    repairs: int = 2

    def run(self, question: str, actor: Actor, meter: Meter, *, today: date, first_day: date) -> Result | None:
        """The rows of a statement that the guard let pass; None when there was none.

        Raises:
            ModelError: no usable reply, or the budget is used up.
            WarehouseError: the warehouse can't be read.
        """
        request = self._request(question, self.executor.scope(actor), today, first_day)
        for attempt in range(self.repairs + 1):
            reply = meter.complete(request)
            outcome = self._outcome(reply, actor)
            if not isinstance(outcome, str):
                return outcome
            if attempt < self.repairs:
                request = self._with_repair(request, reply, outcome)
        return None

    def _request(self, question: str, scope: GuardScope, today: date, first_day: date) -> ChatRequest:
        prompt = self.prompts["write_sql"]
        messages = prompt.render(
            dialect=scope.dialect, tables="\n".join(table_lines(scope)), today=str(today), first_day=str(first_day),
            question=question,
        )  # fmt: skip
        described = self.prompts["sql_tools"].system.partition(":")[2].strip()
        return ChatRequest(prompt.ref, messages, (ToolSpec(WRITE, described, _Draft.model_json_schema()),))

    def _outcome(self, reply: ChatReply, actor: Actor) -> Result | str:
        """Rows, or what the model is told. Nothing that the engine says of the data is ever passed on."""
        if len(reply.tool_calls) != 1 or reply.tool_calls[0].name != WRITE:
            return f"call exactly one tool, {WRITE}"
        try:
            draft = _Draft.model_validate_json(reply.tool_calls[0].arguments)
        except ValidationError as error:
            return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:4])
        if (shape := _wrong_shape(draft.sql, self.executor.scope(actor).dialect)) is not None:
            return shape
        try:
            return self.executor.run(draft.sql, actor)
        except WarehouseError:
            raise
        except SqlRejectedError as error:
            found = [f"{finding.rule}: {finding.message} {finding.instead}" for finding in error.findings[:6]]
            return "; ".join(found) or "the statement could not be run on this data; write it in another way"
        except QueryStoppedError:
            return "the statement took too long; narrow the window or write it in a simpler way"
        except AppError:
            return "the statement could not be run"

    def _with_repair(self, request: ChatRequest, reply: ChatReply, problem: str) -> ChatRequest:
        system, user = self.prompts["repair_sql"].render(problems=problem[:1500])
        text = f"{system.content}\n{user.content}"
        calls = tuple(replace(c, id=c.id or f"call_{n}") for n, c in enumerate(reply.tool_calls[:_MOST_CALLS]))
        turns: list[Message] = [Message("assistant", reply.text[:2000], calls)]
        turns += [Message("tool", text, tool_call_id=c.id) for c in calls] or [Message("user", text)]
        return replace(request, messages=(*request.messages, *turns))


def _wrong_shape(sql: str, dialect: str) -> str | None:
    """One row per person is no answer: the outermost SELECT has to aggregate. What is safe, the guard decides."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None  # the guard says what is wrong
    if not isinstance(tree, exp.Select):
        return "the outermost statement has to be one SELECT"
    own = [node for item in tree.expressions for node in item.find_all(exp.AggFunc)]
    if not own and tree.args.get("group") is None:
        return "the outermost SELECT has to aggregate: use COUNT, SUM, AVG … or GROUP BY"
    return f"at most {_MAX_COLUMNS} columns" if len(tree.expressions) > _MAX_COLUMNS else None


def table_lines(scope: GuardScope) -> Iterator[str]:
    """One line per readable table: columns with types, and what the contract says of their codes."""
    comments = _comments()
    for table, columns in scope.tables.items():
        described = (_column(scope, table, name, kind, comments) for name, kind in columns.items())
        yield f"{table}({', '.join(described)})"


def _column(scope: GuardScope, table: str, name: str, kind: str, comments: Mapping[tuple[str, str], str]) -> str:
    codes = comments.get((table, name), "")
    key = " [join and count only]" if scope.exposure(table, name) is Exposure.KEY_ONLY else ""
    return f"{name} {kind}{key}" + (f" /* {codes} */" if codes else "")


@cache
def _comments() -> dict[tuple[str, str], str]:
    """(table, column) → the codes that the contract lists for it."""
    found: dict[tuple[str, str], str] = {}
    for table, body in re.findall(r"CREATE TABLE (\w+)\s*\((.*?)\);", CONTRACT_SQL, re.DOTALL):
        for column, text in re.findall(r"(\w+) [A-Z]+(?:\([\d,]+\))?\s*/\*\s*(.*?)\s*\*/", body, re.DOTALL):
            found[table, column] = " ".join(text.split())
    return found
