"""`qianmian verified`: questions with the plan that a named person approved."""
# ruff: noqa: PLC0415 - imports inside commands are lazy on purpose

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, AsUser, Brands, InTheNameOf, Warehouse
from app.core.actor import Actor
from app.core.errors import CorrectableError

if TYPE_CHECKING:
    from app.flows.remembering import Memory
    from app.semantic.query import SemanticQuery

app = typer.Typer(no_args_is_help=True, help="List, approve or withdraw verified questions.")


@app.command("list")
def list_(as_user: AsUser = LOCAL, brand: Brands = None, as_json: AsJson = False) -> None:
    """List verified questions; stale ones no longer mark answers, because definitions changed.

    Example: qianmian verified list
    """
    with shared.open_records() as memory:
        found = memory.verified.list(shared.person(as_user, brand))
    if as_json:
        shared.print_records(found)
        return
    lines = [
        f"{one.pair.id}  {'stale   ' if one.is_stale else 'verified'}  {one.pair.approved_at:%Y-%m-%d}"
        f"  {one.pair.approved_by}  {one.pair.question}"
        for one in found
    ]
    shared.print_lines(lines, "没有已核对的问题 · no verified questions")


@app.command()
def add(
    question: Annotated[str, typer.Argument(help="The question whose plan is approved.")],
    as_user: InTheNameOf,
    query: Annotated[Path | None, typer.Option(help="Plan as JSON (`query` of an answer). Default: as read.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking: you have seen the plan.")] = False,
    brand: Brands = None,
    warehouse: Warehouse = None,
) -> None:
    """Approve how a question is read, in your name. Shows the plan and its number first.

    Example: qianmian verified add "2026年9月各渠道的GMV" --as 小李
    """
    actor = shared.person(as_user, brand)
    with shared.open_memory(warehouse) as memory:
        plan = _shown_plan(memory, question, actor, query)
        if not yes:
            typer.confirm("以你的名义确认这一口径? · approve this plan in your name?", abort=True)
        pair = memory.verified.add(actor, question, plan)
    typer.echo(f"已核对 · verified: {pair.id}")


@app.command()
def withdraw(
    verified_id: Annotated[str, typer.Argument(help="Id, as `verified list` shows it.")],
    as_user: InTheNameOf,
    brand: Brands = None,
) -> None:
    """Withdraw a verified question: answers are no longer marked by it.

    Example: qianmian verified withdraw ver_3f9c2a6b1d0e4f5a6b7c8d9e --as 小李
    """
    with shared.open_records() as memory:
        memory.verified.withdraw(shared.person(as_user, brand), verified_id)
    typer.echo(f"已撤回 · withdrawn: {verified_id}")


def _shown_plan(memory: "Memory", question: str, actor: Actor, path: Path | None) -> "SemanticQuery":
    """The plan to approve, after its answer was printed."""
    from app.flows.as_text import as_text

    answers = memory.conversations.answers
    if path is None:
        answer = answers.ask(question, actor)
    else:
        answer = answers.run(shared.read_query(path), actor, language="zh")
    typer.echo(as_text(answer, sql=False))
    if answer.status != "answered" or answer.query is None:
        raise CorrectableError("this question has no answer to approve", hint="see above, or give a plan with --query")
    return answer.query
