"""Progress to MLflow, where the site runs one and says so with ``MLFLOW_TRACKING_URI``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from training.recipe import Recipe
from wsai.errors import InvalidRequest

URI = "MLFLOW_TRACKING_URI"


class Tracker(Protocol):
    """Takes lines of progress."""

    def line(self, line: dict[str, Any]) -> None:
        """Take one line: pictures seen and figures at that point."""


class NoTracker:
    """Takes lines where no MLflow was named."""

    def line(self, line: dict[str, Any]) -> None:
        """Leave it to the log file."""


class MlflowTracker:
    """Sends lines to a run of MLflow."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client, self._run_id = client, run_id

    def line(self, line: dict[str, Any]) -> None:
        """Send every figure, at the number of pictures seen as its step."""
        step = line["pictures"]
        for name, value in line.items():
            if name not in {"pictures", "of"}:
                self._client.log_metric(self._run_id, name, float(value), step=step)


@contextmanager
def tracking(recipe: Recipe) -> Iterator[Tracker]:
    """Yield where progress goes: MLflow where its address is set, else nowhere.

    Raises:
        InvalidRequest: An address is set and MLflow is not installed, or does not answer.
    """
    uri = os.environ.get(URI)
    if not uri:
        yield NoTracker()
        return
    try:
        mlflow = import_module("mlflow")
    except ImportError as error:
        raise InvalidRequest(
            f"{URI} is set, but MLflow is not installed: pip install 'wsai[tracking]'"
        ) from error
    client = mlflow.MlflowClient(tracking_uri=uri)
    try:
        found = client.get_experiment_by_name(recipe.name)
        experiment = found.experiment_id if found else client.create_experiment(recipe.name)
        run_id = client.create_run(experiment).info.run_id
        for name, value in recipe.model_dump(mode="json").items():
            client.log_param(run_id, name, value)
    except mlflow.exceptions.MlflowException as error:
        raise InvalidRequest(f"{URI}: MLflow at {uri} does not answer: {error}") from error
    ended = "FAILED"
    try:
        yield MlflowTracker(client, run_id)
        ended = "FINISHED"
    finally:
        client.set_terminated(run_id, ended)
