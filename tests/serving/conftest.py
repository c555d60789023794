from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from callers import Caller, caller_with_key
from fakes import BARE_HEAD, FakeDetector, FixedClock
from fastapi import FastAPI
from town import Town, build_town

from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.dependencies import Parts
from serving.settings import Settings
from wsai.vision.labels import Label

SEEN = (*BARE_HEAD, (Label.HELMET, 0.8, (500.0, 60.0, 540.0, 100.0)))
"""A bare head on what looks like a work site: a hazard."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def parts(settings: Settings, clock: FixedClock) -> Iterator[Parts]:
    """A service whose detector sees the same in every picture."""
    built = build_parts(settings, detector=FakeDetector(SEEN), clock=clock)
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
def inspector(app: FastAPI, parts: Parts) -> Caller:
    """An inspector, by key."""
    return caller_with_key(app, parts, "inspector", Role.INSPECTOR)


@pytest.fixture
def admin(app: FastAPI, parts: Parts) -> Caller:
    """An administrator, by key."""
    return caller_with_key(app, parts, "admin", Role.ADMIN)


@pytest.fixture
def town(app: FastAPI, parts: Parts, admin: Caller) -> Town:
    """Two grids with an enterprise each, and their people."""
    return build_town(app, parts, admin)


@pytest.fixture
def app_on(
    settings: Settings, clock: FixedClock
) -> Iterator[Callable[[str], tuple[FastAPI, Parts]]]:
    """What puts a service together on a given database."""
    made: list[Parts] = []

    def on(database_url: str) -> tuple[FastAPI, Parts]:
        chosen = settings.model_copy(update={"database_url": database_url})
        made.append(build_parts(chosen, detector=FakeDetector(SEEN), clock=clock))
        return create_app(parts=made[-1]), made[-1]

    yield on
    for parts in made:
        parts.close()
