"""The shadow model: looks at photos that are answered already, and what it says is compared."""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from uuid import UUID

import structlog
from sqlalchemy.orm import Session, sessionmaker

from serving.metrics import Metrics
from serving.models.live import LiveModels
from wsai.catalogue.catalogue import Catalogue
from wsai.clock import Clock
from wsai.diagnosis.diagnose import Detector, Diagnosis, above_thresholds, diagnose_image
from wsai.diagnosis.differences import finding_differences, label_differences
from wsai.storage.files import FileStore
from wsai.storage.photos import PhotoRepository
from wsai.storage.shadows import ShadowRepository
from wsai.storage.tables import PhotoRow, ShadowRow
from wsai.vision.detections import Detections
from wsai.vision.images import ImageLimits, decode
from wsai.vision.labels import Label

MOST_WAITING = 64
LEAST_URGENT = 19
"""Niceness of the thread, which does all of its inference itself."""


class ShadowRunner:
    """Compares the shadow model with the answers that were given, one photo at a time.

    Only the id of a photo waits: row and original are on the disk, and are read when it is the
    photo's turn. When too many wait, more are dropped and counted.

    Args:
        models: Says which model is the shadow.
        sessions: For what is recorded.
        readers: For the answers that were given.
        files: The originals.
        catalogue: Orders findings.
        clock: When it was recorded.
        metrics: Counts photos.
        limits: What one photo may ask for.
    """

    def __init__(
        self,
        models: LiveModels,
        *,
        sessions: sessionmaker[Session],
        readers: sessionmaker[Session],
        files: FileStore,
        catalogue: Catalogue,
        clock: Clock,
        metrics: Metrics,
        limits: ImageLimits,
    ) -> None:
        self._models, self._sessions, self._readers = models, sessions, readers
        self._files, self._catalogue, self._clock = files, catalogue, clock
        self._metrics, self._limits = metrics, limits
        self._waiting: queue.Queue[UUID | None] = queue.Queue(MOST_WAITING)
        self._worker: threading.Thread | None = None

    async def offer(self, photo_id: UUID) -> None:
        """Let a photo be compared later, or drop it; never waits."""
        if self._models.running.shadow is None:
            return
        try:
            self._waiting.put_nowait(photo_id)
        except queue.Full:
            self._metrics.shadow_photos.labels("dropped").inc()

    def start(self) -> None:
        """Begin to compare, in a thread of its own."""
        self._worker = threading.Thread(target=self._work, name="shadow", daemon=True)
        self._worker.start()

    def _work(self) -> None:
        if hasattr(os, "setpriority") and hasattr(os, "PRIO_PROCESS"):
            with suppress(OSError):  # on Linux a thread has a niceness of its own
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_URGENT)
        while self.compare_next():
            pass

    def compare_next(self) -> bool:
        """Compare one photo, waiting for it; return whether there are more to come."""
        photo_id = self._waiting.get()
        if photo_id is None:
            return False
        try:
            if self._compare(photo_id):
                self._metrics.shadow_photos.labels("compared").inc()
        except Exception:  # the edge of the thread: whatever a candidate does, the next one comes
            self._metrics.shadow_photos.labels("failed").inc()
            structlog.get_logger("wsai").exception("shadow-failed", photo=str(photo_id))
        return True

    def _compare(self, photo_id: UUID) -> bool:
        """Record what the shadow says; return whether there was anything to compare."""
        now = self._models.running
        if now.shadow is None:
            return False
        with self._readers() as session:
            photo = PhotoRepository(session).get(photo_id)
        answered = next(
            (d for d in (now.active, now.canary) if d and d.model_id == photo.model_id), None
        )
        if answered is None or photo.model_id == now.shadow.model_id:
            return False  # answered by a model that has gone since, or by this very one
        began = time.perf_counter()
        picture = decode(
            self._files.original(photo.sha256),
            limits=self._limits,
            at_least_px=now.shadow.input_px,
        )
        diagnosis = diagnose_image(picture, detector=now.shadow, catalogue=self._catalogue)
        row = shadow_row(photo, diagnosis, active=answered, candidate=now.shadow)
        row.elapsed_ms = round((time.perf_counter() - began) * 1000, 1)
        row.at = self._clock.now()
        with self._sessions.begin() as session:
            ShadowRepository(session).add(row)
        return True

    def close(self) -> None:
        """Stop; what waits is left."""
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        if self._worker:
            self._worker.join()


def shadow_row(
    photo: PhotoRow, diagnosis: Diagnosis, *, active: Detector, candidate: Detector
) -> ShadowRow:
    """Return what is kept of a comparison; time and duration are the caller's.

    Args:
        photo: With the answer that was given.
        diagnosis: What the candidate says.
        active: Who gave the answer.
        candidate: Who looked afterwards.
    """
    seen = Detections.of(
        (Label(row["label"]), row["score"], row["box"]) for row in photo.detections
    )
    labels = label_differences(
        above_thresholds(seen, active.thresholds),
        above_thresholds(diagnosis.detections, candidate.thresholds),
    )
    findings = finding_differences(
        {finding.code: finding.verdict for finding in photo.findings},
        {finding.code: finding.verdict.value for finding in diagnosis.findings},
    )
    return ShadowRow(
        photo_id=photo.id,
        active_model=photo.model_id,
        candidate_model=diagnosis.model_id,
        labels={label.value: asdict(counts) for label, counts in labels.items()},
        findings=[asdict(finding) for finding in findings],
        differs=bool(findings)
        or any(counts.only_active or counts.only_candidate for counts in labels.values()),
    )
