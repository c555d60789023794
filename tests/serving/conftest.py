from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeDetector, FixedClock
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from site_of_tests import ADMIN, INSPECTOR, PASSWORD, Caller

from serving.access import service as access
from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.dependencies import Parts
from serving.settings import Settings


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def parts(settings: Settings, clock: FixedClock) -> Iterator[Parts]:
    """A service with a detector that always sees the same, an inspector and an administrator."""
    built = build_parts(settings, detector=FakeDetector(), clock=clock)
    with built.sessions.begin() as session:
        for name, role in ((INSPECTOR, Role.INSPECTOR), (ADMIN, Role.ADMIN)):
            access.create_account(
                session, name=name, password=PASSWORD, role=role, by="test", now=clock.now()
            )
    yield built
    built.close()


@pytest.fixture
def app(parts: Parts) -> FastAPI:
    return create_app(parts=parts)


@pytest.fixture
def anyone(app: FastAPI) -> Caller:
    """Someone who has not logged in."""
    return Caller(app)


@pytest.fixture
def key_of(parts: Parts) -> Callable[[str, str], str]:
    """What makes keys: name and role to the key."""

    def make(name: str, role: str) -> str:
        with parts.sessions.begin() as session:
            return access.create_key(
                session, name=name, role=Role(role), by="test", now=parts.clock.now()
            )

    return make


@pytest.fixture
def inspector(app: FastAPI) -> Caller:
    """A logged-in inspector."""
    return Caller(app).logged_in(INSPECTOR)


@pytest.fixture
def admin(app: FastAPI) -> Caller:
    """A logged-in administrator."""
    return Caller(app).logged_in(ADMIN)


@pytest.fixture
def jpeg() -> bytes:
    """A photo of 640 × 480."""
    return picture(1)


def picture(seed: int, size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BILINEAR).save(out, kind)
    return out.getvalue()
