"""Who calls the service in tests, and what they send."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from serving.access import service as access
from serving.access.service import Role
from serving.dependencies import Parts
from wsai.supervision.credit_code import check_character


def picture(
    seed: int = 1, size: tuple[int, int] = (640, 480), kind: str = "JPEG", **how: Any
) -> bytes:
    """Return a picture file; another seed gives another picture."""
    noise = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BILINEAR).save(out, kind, **how)
    return out.getvalue()


class Caller(TestClient):
    """A client of the service; errors of the service come back as answers."""

    def __init__(self, app: FastAPI, **headers: str) -> None:
        super().__init__(app, raise_server_exceptions=False, headers=headers)

    def upload(
        self, data: bytes, *, name: str = "a.jpg", key: str | None = None, **fields: str
    ) -> Any:
        """Post a photo."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.post("/v1/photos", files={"file": (name, data)}, data=fields, headers=headers)

    def photo(self, seed: int = 1, **fields: str) -> dict[str, Any]:
        """Post a photo and return it."""
        answer = self.upload(picture(seed), **fields)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found


def caller_with_key(
    app: FastAPI,
    parts: Parts,
    name: str,
    role: Role,
    *,
    place: access.Belongs | None = None,
    **limits: Any,
) -> Caller:
    """Return a machine that calls with a new key."""
    with parts.sessions.begin() as session:
        key = access.create_key(
            session,
            name=name,
            role=role,
            by="test",
            now=parts.clock.now(),
            place=place or access.NOWHERE,
            **limits,
        )
    return Caller(app, authorization=f"Bearer {key}")


def some_code(number: int) -> str:
    """Return a unified social credit code that holds together; another number, another code."""
    body = f"91320594{number:09d}"
    return body + check_character(body)
