"""A teacher's word: taken where it is sure, and only for what a set does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tiny_set import recipe, write_set

from training.datasets import LABELS, DatasetCard, Sample, read_split
from training.mixing import MixedPictures
from training.pseudo_labels import (
    Sureness,
    ask_teacher,
    read_said,
    said_of,
    with_said,
)
from wsai.errors import InvalidRequest
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture

Row = tuple[Label, float, tuple[float, float, float, float]]
SURE = Sureness(there=0.8, absent=0.02)


class Teacher:
    """Sees the same everywhere; its probability is its score; smoke it does not know well."""

    model_id = "teacher-1"

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    @property
    def thresholds(self) -> Mapping[Label, float]:
        return {label: 0.4 for label in Label if label is not Label.SMOKE}

    def probability(self, label: Label, score: float) -> float:
        return score

    def detect(self, picture: Picture, *, min_score: float) -> Detections:
        return Detections.of([row for row in self.rows if row[1] >= min_score])


def teacher(*rows: Row) -> OnnxDetector:
    return cast("OnnxDetector", Teacher(rows))


@pytest.fixture
def card() -> DatasetCard:
    """A set that knows helmets and presumes that there is no fire."""
    return DatasetCard(
        name="shapes",
        source="rendered",
        commit="none",
        licence="CC0",
        may_train=True,
        classes=(Label.HELMET,),
        exhaustive=(Label.HELMET,),
        presumed_absent=(Label.FIRE,),
        splits={"train": 1},
    )


def sample(*boxes: tuple[Label, tuple[float, float, float, float]]) -> Sample:
    return Sample(
        Path("1.png"),
        "shapes",
        np.array([LABELS.index(label) for label, _ in boxes], dtype=np.int64),
        np.array([box for _, box in boxes], dtype=np.float32).reshape(-1, 4),
    )


def said(card: DatasetCard, own: Sample, *rows: Row) -> Any:
    who = teacher(*rows)
    found = who.detect(cast("Picture", None), min_score=SURE.absent)
    return said_of(found, own, card, who, width=100, height=200, sureness=SURE)


class TestSaid:
    def test_a_sure_box_of_an_unknown_label_is_taken_as_shares_of_the_picture(
        self, card: DatasetCard
    ) -> None:
        found = said(card, sample(), (Label.VEST, 0.9, (10.0, 20.0, 30.0, 60.0)))
        assert [LABELS[n] for n in found.classes] == [Label.VEST]
        assert found.boxes[0] == pytest.approx((0.2, 0.2, 0.2, 0.2))
        assert LABELS.index(Label.VEST) not in found.absent

    @pytest.mark.parametrize("label", [Label.HELMET, Label.FIRE, Label.SMOKE])
    def test_what_the_set_knows_and_what_the_teacher_does_not_is_left_alone(
        self, card: DatasetCard, label: Label
    ) -> None:
        found = said(card, sample(), (label, 0.99, (10.0, 20.0, 30.0, 60.0)))
        assert found.classes == ()
        assert LABELS.index(label) not in found.absent

    def test_a_doubtful_box_makes_its_label_neither_there_nor_absent(
        self, card: DatasetCard
    ) -> None:
        found = said(card, sample(), (Label.VEST, 0.3, (10.0, 20.0, 30.0, 60.0)))
        assert found.classes == ()
        assert LABELS.index(Label.VEST) not in found.absent
        assert LABELS.index(Label.PALLET) in found.absent

    def test_annotators_who_drew_a_helmet_are_believed_before_a_teacher_who_sees_none(
        self, card: DatasetCard
    ) -> None:
        own = sample((Label.HELMET, (0.2, 0.2, 0.2, 0.2)))
        denied = said(card, own, (Label.NO_HELMET, 0.95, (10.0, 20.0, 30.0, 60.0)))
        elsewhere = said(card, own, (Label.NO_HELMET, 0.95, (60.0, 20.0, 80.0, 60.0)))
        assert denied.classes == ()
        assert [LABELS[n] for n in elsewhere.classes] == [Label.NO_HELMET]


class TestFile:
    def test_what_was_said_is_written_and_read_again(self, tmp_path: Path) -> None:
        shapes = write_set(tmp_path, "shapes", pictures=3)
        samples, out = read_split(tmp_path, shapes, "train"), tmp_path / "said.jsonl"
        counts = ask_teacher(
            teacher((Label.VEST, 0.9, (8.0, 8.0, 24.0, 24.0))),
            samples,
            {"shapes": shapes},
            out,
            sureness=SURE,
        )
        assert counts == {"vest": 3}
        taught = with_said(samples, read_said(out))
        for before, after in zip(samples, taught, strict=True):
            assert len(after.boxes) == len(before.boxes) + 1
            assert LABELS[after.classes[-1]] is Label.VEST
            np.testing.assert_allclose(after.boxes[-1], [0.25] * 4)
            assert LABELS.index(Label.PALLET) in after.absent

    @pytest.mark.parametrize("text", ["", "no json", '{"teacher": "x"}\n{"dataset": "a"}\n'])
    def test_another_file_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "said.jsonl").write_text(text, encoding="utf-8")
        with pytest.raises(InvalidRequest, match="not a file of pseudo-labels"):
            read_said(tmp_path / "said.jsonl")


def test_a_mosaic_knows_only_what_is_absent_in_all_its_pictures(tmp_path: Path) -> None:
    card = write_set(tmp_path, "shapes", pictures=4)
    samples = read_split(tmp_path, card, "train")
    vest, cone = LABELS.index(Label.VEST), LABELS.index(Label.CONE)
    taught = [
        Sample(s.path, s.dataset, s.classes, s.boxes, (vest, cone) if n else (vest,))
        for n, s in enumerate(samples)
    ]
    alone = MixedPictures(taught, {"shapes": card}, recipe(), mosaic=0.0)
    assert [alone[(n, n)]["known"][cone].item() for n in range(4)] == [0, 1, 1, 1]
    mixed = MixedPictures(taught, {"shapes": card}, recipe(), mosaic=1.0)
    known = []
    for position in range(30):
        row = mixed[(1 + position % 3, position)]
        assert row["known"][vest] == 1
        assert row["known"][cone] == (0 not in mixed.mosaic.partners)
        known.append(row["known"][cone].item())
    assert set(known) == {0, 1}
