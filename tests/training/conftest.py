from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_set import write_set

from training.datasets import DatasetCard


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DatasetCard]:
    """The folder of the tiny set, and its card."""
    root = tmp_path_factory.mktemp("sets")
    return root, write_set(root, "shapes", pictures=12)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two threads wait for each other on every tiny layer where the second core is busy."""
    torch.set_num_threads(1)
