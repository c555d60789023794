"""Matching, calibration, thresholds, average precision."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster
from tiny_set import DOOR, FIRE

from training.calibrate import (
    FALLBACK_THRESHOLD,
    cross_fitted_error,
    expected_calibration_error,
    fit_platt,
    logit,
    operating_threshold,
)
from training.datasets import DatasetCard, Sample
from training.evaluate import Looked, average_precision
from training.matching import Judged, judge, matches
from wsai.vision.detections import Detections
from wsai.vision.labels import Label


def judged(scores: list[float], right: list[bool], truths: int) -> Judged:
    return Judged(np.array(scores), np.array(right), np.arange(len(scores)), truths)


class TestMatching:
    def test_the_best_score_takes_a_box_and_the_next_on_it_is_wrong(self) -> None:
        truths = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], dtype=np.float32)
        boxes = np.array(
            [[0, 0, 10, 9], [0, 1, 10, 10], [20, 0, 30, 10], [50, 0, 60, 10]], dtype=np.float32
        )
        assert matches(boxes, truths).tolist() == [True, False, True, False]

    def test_half_an_overlap_is_enough_and_less_is_not(self) -> None:
        truths = np.array([[0, 0, 10, 10]], dtype=np.float32)
        assert matches(np.array([[0, 0, 10, 5]], dtype=np.float32), truths).tolist() == [True]
        assert matches(np.array([[0, 0, 10, 4.9]], dtype=np.float32), truths).tolist() == [False]

    def test_no_boxes_and_no_truths_are_no_trouble(self) -> None:
        none, one = np.zeros((0, 4), dtype=np.float32), np.ones((1, 4), dtype=np.float32)
        assert matches(none, one).tolist() == []
        assert matches(one, none).tolist() == [False]

    def test_only_the_asked_label_counts(self) -> None:
        (looked,) = one_picture(
            [(Label.FIRE, 0.9, (0, 0, 10, 10)), (Label.DOOR, 0.8, (0, 0, 10, 10))]
        )
        assert judge([looked], FIRE).right.tolist() == [True]
        assert judge([looked], DOOR).right.tolist() == [False]
        assert judge([looked], DOOR).truths == 0


class TestCalibration:
    def test_a_known_distortion_is_recovered(self) -> None:
        chance = np.random.default_rng(0)
        scores = chance.uniform(0.05, 0.95, 20_000)
        real = 1 / (1 + np.exp(-(0.6 * logit(scores) - 0.8)))
        platt = fit_platt(scores, chance.random(20_000) < real)
        assert platt.a == pytest.approx(0.6, abs=0.05)
        assert platt.b == pytest.approx(-0.8, abs=0.05)

    def test_it_makes_overconfident_scores_honest_on_pictures_it_was_not_fitted_on(self) -> None:
        chance = np.random.default_rng(1)
        scores = chance.uniform(0.3, 0.99, 4000)
        rows = Judged(scores, chance.random(4000) < scores / 2, np.arange(4000), 2000)
        before, after = cross_fitted_error(rows)
        assert before > 0.25
        assert after < 0.05

    def test_too_few_detections_leave_scores_as_they_are(self) -> None:
        platt = fit_platt(np.full(10, 0.9), np.zeros(10, dtype=bool))
        assert (platt.a, platt.b, platt.n) == (1.0, 0.0, 10)

    def test_probabilities_rise_with_scores_even_where_right_ones_score_low(self) -> None:
        scores = np.linspace(0.1, 0.9, 200)
        platt = fit_platt(scores, scores < 0.5)
        assert (np.diff(platt.probability(scores)) > 0).all()

    def test_scores_that_are_honest_have_hardly_an_error(self) -> None:
        chance = np.random.default_rng(2)
        scores = chance.uniform(0, 1, 50_000)
        assert expected_calibration_error(scores, chance.random(50_000) < scores) < 0.01

    def test_ece_is_the_mean_gap(self) -> None:
        right = np.array([True] * 8 + [False] * 2)
        assert expected_calibration_error(np.full(10, 0.85), right) == pytest.approx(0.05)
        assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0.0


class TestThreshold:
    def test_it_is_the_score_with_the_best_f1(self) -> None:
        scores = [0.39 - 0.005 * n for n in range(40)]
        rows = judged(scores, [True] * 20 + [False] * 20, truths=20)
        threshold, precision, recall = operating_threshold(rows)
        assert threshold == pytest.approx(0.295)  # the last right one
        assert precision == recall == 1.0

    @pytest.mark.parametrize(
        ("truths", "expected"),
        [(10, 0.46), (20, 0.5), (40, 0.55), (400, 0.672)],  # (0.7 n + 0.4 * 40) / (n + 40)
    )
    def test_a_high_one_chosen_on_few_is_drawn_down(self, truths: int, expected: float) -> None:
        right = [0.99 - 0.28 * n / truths for n in range(truths)]  # the last at 0.71
        wrong = [0.1] * truths
        rows = judged(right + wrong, [True] * truths + [False] * truths, truths=truths)
        threshold, precision, recall = operating_threshold(rows)
        assert threshold == pytest.approx(expected, abs=0.001)
        assert precision == recall == 1.0

    @pytest.mark.parametrize("seed", range(20))
    def test_the_threshold_as_written_gives_the_precision_and_recall_it_states(
        self, seed: int
    ) -> None:
        chance = np.random.default_rng(seed)
        scores = chance.uniform(0.01, 0.99, 60)
        rows = Judged(scores, chance.random(60) < scores, np.arange(60), 60)
        threshold, precision, recall = operating_threshold(rows)
        assert threshold == round(threshold, 3)
        counted = rows.right[scores >= threshold]
        assert precision == pytest.approx(counted.mean())
        assert recall == pytest.approx(counted.sum() / 60)

    def test_the_detection_it_was_chosen_at_is_counted(self) -> None:
        scores = [0.6 - 0.005 * n for n in range(19)] + [0.30055] + [0.29] * 20
        rows = judged(scores, [True] * 20 + [False] * 20, truths=20)
        assert operating_threshold(rows) == (0.3, 1.0, 1.0)  # 0.301 would leave the last one out

    def test_of_scores_that_do_about_as_well_it_is_the_lowest(self) -> None:
        scores = [0.39 - 0.0005 * n for n in range(200)] + [0.2 - 0.001 * n for n in range(40)]
        right = [True] * 196 + [False] * 3 + [True] + [True, False, False, False] * 10
        rows = judged(scores, right, truths=200)
        threshold, precision, recall = operating_threshold(rows)
        f1 = 2 * precision * recall / (precision + recall)
        assert 0.15 < threshold < 0.2, "of 197 + 1 right ones the best F1 is at 0.29"
        assert 0.97 < f1 < 0.99

    def test_what_excuses_has_the_highest_of_scores_that_do_about_as_well(self) -> None:
        scores = [0.39 - 0.0005 * n for n in range(200)] + [0.2 - 0.001 * n for n in range(40)]
        right = [True] * 200 + [True, False, False, False] * 10
        rows = judged(scores, right, truths=210)
        threshold, precision, recall = operating_threshold(rows, highest=True)
        assert precision == 1.0
        best = 2 * 200 / (200 + 210)
        # the threshold is rounded down, to thousandths, which lets in two more
        assert recall == pytest.approx(0.98 * best / (2 - 0.98 * best), abs=2.9 / 210)
        assert threshold > operating_threshold(rows)[0]

    def test_where_a_miss_costs_more_the_score_is_lower(self) -> None:
        # ten surely right, then one right for two wrong: F1 is best after the first, F2 goes on
        scores = [0.65 - 0.01 * n for n in range(40)]
        rows = judged(scores, [True] * 10 + [True, False, False] * 10, truths=20)
        plain, twice = (operating_threshold(rows, beta=beta) for beta in (1.0, 2.0))
        assert plain[0] > twice[0]
        assert plain[2] < twice[2] == 1.0
        precision = np.cumsum(rows.right) / np.arange(1, 41)
        recall = np.cumsum(rows.right) / 20
        f2 = 5 * precision * recall / (4 * precision + recall)
        assert 5 * twice[1] * twice[2] / (4 * twice[1] + twice[2]) >= 0.98 * f2.max()

    def test_few_truths_decide_nothing(self) -> None:
        rows = judged([0.9, 0.3], [True, True], truths=2)
        assert operating_threshold(rows) == (FALLBACK_THRESHOLD, 1.0, 0.5)
        assert operating_threshold(judged([], [], truths=50)) == (FALLBACK_THRESHOLD, 0.0, 0.0)


def one_picture(
    seen: list[tuple[Label, float, tuple[float, ...]]], truth: Label = Label.FIRE
) -> list[Looked]:
    """A picture of 100 × 100 with one labelled box at 0, 0, 10, 10."""
    numbers = np.array([list(Label).index(truth)])
    sample = Sample(
        Path("a.png"), "shapes", numbers, np.array([[0.05, 0.05, 0.1, 0.1]], dtype=np.float32)
    )
    return [(sample, Detections.of(seen), 100, 100)]


class TestAveragePrecision:
    def test_a_box_found_before_every_wrong_one_is_perfect(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        looked = one_picture(
            [(Label.FIRE, 0.9, (0, 0, 10, 10)), (Label.FIRE, 0.5, (50, 50, 60, 60))]
        )
        found = average_precision(looked, shapes[1])
        assert found["map50"] == found["map50_95"] == 1.0
        assert found["labels"] == {"fire": {"ap50": 1.0, "ap50_95": 1.0, "truths": 1}}

    def test_a_wrong_one_before_it_halves_it(self, shapes: tuple[Path, DatasetCard]) -> None:
        looked = one_picture(
            [(Label.FIRE, 0.9, (50, 50, 60, 60)), (Label.FIRE, 0.5, (0, 0, 10, 10))]
        )
        assert average_precision(looked, shapes[1])["map50"] == pytest.approx(0.5, abs=1e-3)

    def test_a_loose_box_counts_at_half_and_not_at_three_quarters(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        looked = one_picture([(Label.FIRE, 0.9, (0, 0, 10, 7.2))])  # IoU 0.72
        row = average_precision(looked, shapes[1])["labels"]["fire"]
        assert row["ap50"] == 1.0
        assert row["ap50_95"] == pytest.approx(0.5)  # 0.50 to 0.70 of ten steps

    def test_nothing_found_is_zero_and_labels_the_set_does_not_know_are_left_out(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        assert average_precision(one_picture([]), shapes[1])["map50"] == 0.0
        unknown = one_picture([(Label.SMOKE, 0.9, (0, 0, 10, 10))], truth=Label.SMOKE)
        assert average_precision(unknown, shapes[1])["labels"] == {}

    def test_it_is_what_coco_says_of_many_pictures_and_labels_at_once(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        looked = crowded_pictures(12)
        rows = average_precision(looked, shapes[1])
        for (label, row), (ap50, ap50_95) in zip(
            rows["labels"].items(), coco_precision(looked), strict=True
        ):
            assert 0.1 < row["ap50"] < 0.99, label
            assert row["ap50"] == pytest.approx(ap50, abs=1e-4)
            assert row["ap50_95"] == pytest.approx(ap50_95, abs=1e-4)
        assert rows["map50"] == pytest.approx(
            np.mean([row["ap50"] for row in rows["labels"].values()]), abs=1e-4
        )


KINDS = sorted((FIRE, DOOR))


def crowded_pictures(count: int) -> list[Looked]:
    """Pictures of 200 × 100 with four boxes each, found with shifts, misses and inventions."""
    chance = np.random.default_rng(4)
    looked: list[Looked] = []
    for _ in range(count):
        size, centre = chance.uniform(0.1, 0.3, (4, 2)), chance.uniform(0.2, 0.8, (4, 2))
        classes = np.array(KINDS * 2)
        boxes = np.concatenate([centre, size], axis=1).astype(np.float32)
        sample = Sample(Path("a.png"), "shapes", classes, boxes)
        low, high = (centre - size / 2) * (200, 100), (centre + size / 2) * (200, 100)
        corners = np.concatenate([low, high], axis=1) + chance.normal(0, 2, (4, 4))
        corners[chance.integers(4)] = [5, 5, 30, 30]
        seen = [
            (tuple(Label)[kind], float(score), corner.tolist())
            for kind, score, corner in zip(classes, chance.random(4), corners, strict=True)
        ]
        looked.append((sample, Detections.of(seen), 200, 100))
    return looked


def coco_precision(looked: list[Looked]) -> list[tuple[float, float]]:
    """AP at IoU 0.5 and over 0.5 to 0.95 of each kind, from one COCO evaluation of all kinds."""
    truths: list[dict[str, object]] = []
    found: list[dict[str, object]] = []
    for number, (sample, detections, width, height) in enumerate(looked):
        for kind, (x, y, w, h) in zip(sample.classes.tolist(), sample.boxes.tolist(), strict=True):
            box = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height]
            row = {"image_id": number, "category_id": kind, "bbox": box, "area": box[2] * box[3]}
            truths.append(row | {"id": len(truths) + 1, "iscrowd": 0})
        for box, score, label in zip(
            detections.boxes.tolist(), detections.scores.tolist(), detections.labels, strict=True
        ):
            box = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
            kind = tuple(Label).index(label)
            found.append({"image_id": number, "category_id": kind, "bbox": box, "score": score})
    images = [{"id": n, "width": 200, "height": 100} for n in range(len(looked))]
    categories = [{"id": kind, "name": str(kind)} for kind in KINDS]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO({"images": images, "annotations": truths, "categories": categories})
        judge_of_all = COCOeval_faster(truth, truth.loadRes(found), "bbox")
        judge_of_all.evaluate()
        judge_of_all.accumulate()
    steps = judge_of_all.eval["precision"][:, :, :, 0, -1]  # IoU, recall, kind
    return [(float(steps[0, :, k].mean()), float(steps[:, :, k].mean())) for k in range(2)]
