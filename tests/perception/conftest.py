from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from tiny_models import red_finder, write_model


@pytest.fixture
def models(tmp_path) -> Path:
    """Return a folder of models with one active model, ``red-1``."""
    write_model(tmp_path / "red-1", red_finder(3))
    (tmp_path / "ACTIVE").write_text("red-1\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def add_model(models) -> Callable[..., Path]:
    """Return a function that adds one more model and returns its folder."""

    def add(name: str, *, network: onnx.ModelProto | None = None, **changes: object) -> Path:
        return write_model(models / name, network or red_finder(3), **changes)

    return add


@pytest.fixture
def red() -> Callable[..., onnx.ModelProto]:
    """Return the maker of tiny networks."""
    return red_finder
