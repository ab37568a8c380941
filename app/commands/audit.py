"""`qianmian audit`: who did what, when, and whether that record is as it was written."""
# ruff: noqa: PLC0415 - imports inside commands are lazy on purpose

from typing import Annotated

import typer

from app.commands import shared
from app.commands.shared import AsJson
from app.core.actor import LOCAL_OPERATOR

app = typer.Typer(no_args_is_help=True, help="Read the audit, or recompute its chain.")


@app.command("list")
def list_(
    after: Annotated[int, typer.Option(help="Number of the last entry that you have.")] = 0,
    limit: Annotated[int, typer.Option(help="At most so many entries.", min=1, max=100_000)] = 200,
    as_json: AsJson = False,
) -> None:
    """List entries, oldest first.

    Example: qianmian audit list --after 200
    """
    from app.flows.read_audit import ReadAudit

    with shared.open_store() as store:
        found = ReadAudit(store).entries(LOCAL_OPERATOR, after=after, limit=limit)
    if as_json:
        shared.print_records(found)
        return
    lines = [f"{one.number:>6}  {one.at:%Y-%m-%d %H:%M:%S}  {one.actor}  {one.action}  {one.object}" for one in found]
    shared.print_lines(lines, "没有记录 · no entries")


@app.command()
def verify(
    head: Annotated[str, typer.Option(help="A head that you noted before: it must be in the chain.")] = "",
    as_json: AsJson = False,
) -> None:
    """Recompute the whole chain: edits, removals and reordering are found. Exit code 1 when something does not fit.

    Example: qianmian audit verify
    """
    from app.flows.read_audit import ReadAudit

    with shared.open_store() as store:
        audit = ReadAudit(store)
        report = audit.verify(LOCAL_OPERATOR)
        is_known = not head or audit.holds(LOCAL_OPERATOR, head)
    if as_json:
        shared.print_records([report])
    else:
        typer.echo(f"{report.entries} entries, head {report.head}")
        typer.echo(report.problem or "完整 · intact")
        if not is_known:
            typer.echo("给出的链头不在链中 · the head that you noted is not in the chain")
    if not report.is_intact or not is_known:
        raise typer.Exit(1)
