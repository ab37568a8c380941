"""Every error leaves as problem+json (RFC 9457): what happened, what to do, which request. Nothing of our insides."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.api.request_context import request_id_of
from app.core.errors import AppError, QueryStoppedError, SqlRejectedError, StoreError, WarehouseError
from app.flows.answer import Answer

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
_FAILED_STATUS = {error.code: error.status for error in (WarehouseError, StoreError, QueryStoppedError)}
_CODES = {413: "too_large"}
_DEFAULT_HINTS = {
    413: "send less at once",
    401: "send an API key: `Authorization: Bearer qm_…`",
    404: "see /openapi.json for what exists",
    405: "see /openapi.json for the method this path takes",
}


class RateLimitedError(AppError):
    """This key has used its allowance for now."""

    code = "rate_limited"
    status = 429


class Problem(BaseModel):
    """An RFC 9457 problem. `code` is stable and meant for programs; `detail` and `hint` are meant for people."""

    type: str = Field(examples=["about:blank#unauthenticated"])
    title: str = Field(examples=["Unauthorized"])
    status: int = Field(examples=[401])
    code: str = Field(examples=["unauthenticated"])
    detail: str = Field(examples=["no valid API key"])
    hint: str = Field(default="", examples=["send an API key: `Authorization: Bearer qm_…`"])
    request_id: str = Field(examples=["req_3f9c2a6b1d0e4f5a6b7c8d9e"])
    findings: list[dict[str, Any]] = Field(default_factory=list)
    """What exactly was wrong: guard findings, or the fields of a request that did not fit."""


def install(app: FastAPI) -> None:
    """Make `app` answer every failure as a problem, those of the framework included."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


def problem(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    hint: str = "",
    findings: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response for one problem."""
    body = Problem(
        type=f"about:blank#{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        hint=hint,
        request_id=request_id_of(request.scope),
        findings=findings or [],
    )
    return JSONResponse(body.model_dump(), status, headers=dict(headers or {}), media_type=PROBLEM_TYPE)


def failed_answer(request: Request, answer: Answer) -> JSONResponse:
    """An answer that could not be computed, for no fault of the asker, as the problem that it is over HTTP."""
    refusal = answer.refusal
    code = refusal.code if refusal else "internal_error"
    status = _FAILED_STATUS.get(code, 500)
    return problem(
        request,
        status=status,
        code=code,
        detail=refusal.reason if refusal else "something went wrong on our side",
        hint=" · ".join(refusal.instead) if refusal else "",
        findings=[finding.model_dump() for finding in answer.findings],
        headers={"Retry-After": "5"} if status == 503 else {},
    )


async def _app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 - registered for this type only
    findings = [_finding(item) for item in error.findings] if isinstance(error, SqlRejectedError) else []
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in (429, 503):
        headers["Retry-After"] = str(error.details.get("retry_after_seconds", 5))
    if error.status >= 500:
        logger.error("request.failed", extra={"code": error.code})
    return problem(
        request,
        status=error.status,
        code=error.code,
        detail=error.message,
        hint=error.hint,
        findings=findings,
        headers=headers,
    )


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    # Where and why, never the value that was sent: it may be a question or a secret.
    findings = [
        {"rule": item["type"], "message": f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"}
        for item in error.errors()
    ]
    detail = findings[0]["message"] if findings else "the request does not fit"
    return problem(
        request,
        status=422,
        code="invalid_input",
        detail=detail,
        hint="correct the named fields; see /openapi.json for the shape",
        findings=findings,
    )


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    phrase = HTTPStatus(error.status_code).phrase
    return problem(
        request,
        status=error.status_code,
        code=_CODES.get(error.status_code, phrase.lower().replace(" ", "_")),
        detail=error.detail,
        hint=_DEFAULT_HINTS.get(error.status_code, ""),
        headers=error.headers,
    )


async def _bug(request: Request, error: Exception) -> JSONResponse:
    logger.error("request.crashed", exc_info=error)
    return problem(
        request,
        status=500,
        code="internal_error",
        detail="something went wrong on our side",
        hint="try again; if it stays, report the request id",
        # This handler runs outside our middleware, so the header is set here.
        headers={"X-Request-Id": request_id_of(request.scope)},
    )


def _finding(item: Any) -> dict[str, Any]:
    if isinstance(item, BaseModel):
        return item.model_dump(mode="json")
    if is_dataclass(item) and not isinstance(item, type):
        return asdict(item)
    return {"message": str(item)}
