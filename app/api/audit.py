from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import ReaderDep, RuntimeDep
from app.api.memory_schemas import AuditEntryOut, AuditOut, ChainOut

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get("", summary="Read the audit")
def entries(
    actor: ReaderDep,
    runtime: RuntimeDep,
    after: Annotated[int, Query(ge=0, description="Number of the last entry that you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> AuditOut:
    """Admins only. Oldest first."""
    found = runtime.flows.memory.audit.entries(actor, after=after, limit=limit)
    return AuditOut(entries=[AuditEntryOut.of(entry) for entry in found])


@router.get("/verify", summary="Recompute the chain of the audit")
def verify(actor: ReaderDep, runtime: RuntimeDep) -> ChainOut:
    """Admins only. Says whether every entry is as it was written, and where not."""
    report = runtime.flows.memory.audit.verify(actor)
    status = "intact" if report.is_intact else "broken"
    return ChainOut(status=status, entries=report.entries, head=report.head, problem=report.problem)
