from fastapi import APIRouter

from app.api.deps import RuntimeDep
from app.api.schemas import HealthOut, ReadyOut

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the program alive?")
async def healthz() -> HealthOut:
    """Waits for nothing: no query, no file, no thread."""
    return HealthOut()


@router.get("/readyz", summary="Can questions be answered?")
async def readyz(runtime: RuntimeDep) -> ReadyOut:
    """503 while the warehouse can't be read."""
    status = await runtime.pool.run(runtime.flows.status)
    return ReadyOut(data_as_of=status.data_as_of, snapshot=status.snapshot)
