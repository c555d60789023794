from __future__ import annotations

from pathlib import Path

import pytest
from tiny_set import write_set

from training.datasets import DatasetCard


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DatasetCard]:
    """The folder of the tiny set, and its card."""
    root = tmp_path_factory.mktemp("sets")
    return root, write_set(root, "shapes", pictures=12)
