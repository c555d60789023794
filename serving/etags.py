"""Answers that say which version they are."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from fastapi import Request, Response
from pydantic import BaseModel

from wsai.errors import Stale, VersionMissing


def etag_of(content: bytes) -> str:
    """Return a strong tag for these bytes.

    >>> etag_of(b"")
    '"e3b0c44298fc1c149afbf4c8996fb924"'
    """
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Return whether the asker has this version already (``If-None-Match``)."""
    known = request.headers.get("if-none-match", "")
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return "*" in tags or etag in tags


def tagged(request: Request, body: BaseModel, status: int = HTTPStatus.OK) -> Response:
    """Return the body as JSON with its tag, or 304 where the asker has this version."""
    content = body.model_dump_json().encode()
    headers = {"ETag": etag_of(content), "Vary": "Accept-Language"}
    if is_known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, status, media_type="application/json", headers=headers)


def check_version(request: Request, body: BaseModel) -> None:
    """Check that a change is made to what the asker has seen (``If-Match``).

    Args:
        request: The change.
        body: What the asker would read now.

    Raises:
        VersionMissing: There is no ``If-Match``.
        Stale: It names another version.
    """
    given = request.headers.get("if-match")
    if given is None:
        raise VersionMissing("Read it first, and send its ETag as If-Match with the change.")
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    if "*" not in tags and etag_of(body.model_dump_json().encode()) not in tags:
        raise Stale("Somebody else changed it since you read it. Read it again, then decide.")
