"""``wsai-train surface`` as a whole, on tiny sets of its own."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner, Result
from safetensors.torch import load_file
from tiny_set import recipe

from training.cli import cli

SIDE = 64


@pytest.fixture(scope="module")
def three_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered floors to learn from, others to be measured on, and clean photos, with cards."""
    root = tmp_path_factory.mktemp("three")
    chance = np.random.default_rng(4)
    parts = {"learned": ("train", "eval"), "unseen": ("eval",), "photos": ("train", "eval")}
    for name, its in parts.items():
        splits = {}
        for part in its:
            for kind in ("images", "labels", "masks"):
                (root / name / kind / part).mkdir(parents=True)
            for n in range(12):
                edge = int(chance.integers(20, 44))
                picture = np.full((SIDE, SIDE, 3), 90, np.uint8)
                picture[edge:] = (30, 60, 110)
                mask = np.zeros((SIDE // 4, SIDE // 4, 4), np.uint8)
                mask[edge // 4 :, :, 0] = 255
                if name != "photos" and n % 2:
                    x = int(chance.integers(0, 32))
                    picture[edge + 4 :, x : x + 28] = 240
                    mask[(edge + 4) // 4 :, x // 4 : (x + 28) // 4, 1] = 255
                cv2.imwrite(str(root / name / "images" / part / f"{n:03}.png"), picture)
                (root / name / "labels" / part / f"{n:03}.txt").write_text("", encoding="utf-8")
                if name != "photos":
                    cv2.imwrite(str(root / name / "masks" / part / f"{n:03}.png"), mask)
            splits[part] = 12
        card = {
            "name": name, "source": "drawn", "commit": "none", "licence": "CC0",
            "may_train": name != "unseen", "classes": ["fire"], "exhaustive": ["fire"],
            "splits": splits,
        }  # fmt: skip
        if "train" in splits:
            card["hold_out"] = 0.25
        (root / name / "dataset.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return root


def surface_command(three_sets: Path, weights: Path, out: Path, *more: str) -> Result:
    """Run ``wsai-train surface`` as a data team would."""
    plan = three_sets / "plan.yaml"
    plan.write_text(yaml.safe_dump(recipe().model_dump(mode="json")), encoding="utf-8")
    told = ["surface", weights, "--recipe", plan, "--datasets", three_sets, "--data", three_sets]
    told += ["--maps", "learned", "--clean", "photos", "--crops", 32, "--crop-px", SIDE]
    told += ["--pictures", 64, "--workers", 1, "--out", out, *more]
    return CliRunner().invoke(cli, [str(word) for word in told])


def test_the_command_learns_measures_and_reports(
    three_sets: Path, weights: Path, tmp_path: Path
) -> None:
    out, report = tmp_path / "with-surface.safetensors", tmp_path / "report.json"
    more = ("--measured-on", "unseen", "--tried-on", "photos", "--report", str(report))
    told = surface_command(three_sets, weights, out, *more)
    assert told.exit_code == 0, told.output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert written["maps"] == ["learned"]
    assert written["measured on"] == ["unseen"]
    assert written["crops"] == 32
    assert written["pictures"] == 64
    for place in ("learned val", "learned eval", "unseen eval"):
        assert set(written[place]) >= {"floor", "powder"}, "what the map itself is worth"
        assert f"said of {place}" in written
    said = written["said of unseen eval"]
    assert (said["photos"], said["clean"]) == (12, 6)
    assert written["tried on photos"]["photos"] == 12
    assert 0 < written["chosen on"]["photos"] < 12, "thresholds are chosen on photos held out"
    before = load_file(weights)
    after = load_file(out)
    assert set(before) < set(after)
    assert all(torch.equal(after[name], before[name]) for name in before), "the detector stays"
    assert "begun with" not in written

    further = tmp_path / "further.safetensors"
    more = ("--begin-with", str(out), "--pictures", "16", "--report", str(report))
    told = surface_command(three_sets, weights, further, *more)
    assert told.exit_code == 0, told.output
    again = json.loads(report.read_text(encoding="utf-8"))
    assert again["begun with"] == f"{tmp_path.name}/{out.name}"
    assert (again["pictures"], again["pictures before"]) == (16, 64)


def test_a_map_is_gone_on_from_only_where_there_is_one(
    three_sets: Path, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.safetensors"
    told = surface_command(three_sets, weights, out, "--begin-with", str(weights))
    assert told.exit_code
    assert "no map" in str(told.exception)
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "what"),
    [(("--measured-on", "nowhere"), "nowhere"), (("--maps", "unseen"), "unseen")],
)
def test_the_command_names_a_set_that_is_missing_or_must_not_be_learned_from(
    three_sets: Path, weights: Path, tmp_path: Path, more: tuple[str, str], what: str
) -> None:
    out = tmp_path / "out.safetensors"
    told = surface_command(three_sets, weights, out, *more)
    assert told.exit_code
    assert what in str(told.output) + str(told.exception)
    assert not out.exists()
