"""Several processes learn as one, over Gloo on the CPU."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_set import recipe, write_set

from training.mixing import PassSampler
from training.several import Team, join_team
from wsai.errors import InvalidRequest

ROOT = Path(__file__).resolve().parents[2]
AVERAGES = """
import torch
from training.several import join_team

team, device = join_team("cpu", 4)
weights = [torch.nn.Parameter(torch.zeros(2, 3)), torch.nn.Parameter(torch.zeros(4))]
idle = torch.nn.Parameter(torch.zeros(1))
for number, weight in enumerate(weights):
    weight.grad = torch.full_like(weight, 10.0 * number + team.rank)
team.average_gradients([*weights, idle])
assert idle.grad is None
for number, weight in enumerate(weights):
    assert torch.equal(weight.grad, torch.full_like(weight, 10.0 * number + 0.5)), weight.grad
team.wait()
team.leave()
"""


def torchrun(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program in two processes."""
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
        + [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )


def test_gradients_are_the_mean_over_the_team(tmp_path: Path) -> None:
    script = tmp_path / "averages.py"
    script.write_text(AVERAGES, encoding="utf-8")
    done = torchrun(script)
    assert done.returncode == 0, done.stderr


def test_a_team_sees_what_one_alone_sees() -> None:
    shares = np.array([1.0, 2.3, 0.5, 1.0])

    def positions(team: Team) -> list[tuple[int, int]]:
        return list(PassSampler(shares, seed=5, start=4, stop=24, team=team))

    alone = positions(Team())
    first, second = positions(Team(0, 2)), positions(Team(1, 2))
    assert sorted(first + second, key=lambda row: row[1]) == alone
    assert len(first) == len(second) == 10


def test_two_processes_train_and_one_writes(tmp_path: Path) -> None:
    write_set(tmp_path / "sets", "shapes", pictures=8)
    plan = tmp_path / "tiny.yaml"
    plan.write_text(recipe().model_dump_json(), encoding="utf-8")
    arguments = ["train", "--recipe", plan, "--datasets", tmp_path / "sets"]
    arguments += ["--data", tmp_path / "sets", "--out", tmp_path / "run"]
    done = torchrun("-m", "training.cli", *arguments, "--threads", "1", "--workers", "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("done:") == 1
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    assert state["pictures"] == 32
    assert state["ema_updates"] == 32 / 4, "a step of both together is one batch of the recipe"


def test_a_batch_that_cannot_be_shared_out_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(InvalidRequest, match="16 pictures cannot be shared out to 3"):
        join_team("cpu", 16)


def test_alone_nothing_is_exchanged() -> None:
    team, device = join_team("cpu", 16)
    assert (team.alone, team.leads, device) == (True, True, "cpu")
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.ones(1)
    team.average_gradients([weight])
    team.wait()
    team.leave()
    assert weight.grad.item() == 1
