"""A release of the same detector keeps what was chosen for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tiny_set import recipe

from training.release import FLOAT_NAME, INT8_NAME, Release
from wsai.errors import InvalidRequest
from wsai.perception.models import read_card
from wsai.vision.labels import Label


def release(folder: Path, weight: float, *, surface: bool = False) -> Release:
    """A release as it stands before anything is chosen; its networks are no networks."""
    work = Release(folder, recipe(), {}, folder, size_px=64)
    for name in (FLOAT_NAME, INT8_NAME):
        (folder / name).write_bytes(b"network")
    (folder / "calibration.json").write_text("{}\n", encoding="utf-8")
    tensors = {"model.0.weight": torch.full((2,), weight)}
    if surface:
        tensors["surface.out.weight"] = torch.ones(1)
    save_file(tensors, folder / "weights.safetensors")
    work.write_card()
    return work


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    folder = tmp_path / "d-1"
    work = release(folder, 1.0)
    work.thresholds = {Label.FIRE.value: 0.61}
    (folder / "calibration.json").write_text('{"fire": {"a": 2, "b": 0, "n": 40}}', "utf-8")
    work.write_card()
    told = json.dumps({"labels": {"fire": {"threshold": 0.61}}})
    (folder / "metrics.json").write_text(told, encoding="utf-8")
    return folder


def test_with_a_new_map_alone_thresholds_and_calibration_stay(
    earlier: Path, tmp_path: Path
) -> None:
    work = release(tmp_path / "d-2", 1.0, surface=True)
    work.keep_calibration(earlier)
    card = read_card(tmp_path / "d-2")
    assert card.thresholds == {Label.FIRE: 0.61}
    kept = (tmp_path / "d-2" / "calibration.json").read_text(encoding="utf-8")
    assert json.loads(kept)["fire"]["a"] == 2
    assert work.metrics["labels"] == {"fire": {"threshold": 0.61}}
    assert work.metrics["calibration_of"] == "d-1"


def test_another_detector_is_calibrated_anew(earlier: Path, tmp_path: Path) -> None:
    work = release(tmp_path / "d-2", 1.5)
    with pytest.raises(InvalidRequest, match="another one"):
        work.keep_calibration(earlier)
