"""Fire, smoke, people down, vehicles, areas, exits, housekeeping."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import Seen, everywhere, findings, left_half, person

from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.exits import RULES
from wsai.diagnosis.rules.rule import Suspicion, joined
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

DOOR: Seen = (Label.DOOR, 0.9, (500, 200, 700, 620))


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (Label.FIRE, "fire-flame"),
        (Label.SMOKE, "smoke"),
        (Label.PERSON_FALLEN, "person-fallen"),
    ],
)
def test_what_cannot_wait_is_a_hazard_from_an_even_chance_on(label: Label, code: str) -> None:
    found = findings((label, 0.5, (100, 100, 300, 300)))[code]
    assert found.verdict is Verdict.HAZARD
    assert found.probability == pytest.approx(0.5)


def test_flames_where_hot_work_is_permitted_are_a_question() -> None:
    flame: Seen = (Label.FIRE, 0.9, (100, 100, 300, 300))
    found = findings(flame, zones=(left_half(Purpose.HOT_WORK),))["fire-flame"]
    assert found.verdict is Verdict.ASK_A_PERSON
    elsewhere: Seen = (Label.FIRE, 0.9, (900, 100, 1100, 300))
    found = findings(elsewhere, zones=(left_half(Purpose.HOT_WORK),))["fire-flame"]
    assert found.verdict is Verdict.HAZARD


class TestVehicles:
    CODE = "forklift-pedestrian-proximity"

    @staticmethod
    def forklift(x: float, bottom: float = 800) -> Seen:
        return Label.FORKLIFT, 0.9, (x, bottom - 450, x + 400, bottom)

    def test_someone_within_two_metres_is_a_question_with_the_distance(self) -> None:
        found = findings(person(100), self.forklift(480))[self.CODE]  # 200 px of 500 px a person
        assert found.verdict is Verdict.ASK_A_PERSON
        assert found.probability == pytest.approx(0.95 * 0.9, abs=1e-3)
        assert "0.7" in found.because.en

    def test_someone_far_to_the_side_is_none(self) -> None:
        assert self.CODE not in findings(person(20), self.forklift(860))

    def test_a_small_person_far_behind_is_none(self) -> None:
        assert self.CODE not in findings(person(300, y=250, height=120), self.forklift(360))

    def test_the_driver_is_no_pedestrian(self) -> None:
        assert self.CODE not in findings(person(480, y=400, height=300), self.forklift(400))

    def test_someone_in_a_vehicle_aisle_is_a_hazard(self) -> None:
        zones = (everywhere(Purpose.VEHICLE_AISLE),)
        found = findings(person(100), self.forklift(480), zones=zones)[self.CODE]
        assert found.verdict is Verdict.HAZARD


class TestAreas:
    def test_feet_in_a_restricted_zone_are_a_hazard(self) -> None:
        zones = (left_half(Purpose.RESTRICTED),)
        code = "restricted-zone-intrusion"
        assert findings(person(100), zones=zones)[code].verdict is Verdict.HAZARD
        assert code not in findings(person(900), zones=zones)

    def test_a_body_that_only_leans_over_a_restricted_zone_is_none(self) -> None:
        zones = (left_half(Purpose.RESTRICTED),)
        assert "restricted-zone-intrusion" not in findings(person(560), zones=zones)

    def test_one_more_than_a_zone_holds_is_crowding(self) -> None:
        zones = (everywhere(Purpose.WALKWAY, capacity=3),)
        three = [person(20 + 250 * n) for n in range(3)]
        fourth = person(800, score=0.7)
        assert "crowding" not in findings(*three, zones=zones)
        found = findings(*three, fourth, zones=zones)["crowding"]
        assert found.verdict is Verdict.HAZARD
        assert found.probability == pytest.approx(0.7), "only as sure as the one too many"

    @pytest.mark.parametrize(("people", "expected"), [(9, False), (10, True)])
    def test_an_ammonia_freezer_takes_nine(self, people: int, expected: bool) -> None:
        rows = [person(10 + 120 * n, height=300) for n in range(people)]
        found = findings(*rows, zones=(everywhere(Purpose.AMMONIA_FREEZER),))
        assert ("ammonia-freezer-overcrowded" in found) is expected
        assert "ammonia-freezer-overcrowded" not in findings(*rows)

    def test_without_zones_a_very_full_picture_is_a_question(self) -> None:
        rows = [person(10 + 70 * n, height=300) for n in range(15)]
        assert findings(*rows)["crowding"].verdict is Verdict.ASK_A_PERSON
        assert "crowding" not in findings(*rows[:14])

    def test_nothing_is_found_in_an_ignored_zone(self) -> None:
        zones = (left_half(Purpose.IGNORE), left_half(Purpose.RESTRICTED))
        assert not findings(person(100), (Label.FIRE, 0.9, (50, 50, 99, 99)), zones=zones)


class TestExits:
    CODE = "exit-blocked"

    def test_a_pallet_before_a_door_asks_whether_it_is_an_exit(self) -> None:
        found = findings(DOOR, (Label.PALLET, 0.8, (520, 500, 660, 700)))[self.CODE]
        assert found.verdict is Verdict.ASK_A_PERSON
        assert found.because.relation == "obstacle-before-door"
        assert [e.label for e in found.because.objects] == [Label.PALLET, Label.DOOR]
        assert found.probability == pytest.approx(0.72)

    @pytest.mark.parametrize(
        "free",
        [
            pytest.param((Label.PALLET, 0.8, (900, 500, 1100, 700)), id="beside the door"),
            pytest.param((Label.PALLET, 0.8, (520, 800, 660, 950)), id="metres before it"),
            pytest.param(
                (Label.WASTE_BIN, 0.8, (520, 210, 660, 330)), id="hanging above the floor"
            ),
            pytest.param((Label.PERSON, 0.9, (520, 250, 680, 640)), id="someone walking through"),
        ],
    )
    def test_what_does_not_stand_before_a_door_blocks_nothing(self, free: Seen) -> None:
        assert self.CODE not in findings(DOOR, free)

    def test_a_free_door_is_no_finding(self) -> None:
        assert self.CODE not in findings(DOOR)

    def test_goods_that_hide_its_foot_stand_before_it(self) -> None:
        # the box of a double leaf ends where the goods begin: what is seen of it is wider than tall
        door: Seen = (Label.EXIT_DOOR, 0.9, (454, 228, 826, 561))
        goods = [
            (Label.OBSTACLE, 0.9, (345, 538, 677, 778)),
            (Label.OBSTACLE, 0.7, (712, 472, 992, 813)),
        ]
        found = findings(door, *goods)[self.CODE]
        assert found.verdict is Verdict.HAZARD
        assert found.because.en.startswith("An obstacle stands before the exit; 91 %")
        area = np.array(found.because.areas[0])
        assert area[:, 1].min() == pytest.approx(228 + 1.17 * 372)  # from where its foot must be
        aside: Seen = (Label.OBSTACLE, 0.9, (43, 497, 292, 808))
        assert self.CODE not in findings(door, aside)

    @pytest.mark.parametrize(
        ("chance", "verdict"), [(0.49, Verdict.ASK_A_PERSON), (0.5, Verdict.HAZARD)]
    )
    def test_what_is_probably_not_so_is_a_question(self, chance: float, verdict: Verdict) -> None:
        (rule,) = (rule for rule in RULES if rule.code == self.CODE)
        seen = Suspicion(Verdict.HAZARD, chance, (), "before", "前", "before", place=(0, 0, 9, 9))
        found = joined(rule, [seen])
        assert found.verdict is verdict
        assert (found.question_zh is not None) == (verdict is Verdict.ASK_A_PERSON)

    def test_anything_in_the_clearance_of_an_exit_is_a_hazard(self) -> None:
        zones = (left_half(Purpose.EXIT_CLEARANCE),)
        found = findings((Label.WASTE_BIN, 0.8, (100, 500, 200, 700)), zones=zones)[self.CODE]
        assert found.verdict is Verdict.HAZARD
        assert self.CODE not in findings(
            DOOR, (Label.PALLET, 0.8, (900, 500, 1100, 700)), zones=zones
        )


class TestHousekeeping:
    CODE = "housekeeping-clutter"
    WASTE: Seen = (Label.WASTE, 0.8, (100, 700, 300, 800))

    def test_waste_lying_about_is_a_question(self) -> None:
        assert findings(self.WASTE)[self.CODE].verdict is Verdict.ASK_A_PERSON

    def test_a_bin_and_a_pallet_are_where_they_belong(self) -> None:
        bin_: Seen = (Label.WASTE_BIN, 0.9, (100, 600, 200, 800))
        assert self.CODE not in findings(bin_, (Label.PALLET, 0.9, (600, 700, 800, 760)))

    def test_anything_in_a_walkway_is_a_hazard(self) -> None:
        zones = (left_half(Purpose.WALKWAY),)
        pallet: Seen = (Label.PALLET, 0.9, (100, 700, 300, 760))
        assert findings(pallet, zones=zones)[self.CODE].verdict is Verdict.HAZARD
        aside: Seen = (Label.WASTE, 0.9, (900, 700, 1000, 800))
        assert self.CODE not in findings(aside, zones=zones)
