"""Guards, exits, fire equipment, floors and dust: what the rules make of boxes and maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import CATALOGUE, HEIGHT, WIDTH, Seen, diagnosis, findings, ground, left_half, person

from wsai.diagnosis.context import RuleContext
from wsai.diagnosis.diagnose import find
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.marks import marked
from wsai.diagnosis.report import diagnosis_json
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.surface import Layer
from wsai.vision.zones import Purpose, Zone

MACHINE: Seen = (Label.MACHINE, 0.9, (300, 200, 900, 800))
PART: Seen = (Label.MOVING_PART, 0.8, (400, 400, 600, 600))
EXIT: Seen = (Label.EXIT_DOOR, 0.9, (500, 200, 700, 620))
SIGN: Seen = (Label.EXIT_SIGN, 0.9, (560, 120, 640, 160))
BOTTLE: Seen = (Label.FIRE_EXTINGUISHER, 0.9, (200, 300, 240, 400))


class TestGuards:
    MISSING, OPENED = "guard-missing-rotating-parts", "guard-open-or-removed"

    def test_a_bare_part_on_a_machine_is_a_hazard_and_says_that_running_is_unknown(self) -> None:
        found = findings(MACHINE, PART)[self.MISSING]
        assert found.verdict is Verdict.HAZARD
        assert found.because.objects[1].label is Label.MACHINE
        assert "运行" in found.because.zh

    def test_a_bare_part_alone_is_a_question(self) -> None:
        assert findings(PART)[self.MISSING].verdict is Verdict.ASK_A_PERSON

    def test_a_part_behind_a_mesh_guard_is_none(self) -> None:
        found = findings(MACHINE, PART, (Label.GUARD, 0.9, (380, 390, 620, 610)))
        assert self.MISSING not in found
        assert self.OPENED not in found

    def test_a_guard_over_a_part_of_it_is_an_open_guard(self) -> None:
        found = findings(MACHINE, PART, (Label.GUARD, 0.9, (380, 390, 480, 610)))
        assert found[self.OPENED].because.relation == "guard-covers-part"
        assert self.MISSING not in found

    def test_a_guard_on_the_floor_beside_is_a_removed_guard(self) -> None:
        found = findings(MACHINE, PART, (Label.GUARD, 0.9, (950, 760, 1100, 860)))
        assert found[self.OPENED].because.relation == "guard-lies-beside"
        assert found[self.OPENED].verdict is Verdict.HAZARD
        assert found[self.OPENED].probability == pytest.approx(0.72)
        assert self.MISSING not in found

    def test_a_guard_in_its_place_on_another_part_is_no_excuse(self) -> None:
        other: Seen = (Label.MOVING_PART, 0.8, (700, 400, 860, 600))
        found = findings(MACHINE, PART, other, (Label.GUARD, 0.9, (690, 390, 870, 610)))
        assert found[self.MISSING].boxes == ((400, 400, 600, 600),)

    def test_a_model_that_knows_no_guards_says_so(self) -> None:
        able = [label for label in Label if label is not Label.GUARD]
        assert self.MISSING not in findings(MACHINE, PART, able=able)


class TestExits:
    def test_goods_before_an_exit_door_are_a_hazard_with_the_zone_drawn(self) -> None:
        crate: Seen = (Label.OBSTACLE, 0.8, (520, 500, 640, 690))
        found = findings(EXIT, SIGN, crate)["exit-blocked"]
        assert found.verdict is Verdict.HAZARD
        assert "60%" in found.because.zh
        (area,) = found.because.areas
        assert len(area) == 4
        assert min(y for _, y in area) == 620

    def test_a_sign_makes_a_plain_door_an_exit(self) -> None:
        door: Seen = (Label.DOOR, 0.9, EXIT[2])
        crate: Seen = (Label.OBSTACLE, 0.8, (520, 500, 640, 690))
        assert findings(door, crate)["exit-blocked"].verdict is Verdict.ASK_A_PERSON
        assert findings(door, SIGN, crate)["exit-blocked"].verdict is Verdict.HAZARD

    def test_one_door_with_two_names_counts_once(self) -> None:
        crate: Seen = (Label.OBSTACLE, 0.8, (520, 500, 640, 690))
        found = findings(EXIT, (Label.DOOR, 0.95, (495, 200, 705, 625)), crate)["exit-blocked"]
        assert len(found.boxes) == 1

    def test_goods_far_away_and_people_walking_through_are_none(self) -> None:
        assert "exit-blocked" not in findings(EXIT, (Label.OBSTACLE, 0.9, (900, 500, 1000, 690)))
        assert "exit-blocked" not in findings(EXIT, person(520, y=250, height=400))

    def test_a_missing_sign_is_asked_about_only_where_the_wall_is_in_view(self) -> None:
        assert "exit-sign-missing" in findings(EXIT)
        assert "exit-sign-missing" not in findings(EXIT, SIGN)
        at_the_edge: Seen = (Label.EXIT_DOOR, 0.9, (500, 20, 700, 620))
        assert "exit-sign-missing" not in findings(at_the_edge)

    def test_the_zone_is_in_the_json_and_on_the_picture(self) -> None:
        said = diagnosis(EXIT, SIGN, (Label.OBSTACLE, 0.8, (520, 500, 640, 690)))
        from datetime import date

        row = next(
            f
            for f in diagnosis_json(said, catalogue=CATALOGUE, lang="zh", on=date(2026, 11, 1))[
                "findings"
            ]
            if f["code"] == "exit-blocked"
        )
        assert row["because"]["areas"][0][0] == [500.0, 620.0]
        picture = Picture(np.zeros((960, 1280, 3), np.uint8), 1280, 960)
        drawn = marked(picture, said, catalogue=CATALOGUE, lang="en")
        assert drawn[760, 600].sum() > 0
        assert drawn[900, 600].sum() == 0


class TestFireGear:
    def test_goods_before_an_extinguisher_block_it(self) -> None:
        goods: Seen = (Label.OBSTACLE, 0.9, (180, 350, 330, 600))
        assert findings(BOTTLE, goods)["extinguisher-blocked"].verdict is Verdict.HAZARD
        beside: Seen = (Label.OBSTACLE, 0.9, (260, 350, 400, 600))
        assert "extinguisher-blocked" not in findings(BOTTLE, beside)

    def test_goods_before_a_hydrant_block_it(self) -> None:
        hydrant: Seen = (Label.HYDRANT_BOX, 0.9, (200, 200, 300, 400))
        goods: Seen = (Label.OBSTACLE, 0.9, (180, 350, 330, 600))
        assert "hydrant-blocked" in findings(hydrant, goods)

    def test_one_on_the_floor_is_a_question_and_one_on_the_wall_is_none(self) -> None:
        standing: Seen = (Label.FIRE_EXTINGUISHER, 0.9, (200, 700, 240, 800))
        found = findings(standing, surface=ground())
        assert found["extinguisher-not-mounted"].verdict is Verdict.ASK_A_PERSON
        assert "extinguisher-not-mounted" not in findings(BOTTLE, surface=ground())

    def test_a_sign_with_nothing_below_is_asked_about_if_the_wall_is_in_view(self) -> None:
        sign: Seen = (Label.FIRE_SIGN, 0.9, (200, 200, 240, 240))
        assert "extinguisher-missing" in findings(sign)
        assert "extinguisher-missing" not in findings(sign, BOTTLE)
        low: Seen = (Label.FIRE_SIGN, 0.9, (200, 800, 240, 840))
        assert "extinguisher-missing" not in findings(low)


class TestFloors:
    def test_a_clean_floor_says_nothing(self) -> None:
        assert findings(surface=ground()) == {}

    def test_a_puddle_that_box_and_map_agree_on_is_a_hazard(self) -> None:
        surface = ground(liquid=(20, 40, 40, 50))
        assert findings(surface=surface)["floor-spill"].verdict is Verdict.ASK_A_PERSON
        spill: Seen = (Label.SPILL, 0.8, (330, 650, 620, 790))
        found = findings(spill, surface=surface)["floor-spill"]
        assert found.verdict is Verdict.HAZARD
        assert found.boxes == ((320, 640, 640, 800),)

    def test_liquid_on_a_wall_is_no_spill(self) -> None:
        assert "floor-spill" not in findings(surface=ground(liquid=(20, 5, 40, 15)))

    def test_a_long_thin_thing_is_a_cable_and_a_heap_is_clutter(self) -> None:
        assert "trip-hazard-cable" in findings(surface=ground(litter=(10, 45, 50, 47)))
        found = findings(surface=ground(litter=(10, 45, 20, 53)))
        assert "trip-hazard-cable" not in found
        assert found["housekeeping-clutter"].because.relation == "loose-things-on-floor"

    def test_crumbs_of_a_few_cells_say_nothing(self) -> None:
        assert findings(surface=ground(litter=(10, 45, 12, 46))) == {}

    def test_goods_amid_the_floor_are_a_question_and_at_its_border_none(self) -> None:
        amid: Seen = (Label.OBSTACLE, 0.9, (560, 560, 720, 720))
        found = findings(amid, surface=ground())["housekeeping-clutter"]
        assert found.verdict is Verdict.ASK_A_PERSON
        assert found.because.relation == "thing-amid-the-floor"
        at_wall: Seen = (Label.OBSTACLE, 0.9, (560, 300, 720, 470))
        assert "housekeeping-clutter" not in findings(at_wall, surface=ground())
        cut_off: Seen = (Label.OBSTACLE, 0.9, (1200, 560, 1280, 720))
        assert "housekeeping-clutter" not in findings(cut_off, surface=ground())

    def test_goods_in_a_row_or_on_an_unseen_floor_are_none(self) -> None:
        amid: Seen = (Label.PALLET, 0.9, (560, 560, 720, 720))
        assert "housekeeping-clutter" not in findings(amid)
        walled = ground()
        walled.layers[0, 30:, 45:] = 0
        assert "housekeeping-clutter" not in findings(amid, surface=walled)
        unknown = replace(ground(), trusted=frozenset({Layer.POWDER}))
        assert "housekeeping-clutter" not in findings(amid, surface=unknown)

    def test_what_blocks_an_exit_is_not_asked_about_twice(self) -> None:
        before: Seen = (Label.OBSTACLE, 0.9, (540, 520, 660, 640))
        found = findings(EXIT, before, surface=ground())
        assert "exit-blocked" in found
        assert "housekeeping-clutter" not in found
        hides: Seen = (Label.OBSTACLE, 0.9, (500, 400, 720, 660))
        cut: Seen = (Label.EXIT_DOOR, 0.9, (480, 200, 740, 410))  # as far as it is seen
        found = findings(cut, hides, surface=ground())
        assert "exit-blocked" in found
        assert "housekeeping-clutter" not in found
        assert "housekeeping-clutter" in findings(before, surface=ground())

    def test_goods_that_the_rule_of_exits_is_silent_about_are_still_asked_about(self) -> None:
        before: Seen = (Label.OBSTACLE, 0.9, (540, 520, 660, 640))
        right = Zone("r", Purpose.EXIT_CLEARANCE, ((0.8, 0.5), (1, 0.5), (1, 1), (0.8, 1)), None)
        found = findings(EXIT, before, surface=ground(), zones=(right,))
        assert "exit-blocked" not in found
        assert "housekeeping-clutter" in found
        seen = Detections.of([before, (Label.DOOR, 0.5, EXIT[2])])
        faint = {Label.DOOR: 0.1, Label.OBSTACLE: 0.9}
        context = RuleContext(WIDTH, HEIGHT, (), lambda label, score: faint[label], ground())
        said = {
            finding.code
            for finding in find(seen, context, able=dict.fromkeys(Label, 0.1))
            if finding.verdict is not Verdict.NOT_VISIBLE
        }
        assert said == {"housekeeping-clutter"}

    def test_a_forklift_taken_for_goods_as_well_is_none(self) -> None:
        amid: Seen = (Label.OBSTACLE, 0.9, (560, 560, 720, 720))
        forklift: Seen = (Label.FORKLIFT, 0.6, (550, 550, 720, 720))
        assert "housekeeping-clutter" not in findings(amid, forklift, surface=ground())

    def test_where_a_walkway_is_drawn_it_alone_decides(self) -> None:
        amid: Seen = (Label.OBSTACLE, 0.9, (800, 560, 960, 720))
        found = findings(amid, surface=ground(), zones=(left_half(Purpose.WALKWAY),))
        assert "housekeeping-clutter" not in found


class TestDust:
    def test_powder_on_the_floor_is_a_question_with_its_coverage(self) -> None:
        found = findings(surface=ground(powder=(0, 30, 80, 45)))["dust-layer-floor-equipment"]
        assert found.verdict is Verdict.ASK_A_PERSON
        assert "50%" in found.because.zh

    def test_a_little_is_none(self) -> None:
        surface = ground(powder=(0, 50, 12, 58))
        assert "dust-layer-floor-equipment" not in findings(surface=surface)

    def test_overhead_less_is_enough(self) -> None:
        found = findings(surface=ground(powder=(10, 4, 50, 6)))
        assert found["dust-layer-overhead"].verdict is Verdict.ASK_A_PERSON
        assert "dust-layer-floor-equipment" not in found

    def test_a_model_without_maps_says_not_visible(self) -> None:
        said = {f.code: f.verdict for f in diagnosis().findings}
        for code in ("floor-spill", "trip-hazard-cable", "dust-layer-overhead"):
            assert said[code] is Verdict.NOT_VISIBLE

    def test_a_layer_that_is_not_trusted_is_not_acted_on(self) -> None:
        seen = ground(powder=(0, 30, 80, 45), litter=(10, 45, 20, 53))
        surface = replace(seen, trusted=frozenset({Layer.FLOOR, Layer.POWDER}))
        said = {f.code: f.verdict for f in diagnosis(surface=surface).findings}
        assert said["dust-layer-floor-equipment"] is Verdict.ASK_A_PERSON
        assert said["trip-hazard-cable"] is Verdict.NOT_VISIBLE
        assert "housekeeping-clutter" not in findings(surface=surface)

    def test_a_clean_floor_is_never_called_clean(self) -> None:
        said = {f.code: f for f in diagnosis(surface=ground()).findings}
        for code in ("floor-spill", "trip-hazard-cable", "dust-layer-floor-equipment"):
            assert said[code].verdict is Verdict.NOT_VISIBLE
            assert "often misses" in said[code].because.en
        assert "extinguisher-not-mounted" not in said, "the floor alone is seen well"
