from fastapi import APIRouter, Response

from app.api.deps import AskerDep, ReaderDep, RuntimeDep
from app.api.memory_schemas import VerifiedIn, VerifiedListOut, VerifiedOut

router = APIRouter(prefix="/v1/verified", tags=["verified questions"])


@router.get("", summary="List verified questions")
def verified(actor: ReaderDep, runtime: RuntimeDep) -> VerifiedListOut:
    """Those that concern the brands of the key, newest first; stale ones are marked, withdrawn ones left out."""
    return VerifiedListOut(verified=[VerifiedOut.of(shown) for shown in runtime.flows.memory.verified.list(actor)])


@router.get("/{verified_id}", summary="Show one verified question")
def one(verified_id: str, actor: ReaderDep, runtime: RuntimeDep) -> VerifiedOut:
    return VerifiedOut.of(runtime.flows.memory.verified.get(actor, verified_id))


@router.post("", summary="Approve a plan as the meaning of a question", status_code=201)
def add(body: VerifiedIn, actor: AskerDep, runtime: RuntimeDep) -> VerifiedOut:
    """Answers with this plan then read `verified`, with your name and the day, until the definitions change."""
    memory = runtime.flows.memory.verified
    return VerifiedOut.of(memory.get(actor, memory.add(actor, body.question, body.query).id))


@router.delete("/{verified_id}", summary="Withdraw a verified question", status_code=204)
def withdraw(verified_id: str, actor: AskerDep, runtime: RuntimeDep) -> Response:
    runtime.flows.memory.verified.withdraw(actor, verified_id)
    return Response(status_code=204)
