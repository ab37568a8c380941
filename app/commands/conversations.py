"""`qianmian conversations`: what a person asked, as long as it is kept."""

from typing import Annotated

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, AsUser, Brands

app = typer.Typer(no_args_is_help=True, help="List, show or delete a person's own conversations.")

ConversationId = Annotated[str, typer.Argument(help="Id, as given to `ask --conversation`.")]


@app.command("list")
def list_(as_user: AsUser = LOCAL, brand: Brands = None, as_json: AsJson = False) -> None:
    """List this person's conversations, the most recently used first.

    Example: qianmian conversations list --as 小李
    """
    with shared.open_records() as memory:
        found = memory.conversations.list(shared.person(as_user, brand))
    if as_json:
        shared.print_records(found)
        return
    lines = [f"{one.id:<24} {one.last_at:%Y-%m-%d %H:%M}  {one.turns:>3}  {one.title}" for one in found]
    shared.print_lines(lines, "没有会话 · no conversations")


@app.command()
def show(
    conversation_id: ConversationId,
    as_user: AsUser = LOCAL,
    brand: Brands = None,
    as_json: AsJson = False,
) -> None:
    """Show the questions of one conversation; numbers are not kept.

    Example: qianmian conversations show monday --as 小李
    """
    with shared.open_records() as memory:
        found = memory.conversations.turns(shared.person(as_user, brand), conversation_id)
    if as_json:
        shared.print_records(found)
        return
    for turn in found:
        typer.echo(f"{turn.asked_at:%Y-%m-%d %H:%M}  {turn.status:<20}  {turn.request_id}  {turn.question}")


@app.command()
def delete(conversation_id: ConversationId, as_user: AsUser = LOCAL, brand: Brands = None) -> None:
    """Delete one conversation with all its turns.

    Example: qianmian conversations delete monday --as 小李
    """
    with shared.open_records() as memory:
        memory.conversations.delete(shared.person(as_user, brand), conversation_id)
    typer.echo(f"已删除 · deleted: {conversation_id}")
