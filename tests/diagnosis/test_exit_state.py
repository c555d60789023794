"""Locks on exits and signs without light: what is asked, and what a photo cannot show."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import FakeDetector
from scenes import CATALOGUE, HEIGHT, WIDTH, Seen, diagnosis, everywhere, findings

from wsai.diagnosis.diagnose import diagnose_image
from wsai.diagnosis.findings import Finding, Verdict
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.sign_light import sign_light
from wsai.vision.zones import Purpose

EXIT: Seen = (Label.EXIT_DOOR, 0.9, (500, 200, 700, 620))
DOOR: Seen = (Label.DOOR, 0.9, (500, 200, 700, 620))
LOCK: Seen = (Label.CHAIN_LOCK, 0.8, (580, 380, 620, 430))
SIGN_BOX = (560, 120, 660, 160)
SIGN: Seen = (Label.EXIT_SIGN, 0.9, SIGN_BOX)
LOCKED, UNLIT = "exit-locked", "exit-sign-unlit"


class TestLocks:
    def test_a_lock_on_an_exit_is_asked_about_and_never_stated(self) -> None:
        found = findings(EXIT, LOCK)[LOCKED]
        assert found.verdict is Verdict.ASK_A_PERSON
        assert found.because.relation == "lock-on-exit"
        assert [one.label for one in found.because.objects] == [Label.CHAIN_LOCK, Label.EXIT_DOOR]
        assert found.probability == pytest.approx(0.8)

    def test_on_a_plain_door_it_is_less_probably_an_exit(self) -> None:
        found = findings(DOOR, LOCK)[LOCKED]
        assert found.because.relation == "lock-on-door"
        assert found.probability == pytest.approx(0.4)
        assert findings(DOOR, LOCK, SIGN)[LOCKED].because.relation == "lock-on-exit"

    def test_on_the_frame_it_belongs_to_the_door_and_further_away_it_does_not(self) -> None:
        beside: Seen = (Label.CHAIN_LOCK, 0.8, (700, 380, 730, 430))
        away: Seen = (Label.CHAIN_LOCK, 0.8, (760, 380, 800, 430))
        assert findings(EXIT, beside)[LOCKED].because.relation == "lock-on-exit"
        assert findings(EXIT, away)[LOCKED].because.relation == "lock-seen"

    def test_goods_that_look_like_a_lock_too_are_goods(self) -> None:
        goods: Seen = (Label.OBSTACLE, 0.9, (578, 380, 622, 432))
        assert LOCKED not in findings(EXIT, LOCK, goods)
        faint: Seen = (Label.OBSTACLE, 0.5, (578, 380, 622, 432))
        assert findings(EXIT, LOCK, faint)[LOCKED].verdict is Verdict.ASK_A_PERSON
        beside: Seen = (Label.OBSTACLE, 0.9, (500, 380, 590, 620))
        assert findings(EXIT, LOCK, beside)[LOCKED].verdict is Verdict.ASK_A_PERSON

    def test_where_exit_clearance_is_drawn_the_checkpoint_is_an_exit(self) -> None:
        found = findings(LOCK, zones=(everywhere(Purpose.EXIT_CLEARANCE),))[LOCKED]
        assert found.because.relation == "lock-on-exit"
        assert [one.label for one in found.because.objects] == [Label.CHAIN_LOCK]

    def test_two_locks_are_one_question(self) -> None:
        other: Seen = (Label.CHAIN_LOCK, 0.6, (520, 380, 560, 430))
        found = findings(EXIT, LOCK, other)[LOCKED]
        assert len(found.boxes) == 2
        assert "2" in found.because.zh

    def test_an_exit_without_a_lock_is_not_said_to_be_fine(self) -> None:
        found = {one.code: one for one in diagnosis(EXIT, SIGN).findings}
        assert found[LOCKED].verdict is Verdict.NOT_VISIBLE


def photo(sign: int, wall: int, *, green: bool = True) -> Picture:
    """A sign of this grey level with a green field on a wall of that one."""
    pixels = np.full((HEIGHT, WIDTH, 3), wall, np.uint8)
    left, top, right, bottom = SIGN_BOX
    pixels[top:bottom, left:right] = sign
    if green:
        pixels[top:bottom, left : left + 60] = (sign // 4, sign // 2, sign // 8)
    return Picture(pixels, WIDTH, HEIGHT)


def said_of(picture: Picture) -> Finding:
    detector = FakeDetector([SIGN], tuple(Label))
    found = diagnose_image(picture, detector=detector, catalogue=CATALOGUE).findings
    return next(one for one in found if one.code == UNLIT)


class TestSigns:
    def test_a_sign_no_brighter_than_its_wall_is_asked_about(self) -> None:
        found = said_of(photo(sign=125, wall=120))
        assert found.verdict is Verdict.ASK_A_PERSON
        assert found.because.relation == "sign-without-light"
        assert found.probability == pytest.approx(0.45)

    def test_a_sign_that_outshines_its_wall_is_not(self) -> None:
        assert said_of(photo(sign=250, wall=120)).verdict is Verdict.NOT_VISIBLE

    def test_exposure_does_not_matter(self) -> None:
        for factor in (0.5, 1.0, 1.8):
            lit, off = round(140 * factor), round(72 * factor)
            assert said_of(photo(sign=lit, wall=off)).verdict is Verdict.NOT_VISIBLE
            assert said_of(photo(sign=off, wall=off)).verdict is Verdict.ASK_A_PERSON

    def test_a_red_sign_of_fire_gear_is_no_exit_sign_that_is_off(self) -> None:
        red = photo(sign=125, wall=120, green=False)
        left, top, right, bottom = SIGN_BOX
        red.pixels[top + 4 : bottom - 4, left + 4 : right - 4] = (40, 40, 200)
        assert said_of(red).verdict is Verdict.NOT_VISIBLE
        red.pixels[top:bottom, left + 20 : right] = (30, 70, 20)  # green with a red rim
        assert said_of(red).verdict is Verdict.ASK_A_PERSON

    def test_a_sign_without_any_green_is_judged_by_its_brightest_part(self) -> None:
        assert said_of(photo(sign=110, wall=120, green=False)).verdict is Verdict.ASK_A_PERSON

    def test_what_is_too_small_or_fills_the_picture_is_not_measured(self) -> None:
        picture = photo(sign=110, wall=120)
        assert sign_light(picture, SIGN_BOX) is not None
        assert sign_light(picture, (560, 120, 600, 131)) is None
        assert sign_light(picture, (0, 0, WIDTH, HEIGHT)) is None
        assert sign_light(picture, (WIDTH + 5, 10, WIDTH + 90, 60)) is None

    def test_a_reduced_picture_is_measured_at_the_same_place(self) -> None:
        whole = photo(sign=125, wall=120)
        half = Picture(np.ascontiguousarray(whole.pixels[::2, ::2]), WIDTH, HEIGHT)
        one, other = sign_light(whole, SIGN_BOX), sign_light(half, SIGN_BOX)
        assert one is not None
        assert other is not None
        assert other.brightest == pytest.approx(one.brightest, rel=0.02)
