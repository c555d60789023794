"""The parity gate lets rounding pass and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_set import FIRE

from training.datasets import DatasetCard, Sample
from training.evaluate import Looked
from training.parity import Parity, Tolerance, compare, plain_thresholds, unmatched_boxes
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.surface import Layer, Surface

SIDE = 100
THRESHOLDS = {Label.FIRE: 0.5}


@pytest.fixture
def card() -> DatasetCard:
    return DatasetCard(
        name="shapes",
        source="rendered",
        commit="none",
        licence="CC0",
        may_train=True,
        classes=(Label.FIRE,),
        exhaustive=(Label.FIRE,),
        splits={"val": 40},
    )


def looked(found: Callable[[int], list[tuple[Label, float, tuple[float, ...]]]]) -> list[Looked]:
    """Return forty pictures with one fire each, and what was found in each."""
    rows = []
    for number in range(40):
        sample = Sample(
            Path(f"{number}.png"),
            "shapes",
            np.array([FIRE]),
            np.array([[0.3, 0.3, 0.2, 0.2]], dtype=np.float32),
        )
        rows.append((sample, Detections.of(found(number)), SIDE, SIDE))
    return rows


def exact(number: int) -> list[tuple[Label, float, tuple[float, ...]]]:
    return [(Label.FIRE, 0.9 - number / 200, (20, 20, 40, 40))]


def test_rounding_passes(card: DatasetCard) -> None:
    def rounded(number: int) -> list[tuple[Label, float, tuple[float, ...]]]:
        return [(Label.FIRE, 0.89 - number / 200, (20, 21, 41, 40))]

    found = compare(
        {"shapes": looked(exact)}, {"shapes": looked(rounded)}, {"shapes": card}, THRESHOLDS
    )
    assert found.holds
    assert found.map50_loss == 0
    assert (found.boxes, found.unmatched) == (80, 0)


def test_a_lost_label_is_named(card: DatasetCard) -> None:
    def fewer(number: int) -> list[tuple[Label, float, tuple[float, ...]]]:
        return exact(number) if number >= 8 else []

    found = compare(
        {"shapes": looked(exact)}, {"shapes": looked(fewer)}, {"shapes": card}, THRESHOLDS
    )
    assert not found.holds
    assert any(drift.startswith("shapes, fire: AP50 falls by") for drift in found.drifts)
    assert found.unmatched == pytest.approx(8 / 72, abs=1e-4)


def test_a_loss_that_hangs_on_two_pictures_is_chance(card: DatasetCard) -> None:
    def unlucky(number: int) -> list[tuple[Label, float, tuple[float, ...]]]:
        return exact(number) if number not in (3, 17) else [(Label.FIRE, 0.9, (60, 60, 80, 80))]

    def lucky_elsewhere(number: int) -> list[tuple[Label, float, tuple[float, ...]]]:
        return exact(number) if number != 30 else []

    found = compare(
        {"shapes": looked(lucky_elsewhere)},
        {"shapes": looked(unlucky)},
        {"shapes": card},
        THRESHOLDS,
        Tolerance(map50=1, unmatched=1),
    )
    assert found.labels["shapes"]["fire"] > Tolerance().label_ap50
    assert found.holds


def test_boxes_that_come_from_nowhere_are_drift_even_where_ap_does_not_fall(
    card: DatasetCard,
) -> None:
    def more(number: int) -> list[tuple[Label, float, tuple[float, ...]]]:
        ghosts = [(Label.SMOKE, 0.9, (60, 60, 80, 80))] if number % 4 == 0 else []
        return exact(number) + ghosts

    found = compare(
        {"shapes": looked(exact)},
        {"shapes": looked(more)},
        {"shapes": card},
        plain_thresholds(THRESHOLDS, 0.5),
    )
    assert found.map50_loss == 0
    assert found.unmatched == pytest.approx(10 / 90, abs=1e-4)
    assert [drift.split()[0] for drift in found.drifts] == ["11.1%"]


def test_of_few_objects_no_label_is_believed(card: DatasetCard) -> None:
    found = compare(
        {"shapes": looked(exact)[:10]},
        {"shapes": looked(lambda n: exact(n) if n else [])[:10]},
        {"shapes": card},
        THRESHOLDS,
        Tolerance(map50=1, unmatched=1),
    )
    assert found.holds
    assert found.labels == {"shapes": {}}


def test_a_score_just_below_its_threshold_is_no_lost_box() -> None:
    one = Detections.of([(Label.FIRE, 0.51, (0, 0, 9, 9))])
    other = Detections.of([(Label.FIRE, 0.49, (0, 0, 9, 9))])
    assert unmatched_boxes(one, other, THRESHOLDS) == (1, 0)


def mapped(powder_to: int) -> list[Looked]:
    """The same pictures with a map: floor below, and powder on it up to a column."""
    layers = np.zeros((len(Layer), 20, 20), np.float32)
    layers[0, 10:] = 0.9
    layers[1, 10:, :powder_to] = 0.9
    surface = Surface(layers, SIDE, SIDE, frozenset({Layer.FLOOR, Layer.POWDER}))
    return [
        (sample, replace(found, surface=surface), width, height)
        for sample, found, width, height in looked(exact)
    ]


def test_a_map_that_shows_something_else_is_drift(card: DatasetCard) -> None:
    def compared(powder_to: int) -> Parity:
        sides = ({"shapes": mapped(20)}, {"shapes": mapped(powder_to)})
        return compare(*sides, {"shapes": card}, THRESHOLDS)

    assert compared(18).holds
    assert compared(18).layers == {"floor": 1.0, "powder": 0.9}
    (drift,) = compared(10).drifts
    assert "powder overlaps by 0.50" in drift


def test_models_without_maps_have_no_overlap(card: DatasetCard) -> None:
    sides = ({"shapes": looked(exact)}, {"shapes": looked(exact)})
    assert compare(*sides, {"shapes": card}, THRESHOLDS).layers == {}
