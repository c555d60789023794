"""The report's figures and page, and the comparison of two models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from training.compare import Change, compare, text
from training.hazard_level import hazard_counts
from training.looked import Seen, counted, read_seen, write_seen
from training.report import (
    NOTHING,
    confusion,
    report,
    set_figures,
    worst_false_alarms,
    worst_misses,
)
from training.report_html import page, plot
from wsai.catalogue.catalogue import load_catalogue
from wsai.diagnosis.rules import RULE_CODES
from wsai.diagnosis.rules.rule import LEAST_SURE
from wsai.errors import InvalidRequest
from wsai.perception.models import ModelCard
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

Row = tuple[Label, float, tuple[float, float, float, float]]
KNOWN = {"shapes": (Label.FIRE, Label.PERSON, Label.HELMET, Label.NO_HELMET)}
THRESHOLDS = {Label.FIRE: 0.4, Label.PERSON: 0.4, Label.HELMET: 0.4, Label.NO_HELMET: 0.4}
PERSON: Row = (Label.PERSON, 1.0, (100.0, 50.0, 200.0, 350.0))
BARE: Row = (Label.NO_HELMET, 1.0, (130.0, 50.0, 170.0, 95.0))
HELMET: Row = (Label.HELMET, 1.0, (130.0, 50.0, 170.0, 95.0))
FLAME: Row = (Label.FIRE, 1.0, (300.0, 200.0, 400.0, 300.0))


def seen(truth: list[Row], found: list[Row], number: int = 0, path: Path | None = None) -> Seen:
    return Seen(
        "shapes", f"{number}.png", path, 640, 400, Detections.of(found), Detections.of(truth)
    )


def scored(row: Row, score: float, shift: float = 0.0) -> Row:
    left, top, right, bottom = row[2]
    return row[0], score, (left + shift, top, right + shift, bottom)


@pytest.fixture
def card() -> ModelCard:
    return ModelCard.model_validate(
        {
            "id": "model-<1>",
            "created": "2026-11-24T00:00:00Z",
            "architecture": "yolo11n",
            "labels": [label.value for label in Label],
            "input": {"size": 64, "multiple": 32, "fill": 114},
            "outputs": {},
            "strides": [8, 16, 32],
            "runs": "model.onnx",
            "precision": "float32",
            "nms_iou": 0.7,
            "files": {},
            "thresholds": {label.value: score for label, score in THRESHOLDS.items()},
        }
    )


def test_figures_of_a_set_leave_out_labels_that_never_occur() -> None:
    rows = [seen([FLAME], [scored(FLAME, 0.9), scored(PERSON, 0.9)], n) for n in range(4)]
    found = set_figures(rows)
    assert list(found["labels"]) == ["fire"]
    assert found["map50"] == 1
    assert found["labels"]["fire"]["large"] == {"truths": 4, "ap50": 1.0}
    assert found["labels"]["fire"]["small"] == {"truths": 0, "ap50": None}
    assert found["sizes"] == {"small": None, "medium": None, "large": 1.0}


def test_what_a_set_does_not_know_is_left_out() -> None:
    smoke: Row = (Label.SMOKE, 0.9, (0, 0, 10, 10))
    (row,) = counted(KNOWN, [seen([FLAME], [smoke, scored(FLAME, 0.8)])])
    assert row.found.labels == (Label.FIRE,)


class TestConfusion:
    def test_each_kind_of_mistake_has_its_cell(self) -> None:
        rows = [
            seen([FLAME, BARE, PERSON], [scored(FLAME, 0.9), scored(HELMET, 0.8)]),
            seen([], [scored(FLAME, 0.7), scored(PERSON, 0.2)]),
        ]
        assert confusion(rows, THRESHOLDS) == {
            "fire": {"fire": 1},
            "no-helmet": {"helmet": 1},
            "person": {NOTHING: 1},
            NOTHING: {"fire": 1},
        }

    def test_a_box_of_its_own_label_is_preferred_to_a_nearer_one(self) -> None:
        vest: Row = (Label.VEST, 1.0, PERSON[2])
        rows = [seen([vest, PERSON], [scored(PERSON, 0.9, shift=5), scored(vest, 0.8)])]
        assert confusion(rows, {}) == {"person": {"person": 1}, "vest": {"vest": 1}}


class TestWorst:
    def test_the_largest_and_least_seen_misses_come_first(self) -> None:
        rows = [
            seen([BARE], [], 0),
            seen([PERSON], [], 1),
            seen([PERSON], [scored(PERSON, 0.95)], 2),
        ]
        first, second, third = worst_misses(rows)
        assert (first.seen.picture, first.score) == ("1.png", 0)
        assert second.seen.picture == "0.png"
        assert third.score == pytest.approx(0.95)

    def test_false_alarms_are_those_on_nothing_one_a_picture_and_label(self) -> None:
        rows = [
            seen([FLAME], [scored(FLAME, 0.99), scored(FLAME, 0.5, shift=150)], 0),
            seen([], [scored(FLAME, 0.8), scored(FLAME, 0.7, shift=150)], 1),
        ]
        assert [(w.seen.picture, round(w.score, 2)) for w in worst_false_alarms(rows)] == [
            ("1.png", 0.8),
            ("0.png", 0.5),
        ]


class TestHazards:
    def counts(self, *rows: Seen) -> dict[str, dict[str, Any]]:
        found = hazard_counts(
            rows, KNOWN, THRESHOLDS, lambda label, score: score, sorted(RULE_CODES)
        )
        return {code: count.as_json() for code, count in found.items()}

    def test_the_right_finding_needs_no_exact_box(self) -> None:
        found = self.counts(seen([FLAME], [scored(FLAME, 0.6, shift=90)]))
        assert found["fire-flame"] == {
            "pictures": 1,
            "right": 1,
            "extra": 0,
            "missed": 0,
            "precision": 1.0,
            "recall": 1.0,
            "stated": 1,
            "stated_precision": 1.0,
        }

    def test_what_is_asked_about_is_told_and_not_stated(self) -> None:
        asked, stated = scored(BARE, LEAST_SURE - 0.01), scored(BARE, LEAST_SURE + 0.01)
        helmet = scored(HELMET, 1, 300)
        low = {**THRESHOLDS, Label.NO_HELMET: 0.1}
        rows = [
            seen([PERSON, BARE, helmet], [PERSON, helmet, asked], 0),
            seen([PERSON, HELMET, helmet], [PERSON, helmet, stated], 1),
        ]
        row = hazard_counts(rows, KNOWN, low, lambda label, score: score, ["ppe-no-helmet"])[
            "ppe-no-helmet"
        ]
        assert (row.right, row.extra) == (1, 1)
        assert (row.stated, row.stated_right) == (1, 0)

    def test_what_is_seen_faintly_counts_as_it_does_in_a_diagnosis(self) -> None:
        other = scored(HELMET, 1, 300)
        unseen = seen([PERSON, HELMET, other], [PERSON, other], 0)
        faint = seen([PERSON, HELMET, other], [PERSON, other, scored(BARE, 0.1)], 1)
        assert "ppe-no-helmet" not in self.counts(unseen)
        assert self.counts(faint)["ppe-no-helmet"]["extra"] == 1

    def test_missed_and_extra_are_counted_by_picture(self) -> None:
        found = self.counts(
            seen([FLAME], []),
            seen([], [scored(FLAME, 0.9), scored(FLAME, 0.8, shift=150)]),
            seen([], [scored(FLAME, 0.3)]),
        )
        assert found["fire-flame"]["missed"] == 1
        assert found["fire-flame"]["extra"] == 1
        assert found["fire-flame"]["pictures"] == 3
        assert found["fire-flame"]["recall"] == 0

    def test_hazards_that_the_set_cannot_decide_are_not_counted(self) -> None:
        smoke: Row = (Label.SMOKE, 0.9, (0, 0, 100, 100))
        assert "smoke" not in self.counts(seen([], [smoke]))

    def test_a_rule_that_often_misses_is_still_blamed_for_what_it_says_falsely(self) -> None:
        door: Row = (Label.EXIT_DOOR, 1.0, (100.0, 50.0, 200.0, 350.0))
        lock: Row = (Label.CHAIN_LOCK, 0.9, (140.0, 180.0, 160.0, 220.0))
        known = {"shapes": (Label.EXIT_DOOR, Label.CHAIN_LOCK)}
        able = {Label.EXIT_DOOR: 0.4, Label.CHAIN_LOCK: 0.4}
        rows = [seen([door], [door, lock], 0), seen([door, lock], [door], 1), seen([door], [], 2)]
        row = hazard_counts(rows, known, able, lambda label, score: score, ["exit-locked"])
        counted = row["exit-locked"]
        assert (counted.right, counted.extra, counted.missed, counted.pictures) == (0, 1, 1, 3)

    def test_bare_heads_go_through_the_rules(self) -> None:
        found = self.counts(
            seen([PERSON, BARE, scored(HELMET, 1, 300)], [scored(PERSON, 0.9), scored(BARE, 0.8)])
        )
        assert found["ppe-no-helmet"]["right"] == 1


def test_the_page_shows_every_part_and_escapes_names(tmp_path: Path, card: ModelCard) -> None:
    picture = tmp_path / "0.png"
    cv2.imwrite(str(picture), np.full((400, 640, 3), 90, dtype=np.uint8))
    rows = [
        seen([FLAME, PERSON], [scored(FLAME, 0.9), scored(PERSON, 0.6, 200)], n, picture)
        for n in range(6)
    ]
    found = report(rows, KNOWN, card, lambda label, score: score, {"fire": {"precision": 0.5}})
    found |= {"file": "model.onnx", "precision": "float32", "made": "2026-11-24"}
    text = page(found, worst_misses(rows), worst_false_alarms(rows), load_catalogue())
    assert "model-&lt;1&gt;" in text
    assert "<1>" not in text
    for part in ("按数据集", "阈值与校准", "可靠性", "隐患层面", "混淆", "漏检", "误报"):
        assert part in text
    assert text.count("data:image/jpeg;base64,") == len(worst_misses(rows)) + 6
    assert "http" not in text.replace("http-equiv", ""), "it opens without a network"
    assert found["labels"]["fire"]["promised_precision"] == 0.5
    json.dumps(found, allow_nan=False)


def test_a_plot_keeps_inside_its_frame() -> None:
    drawn = plot([("#000", [(0, 0), (1, 1)])], diagonal=True)
    assert drawn.startswith("<svg")
    assert drawn.count("<circle") == 2


class TestFile:
    def test_what_was_seen_is_read_again(self, tmp_path: Path) -> None:
        rows = [seen([FLAME], [scored(PERSON, 0.123456)], n) for n in range(3)]
        write_seen(tmp_path / "d.jsonl", rows)
        again = read_seen(tmp_path / "d.jsonl")
        assert [row.picture for row in again] == ["0.png", "1.png", "2.png"]
        assert again[0].found.labels == (Label.PERSON,)
        np.testing.assert_allclose(again[0].truth.boxes, rows[0].truth.boxes)

    @pytest.mark.parametrize("content", ["no json", '{"dataset": "x"}'])
    def test_another_file_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "d.jsonl").write_text(content, encoding="utf-8")
        with pytest.raises(InvalidRequest, match="not the detections of a report"):
            read_seen(tmp_path / "d.jsonl")


class TestCompare:
    def model(self, hit: Callable[[int], bool], jitter: float = 0.0, seed: int = 0) -> list[Seen]:
        """Return a model that finds the fire in the pictures where ``hit`` says so."""
        chance = np.random.default_rng(seed)
        return [
            seen(
                [FLAME],
                [scored(FLAME, 0.9 - n / 500 + jitter * chance.random())] if hit(n) else [],
                n,
            )
            for n in range(60)
        ]

    def test_a_planted_regression_is_found(self) -> None:
        old, new = self.model(lambda n: n % 10 > 0), self.model(lambda n: n % 10 > 2)
        whole, fire = compare(old, new)
        assert (whole.label, fire.label) == ("all", "fire")
        assert fire.verdict == "worse"
        assert fire.regression(0.0)
        assert not fire.regression(0.5)
        assert fire.low <= fire.after - fire.before <= fire.high
        (again, _) = compare(new, old)
        assert again.verdict == "better"

    def test_the_same_model_with_jitter_is_the_same(self) -> None:
        old = self.model(lambda n: n % 10 > 1)
        new = self.model(lambda n: n % 10 > 1, jitter=0.01)
        assert {change.verdict for change in compare(old, new)} == {"same"}

    def test_chance_on_few_pictures_is_not_called_a_regression(self) -> None:
        old, new = self.model(lambda n: n != 7), self.model(lambda n: n != 8)
        assert {change.verdict for change in compare(old, new)} == {"same"}

    def test_reports_of_other_pictures_are_refused(self) -> None:
        old = self.model(lambda n: True)
        with pytest.raises(InvalidRequest, match="not of the same pictures"):
            compare(old, old[1:])
        with pytest.raises(InvalidRequest, match="not of the same sets: shapes"):
            compare(old, [])

    def test_the_table_names_what_changed(self) -> None:
        shown = text([Change("shapes", "fire", 9, 0.5, 0.25, -0.4, -0.1)])
        assert shown.splitlines()[1].split()[-1] == "worse"
