"""`qianmian feedback` and `qianmian proposals`: what askers say is wrong, and what another person decides about it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, AsUser, Brands, InTheNameOf, Warehouse
from app.core.errors import ConflictError

if TYPE_CHECKING:
    from app.flows.memory import Proposal

app = typer.Typer(no_args_is_help=True, help="List, show, accept or reject proposals; never your own.")

ProposalId = Annotated[str, typer.Argument(help="Id, as `proposals list` shows it.")]
Seen = Annotated[str, typer.Option("--seen", help="The hash that `proposals show` printed: what you decide about.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]
_SHORTEST_HASH = 12


def feedback(
    request_id: Annotated[str, typer.Argument(help="`trace.request_id` of an answer kept in a conversation.")],
    verdict: Annotated[Literal["up", "down"], typer.Argument(help="Was it right?")],
    as_user: AsUser = LOCAL,
    text: Annotated[str, typer.Option(help="With down: what is right, in words.")] = "",
    query: Annotated[Path | None, typer.Option(help="With down: the right plan, as JSON.")] = None,
    brand: Brands = None,
    warehouse: Warehouse = None,
) -> None:
    r"""Say whether an answer was right. With a correction it becomes a proposal that another person decides.

    \b
    qianmian ask "9月的GMV" --conversation monday --as 小李 --json
    qianmian feedback req_3f9c2a6b1d0e4f5a6b7c8d9e down --text "按支付时间" --as 小李
    """
    from app.flows.give_feedback import Correction  # noqa: PLC0415 - lazy on purpose

    correction = Correction(text, shared.read_query(query) if query else None) if text or query else None
    # Only a plan has to be checked against the warehouse.
    with shared.open_memory(warehouse) if query else shared.open_records() as memory:
        given = memory.feedback.give(shared.person(as_user, brand), request_id, verdict, correction=correction)
    typer.echo(f"已记录 · kept: {given.id}")
    if given.proposal_id:
        typer.echo(f"待他人确认 · waits for another person: {given.proposal_id}")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    as_user: AsUser = LOCAL,
    brand: Brands = None,
    as_json: AsJson = False,
) -> None:
    """List proposals that wait for a decision.

    Example: qianmian proposals list
    """
    with shared.open_records() as memory:
        found = memory.proposals.list(shared.person(as_user, brand), state=None if everything else "open")
    if as_json:
        shared.print_records(found)
        return
    lines = [f"{one.id}  {one.state:<8}  {one.kind:<10}  {one.proposed_by}  {one.title}" for one in found]
    shared.print_lines(lines, "没有待处理的提议 · no proposals")


@app.command()
def show(
    proposal_id: ProposalId,
    as_user: AsUser = LOCAL,
    brand: Brands = None,
    as_json: AsJson = False,
) -> None:
    """Show one proposal with the hash that a decision names.

    Example: qianmian proposals show prop_3f9c2a6b1d0e4f5a6b7c8d9e
    """
    with shared.open_records() as memory:
        proposal = memory.proposals.get(shared.person(as_user, brand), proposal_id)
    if as_json:
        shared.print_records([proposal])
        return
    typer.echo(f"{proposal.id}  {proposal.state}  {proposal.kind}  {proposal.proposed_by}\n{proposal.title}")
    typer.echo(json.dumps(dict(proposal.payload), ensure_ascii=False, indent=2))
    typer.echo(f"hash {proposal.content_hash}")


@app.command()
def accept(
    proposal_id: ProposalId,
    as_user: InTheNameOf,
    seen: Seen,
    query: Annotated[Path | None, typer.Option(help="The plan that a correction in words means, as JSON.")] = None,
    reason: Reason = "",
    brand: Brands = None,
    warehouse: Warehouse = None,
) -> None:
    """Accept exactly the proposal you saw. A correction becomes a verified question in your name.

    Example: qianmian proposals accept prop_3f9c2a6b1d0e4f5a6b7c8d9e --as 老王 --seen 5f1b0c7d9e2a
    """
    actor = shared.person(as_user, brand)
    with shared.open_memory(warehouse) as memory:
        found = memory.proposals.get(actor, proposal_id)
        plan = shared.read_query(query) if query else None
        memory.proposals.accept(actor, proposal_id, seen_hash=_full(found, seen), query=plan, reason=reason)
    typer.echo(f"已采纳 · accepted: {proposal_id}")


@app.command()
def reject(
    proposal_id: ProposalId,
    as_user: InTheNameOf,
    seen: Seen,
    reason: Reason = "",
    brand: Brands = None,
) -> None:
    """Reject exactly the proposal you saw; nothing else changes.

    Example: qianmian proposals reject prop_3f9c2a6b1d0e4f5a6b7c8d9e --as 老王 --seen 5f1b0c7d9e2a --reason 口径不对
    """
    actor = shared.person(as_user, brand)
    with shared.open_records() as memory:
        found = memory.proposals.get(actor, proposal_id)
        memory.proposals.reject(actor, proposal_id, seen_hash=_full(found, seen), reason=reason)
    typer.echo(f"已驳回 · rejected: {proposal_id}")


def _full(proposal: "Proposal", seen: str) -> str:
    """The whole hash, for one that was copied in part; too short a part proves nothing."""
    if len(seen) < _SHORTEST_HASH:
        raise ConflictError(f"{seen!r} is too short", hint=f"copy at least {_SHORTEST_HASH} characters of the hash")
    return proposal.content_hash if proposal.content_hash.startswith(seen) else seen
