from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.average import average_weights, averaged_from
from training.card import mixture
from training.loop import SURFACE_PREFIX
from training.surface_head import TAPS
from training.surface_training import RUN
from training.surface_trust import NOTE, metadata_of
from wsai.errors import InvalidRequest, ModelUnavailable


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    for name, value in (("a", 1.0), ("b", 3.0)):
        weights = {"w": torch.full((2, 3), value), "seen": torch.tensor(int(value))}
        (tmp_path / name).mkdir()
        save_file(weights, tmp_path / name / "weights.safetensors")
    return tmp_path / "a" / "weights.safetensors", tmp_path / "b" / "weights.safetensors"


def test_the_share_is_of_the_second(two: tuple[Path, Path], tmp_path: Path) -> None:
    average_weights(*two, 0.25, tmp_path / "out.safetensors")
    found = load_file(tmp_path / "out.safetensors")
    assert torch.allclose(found["w"], torch.full((2, 3), 1.5))
    assert int(found["seen"]) == 3, "a count is not averaged"


def test_it_says_what_it_is_made_of(two: tuple[Path, Path], tmp_path: Path) -> None:
    average_weights(*two, 0.6, tmp_path / "out.safetensors")
    assert averaged_from(tmp_path / "out.safetensors") == {
        "of": ["a/weights.safetensors", "b/weights.safetensors"],
        "share_of_the_second": 0.6,
    }
    assert averaged_from(two[0]) is None


@pytest.mark.parametrize("has", [(0,), (1,), (0, 1)])
def test_a_map_of_floors_fits_no_other_network_and_is_left_out(
    two: tuple[Path, Path], tmp_path: Path, has: tuple[int, ...]
) -> None:
    plain = load_file(two[0])
    for number in has:
        mapped = {**load_file(two[number]), f"{SURFACE_PREFIX}w": torch.ones(2)}
        save_file(mapped, two[number], metadata={NOTE: "{}", RUN: "{}", "kept": "yes"})
    average_weights(*two, 0.5, tmp_path / "out.safetensors")
    assert set(load_file(tmp_path / "out.safetensors")) == set(plain)
    said = metadata_of(tmp_path / "out.safetensors")
    assert not {NOTE, RUN} & set(said)
    assert (said.get("kept") == "yes") == (1 in has), "the rest of what the second says stays"


def layers(folder: Path, seen: float, later: float, said: dict[str, str] | None = None) -> Path:
    """Write weights with one layer that a map of floors sees and one that it does not see."""
    folder.mkdir()
    weights = {
        f"model.{max(TAPS)}.w": torch.full((2, 3), seen),
        f"model.{max(TAPS) + 1}.w": torch.full((2, 3), later),
    }
    if said is not None:
        weights[f"{SURFACE_PREFIX}w"] = torch.full((2,), 7.0)
    save_file(weights, folder / "weights.safetensors", metadata=said)
    return folder / "weights.safetensors"


def test_a_map_stays_where_the_second_left_alone_what_it_sees(tmp_path: Path) -> None:
    first = layers(tmp_path / "a", 1.0, 1.0, {NOTE: '{"crops": 8}', RUN: "{}"})
    second = layers(tmp_path / "b", 1.0001, 3.0)
    average_weights(first, second, 0.5, tmp_path / "out.safetensors")
    found = load_file(tmp_path / "out.safetensors")
    assert torch.equal(found[f"{SURFACE_PREFIX}w"], torch.full((2,), 7.0))
    assert torch.equal(found[f"model.{max(TAPS)}.w"], torch.ones(2, 3)), "as its map knows it"
    assert torch.allclose(found[f"model.{max(TAPS) + 1}.w"], torch.full((2, 3), 2.0))
    said = metadata_of(tmp_path / "out.safetensors")
    assert said[NOTE] == '{"crops": 8}'
    assert RUN not in said


def test_a_map_is_left_out_where_what_it_sees_has_changed(tmp_path: Path) -> None:
    first = layers(tmp_path / "a", 1.0, 1.0, {NOTE: "{}"})
    second = layers(tmp_path / "b", 1.01, 1.0)
    average_weights(first, second, 0.5, tmp_path / "out.safetensors")
    assert not any(k.startswith(SURFACE_PREFIX) for k in load_file(tmp_path / "out.safetensors"))
    assert NOTE not in metadata_of(tmp_path / "out.safetensors")


def test_a_step_on_the_way_is_named_by_what_it_was_made_of(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    average_weights(*two, 0.75, tmp_path / "step.safetensors")
    average_weights(tmp_path / "step.safetensors", two[1], 0.3, tmp_path / "out.safetensors")
    made = averaged_from(tmp_path / "out.safetensors")
    assert made is not None
    step = {"of": ["a/weights.safetensors", "b/weights.safetensors"], "share_of_the_second": 0.75}
    assert made == {"of": [step, "b/weights.safetensors"], "share_of_the_second": 0.3}
    assert mixture(made) == (
        "0.7 of (0.25 of `a/weights.safetensors`, 0.75 of `b/weights.safetensors`), "
        "0.3 of `b/weights.safetensors`"
    )


def test_a_released_model_is_named_by_its_folder(two: tuple[Path, Path], tmp_path: Path) -> None:
    released = tmp_path / "model-1"
    released.mkdir()
    (released / "model.json").write_text("{}", encoding="utf-8")
    average_weights(*two, 0.75, released / "weights.safetensors")
    average_weights(released / "weights.safetensors", two[1], 0.3, tmp_path / "out.safetensors")
    made = averaged_from(tmp_path / "out.safetensors")
    assert made is not None
    assert made["of"] == ["model-1/weights.safetensors", "b/weights.safetensors"]


def test_what_cannot_be_averaged_is_refused(two: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    with pytest.raises(InvalidRequest, match=r"0\.\.1"):
        average_weights(*two, 1.5, out)
    save_file({"other": torch.zeros(1)}, tmp_path / "c.safetensors")
    with pytest.raises(InvalidRequest, match="architecture"):
        average_weights(two[0], tmp_path / "c.safetensors", 0.5, out)
    (tmp_path / "d.safetensors").write_bytes(b"none")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        average_weights(two[0], tmp_path / "d.safetensors", 0.5, out)
    assert not out.exists()
