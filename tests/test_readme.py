"""The README: its commands run, its figures are those of the files, its tree is the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_service import LiveService, live_service

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
NOT_RUN = re.compile(r"<!-- not run: [^>]+-->\n$")
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def blocks() -> Iterator[str]:
    """The shell blocks of the README which are meant to be run."""
    text = README.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        if not NOT_RUN.search(text[: found.start()]):
            yield found.group(1)


def commands(*words: str) -> list[str]:
    """The blocks that begin with one of these words."""
    return [block for block in blocks() if block.startswith(words)]


def run_block(block: str, folder: Path, **environment: str) -> str:
    """Run it as a reader would, in a folder that looks like the checkout."""
    (folder / "serving").mkdir(exist_ok=True)
    if not (folder / "serving" / "demo").exists():
        (folder / "serving" / "demo").symlink_to(ROOT / "serving" / "demo")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=os.environ | {"PATH": path, "WSAI_DATA_DIR": str(folder / "data")} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LiveService]:
    with live_service(tmp_path / "data") as running:
        yield running


def test_every_block_is_run_by_a_test_or_says_why_not() -> None:
    known = commands("make ", "wsai diagnose", "export KEY", "wsai db")
    assert sorted(known) == sorted(blocks())


def test_the_two_commands_are_targets_of_make() -> None:
    (block,) = commands("make ")
    targets = re.findall(r"^make (\w+)", block, re.MULTILINE)
    assert targets == ["run", "test"]
    for target in targets:
        done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True)
        assert done.returncode == 0, done.stderr


def test_the_commands_of_the_command_line_run(tmp_path: Path) -> None:
    (block,) = commands("wsai diagnose")
    told = run_block(block, tmp_path)
    assert "wsai-detector" in told
    assert "ppe-no-helmet" in told
    pictures = sorted(f"{p.stem}.wsai.jpg" for p in (ROOT / "serving/demo/pictures").glob("*.jpg"))
    assert sorted(p.name for p in (tmp_path / "drawn").iterdir()) == pictures
    assert len((tmp_path / "answers.jsonl").read_text("utf-8").splitlines()) == len(pictures)


def test_the_commands_over_http_make_a_record(tmp_path: Path, service: LiveService) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (block,) = commands("export KEY")
    told = run_block(block.replace("http://127.0.0.1:8000", service.address), tmp_path)
    assert '"status":"registered"' in told
    assert "三号冲床旁" in told


def test_the_commands_of_operators_run(tmp_path: Path) -> None:
    (block,) = commands("wsai db")
    told = run_block(block, tmp_path)
    assert "网格长李" in told
    assert "0 new notices" in told
    assert "0 enterprises" in told
    assert "the chain holds; 0 files as they came" in told


def test_the_figures_are_those_of_the_files() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import figures
    finally:
        sys.path.pop(0)
    text = README.read_text(encoding="utf-8")
    shown = text.partition(figures.BEGIN)[2].partition(figures.END)[0].strip()
    assert shown == figures.figures(), "run python benchmarks/figures.py"


def test_links_and_the_tree_name_things_that_exist() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    tree = text.partition("## Where things are")[2]
    for line in re.findall(r"^([a-z]+(?:/[^\s]*)?) {2,}", tree, re.MULTILINE):
        path = line.partition("<")[0].rstrip("/")
        assert (ROOT / path).exists(), line
