"""Answers that say which version they are."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from fastapi import Request, Response
from pydantic import BaseModel


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


def tagged(request: Request, body: BaseModel) -> Response:
    """Return the body as JSON with its tag, or 304 where the asker has this version."""
    content = body.model_dump_json().encode()
    headers = {"ETag": etag_of(content), "Vary": "Accept-Language"}
    if is_known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
