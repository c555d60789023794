"""What is painted on floors can be seen there; light and shadow are no powder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import save_file

from training import commands_surface
from training.commands_surface import _on_floors
from training.loop import new_network
from training.recipe import read_recipe
from training.surface_head import FLOOR, head_for
from training.surface_paint import LEAST_SEEN, lookalike, painted
from training.surface_samples import SurfaceSample, paint_set, pair_of
from training.surface_trust import logits_of, spoken_of
from wsai.errors import InvalidRequest
from wsai.vision.surface import Layer

RECIPE = Path(__file__).resolve().parents[2] / "training/recipes/wsai-detector-sharp.yaml"
POWDER = list(Layer).index(Layer.POWDER)


@pytest.fixture(scope="module")
def floor() -> np.ndarray:
    """A grey floor with grain."""
    chance = np.random.default_rng(5)
    return chance.normal(120, 6, (480, 640, 3)).clip(0, 255).astype(np.uint8)


def test_what_is_painted_differs_from_the_bare_floor(floor: np.ndarray) -> None:
    shown = 0
    for seed in range(60):
        picture, layers = painted(floor, np.random.default_rng(seed))
        where = layers[..., POWDER] > 127
        if not where.any():
            continue
        shown += 1
        rest = picture[layers.max(axis=2) == 0].astype(np.float32).mean()
        apart = np.abs(picture[where].astype(np.float32).mean() - rest)
        grain = picture[where].std()
        assert apart > LEAST_SEEN / 2 or grain > 2 * LEAST_SEEN
    assert shown > 5


def test_light_shadow_and_stains_change_the_floor_softly(floor: np.ndarray) -> None:
    for seed in range(12):
        picture = lookalike(floor, np.random.default_rng(seed))
        assert picture.shape == floor.shape
        apart = picture.astype(np.float32) - floor
        assert np.abs(cv2.GaussianBlur(apart, (0, 0), 5)).max() > 5
        again = lookalike(floor, np.random.default_rng(seed))
        np.testing.assert_array_equal(picture, again)


def test_a_painted_set_has_every_photo_as_often_as_asked(floor: np.ndarray, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), floor)
    made = paint_set([SurfaceSample(photo, None)], tmp_path / "set", 3, times=3)
    assert len(made) == 3
    pictures = [cv2.imread(str(one.picture)) for one in made]
    assert not np.array_equal(pictures[0], pictures[1])


class Flat(torch.nn.Module):
    """A head that sees floor everywhere and nothing on it."""

    def forward(self, maps: tuple[torch.Tensor, ...], images: torch.Tensor) -> torch.Tensor:
        rows, columns = (side // 8 for side in images.shape[2:])
        logits = torch.full((1, len(Layer), rows, columns), -8.0)
        logits[:, FLOOR] = 8.0
        return logits


@pytest.mark.parametrize(("side", "shows"), [(8, False), (260, True)])
def test_a_picture_shows_a_layer_where_the_rules_would_speak_of_it(
    floor: np.ndarray, tmp_path: Path, side: int, *, shows: bool
) -> None:
    layers = np.zeros((*floor.shape[:2], len(Layer)), np.uint8)
    layers[200 : 200 + side, 100 : 100 + side, POWDER] = 255
    cv2.imwrite(str(tmp_path / "p.png"), floor)
    cv2.imwrite(str(tmp_path / "m.png"), layers)
    network = new_network("yolo11n", start=None).eval()
    sample = SurfaceSample(tmp_path / "p.png", tmp_path / "m.png")
    ((logits, shown),) = logits_of(Flat(), network, [sample], size_px=320)
    assert (shown == {Layer.POWDER}) == shows
    assert spoken_of(logits, {}) == frozenset()


def test_floors_are_looked_for_once(
    floor: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, photo = read_recipe(RECIPE), tmp_path / "photo.png"
    cv2.imwrite(str(photo), floor)
    network = new_network(plan.architecture, start=None).eval()
    bare = tmp_path / "bare.safetensors"
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, bare)
    samples = [SurfaceSample(photo, None), SurfaceSample(photo, photo)]
    with pytest.raises(InvalidRequest, match="no map of floors"):
        _on_floors(samples, bare, plan)
    tensors = network.state_dict() | {
        f"surface.{k}": v for k, v in head_for(network).state_dict().items()
    }
    weights = tmp_path / "weights.safetensors"
    save_file({k: v.contiguous() for k, v in tensors.items()}, weights)
    first = _on_floors(samples, weights, plan, kept_in=tmp_path / "kept")
    monkeypatch.setattr(commands_surface, "with_floors", None)
    second = _on_floors(samples, weights, plan, kept_in=tmp_path / "kept")
    assert first[0].floor is not None
    np.testing.assert_array_equal(first[0].floor, second[0].floor)
    assert [one.floor is None for one in second] == [False, True]


def test_a_set_to_measure_on_that_is_not_there_is_named_before_anything_is_made(
    tmp_path: Path,
) -> None:
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"")
    asked = [str(weights), "--recipe", str(RECIPE), "--data", str(tmp_path)]
    asked += ["--measured-on", "nowhere", "--out", str(tmp_path / "out.safetensors")]
    told = CliRunner().invoke(commands_surface.surface, asked)
    assert isinstance(told.exception, InvalidRequest)
    assert "nowhere: no such set" in str(told.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.safetensors"]


def test_a_cell_shows_a_thin_thing_that_crosses_it_and_powder_by_its_share(tmp_path: Path) -> None:
    layers = np.zeros((64, 64, len(Layer)), np.uint8)
    layers[20:22, :, list(Layer).index(Layer.LITTER)] = 255  # a quarter of each cell of its row
    layers[44:46, :, POWDER] = 255
    picture, mask = tmp_path / "picture.png", tmp_path / "mask.png"
    cv2.imwrite(str(picture), np.full((64, 64, 3), 120, np.uint8))
    cv2.imwrite(str(mask), layers)
    _, truth, known = pair_of(SurfaceSample(picture, mask), 64, None)
    assert known.all()
    litter, powder = truth[list(Layer).index(Layer.LITTER)], truth[POWDER]
    assert (litter[2] == 1).all()
    assert not litter[[0, 1, 3, 4, 5, 6, 7]].any()
    assert powder[5] == pytest.approx(np.full(8, 0.25), abs=0.01)
