from __future__ import annotations

import pytest
from scenes import CONE, Seen, everywhere, findings, head, left_half, person, torso

from wsai.diagnosis.findings import Verdict
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

BARE = "ppe-no-helmet"
NO_VEST = "ppe-no-hi-vis-vest"


def test_a_bare_head_on_a_work_site_is_a_hazard_and_says_why() -> None:
    found = findings(person(100), head(100, Label.NO_HELMET, score=0.8), CONE)[BARE]
    assert found.verdict is Verdict.HAZARD
    assert found.probability == pytest.approx(0.8)
    assert found.because.rule.startswith("ppe/")
    assert found.because.relation == "bare-head-on-person"
    assert [e.label for e in found.because.objects] == [Label.NO_HELMET, Label.PERSON]
    assert found.boxes[0] == found.because.objects[0].box


def test_a_bare_head_away_from_any_work_site_asks_whether_a_helmet_is_needed() -> None:
    found = findings(person(100), head(100, Label.NO_HELMET))[BARE]
    assert found.verdict is Verdict.ASK_A_PERSON
    assert found.question_zh
    assert found.question_en


def test_a_wheel_taken_for_a_head_where_nobody_stands_is_none() -> None:
    box = (400, 400, 600, 600)
    head_there: Seen = (Label.NO_HELMET, 0.6, box)
    assert findings(head_there)[BARE].because.relation == "bare-head"
    assert BARE not in findings(head_there, (Label.MOVING_PART, 0.8, box))
    assert BARE in findings(head_there, (Label.MOVING_PART, 0.55, box)), "a weaker one excuses none"
    assert BARE in findings(
        person(100),
        head(100, Label.NO_HELMET),
        (Label.MOVING_PART, 0.95, head(100, Label.HELMET)[2]),
    ), "somebody stands there"


def test_someone_with_a_helmet_on_is_no_finding() -> None:
    assert BARE not in findings(person(100), head(100, Label.HELMET), CONE)


def test_a_helmet_in_a_hand_protects_nobody() -> None:
    in_hand: Seen = (Label.HELMET, 0.9, (240, 560, 300, 620))
    found = findings(person(100), in_hand, CONE)[BARE]
    assert found.verdict is Verdict.HAZARD
    assert found.because.relation == "helmet-not-on-head"


def test_a_helmet_on_a_table_protects_nobody() -> None:
    on_table: Seen = (Label.HELMET, 0.9, (700, 500, 760, 550))
    found = findings(person(100), head(100, Label.NO_HELMET), on_table)[BARE]
    assert found.verdict is Verdict.HAZARD


def test_the_helmet_of_a_neighbour_does_not_cover_a_bare_head() -> None:
    seen = [
        person(100),
        head(100, Label.HELMET),
        person(160, y=310),
        head(160, Label.NO_HELMET, y=310),
    ]
    found = findings(*seen)[BARE]
    assert found.verdict is Verdict.HAZARD
    assert len(found.boxes) == 1
    assert found.because.objects[1].box[0] == pytest.approx(160)


def test_a_helmet_held_before_a_bare_head_counts_for_one_of_both_not_for_two_people() -> None:
    crowd = [row for n in range(10) for row in (person(20 + 110 * n), head(20 + 110 * n, H))]
    assert BARE not in findings(*crowd)
    bare = [row for row in crowd if row != head(20 + 110 * 4, H)]
    found = findings(*bare, head(20 + 110 * 4, Label.NO_HELMET))[BARE]
    assert len(found.boxes) == 1
    assert found.because.objects[1].box[0] == pytest.approx(20 + 110 * 4)


def test_twenty_bare_heads_are_one_finding_with_twenty_places() -> None:
    rows = [
        row
        for n in range(20)
        for row in (
            person(10 + 60 * n, height=300),
            head(10 + 60 * n, Label.NO_HELMET, height=300, score=0.6 + n / 100),
        )
    ]
    found = findings(*rows, CONE)[BARE]
    assert len(found.boxes) == 20
    assert found.probability == pytest.approx(0.79)
    assert "20" in found.because.zh


def test_helmet_and_bare_head_on_one_head_are_settled_by_the_stronger() -> None:
    weak = head(100, Label.NO_HELMET, score=0.55)
    strong = head(100, Label.NO_HELMET, score=0.95)
    assert BARE not in findings(person(100), head(100, Label.HELMET, score=0.9), weak, CONE)
    assert BARE in findings(person(100), head(100, Label.HELMET, score=0.6), strong, CONE)


def test_a_head_seen_as_skull_and_with_its_face_is_one_head() -> None:
    skull, whole = (170.0, 295.0, 240.0, 350.0), (160.0, 295.0, 245.0, 400.0)
    twice = ((Label.NO_HELMET, 0.8, skull), (Label.NO_HELMET, 0.6, whole))
    found = findings(person(100), *twice, CONE)[BARE]
    assert found.boxes == (skull,)


def test_a_visible_head_that_is_faintly_bare_is_only_a_question() -> None:
    found = findings(person(100), head(100, Label.NO_HELMET, score=0.08), CONE)[BARE]
    assert found.verdict is Verdict.ASK_A_PERSON
    assert found.because.relation == "no-helmet-found-on-head"
    assert found.probability is not None
    assert found.probability < 0.5


def test_a_head_on_which_neither_is_seen_is_not_asked_about() -> None:
    assert BARE not in findings(person(100), CONE)
    least = head(100, Label.NO_HELMET, score=0.03)
    assert BARE not in findings(person(100), least, CONE), "so little is seen everywhere"
    elsewhere = head(700, Label.NO_HELMET, score=0.08)
    assert BARE not in findings(person(100), elsewhere, CONE)


def test_a_faintly_bare_head_under_a_less_faint_helmet_is_not_asked_about() -> None:
    faint = head(100, Label.HELMET, score=0.08)
    assert BARE not in findings(person(100), head(100, Label.NO_HELMET, score=0.06), faint, CONE)
    barer = head(100, Label.NO_HELMET, score=0.2)
    assert BARE in findings(person(100), barer, faint, CONE)


def test_a_faint_helmet_excuses_no_bare_head_and_none_in_a_hand() -> None:
    faint = head(100, Label.HELMET, score=0.08)
    bare = findings(person(100), head(100, Label.NO_HELMET, score=0.8), faint, CONE)[BARE]
    assert bare.because.relation == "bare-head-on-person"
    in_hand: Seen = (Label.HELMET, 0.9, (240, 560, 300, 620))
    held = findings(person(100), in_hand, faint, CONE)[BARE]
    assert held.because.relation == "helmet-not-on-head"


@pytest.mark.parametrize(
    "out_of_sight",
    [
        pytest.param(person(100, y=0), id="head cut off by the frame"),
        pytest.param(person(100, height=60), id="too small to judge"),
        pytest.param((Label.PERSON, 0.9, (100, 700, 600, 900)), id="not upright"),
    ],
)
def test_a_head_out_of_sight_says_nothing(out_of_sight: Seen) -> None:
    assert BARE not in findings(out_of_sight, CONE)


def test_a_driver_in_a_cab_is_not_asked_about_a_helmet() -> None:
    cab: Seen = (Label.FORKLIFT, 0.9, (50, 250, 500, 850))
    assert BARE not in findings(person(150, y=320, height=400), cab)


def test_a_helmet_zone_decides_where_it_is_drawn() -> None:
    zones = (left_half(Purpose.HELMET),)
    inside = findings(person(100), head(100, Label.NO_HELMET), zones=zones)
    outside = findings(person(900), head(900, Label.NO_HELMET), CONE, zones=zones)
    assert inside[BARE].verdict is Verdict.HAZARD
    assert BARE not in outside


def test_no_vest_among_vests_is_a_hazard_and_elsewhere_a_question() -> None:
    bare = (person(100), torso(100, Label.NO_VEST))
    others = (person(700), torso(700, Label.VEST))
    assert findings(*bare, *others)[NO_VEST].verdict is Verdict.HAZARD
    assert findings(*bare)[NO_VEST].verdict is Verdict.ASK_A_PERSON
    assert NO_VEST not in findings(*others)


def test_no_vest_in_a_vehicle_aisle_is_a_hazard() -> None:
    seen = (person(100), torso(100, Label.NO_VEST))
    zones = (everywhere(Purpose.VEHICLE_AISLE),)
    assert findings(*seen, zones=zones)[NO_VEST].verdict is Verdict.HAZARD


@pytest.mark.parametrize(
    ("label", "purpose", "code"),
    [
        (Label.NO_MASK, Purpose.MASK, "ppe-no-respirator"),
        (Label.NO_GOGGLES, Purpose.GOGGLES, "ppe-no-eye-protection"),
        (Label.NO_GLOVES, Purpose.GLOVES, "ppe-no-gloves"),
        (Label.NO_BOOTS, Purpose.BOOTS, "ppe-no-safety-shoes"),
    ],
)
def test_what_depends_on_the_task_is_a_question_unless_a_zone_requires_it(
    label: Label, purpose: Purpose, code: str
) -> None:
    seen: Seen = (label, 0.9, (150, 320, 220, 380))
    assert code not in findings(seen)
    assert findings(seen, CONE)[code].verdict is Verdict.ASK_A_PERSON
    assert findings(seen, zones=(everywhere(purpose),))[code].verdict is Verdict.HAZARD


H = Label.HELMET
