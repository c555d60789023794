"""A checkpoint that knows how it should look: photos of it are compared, changes are findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from callers import caller_with_key
from fakes import FakeDetector, FixedClock
from fastapi import FastAPI
from town import Town, build_town

from serving.access.service import Role
from serving.app import build_parts
from serving.demo.service import pictures_folder
from serving.dependencies import Parts
from serving.settings import Settings


@pytest.fixture
def parts(settings: Settings, clock: FixedClock) -> Iterator[Parts]:
    """A service whose detector sees nothing, so that only the place speaks."""
    built = build_parts(settings, detector=FakeDetector(()), clock=clock)
    yield built
    built.close()


@pytest.fixture
def town(app: FastAPI, parts: Parts) -> Town:
    return build_town(app, parts, caller_with_key(app, parts, "admin", Role.ADMIN))


def corridor(*, crate: bool = False) -> bytes:
    found = cv2.imread(str(pictures_folder() / "corridor-tidy.jpg"))
    assert found is not None
    pixels = np.asarray(found, np.uint8).copy()
    height, width = pixels.shape[:2]
    if crate:
        top, left = int(0.6 * height), int(0.42 * width)
        pixels[top : top + height // 5, left : left + width // 5] = (60, 110, 165)
        pixels[top - height // 20 : top, left : left + width // 5] = (95, 150, 205)
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())


@pytest.fixture
def checkpoint(town: Town) -> dict[str, Any]:
    """A corridor of 甲厂 with a photo of how it should look."""
    asked = {"enterprise_id": town.enterprises[0], "name": "东走廊"}
    made = town.inspector.post("/v1/checkpoints", json=asked).json()
    before = town.inspector.upload(corridor(), enterprise_id=town.enterprises[0]).json()
    answer = town.inspector.patch(
        f"/v1/checkpoints/{made['id']}",
        json={"baseline": [before["id"]]},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def changes(photo: dict[str, Any]) -> list[dict[str, Any]]:
    return [f for f in photo["findings"] if f["code"] == "baseline-changed"]


def test_a_thing_that_was_not_there_is_a_finding(town: Town, checkpoint: dict[str, Any]) -> None:
    sent = town.inspector.upload(corridor(crate=True), checkpoint_code=checkpoint["code"]).json()
    (found,) = changes(sent)
    assert found["kind"] == "appeared"
    assert found["verdict"] == "ask-a-person"
    assert found["question"]
    codes = [near["code"] for near in found["nearest"]]
    assert "housekeeping-clutter" in codes

    answer = town.inspector.post(
        f"/v1/findings/{found['id']}/confirm", json={"code": "housekeeping-clutter"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["code"] == "housekeeping-clutter"


def test_a_code_that_the_catalogue_lacks_is_refused(town: Town, checkpoint: dict[str, Any]) -> None:
    sent = town.inspector.upload(corridor(crate=True), checkpoint_code=checkpoint["code"]).json()
    (found,) = changes(sent)
    answer = town.inspector.post(f"/v1/findings/{found['id']}/confirm", json={"code": "no-such"})
    assert answer.status_code in {400, 404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_place_is_told_and_nothing_is_lost(town: Town, checkpoint: dict[str, Any]) -> None:
    other = (pictures_folder() / "workshop-bare-head.jpg").read_bytes()
    sent = town.inspector.upload(other, checkpoint_code=checkpoint["code"]).json()
    (found,) = changes(sent)
    assert found["verdict"] == "not-visible"
    assert found["boxes"] == []


def test_a_photo_elsewhere_is_not_compared(town: Town, checkpoint: dict[str, Any]) -> None:
    del checkpoint
    sent = town.inspector.upload(
        corridor(crate=True), enterprise_id=town.enterprises[0]
    ).json()  # fmt: skip
    assert changes(sent) == []
