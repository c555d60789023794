from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tiny_set import write_set

from training.datasets import DatasetCard
from training.loop import new_network


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DatasetCard]:
    """The folder of the tiny set, and its card."""
    root = tmp_path_factory.mktemp("sets")
    return root, write_set(root, "shapes", pictures=12)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector that knows nothing."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    state = new_network("yolo11n", start=None).state_dict()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    return path


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two threads wait for each other on every tiny layer where the second core is busy."""
    torch.set_num_threads(1)
