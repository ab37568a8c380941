"""The HTTP API as a FastAPI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app.api import (
    ask,
    audit,
    choices,
    conversations,
    dimensions,
    errors,
    feedback,
    health,
    metrics,
    proposals,
    verified,
)
from app.api.deps import Runtime
from app.api.errors import Problem
from app.api.fallback import Fallback
from app.api.keys import KeyStore
from app.api.rate_limit import RateLimit
from app.api.request_context import RequestContext
from app.flows.interface import Flows
from app.flows.pool import FlowPool
from app.settings import Settings

_API_VERSION = "1"
_DESCRIPTION = """Ask marketing questions, get numbers with the SQL, definitions and checks behind them.

Every call but the health checks needs an API key: `Authorization: Bearer qm_…`. Which brands are visible and whose
house definitions apply comes from the key. Errors are `application/problem+json` with a stable `code`."""

ROUTERS = tuple(
    module.router
    for module in (
        ask, metrics, dimensions, choices, verified, feedback, proposals, conversations, audit, health,
    )
)  # fmt: skip
_PROBLEMS = {
    401: "No valid key",
    403: "The key may not do this",
    404: "Not there",
    409: "Decided or changed meanwhile",
    422: "The request does not fit",
    429: "Too many",
}


def create_api(settings: Settings, flows: Flows) -> FastAPI:
    """The API over `flows`. Keys live in the settings' data folder."""
    pool = FlowPool(size=settings.concurrent_questions, waiting=settings.waiting_questions)
    api = FastAPI(
        title="Qianmian",
        version=_API_VERSION,
        description=_DESCRIPTION,
        openapi_url="/openapi.json" if settings.docs else None,
        # The stock documentation pages load scripts from elsewhere; no request may leave the origin.
        docs_url=None,
        redoc_url=None,
        lifespan=_closing(pool),
        responses=_problem_responses(),
    )
    api.state.runtime = Runtime(
        flows=flows,
        pool=pool,
        keys=KeyStore(settings.data_dir / "keys.sqlite"),
        rate_limit=RateLimit(settings.rate_limit_per_minute),
    )
    errors.install(api)
    api.add_middleware(RequestContext, max_body_bytes=settings.max_body_bytes)
    for router in ROUTERS:
        api.include_router(router)
    return api


def add_fallback(api: FastAPI) -> None:
    """Answer unknown addresses and methods as problems, also when pages are mounted after this."""
    own = [route for router in ROUTERS for route in router.routes]
    api.router.routes.append(Fallback([*own, *api.router.routes]))


def _closing(pool: FlowPool) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        pool.close()

    return lifespan


def _problem_responses() -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": text, "model": Problem, "content": {errors.PROBLEM_TYPE: {"schema": schema}}}
        for status, text in _PROBLEMS.items()
    }
