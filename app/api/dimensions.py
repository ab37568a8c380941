from dataclasses import asdict

from fastapi import APIRouter

from app.api.deps import ReaderDep, RuntimeDep
from app.api.schemas import DimensionOut, DimensionsOut
from app.flows.answer import Language

router = APIRouter(prefix="/v1/dimensions", tags=["catalogue"])


@router.get("", summary="List what numbers can be split and filtered by")
def dimensions(_: ReaderDep, runtime: RuntimeDep, language: Language = "zh") -> DimensionsOut:
    entries = runtime.flows.catalogue.dimensions(language)
    return DimensionsOut(dimensions=[DimensionOut.model_validate(asdict(entry)) for entry in entries])
