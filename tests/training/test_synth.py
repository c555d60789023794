"""`wsai-train synth`: workers, progress, going on, and what it says where nothing can render."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from training.cli import cli
from training.commands_synth import GENERATOR, read_synth_recipe
from wsai.errors import InvalidRequest

RECIPE = GENERATOR / "recipes" / "train.yaml"
BLENDER = """#!{python}
import json, sys
from pathlib import Path
if sys.argv[1] == "-c":
    sys.exit({can})
given = dict(zip(sys.argv[2::2], sys.argv[3::2]))
out, split = Path(given["--out"]), given["--split"]
(out / "done" / split).mkdir(parents=True, exist_ok=True)
(out / "images" / split).mkdir(parents=True, exist_ok=True)
assert (Path(given["--signs"]) / "exit-man-0.png").exists()
first, count = int(given["--first"]), int(given["--count"])
for seed in range(first + int(given["--worker"]), first + count, int(given["--workers"])):
    for state in (0, 1):
        mark = out / "done" / split / f"{{seed}}-{{state}}"
        if mark.exists():
            continue
        for camera in range(int(given["--cameras"])):
            (out / "images" / split / f"{{seed}}-{{state}}-{{camera}}.jpg").write_bytes(b"x")
        mark.write_text("")
        print("Fra:1 noise of the renderer")
        print(json.dumps({{"seed": seed, "state": state, "pictures": int(given["--cameras"])}}))
        if {fails} and seed == first + 1:
            sys.exit("out of memory")
"""


def blender(folder: Path, *, can: int = 0, fails: bool = False) -> Path:
    """Write an interpreter that behaves as Blender's would, without rendering."""
    path = folder / "blender"
    path.write_text(BLENDER.format(python=sys.executable, can=can, fails=fails), encoding="utf-8")
    path.chmod(0o755)
    return path


def run(tmp_path: Path, python: Path, count: int = 20) -> tuple[int, str]:
    result = CliRunner().invoke(
        cli,
        ["synth", "--recipe", str(RECIPE), "--count", str(count), "--out", str(tmp_path / "out"),
         "--python", str(python)],
    )  # fmt: skip
    return result.exit_code, result.output if result.exit_code == 0 else str(result.exception)


def test_all_workers_together_make_what_was_asked_for(tmp_path: Path) -> None:
    code, said = run(tmp_path, blender(tmp_path))
    assert code == 0, said
    assert "24 in" in said, "four scenes of two states and three cameras"
    code, said = run(tmp_path, blender(tmp_path))
    assert said.splitlines()[-1].startswith("0 pictures"), "finished scenes are not made again"
    code, said = run(tmp_path, blender(tmp_path), count=30)
    assert said.splitlines()[-1].startswith("6 pictures")


def test_a_worker_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    code, said = run(tmp_path, blender(tmp_path, fails=True))
    assert code != 0
    assert "out of memory" in said


def test_an_interpreter_that_cannot_render_is_told_before_anything_is_written(
    tmp_path: Path,
) -> None:
    code, said = run(tmp_path, blender(tmp_path, can=1))
    assert code != 0
    assert "bpy==" in said
    assert not (tmp_path / "out").exists()


def test_a_missing_interpreter_is_told(tmp_path: Path) -> None:
    _, said = run(tmp_path, tmp_path / "nowhere")
    assert "cannot be run" in said


def test_a_file_that_is_no_recipe_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("name: x\nfirst: -1\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="not a recipe of rendering"):
        read_synth_recipe(tmp_path / "r.yaml")


@pytest.mark.parametrize("path", sorted((GENERATOR / "recipes").glob("*.yaml")), ids=str)
def test_the_shipped_recipes_can_be_read(path: Path) -> None:
    plan = read_synth_recipe(path)
    assert plan.unseen == (plan.split == "eval")
