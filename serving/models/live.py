"""The networks that this service runs, exchanged while photos are on their way."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from serving.metrics import Metrics
from wsai.diagnosis.diagnose import Detector
from wsai.errors import ModelUnavailable
from wsai.perception.models import ACTIVE_NAME, active_id
from wsai.perception.onnx_detector import OnnxDetector
from wsai.perception.registry import ROLLOUT_NAME, Canary, Rollout, read_rollout, tried
from wsai.perception.runtimes import Runtime

POLL_S = 2.0
RETRY_S = 30.0
"""Its files may have been still on their way."""
SHADOW_THREADS = 1


@dataclass(frozen=True, slots=True)
class Running:
    """What runs at one moment; replaced whole.

    Attributes:
        active: Answers.
        canary: Answers the photos that ``canary_rule`` names.
        shadow: Looks after the answer is given.
    """

    active: Detector
    canary: Detector | None = None
    canary_rule: Canary | None = None
    shadow: Detector | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the models folder asks for.

    Attributes:
        active: Id of the model that is to answer; ``None`` while that cannot be read.
        rollout: What is to be tried beside it.
        problems: What cannot be read, and why.
    """

    active: str | None = None
    rollout: Rollout = field(default_factory=Rollout)
    problems: tuple[tuple[str, str], ...] = ()


class LiveModels:
    """Follows the models folder; safe to call from many threads.

    A photo keeps the network that it began with: the old one goes when the last photo lets go of
    it. What cannot be loaded is never switched to; the log and ``problems`` say why.

    Args:
        running: What runs first.
        metrics: Counts switches.
        folder: All models.
        threads: Threads for one picture.
        pinned: ``WSAI_MODEL`` says which model runs, whatever the folder asks for.
        retry_s: A model that could not be loaded is tried again after so long.
        runtime: What computes the networks.
    """

    def __init__(
        self,
        running: Running,
        *,
        metrics: Metrics,
        folder: Path,
        threads: int = 2,
        pinned: bool = False,
        retry_s: float = RETRY_S,
        runtime: Runtime = "onnxruntime",
    ) -> None:
        self.folder, self.threads, self.pinned = folder, threads, pinned
        self.runtime = runtime
        self._running, self._metrics, self._retry_s = running, metrics, retry_s
        self._problems: Mapping[str, str] = {}
        self._seen, self._seen_s = Wanted(), 0.0
        self._switching, self._ended = threading.Lock(), threading.Event()
        self._follower: threading.Thread | None = None
        metrics.show_models(_roles(running))

    @property
    def running(self) -> Running:
        """Return what runs now."""
        return self._running

    @property
    def problems(self) -> Mapping[str, str]:
        """Return why a model that the folder asks for does not run; by its id."""
        return self._problems

    def for_photo(self, digest: str, site: str | None) -> tuple[Detector, ...]:
        """Return the detector that answers a photo, and then who does if that one fails.

        Args:
            digest: SHA-256 of the photo, hexadecimal.
            site: Where it was taken.
        """
        now = self._running
        if now.canary and now.canary_rule and now.canary_rule.takes(digest, site):
            return (now.canary, now.active)
        return (now.active,)

    def refresh(self, *, ready: OnnxDetector | None = None) -> None:
        """Run what the folder asks for now; what cannot be loaded leaves things as they are.

        Args:
            ready: A detector with this service's threads that is loaded already.
        """
        if self.pinned:
            return
        with self._switching:
            wanted = self._wanted()
            again = self._problems and time.monotonic() - self._seen_s > self._retry_s
            if wanted != self._seen or again:
                self._switch(wanted, ready)
                self._seen, self._seen_s = wanted, time.monotonic()

    def _wanted(self) -> Wanted:
        """Return what the folder asks for; what cannot be read is as it was."""
        active, rollout, problems = None, self._seen.rollout, []
        try:
            active = active_id(self.folder)
        except ModelUnavailable as error:
            problems.append((ACTIVE_NAME, str(error)))
        try:
            rollout = read_rollout(self.folder)
        except ModelUnavailable as error:
            problems.append((ROLLOUT_NAME, str(error)))
        return Wanted(active, rollout, tuple(problems))

    def _switch(self, wanted: Wanted, ready: OnnxDetector | None) -> None:
        now, problems = self._running, dict(wanted.problems)
        answering = [ready, now.canary, now.active]

        def load(
            model_id: str | None, there: Sequence[Detector | None], threads: int
        ) -> Detector | None:
            """Return the detector of a model, ``None`` where it cannot be loaded."""
            if model_id is None:
                return None
            for detector in there:
                if detector and detector.model_id == model_id:
                    return detector
            try:
                return tried(
                    self.folder, model_id, threads=threads, every_file=False, runtime=self.runtime
                )
            except ModelUnavailable as error:
                problems[model_id] = str(error)
                return None

        rule, shadow_id = wanted.rollout.canary, wanted.rollout.shadow
        active = load(wanted.active, answering, self.threads) or now.active
        if rule and rule.model == active.model_id:
            rule = None
        if shadow_id == active.model_id:
            shadow_id = None
        canary = load(rule.model if rule else None, answering, self.threads)
        shadow = load(shadow_id, [now.shadow], SHADOW_THREADS)
        self._running = Running(active, canary, rule if canary else None, shadow)
        if _roles(self._running) != _roles(now):
            self._metrics.model_switches.labels("done").inc()
            structlog.get_logger("wsai").info("models-switched", **_roles(self._running))
        self._metrics.show_models(_roles(self._running))
        self._complain(problems)

    def _complain(self, problems: Mapping[str, str]) -> None:
        """Note what is wrong; it is logged once and not at every look."""
        for model_id, problem in problems.items():
            if self._problems.get(model_id) != problem:
                self._metrics.model_switches.labels("refused").inc()
                structlog.get_logger("wsai").error(
                    "model-refused",
                    model=model_id,
                    why=problem,
                    still=self._running.active.model_id,
                )
        self._problems = problems
        self._metrics.models_refused.set(len(problems))

    def start(self) -> None:
        """Begin to follow the folder, in a thread of its own."""
        if self.pinned:
            return
        self._follower = threading.Thread(target=self._follow, name="models", daemon=True)
        self._follower.start()

    def _follow(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                self.refresh()
            except Exception:  # the edge of the thread: logged, and the next look may do better
                structlog.get_logger("wsai").exception("models-not-followed")

    def close(self) -> None:
        """Stop following the folder."""
        self._ended.set()
        if self._follower:
            self._follower.join()


def open_models(
    folder: Path,
    *,
    pinned_to: str | None,
    threads: int,
    metrics: Metrics,
    runtime: Runtime = "onnxruntime",
) -> LiveModels:
    """Return the models of a folder: the active one, and those that are being tried.

    Args:
        folder: All models.
        pinned_to: Run this one alone, whatever the folder asks for later.
        threads: Threads for one picture.
        metrics: Counts switches.
        runtime: What computes the networks.

    Raises:
        ModelUnavailable: The model that is to answer is missing, damaged or foreign.
    """
    models = LiveModels(
        Running(tried(folder, pinned_to, threads=threads, every_file=False, runtime=runtime)),
        metrics=metrics,
        folder=folder,
        threads=threads,
        pinned=bool(pinned_to),
        runtime=runtime,
    )
    models.refresh()
    return models


def _roles(running: Running) -> dict[str, str]:
    """Return role to model id."""
    roles = {"active": running.active, "canary": running.canary, "shadow": running.shadow}
    return {role: detector.model_id for role, detector in roles.items() if detector}
