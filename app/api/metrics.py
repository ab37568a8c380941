from dataclasses import asdict

from fastapi import APIRouter

from app.api.deps import ReaderDep, RuntimeDep
from app.api.schemas import MetricOut, MetricsOut
from app.core.errors import NotFoundError
from app.flows.answer import Language

router = APIRouter(prefix="/v1/metrics", tags=["catalogue"])


@router.get("", summary="List every metric")
def metrics(_: ReaderDep, runtime: RuntimeDep, language: Language = "zh") -> MetricsOut:
    entries = runtime.flows.catalogue.metrics(language)
    return MetricsOut(metrics=[MetricOut(**asdict(entry)) for entry in entries])


@router.get("/{metric_id}", summary="Describe one metric")
def metric(metric_id: str, _: ReaderDep, runtime: RuntimeDep, language: Language = "zh") -> MetricOut:
    for entry in runtime.flows.catalogue.metrics(language):
        if entry.id == metric_id:
            return MetricOut(**asdict(entry))
    raise NotFoundError(f"there is no metric {metric_id[:80]!r}", hint="GET /v1/metrics lists them all")
