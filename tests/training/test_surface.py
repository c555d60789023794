"""The surface head learns, travels with the weights, and comes out of the export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import red_finder, write_model

from training import place_pairs, surface_paint
from training.datasets import LABELS, Sample
from training.export import RawHead, export_onnx
from training.loop import new_network
from training.surface_crops import BLOCK, CropPlan, Crops, cut_crops, make_crops
from training.surface_head import load_head
from training.surface_samples import surface_samples
from training.surface_training import measure_surface, surface_loss, train_surface
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.perception.models import read_card
from wsai.perception.onnx_detector import OnnxDetector
from wsai.vision.picture import Picture
from wsai.vision.surface import Layer

SIDE = 64


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Grey walls over brown floors with white powder, and their maps."""
    root = tmp_path_factory.mktemp("floors") / "floors"
    for part in ("images/train", "masks/train"):
        (root / part).mkdir(parents=True)
    chance = np.random.default_rng(1)
    for n in range(16):
        edge = int(chance.integers(20, 44))
        picture = np.full((SIDE, SIDE, 3), 90, np.uint8)
        picture[edge:] = (30, 60, 110)
        x = int(chance.integers(0, 32))
        picture[edge + 4 :, x : x + 28] = 240
        mask = np.zeros((SIDE // 4, SIDE // 4, 4), np.uint8)
        mask[edge // 4 :, :, 0] = 255
        mask[(edge + 4) // 4 :, x // 4 : (x + 28) // 4, 1] = 255
        cv2.imwrite(str(root / "images/train" / f"{n}.png"), picture)
        cv2.imwrite(str(root / "masks/train" / f"{n}.png"), mask)
    empty = (np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    return [
        Sample(path, "floors", *empty) for path in sorted((root / "images/train").glob("*.png"))
    ]


@pytest.fixture(scope="module")
def crops(pictures: list[Sample], weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Crops:
    """What the detector makes of crops of these pictures."""
    plan = CropPlan(weights, "yolo11n", 100, SIDE, SIDE)
    folder = tmp_path_factory.mktemp("crops")
    return make_crops(plan, surface_samples(pictures), folder, workers=1, report=lambda *_: None)


@pytest.fixture(scope="module")
def learned(
    crops: Crops, weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, float]]]:
    """Weights with a trained head, and what the training said."""
    out = tmp_path_factory.mktemp("learned") / "weights.safetensors"
    rows: list[dict[str, float]] = []
    train_surface(
        weights, "yolo11n", crops, out,
        pictures=1600, batch=8, learning_rate=5e-3, report=rows.append,
    )  # fmt: skip
    return out, rows


def test_it_learns_where_floor_and_powder_are(
    learned: tuple[Path, list[dict[str, float]]], pictures: list[Sample]
) -> None:
    out, rows = learned
    assert rows[-1]["loss"] < 0.7 * rows[0]["loss"]
    network = new_network("yolo11n", start=out).eval()
    head = load_head(out, network)
    assert head is not None
    found = measure_surface(head, network, surface_samples(pictures), size_px=SIDE)
    assert found["floor"]["iou"] > 0.6
    assert found["powder"]["iou"] > 0.4


def test_crops_are_made_once_and_what_is_missing_is_made_again_alike(
    pictures: list[Sample], weights: Path, tmp_path: Path
) -> None:
    plan, samples = CropPlan(weights, "yolo11n", 2 * BLOCK, SIDE, SIDE), surface_samples(pictures)
    made = make_crops(plan, samples, tmp_path, workers=1, report=lambda *_: None)
    rows = np.arange(BLOCK - 2, BLOCK + 2)
    _, maps, truth, _ = made.take(rows)
    cut, seen = sorted(tmp_path.iterdir(), key=lambda folder: not folder.name.startswith("cut-"))
    untouched = [(folder / "00000.pt").stat().st_mtime_ns for folder in (cut, seen)]
    (cut / "00001.pt").unlink()
    (seen / "00001.pt").unlink()
    told: list[tuple[int, int]] = []
    again = make_crops(plan, samples, tmp_path, workers=1, report=lambda *row: told.append(row))
    assert told == [(2 * BLOCK, 2 * BLOCK)] * 2
    assert [(folder / "00000.pt").stat().st_mtime_ns for folder in (cut, seen)] == untouched
    _, found, same, _ = again.take(rows)
    assert torch.equal(truth, same)
    assert all(torch.equal(old, new) for old, new in zip(maps, found, strict=True))


def test_another_detector_sees_the_same_crops(
    pictures: list[Sample], weights: Path, tmp_path: Path
) -> None:
    samples = surface_samples(pictures)
    plan = CropPlan(weights, "yolo11n", BLOCK, SIDE, SIDE)
    cut = cut_crops(plan, samples, tmp_path, workers=1, report=lambda *_: None)
    made = make_crops(plan, samples, tmp_path, workers=1, report=lambda *_: None)
    other = tmp_path / "other.safetensors"
    save_file({name: tensor * 0.5 for name, tensor in load_file(weights).items()}, other)
    told: list[tuple[int, int]] = []
    plan = replace(plan, weights=other)
    again = make_crops(plan, samples, tmp_path, workers=1, report=lambda *row: told.append(row))
    assert told == [(BLOCK, BLOCK)], "nothing is painted again"
    assert len(list(tmp_path.glob("cut-*/*"))) == len(cut) == 1
    rows = np.arange(4)
    assert torch.equal(made.take(rows)[2], again.take(rows)[2])
    assert not torch.equal(made.take(rows)[1][2], again.take(rows)[1][2])


def test_a_stopped_run_goes_on_as_if_never_stopped(
    crops: Crops, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.surface_training.KEEP_EVERY", 4)
    monkeypatch.setattr("training.surface_training.TELL_EVERY", 6)

    def run(out: Path, stop_at: int | None) -> list[dict[str, float]]:
        rows: list[dict[str, float]] = []

        def tell(row: dict[str, float]) -> None:
            rows.append(row)
            if row["pictures"] == stop_at:
                raise KeyboardInterrupt

        train_surface(weights, "yolo11n", crops, out, pictures=48, batch=4, report=tell)
        return rows

    whole, halved = tmp_path / "whole.safetensors", tmp_path / "halved.safetensors"
    run(whole, None)
    with pytest.raises(KeyboardInterrupt):
        run(halved, 24)
    assert not halved.exists()
    assert [row["pictures"] for row in run(halved, None)] == [24, 48]
    one, other = load_file(whole), load_file(halved)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert run(halved, None) == [], "what is done is not done again"
    assert all(torch.equal(one[name], tensor) for name, tensor in load_file(halved).items())


def test_a_map_to_begin_with_is_where_learning_begins(
    learned: tuple[Path, list[dict[str, float]]],
    crops: Crops,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.surface_training.TELL_EVERY", 4)
    losses = {}
    for name, begin_with in (("fresh", None), ("further", learned[0])):
        rows: list[dict[str, float]] = []
        train_surface(
            weights, "yolo11n", crops, tmp_path / f"{name}.safetensors",
            pictures=32, batch=8, begin_with=begin_with, report=rows.append,
        )  # fmt: skip
        losses[name] = rows[0]["loss"]
    assert losses["further"] < 0.7 * losses["fresh"]


def test_crops_of_other_painters_are_not_taken_for_new_ones(
    pictures: list[Sample], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, samples = CropPlan(weights, "yolo11n", 4, SIDE, SIDE), surface_samples(pictures)
    before = plan.cut(samples)
    assert plan.cut(samples) == before
    monkeypatch.setattr("training.surface_crops.PAINTERS", (place_pairs, surface_paint))
    assert plan.cut(samples) != before


def test_the_detector_stays_as_it_was(
    learned: tuple[Path, list[dict[str, float]]], weights: Path
) -> None:
    before, after = load_file(weights), load_file(learned[0])
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert any(name.startswith("surface.") for name in after)


def test_the_export_has_the_map_and_is_the_same_network(
    learned: tuple[Path, list[dict[str, float]]], tmp_path: Path
) -> None:
    export_onnx(learned[0], "yolo11n", tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    images = np.random.default_rng(0).random((1, 3, 96, 128), dtype=np.float32)
    found = session.run(["surface"], {"images": images})[0]
    assert found.shape == (1, len(Layer), 12, 16)
    with torch.no_grad():
        expected = RawHead(learned[0], "yolo11n")(torch.from_numpy(images))[2]
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-3)


def test_the_detector_gives_the_map_without_the_padding(
    learned: tuple[Path, list[dict[str, float]]], tmp_path: Path
) -> None:
    folder = write_model(
        tmp_path / "m-1", red_finder(len(LABELS)), labels=[label.value for label in LABELS],
        architecture="yolo11n", thresholds={},
    )  # fmt: skip
    export_onnx(learned[0], "yolo11n", folder / "model.onnx")
    from wsai.perception.models import sha256_of

    card = read_card(folder)
    files = {name: sha256_of(folder / name) for name in card.files}
    (folder / "model.json").write_text(
        card.model_copy(update={"files": files}).model_dump_json(), encoding="utf-8"
    )
    detector = OnnxDetector(folder, read_card(folder), threads=1)
    detector.try_once()
    picture = Picture(np.full((150, 256, 3), 90, np.uint8), 256, 150)
    surface = detector.detect(picture, min_score=0.99).surface
    assert surface is not None
    assert (surface.width, surface.height) == (256, 150)
    rows, columns = surface.layers.shape[1:]
    assert columns == 32
    assert abs(rows - 150 / 8) <= 1
    assert surface.trusted == frozenset(Layer)
    sure = float(np.quantile(surface.of(Layer.POWDER), 0.9))
    trusted = card.model_copy(update={"files": files, "layers": {Layer.POWDER: sure}})
    (folder / "model.json").write_text(trusted.model_dump_json(), encoding="utf-8")
    again = OnnxDetector(folder, read_card(folder), threads=1).detect(picture, min_score=0.99)
    assert again.surface is not None
    assert again.surface.trusted == {Layer.POWDER}
    counted = float((again.surface.of(Layer.POWDER) >= 0.5).mean())
    assert counted == pytest.approx(0.1, abs=0.05), "a layer counts from its own share"
    np.testing.assert_allclose(again.surface.of(Layer.FLOOR), surface.of(Layer.FLOOR))


def test_a_detector_without_the_head_has_no_map(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "red-1", red_finder(3))
    detector = OnnxDetector(folder, read_card(folder), threads=1)
    picture = Picture(np.zeros((64, 64, 3), np.uint8), 64, 64)
    assert detector.detect(picture, min_score=0.5).surface is None


def test_what_a_picture_does_not_know_is_not_punished() -> None:
    logits = torch.zeros(1, 4, 2, 2, requires_grad=True)
    known = torch.tensor([[0.0, 1.0, 1.0, 1.0]])
    loss = surface_loss(logits, torch.zeros(1, 4, 2, 2), known)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert bool((gradient[0, 0] == 0).all())
    assert bool((gradient[0, 1:] > 0).all())


def test_pictures_without_any_map_are_refused(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.zeros((64, 64, 3), np.uint8))
    empty = (np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    samples = surface_samples([Sample(tmp_path / "images" / "a.png", "x", *empty)])
    with pytest.raises(InvalidRequest, match="masks/"):
        make_crops(
            CropPlan(weights, "yolo11n", 8, SIDE, SIDE), samples, tmp_path / "crops",
            workers=1, report=print,
        )  # fmt: skip


def test_a_map_with_other_layers_is_refused(
    weights: Path, pictures: list[Sample], tmp_path: Path
) -> None:
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
        cv2.imwrite(str(tmp_path / part / "a.png"), np.zeros((64, 64, 3), np.uint8))
    empty = (np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    samples = surface_samples([Sample(tmp_path / "images" / "a.png", "x", *empty)])
    with pytest.raises(ImageUnreadable, match="4 layers"):
        make_crops(
            CropPlan(weights, "yolo11n", 8, SIDE, SIDE), samples, tmp_path / "crops",
            workers=1, report=print,
        )  # fmt: skip


def test_weights_with_fewer_labels_are_widened(weights: Path, tmp_path: Path) -> None:
    known = 24
    old = load_file(weights)
    for level in range(3):
        for part in ("weight", "bias"):
            name = f"model.23.cv3.{level}.2.{part}"
            old[name] = old[name][:known].contiguous()
    save_file(old, tmp_path / "old.safetensors")
    network = new_network("yolo11n", start=tmp_path / "old.safetensors")
    whole = load_file(weights)
    for level in range(3):
        new = network.model[-1].cv3[level][-1]
        assert new.out_channels == len(LABELS)
        torch.testing.assert_close(
            new.weight[:known], whole[f"model.23.cv3.{level}.2.weight"][:known]
        )
