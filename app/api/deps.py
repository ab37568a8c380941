"""What routers are given: the flows, the pool they run on, and the key that asks."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.errors import RateLimitedError
from app.api.keys import ApiKey, KeyStore, Scope
from app.api.rate_limit import RateLimit
from app.core.actor import Actor
from app.core.errors import NotPermittedError, UnauthenticatedError
from app.flows.interface import Flows
from app.flows.pool import FlowPool

_bearer = HTTPBearer(auto_error=False, description="An API key: `qm_…`. The first one is printed at first start.")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What one running program holds; put on `app.state.runtime`."""

    flows: Flows
    pool: FlowPool
    keys: KeyStore
    rate_limit: RateLimit


def runtime_of(request: Request) -> Runtime:
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)  # noqa: S101 - set by `create_api`
    return runtime


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]


def _authenticated(
    runtime: RuntimeDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> ApiKey:
    key = runtime.keys.verify(credentials.credentials) if credentials else None
    if key is None:
        raise UnauthenticatedError("no valid API key", hint="send an API key: `Authorization: Bearer qm_…`")
    wait = runtime.rate_limit.wait_seconds(key.id)
    if wait:
        raise RateLimitedError(
            "this key has used its allowance for now", hint=f"try again in {wait} s", retry_after_seconds=wait
        )
    return key


KeyDep = Annotated[ApiKey, Depends(_authenticated)]


def _asker(key: KeyDep) -> Actor:
    return _permitted(key, Scope.ASK)


def _reader(key: KeyDep) -> Actor:
    return _permitted(key, Scope.READ)


def _permitted(key: ApiKey, scope: Scope) -> Actor:
    if not key.may(scope):
        raise NotPermittedError(f"this key lacks the scope {scope.value!r}", hint="use a key that has it")
    return key.actor


AskerDep = Annotated[Actor, Depends(_asker)]
ReaderDep = Annotated[Actor, Depends(_reader)]
