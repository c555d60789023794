"""Is it fixed? Never more than the photos show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from wsai.diagnosis.findings import Because, Evidence, Finding, Verdict
from wsai.diagnosis.rectification import Comparison, Outcome, compare_photos
from wsai.diagnosis.rules.rule import not_visible
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture

PICTURES = Path(__file__).resolve().parents[2] / "serving" / "demo" / "pictures"
PERSON = (Label.PERSON, 0.9, (500.0, 200.0, 700.0, 600.0))
NOBODY = Detections.of([])


def picture(name: str, *, shift: int = 0) -> Picture:
    pixels = cv2.imread(str(PICTURES / f"{name}.jpg"))
    if shift:
        pixels = np.roll(pixels, shift, axis=1)
        pixels[:, : max(shift, 0)] = 90
        if shift < 0:
            pixels[:, shift:] = 90
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


def finding(code: str, box: tuple[float, float, float, float] = (500, 300, 700, 600)) -> Finding:
    because = Because("r@1", "there", (Evidence(Label.PERSON, 0.9, box),), "有", "there")
    return Finding(code, Verdict.HAZARD, 0.8, (box,), because)


@pytest.fixture(scope="module")
def before() -> Picture:
    return picture("workshop-bare-head")


def said(
    hazard: Finding, before: Picture, after: Picture, *again: Finding, seen: Detections = NOBODY
) -> Comparison:
    return compare_photos(hazard, before, after, again, seen)


def test_the_same_hazard_seen_again_is_still_there(before: Picture) -> None:
    hazard = finding("housekeeping-clutter")
    found = said(hazard, before, picture("workshop-bare-head", shift=30), hazard)
    assert found.outcome is Outcome.STILL_THERE
    assert found.finding is hazard
    assert found.same_place
    assert found.where[0][0] == pytest.approx(530, abs=15)


def test_doubt_is_no_proof_that_it_is_gone(before: Picture) -> None:
    hazard = finding("housekeeping-clutter")
    asked = replace(hazard, verdict=Verdict.ASK_A_PERSON)
    assert said(hazard, before, before, asked).outcome is Outcome.STILL_THERE


def test_nothing_seen_in_the_same_place_is_gone(before: Picture) -> None:
    found = said(finding("housekeeping-clutter"), before, picture("workshop-bare-head", shift=30))
    assert found.outcome is Outcome.GONE
    assert found.same_place


def test_another_place_proves_nothing(before: Picture) -> None:
    found = said(finding("housekeeping-clutter"), before, picture("warehouse-forklift"))
    assert found.outcome is Outcome.CANT_TELL
    assert not found.same_place
    assert found.where == ()


def test_the_part_where_it_was_must_be_in_view(before: Picture) -> None:
    hazard = finding("housekeeping-clutter", (5, 300, 180, 500))
    found = said(hazard, before, picture("workshop-bare-head", shift=-160))
    assert found.outcome is Outcome.CANT_TELL
    assert "out of view" in found.en


def test_what_the_model_cannot_see_it_does_not_call_gone(before: Picture) -> None:
    blind = not_visible("guard-open-or-removed", "unseen@1", "看不出", "cannot see")
    found = said(finding("guard-open-or-removed"), before, before, blind)
    assert found.outcome is Outcome.CANT_TELL


def test_an_empty_place_says_nothing_about_peoples_protection(before: Picture) -> None:
    hazard = finding("ppe-no-helmet")
    assert said(hazard, before, before).outcome is Outcome.CANT_TELL
    worn = said(hazard, before, before, seen=Detections.of([PERSON]))
    assert worn.outcome is Outcome.GONE


def test_other_hazards_do_not_matter(before: Picture) -> None:
    found = said(finding("housekeeping-clutter"), before, before, finding("fire-flame"))
    assert found.outcome is Outcome.GONE
