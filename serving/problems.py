"""Errors as problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from wsai import errors

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:wsai:problem:"

STATUS: dict[type[errors.WsaiError], tuple[HTTPStatus, str]] = {
    errors.WsaiError: (HTTPStatus.INTERNAL_SERVER_ERROR, "Error"),
    errors.NotFound: (HTTPStatus.NOT_FOUND, "Not found"),
    errors.Conflict: (HTTPStatus.CONFLICT, "Conflict"),
    errors.Stale: (HTTPStatus.PRECONDITION_FAILED, "Changed by somebody else"),
    errors.VersionMissing: (HTTPStatus.PRECONDITION_REQUIRED, "Say which version"),
    errors.ClauseUnverified: (HTTPStatus.CONFLICT, "A clause is not verified"),
    errors.InvalidRequest: (HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid request"),
    errors.NotAuthenticated: (HTTPStatus.UNAUTHORIZED, "Not logged in"),
    errors.IdentityUnavailable: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The identity provider does not answer",
    ),
    errors.Forbidden: (HTTPStatus.FORBIDDEN, "Not allowed"),
    errors.ImageRejected: (HTTPStatus.UNPROCESSABLE_ENTITY, "The photo cannot be used"),
    errors.ImageUnreadable: (HTTPStatus.UNPROCESSABLE_ENTITY, "The photo cannot be read"),
    errors.ImageUnsupported: (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Not a kind of photo that is read",
    ),
    errors.ImageTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The photo is too large"),
    errors.ModelUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The model cannot run"),
    errors.CatalogueInvalid: (HTTPStatus.INTERNAL_SERVER_ERROR, "The catalogue is invalid"),
    errors.SettingsInvalid: (HTTPStatus.INTERNAL_SERVER_ERROR, "A setting is invalid"),
}


class ProblemPlace(BaseModel):
    """One thing that is wrong with a request."""

    at: str = Field(description="Where: body, query, path and the field's name.")
    message: str


class Problem(BaseModel):
    """What every error looks like (RFC 9457); ``code`` is stable and what clients compare."""

    type: str = Field(examples=[TYPE_BASE + "not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["not-found"])
    detail: str = Field(description="For people.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[ProblemPlace] | None = Field(
        default=None, description="Only with the code invalid-request: every place."
    )


class ProblemResponse(JSONResponse):
    """A problem; what the sender wrote may be in it, so it may hold broken characters."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """Return the JSON, broken characters replaced."""
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def problem(
    status: int,
    title: str,
    *,
    code: str,
    detail: str,
    instance: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Return a problem+json response; ``code`` is stable and what clients compare."""
    body = {
        "type": TYPE_BASE + code,
        "title": title,
        "status": int(status),
        "code": code,
        "detail": detail,
        "instance": instance,
        **more,
    }
    return ProblemResponse(body, int(status), headers=headers)


def _domain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.WsaiError)
    status, title = STATUS[type(error)]
    login = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return problem(
        status,
        title,
        code=error.code,
        detail=str(error),
        instance=request.url.path,
        headers=login,
    )


def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    places = [
        {"at": ".".join(str(part) for part in row["loc"]), "message": row["msg"]}
        for row in error.errors()
    ]
    first = places[0] if places else {"at": "the request", "message": "it cannot be read"}
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Invalid request",
        code="invalid-request",
        detail=f"{first['at']}: {first['message']}",
        instance=request.url.path,
        errors=places,
    )


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    return problem(
        status,
        status.phrase,
        code=status.phrase.lower().replace(" ", "-"),
        detail=str(error.detail),
        instance=request.url.path,
        headers=error.headers,
    )


def unexpected(request: Request, error: Exception) -> JSONResponse:
    """Log an error that nobody expected and return its answer, which says nothing about it."""
    structlog.get_logger("wsai").error("unexpected-error", path=request.url.path, exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Unexpected error",
        code="unexpected",
        detail="Something went wrong here. Nothing was recorded. Try again; the log says more.",
        instance=request.url.path,
    )


def _storage(request: Request, error: Exception) -> JSONResponse:
    """Answer for a database that is away or locked, and for a disk that is full."""
    structlog.get_logger("wsai").error("storage-failed", path=request.url.path, exc_info=error)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Nothing can be stored now",
        code="storage-unavailable",
        detail="Disk or database do not answer. Nothing was recorded. Try again in a moment.",
        instance=request.url.path,
        headers={"Retry-After": "5"},
    )


def described(what: str) -> dict[str, Any]:
    """Return how an answer that is a problem stands in the OpenAPI document."""
    place = {"$ref": "#/components/schemas/Problem"}
    return {"description": what, "content": {MEDIA_TYPE: {"schema": place}}}


RESPONSES: dict[int | str, dict[str, Any]] = {"default": described("Whatever goes wrong.")}
"""For every operation; without it FastAPI documents a body that is never sent."""


def _describe(app: FastAPI) -> None:
    """Let the OpenAPI document define what its answers refer to."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schemas = document["components"]["schemas"]
        if "Problem" not in schemas:  # FastAPI keeps the document and returns it again
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs") | {"Problem": schema}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def install_problems(app: FastAPI) -> None:
    """Turn every expected error of the app into a problem; `Headed` answers for the others."""
    _describe(app)
    app.add_exception_handler(errors.WsaiError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _storage)
    app.add_exception_handler(OSError, _storage)
