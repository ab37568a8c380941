from fastapi import APIRouter

from app.api.deps import AskerDep, ReaderDep, RuntimeDep
from app.api.memory_schemas import AcceptIn, DecisionIn, ProposalOut, ProposalsOut
from app.flows.memory import ProposalState

router = APIRouter(prefix="/v1/proposals", tags=["proposals"])


@router.get("", summary="List proposals")
def proposals(actor: ReaderDep, runtime: RuntimeDep, state: ProposalState | None = None) -> ProposalsOut:
    """Those that concern the brands of the key, newest first."""
    found = runtime.flows.memory.proposals.list(actor, state=state)
    return ProposalsOut(proposals=[ProposalOut.of(proposal) for proposal in found])


@router.get("/{proposal_id}", summary="Show one proposal")
def one(proposal_id: str, actor: ReaderDep, runtime: RuntimeDep) -> ProposalOut:
    return ProposalOut.of(runtime.flows.memory.proposals.get(actor, proposal_id))


@router.post("/{proposal_id}/accept", summary="Accept exactly the proposal you saw")
def accept(proposal_id: str, body: AcceptIn, actor: AskerDep, runtime: RuntimeDep) -> ProposalOut:
    """Another person than the proposer. A correction becomes a verified question in your name."""
    decided = runtime.flows.memory.proposals.accept(
        actor, proposal_id, seen_hash=body.content_hash, query=body.query, reason=body.reason
    )
    return ProposalOut.of(decided)


@router.post("/{proposal_id}/reject", summary="Reject exactly the proposal you saw")
def reject(proposal_id: str, body: DecisionIn, actor: AskerDep, runtime: RuntimeDep) -> ProposalOut:
    """Another person than the proposer. Nothing changes but the proposal's state."""
    decided = runtime.flows.memory.proposals.reject(actor, proposal_id, seen_hash=body.content_hash, reason=body.reason)
    return ProposalOut.of(decided)
