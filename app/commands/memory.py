"""`qianmian memory`: what a person settled ambiguous terms to mean."""
# ruff: noqa: PLC0415 - imports inside commands are lazy on purpose

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, AsUser, Brands, Department
from app.core.clock import system_clock

if TYPE_CHECKING:
    from app.flows.remember_choice import RememberChoice

app = typer.Typer(no_args_is_help=True, help="Show or forget what a person settled ambiguous terms to mean.")


@contextmanager
def _choices() -> "Iterator[RememberChoice]":
    from app.flows.remember_choice import RememberChoice
    from app.wiring import glossary_of

    with shared.open_store() as store:
        yield RememberChoice(store, glossary_of(shared.settings()), system_clock)


@app.command("list")
def list_(
    as_user: AsUser = LOCAL, brand: Brands = None, department: Department = None, as_json: AsJson = False
) -> None:
    """List the senses that this person settled on.

    Example: qianmian memory list --as 小李
    """
    with _choices() as choices:
        found = choices.list(shared.person(as_user, brand, department), "zh")
    if as_json:
        shared.print_records(found)
        return
    lines = [
        f"{one.term:<24} {one.label} = {one.meaning or one.sense}{'' if one.is_known else '  (不在词典里了 · gone)'}"
        for one in found
    ]
    shared.print_lines(lines, "没有记住任何选择 · nothing is remembered")


@app.command()
def forget(
    term: Annotated[str, typer.Argument(help="Id of the term, as `memory list` shows it.")],
    as_user: AsUser = LOCAL,
    brand: Brands = None,
    department: Department = None,
) -> None:
    """Forget one choice: from then on the house definition holds, or the person is asked.

    Example: qianmian memory forget gmv --as 小李
    """
    with _choices() as choices:
        choices.forget(shared.person(as_user, brand, department), term)
    typer.echo(f"已忘记 · forgotten: {term}")
