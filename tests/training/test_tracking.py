"""Progress goes to MLflow where its address is set, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_set import recipe

from training.tracking import URI, NoTracker, tracking
from wsai.errors import InvalidRequest

LINE = {"pictures": 16, "of": 32, "box_loss": 1.5, "left_s": 4}


def runs(uri: str) -> list[Any]:
    """Return the runs that MLflow has of the tiny recipe."""
    mlflow = pytest.importorskip("mlflow", reason="the extra tracking is not installed")
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(recipe().name)
    return list(client.search_runs([experiment.experiment_id]))


@pytest.mark.filterwarnings("ignore:The ``noload`` loader")  # MLflow's own
def test_figures_settings_and_the_end_reach_mlflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv(URI, uri)
    with tracking(recipe()) as tracker:
        tracker.line(LINE)
    with pytest.raises(ZeroDivisionError), tracking(recipe()) as tracker:
        raise ZeroDivisionError
    failed, done = runs(uri)
    assert done.data.metrics == {"box_loss": 1.5, "left_s": 4}
    assert done.data.params["learning_rate"] == "0.002"
    assert (done.info.status, failed.info.status) == ("FINISHED", "FAILED")


def test_without_an_address_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URI, raising=False)
    with tracking(recipe()) as tracker:
        assert isinstance(tracker, NoTracker)
        tracker.line(LINE)


def test_an_address_without_mlflow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URI, "sqlite:///x.db")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(InvalidRequest, match=r"wsai\[tracking\]"), tracking(recipe()):
        pass
