"""What each folder under datasets/ says about itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from training.datasets import DatasetCard, read_card
from training.release import validation_part
from wsai.errors import InvalidRequest
from wsai.vision.labels import Label

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
PATHS = sorted(DATASETS.glob("*/dataset.yaml"))
CARDS = [read_card(path) for path in PATHS]
each_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)


def test_there_are_sets_to_train_and_sets_to_measure() -> None:
    assert {card.may_train for card in CARDS} == {True, False}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.parent.name)
def test_a_set_is_named_as_its_folder(path: Path) -> None:
    assert read_card(path).name == path.parent.name


@each_card
def test_a_set_says_where_it_is_from_and_under_which_licence(card: DatasetCard) -> None:
    for said in (card.source, card.commit, card.licence):
        assert said.strip()
    assert all(count > 0 for count in card.splits.values())
    assert card.splits


@each_card
def test_what_a_set_boxes_and_what_it_lacks_do_not_contradict(card: DatasetCard) -> None:
    boxed = {label for label in card.classes if label is not None}
    assert not boxed & set(card.presumed_absent)
    assert not set(card.exhaustive) & set(card.presumed_absent)
    assert boxed <= set(card.exhaustive), "a box of a label nobody looked for would be masked out"
    assert set(card.exhaustive) <= boxed, "a label without boxes cannot have all of them"


@each_card
def test_only_sets_that_may_train_have_a_training_part(card: DatasetCard) -> None:
    assert ("train" in card.splits) == card.may_train
    assert 0 <= card.hold_out < 0.5
    assert not (card.hold_out and "val" in card.splits), "one validation part, not two"


def test_every_label_can_be_trained_and_measured() -> None:
    covered = {
        label
        for card in CARDS
        if card.may_train and validation_part(card)
        for label in card.exhaustive
    }
    assert covered == set(Label)


@pytest.mark.parametrize("field", ["source", "commit", "licence", "may_train", "classes"])
def test_a_card_that_leaves_something_out_is_refused(tmp_path: Path, field: str) -> None:
    given = yaml.safe_load(PATHS[0].read_text(encoding="utf-8"))
    del given[field]
    path = tmp_path / "dataset.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    with pytest.raises(InvalidRequest, match=field):
        read_card(path)


def test_a_label_outside_the_vocabulary_is_refused(tmp_path: Path) -> None:
    given = yaml.safe_load(PATHS[0].read_text(encoding="utf-8")) | {"classes": ["hard-hat"]}
    path = tmp_path / "dataset.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"dataset\.yaml.*\n?.*classes"):
        read_card(path)
