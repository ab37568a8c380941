"""`qianmian keys`: who may call the HTTP API and sign in to the web page."""
# ruff: noqa: PLC0415 - imports inside commands are lazy on purpose

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, InTheNameOf
from app.core.clock import system_clock
from app.core.errors import CorrectableError

if TYPE_CHECKING:
    from app.api.keys import KeyStore

app = typer.Typer(no_args_is_help=True, help="Create, list or revoke API keys.")


def _keys() -> "KeyStore":
    from app.api.keys import KeyStore

    return KeyStore(shared.settings().data_dir / "keys.sqlite")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is; only for people.")],
    scope: Annotated[list[str] | None, typer.Option(help="ask, read or admin; repeat. Default: ask and read.")] = None,
    brand: Annotated[list[str] | None, typer.Option(help="Brand whose rows are visible; repeat. Default: all.")] = None,
    department: Annotated[str | None, typer.Option(help="Department whose house definitions apply.")] = None,
    as_user: InTheNameOf = LOCAL,
) -> None:
    """Create a key and print its secret, this once.

    Example: qianmian keys create 小李 --brand B1 --department 会员部
    """
    from app.api.keys import Scope

    try:
        scopes = [Scope(text) for text in scope or ("ask", "read")]
    except ValueError as error:
        raise CorrectableError(f"{error.args[0]}", hint=f"use {', '.join(Scope)}") from error
    # The key is made before the audit is committed: if that fails the secret is never shown, and the key is useless.
    with shared.open_store() as store, store.writing() as kept:
        key, secret = _keys().create(name, scopes=scopes, brand_ids=brand or None, department=department)
        kept.audit.append(actor=as_user, action="key.created", object=f"key:{key.id}", now=system_clock())
    typer.echo(f"{key.id}  {name}")
    typer.echo(f"API key (shown only this once): {secret}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the keys, oldest first; secrets are not kept.

    Example: qianmian keys list
    """
    found = _keys().all()
    if as_json:
        shared.print_records(found)
        return
    lines = [
        f"{one.id}  {'revoked' if one.revoked_at else 'active '}  {','.join(sorted(one.scopes)):<14}"
        f"  {'*' if one.brand_ids is None else ','.join(sorted(one.brand_ids))}  {one.department or '-'}  {one.name}"
        for one in found
    ]
    shared.print_lines(lines, "还没有密钥 · no keys yet")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id, as `keys list` shows it.")], as_user: InTheNameOf = LOCAL
) -> None:
    """Make a key useless at once; its sessions in the web page end too.

    Example: qianmian keys revoke key_3f9c2a6b1d0e4f5a6b7c8d9e
    """
    with shared.open_store() as store, store.writing() as kept:
        _keys().revoke(key_id)
        kept.audit.append(actor=as_user, action="key.revoked", object=f"key:{key_id}", now=system_clock())
    typer.echo(f"已吊销 · revoked: {key_id}")
