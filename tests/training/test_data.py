"""Reading sets and recipes, drawing and mixing pictures."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from tiny_set import DOOR, FIRE, SIZE_PX, recipe, write_set

from training.cli import cli
from training.datasets import (
    LABELS,
    DatasetCard,
    held_out,
    read_card,
    read_cards,
    read_sample,
    read_split,
)
from training.mixing import MixedPictures, PassSampler, collate, draw_shares
from training.recipe import read_recipe
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.vision.labels import Label

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted((ROOT / "training" / "recipes").glob("*.yaml"))
CARDS = read_cards(ROOT / "datasets")


class TestShipped:
    @pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
    def test_a_recipe_loads_and_trains_only_on_what_may_train(self, path: Path) -> None:
        plan = read_recipe(path)
        assert plan.name == path.stem
        for name in plan.sets:
            assert CARDS[name].may_train, name

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            pytest.param("nonsense", "no set nonsense", id="unknown"),
            pytest.param("fire-extinguisher", "must not be trained on", id="measure only"),
        ],
    )
    def test_a_recipe_with_a_set_that_cannot_train_is_refused(
        self, tmp_path: Path, name: str, why: str
    ) -> None:
        plan = tmp_path / "plan.yaml"
        plan.write_text(recipe(sets={name: 1.0}).model_dump_json(), encoding="utf-8")
        arguments = ["train", "--recipe", str(plan), "--data", str(tmp_path)]
        done = CliRunner().invoke(cli, [*arguments, "--out", str(tmp_path / "run")])
        assert isinstance(done.exception, InvalidRequest)
        assert why in str(done.exception)


class TestReading:
    def test_a_bad_card_or_recipe_names_the_file(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("name: x\nsize_px: 33\n", encoding="utf-8")
        for read in (read_card, read_recipe):
            with pytest.raises(InvalidRequest, match=r"bad\.yaml"):
                read(bad)
            with pytest.raises(InvalidRequest, match=r"none\.yaml"):
                read(tmp_path / "none.yaml")

    def test_boxes_and_polygons_become_boxes_inside_the_picture(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        rows = "0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.3 0.1 0.3 0.5\n0 0.95 0.5 0.2 0.2\n\n"
        sample = read_sample(Path("a.png"), rows, shapes[1])
        assert sample.classes.tolist() == [FIRE, DOOR, FIRE]
        expected = [[0.5, 0.5, 0.2, 0.4], [0.2, 0.3, 0.2, 0.4], [0.925, 0.5, 0.15, 0.2]]
        np.testing.assert_allclose(sample.boxes, expected, atol=1e-6)

    def test_empty_and_repeated_boxes_are_dropped(self, shapes: tuple[Path, DatasetCard]) -> None:
        rows = "0 0.5 0.5 0 0.4\n0 0.5 0.5 0.2 0.2\n0 0.501 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2"
        sample = read_sample(Path("a.png"), rows, shapes[1])
        assert sample.classes.tolist() == [FIRE, DOOR]

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param("7 0.5 0.5 0.1 0.1", id="class beyond the card"),
            pytest.param("-1 0.5 0.5 0.1 0.1", id="negative class"),
            pytest.param("0 a b c d", id="words"),
            pytest.param("0 nan 0.5 0.1 0.1", id="not a number"),
            pytest.param("0 0.5 0.5 inf 0.1", id="infinite"),
            pytest.param("0 0.5 0.5 0.1", id="three numbers"),
            pytest.param("0", id="no numbers"),
            pytest.param("x", id="no class"),
        ],
    )
    def test_a_row_that_does_not_fit_its_card_is_named(
        self, shapes: tuple[Path, DatasetCard], row: str
    ) -> None:
        with pytest.raises(InvalidRequest, match=r"a\.png"):
            read_sample(Path("a.png"), row, shapes[1])

    def test_a_held_out_part_and_the_rest_are_the_whole(self, tmp_path: Path) -> None:
        card = write_set(tmp_path, "s", pictures=40).model_copy(update={"hold_out": 0.3})
        train, val = (read_split(tmp_path, card, part) for part in ("train", "val"))
        names = [{sample.path.name for sample in part} for part in (train, val)]
        assert not names[0] & names[1]
        assert len(names[0] | names[1]) == 40
        assert all(held_out(sample.path, 0.3) for sample in val)

    def test_an_eval_part_is_read_whole_beside_a_part_held_out(self, tmp_path: Path) -> None:
        card = write_set(tmp_path, "s", pictures=40, part="eval")
        held = card.model_copy(update={"hold_out": 0.3})
        assert len(read_split(tmp_path, held, "eval")) == 40

    def test_missing_pictures_say_which_option_to_check(
        self, tmp_path: Path, shapes: tuple[Path, DatasetCard]
    ) -> None:
        with pytest.raises(InvalidRequest, match="--data"):
            read_split(tmp_path, shapes[1], "train")

    def test_known_labels_are_those_that_annotators_looked_for(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        card = shapes[1].model_copy(update={"presumed_absent": (Label.SMOKE,)})
        strict, presumed = (card.known(with_presumed=flag) for flag in (False, True))
        assert {LABELS[i] for i in np.flatnonzero(strict)} == {Label.FIRE, Label.DOOR}
        assert {LABELS[i] for i in np.flatnonzero(presumed & ~strict)} == {Label.SMOKE}


class TestSampler:
    def test_it_goes_on_from_any_position_as_if_never_stopped(self) -> None:
        shares = np.array([1.0, 2.3, 0.4])
        whole = list(PassSampler(shares, seed=5, start=0, stop=60))
        rest = list(PassSampler(shares, seed=5, start=23, stop=60))
        assert whole[23:] == rest
        assert [position for _, position in whole] == list(range(60))

    def test_shares_are_kept_over_many_passes(self) -> None:
        shares = np.array([1.0, 2.3, 0.4])
        drawn = [index for index, _ in PassSampler(shares, seed=5, start=0, stop=3700)]
        counts = np.bincount(drawn) / 1000
        np.testing.assert_allclose(counts, shares, atol=0.1)

    def test_pictures_with_rare_labels_are_drawn_more_often(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        plan = recipe(sets={"shapes": 0.5}, rare_labels={"fire": 3})
        both = read_sample(Path("a.png"), "0 0.5 0.5 0.2 0.2", shapes[1])
        door = read_sample(Path("b.png"), "1 0.5 0.5 0.2 0.2", shapes[1])
        assert draw_shares([both, door], plan).tolist() == [1.5, 0.5]


class TestMixing:
    def test_mosaics_stay_within_one_set_and_boxes_within_the_picture(self, tmp_path: Path) -> None:
        cards = {
            "a": write_set(tmp_path, "a", pictures=6),
            "b": write_set(tmp_path, "b", pictures=6, background=(200, 0, 0)),
        }
        cards["b"] = cards["b"].model_copy(update={"exhaustive": (Label.FIRE,)})
        samples = [s for card in cards.values() for s in read_split(tmp_path, card, "train")]
        mixed = MixedPictures(samples, cards, recipe(sets={"a": 1.0, "b": 1.0}), mosaic=1.0)
        for position in range(12):
            row = mixed[position, position]
            assert row["img"].shape == (3, SIZE_PX, SIZE_PX)
            boxes = row["bboxes"]
            assert bool(((boxes[:, :2] - boxes[:, 2:] / 2) > -1e-3).all())
            assert bool(((boxes[:, :2] + boxes[:, 2:] / 2) < 1 + 1e-3).all())
            assert row["known"].sum() == (2 if position < 6 else 1)
            red, green, blue = row["img"].float()
            blue_share = float(((blue > red + 30) & (blue > green + 30)).float().mean())
            assert (blue_share > 0.1) == (position >= 6), "the sets differ in their background"

    def test_a_mosaic_keeps_each_box_on_its_own_thing(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        root, card = shapes
        samples = read_split(root, card, "train")
        mixed = MixedPictures(samples, {"shapes": card}, recipe(), mosaic=1.0)
        greener = []
        for position in range(12):
            row = mixed[position, position]
            for kind, (x, y, _, _) in zip(row["cls"].flatten(), row["bboxes"], strict=True):
                red, green, _ = row["img"][:, int(y * SIZE_PX), int(x * SIZE_PX)].float()
                if int(kind) == DOOR:  # drawn last, so never covered by a red one
                    greener.append(bool(green > red + 30))
        assert len(greener) >= 12
        # one in thirty pictures is turned grey by the augmentation
        assert np.mean(greener) > 0.9

    def test_a_position_gives_the_same_picture_each_time(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        root, card = shapes
        mixed = MixedPictures(
            read_split(root, card, "train"), {"shapes": card}, recipe(), mosaic=0.5
        )
        first, again, other = mixed[3, 17], mixed[3, 17], mixed[3, 18]
        assert torch.equal(first["img"], again["img"])
        assert not torch.equal(first["img"], other["img"])

    def test_a_batch_says_which_box_belongs_to_which_picture(
        self, shapes: tuple[Path, DatasetCard]
    ) -> None:
        root, card = shapes
        samples = read_split(root, card, "train")
        mixed = MixedPictures(samples, {"shapes": card}, recipe(), mosaic=0.0)
        batch = collate([mixed[n, n] for n in islice(range(12), 3)])
        assert batch["img"].shape[0] == 3
        assert batch["known"].shape == (3, len(LABELS))
        assert batch["batch_idx"].unique().tolist() == [0, 1, 2]
        assert len(batch["cls"]) == len(batch["bboxes"]) == len(batch["batch_idx"])

    def test_a_picture_that_cannot_be_decoded_is_named(
        self, tmp_path: Path, shapes: tuple[Path, DatasetCard]
    ) -> None:
        (tmp_path / "bad.png").write_bytes(b"no picture")
        sample = read_sample(tmp_path / "bad.png", "", shapes[1])
        with pytest.raises(ImageUnreadable, match=r"bad\.png"):
            MixedPictures([sample], {"shapes": shapes[1]}, recipe(), mosaic=0.0)
