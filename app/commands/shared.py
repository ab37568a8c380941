"""What the command groups share: who acts, the program behind them, and how rows are printed."""
# ruff: noqa: PLC0415 - imports inside functions are lazy on purpose: a command pays only for what it uses

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from app.core.actor import LOCAL_OPERATOR, Actor
from app.core.errors import CorrectableError, WarehouseError

if TYPE_CHECKING:
    from app.flows.answer import Answer
    from app.flows.remembering import Memory
    from app.semantic.query import SemanticQuery
    from app.settings import Settings
    from app.store.deferred import DeferredStore

AsUser = Annotated[str, typer.Option("--as", help="Name of the person who acts.")]
InTheNameOf = Annotated[str, typer.Option("--as", help="Name of the person who decides; it is kept with the decision.")]
Brands = Annotated[list[str] | None, typer.Option("--brand", help="Brand scope of the person; repeat for several.")]
Department = Annotated[str | None, typer.Option("--department", help="Department of the person.")]
Warehouse = Annotated[Path | None, typer.Option("--warehouse", help="A DuckDB file. Default: newest import or demo.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
LOCAL = LOCAL_OPERATOR.id


def person(name: str, brands: list[str] | None = None, department: str | None = None) -> Actor:
    """Who acts on the command line: whoever runs it holds the files already, so every role is theirs."""
    scope = frozenset(brands) if brands else None
    return Actor(id=name, roles=LOCAL_OPERATOR.roles, brand_ids=scope, department=department)


def settings() -> "Settings":
    """The settings of this process."""
    from app.settings import load_settings

    return load_settings()


@contextmanager
def open_memory(warehouse: Path | None = None) -> "Iterator[Memory]":
    """Everything remembered, over the program with its warehouse."""
    from app.wiring import build

    application = build(settings(), warehouse=warehouse)
    try:
        yield application.memory
    finally:
        application.close()


@contextmanager
def open_store() -> "Iterator[DeferredStore]":
    """The app database alone: no warehouse is needed."""
    from app.wiring import open_store as wired_store

    store = wired_store(settings())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_records() -> "Iterator[Memory]":
    """What is remembered, to read and to take back: no warehouse is needed, and no question is answered."""
    from functools import cache

    from app.core.clock import system_clock
    from app.flows.remember_choice import RememberChoice
    from app.flows.remembering import join_memory
    from app.flows.verify_question import VerifyQuestion
    from app.wiring import glossary_of, load_model

    chosen = settings()
    version = cache(lambda: load_model(chosen).version)
    with open_store() as store:
        choices = RememberChoice(store, glossary_of(chosen), system_clock)
        verified = VerifyQuestion(store, _no_warehouse, version, system_clock)
        yield join_memory(_NoAnswers(), choices, verified, keep_days=chosen.conversation_days)


class _NoAnswers:
    """In the place of what answers questions, where no warehouse is open."""

    def ask(self, *_: object, **__: object) -> "Answer":
        return _no_warehouse()

    def run(self, *_: object, **__: object) -> "Answer":
        return _no_warehouse()


def _no_warehouse(*_: object) -> NoReturn:
    raise WarehouseError("this needs the warehouse", hint="name it with --warehouse")


def read_query(path: Path) -> "SemanticQuery":
    """The plan in a JSON file; a whole answer is accepted too.

    Raises:
        CorrectableError: the file is not there, or holds no plan.
    """
    from pydantic import ValidationError

    from app.semantic.query import SemanticQuery

    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return SemanticQuery.model_validate(raw.get("query", raw))
    except (OSError, ValueError, AttributeError, ValidationError) as error:
        raise CorrectableError(f"{str(path)!r} holds no plan", hint="give `query` of an answer as JSON") from error


def print_records(records: Iterable[Any]) -> None:
    """Dataclasses as a JSON list."""
    plain = [asdict(record) for record in records]
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=_plain))


def print_lines(lines: Sequence[str], nothing: str) -> None:
    """Lines of text, or what to say when there is none."""
    for line in lines or (nothing,):
        typer.echo(line)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_defaults=True)
    return sorted(value) if isinstance(value, frozenset) else str(value)
