"""`qianmian snapshots`: the versions of the warehouse that are kept, and going back to one."""
# ruff: noqa: PLC0415 - imports inside commands are lazy on purpose

import json
from pathlib import Path
from typing import Annotated

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, InTheNameOf
from app.core.clock import system_clock

app = typer.Typer(no_args_is_help=True, help="List versions of the warehouse, or go back to one.")

Folder = Annotated[Path | None, typer.Option("--folder", help="Folder of snapshots. Default: that of the data folder.")]


@app.command("list")
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the versions that are kept, oldest first; the one that serves is marked.

    Example: qianmian snapshots list
    """
    from app.warehouse import snapshots

    place = folder or shared.settings().snapshot_dir
    serving = snapshots.current(place)
    found = [
        {"id": one.id, "is_serving": serving is not None and one.id == serving.id, "meta": dict(one.meta)}
        for one in snapshots.history(place)
    ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    lines = [f"{'*' if one['is_serving'] else ' '} {one['id']}  {_said(one['meta'])}".rstrip() for one in found]
    shared.print_lines(lines, "还没有导入过数据 · nothing was imported yet")


@app.command()
def rollback(
    snapshot_id: Annotated[str, typer.Argument(help="Id, as `snapshots list` shows it.")],
    folder: Folder = None,
    as_user: InTheNameOf = LOCAL,
) -> None:
    """Make an earlier version serve again; a running server follows within seconds. The others stay.

    Example: qianmian snapshots rollback 000002-1f0e9d8c
    """
    from app.warehouse import snapshots

    place = folder or shared.settings().snapshot_dir
    with shared.open_store() as store, store.writing() as kept:
        chosen = snapshots.rollback(place, snapshot_id)
        action, now = "snapshot.rolled_back", system_clock()
        kept.audit.append(actor=as_user, action=action, object=f"snapshot:{chosen.id}", now=now)
    typer.echo(f"现在使用 · now serving: {chosen.id}")


def _said(meta: object) -> str:
    if not isinstance(meta, dict):
        return ""
    return "  ".join(f"{name}={value}" for name, value in meta.items() if isinstance(value, str | int | float))
