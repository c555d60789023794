"""Receiving a photo: diagnosed, kept once, answered the same when it comes again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from threading import BoundedSemaphore
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from serving.access.service import Actor
from wsai.catalogue.catalogue import Catalogue
from wsai.clock import Clock
from wsai.diagnosis.diagnose import Detector, Diagnosis, diagnose_image
from wsai.diagnosis.findings import Finding
from wsai.diagnosis.report import detections_json
from wsai.errors import Conflict, ModelUnavailable
from wsai.storage.audit import AuditLog
from wsai.storage.files import FileStore
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import FindingRow, IdempotencyRow, PhotoRow
from wsai.vision.images import ImageLimits, decode
from wsai.vision.media_type import media_type_of
from wsai.vision.picture import Picture


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo as it comes in.

    Attributes:
        data: The file.
        site: Where, in the inspector's words.
        checkpoint: Which place there.
        taken_at: When, where the sender says so; else the camera's word counts.
        idempotency_key: The sender's own name for this attempt.
    """

    data: bytes
    site: str | None = None
    checkpoint: str | None = None
    taken_at: datetime | None = None
    idempotency_key: str | None = None

    def fingerprint(self, digest: str) -> str:
        """Return what makes two requests the same request."""
        parts = (digest, self.site or "", self.checkpoint or "", str(self.taken_at or ""))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Received:
    """A photo and whether this request made it.

    Attributes:
        photo: The row with its findings.
        made: This request made it, or the earlier attempt that this one repeats.
        replayed: The same request was answered before; its answer is given again.
    """

    photo: PhotoRow
    made: bool
    replayed: bool

    @property
    def new(self) -> bool:
        """Return whether the photo is there because of this very request."""
        return self.made and not self.replayed


@dataclass(frozen=True, slots=True)
class Intake:
    """What receiving a photo needs.

    Attributes:
        detectors_for: From the SHA-256 of a photo and its site to the detector that answers it,
            and then those that do if it fails.
    """

    sessions: sessionmaker[Session]
    readers: sessionmaker[Session]
    files: FileStore
    detectors_for: Callable[[str, str | None], Sequence[Detector]]
    catalogue: Catalogue
    clock: Clock
    limits: ImageLimits
    utc_offset_hours: float
    inference: BoundedSemaphore

    def receive(self, upload: Upload, *, actor: Actor, session: Session) -> Received:
        """Diagnose and keep a photo.

        Everything slow comes before the first statement of ``session``; the original is on the
        disk before the row. So nothing is locked while a picture is looked at, and a crash at any
        moment leaves either nothing or a whole photo.

        Raises:
            ImageRejected: The file cannot be diagnosed; nothing is kept.
            Conflict: The idempotency key was used for something else.
        """
        digest = hashlib.sha256(upload.data).hexdigest()
        with self.readers() as reader:
            known = self._known(reader, upload, digest, actor)
        if known is None:
            photo = self._look(upload, digest, actor)
            return self._keep(session, photo, upload, digest, actor)
        return self._remember(session, upload, digest, actor, known)

    def _known(
        self, session: Session, upload: Upload, digest: str, actor: Actor
    ) -> Received | None:
        photos = PhotoRepository(session)
        if upload.idempotency_key:
            before = photos.answered(_key(upload.idempotency_key, actor))
            if before is not None:
                if before.fingerprint != upload.fingerprint(digest):
                    raise Conflict(
                        "This Idempotency-Key was used for another photo. Use a new key for each."
                    )
                return Received(photos.get(before.photo_id), before.made, replayed=True)
        photo = photos.by_sha256(digest)
        return Received(photo, made=False, replayed=False) if photo else None

    def _look(self, upload: Upload, digest: str, actor: Actor) -> PhotoRow:
        """Return the row of a new photo, its original written."""
        with self.inference:
            detectors = self.detectors_for(digest, upload.site)  # they may be exchanged meanwhile
            began = time.perf_counter()
            local = timezone(timedelta(hours=self.utc_offset_hours))
            picture = decode(
                upload.data,
                limits=self.limits,
                at_least_px=max(detector.input_px for detector in detectors),
                local_time=local,
            )
            # the disk takes as long as a tenth of the diagnosis: both at once
            with ThreadPoolExecutor(1) as disk:
                kept = disk.submit(self.files.put_original, upload.data)
                diagnosis = self._diagnosed(picture, detectors)
                elapsed_ms = (time.perf_counter() - began) * 1000
            kept.result()
        return _row(upload, digest, picture, diagnosis, actor, self.clock.now(), elapsed_ms)

    def _diagnosed(self, picture: Picture, detectors: Sequence[Detector]) -> Diagnosis:
        """Return the diagnosis of the first detector, of the next one where that fails.

        A photo that a candidate cannot bear would otherwise never get in: it would meet the same
        candidate each time it is sent.

        Raises:
            ModelUnavailable: All fail.
        """
        first, *others = detectors
        try:
            return diagnose_image(picture, detector=first, catalogue=self.catalogue)
        except ModelUnavailable as error:
            if not others:
                raise
            structlog.get_logger("wsai").error(
                "model-failed", model=first.model_id, instead=others[0].model_id, why=str(error)
            )
            return self._diagnosed(picture, others)

    def _keep(
        self, session: Session, photo: PhotoRow, upload: Upload, digest: str, actor: Actor
    ) -> Received:
        """Add the row, unless the same photo came in meanwhile."""
        known = None
        try:
            with session.begin_nested():
                PhotoRepository(session).add(photo)
        except IntegrityError:  # another request was faster between the look and here
            known = self._known(session, upload, digest, actor)
            if known is None:
                raise
        if known is None:
            AuditLog(session).append(
                at=photo.received_at,
                actor=actor.name,
                action="photo.received",
                subject=f"photo:{photo.id}",
                details={"sha256": digest, "site": photo.site, "model": photo.model_id},
            )
            known = Received(photo, made=True, replayed=False)
        return self._remember(session, upload, digest, actor, known)

    def _remember(
        self, session: Session, upload: Upload, digest: str, actor: Actor, received: Received
    ) -> Received:
        """Return the answer, noted under its idempotency key, or the one that was noted before.

        Raises:
            Conflict: Another photo came in under this key at the same moment.
        """
        if upload.idempotency_key is None or received.replayed:
            return received
        row = IdempotencyRow(
            key=_key(upload.idempotency_key, actor),
            fingerprint=upload.fingerprint(digest),
            photo_id=received.photo.id,
            made=received.made,
            created_at=self.clock.now(),
        )
        try:
            with session.begin_nested():
                PhotoRepository(session).remember(row)
        except IntegrityError:  # the same key came in at the same moment
            return self._known(session, upload, digest, actor) or received
        return received


def _key(key: str, actor: Actor) -> str:
    return f"{actor.name}\x1f{key}"


def _row(
    upload: Upload,
    digest: str,
    picture: Picture,
    diagnosis: Diagnosis,
    actor: Actor,
    now: datetime,
    elapsed_ms: float,
) -> PhotoRow:
    latitude, longitude = picture.gps or (None, None)
    return PhotoRow(
        sha256=digest,
        bytes=len(upload.data),
        media_type=media_type_of(upload.data),
        width=diagnosis.width,
        height=diagnosis.height,
        site=upload.site,
        checkpoint=upload.checkpoint,
        taken_at=upload.taken_at or picture.taken_at,
        gps_latitude=latitude,
        gps_longitude=longitude,
        received_at=now,
        uploaded_by=actor.name,
        model_id=diagnosis.model_id,
        detections=detections_json(diagnosis.detections),
        elapsed_ms=round(elapsed_ms, 1),
        findings=[
            _finding_row(position, finding, diagnosis.model_id)
            for position, finding in enumerate(diagnosis.findings)
        ],
    )


def _finding_row(position: int, finding: Finding, model_id: str) -> FindingRow:
    because = finding.because
    objects: list[dict[str, Any]] = [
        {"label": e.label.value, "score": round(e.score, 5), "box": [round(v, 1) for v in e.box]}
        for e in because.objects
    ]
    return FindingRow(
        position=position,
        code=finding.code,
        verdict=finding.verdict.value,
        probability=finding.probability,
        boxes=[[round(v, 1) for v in box] for box in finding.boxes],
        because={
            "relation": because.relation,
            "zh": because.zh,
            "en": because.en,
            "objects": objects,
        },
        question_zh=finding.question_zh,
        question_en=finding.question_en,
        model_id=model_id,
        rule=because.rule,
        status="open",
        hazard=None,  # said, so that nobody asks the database for it
    )
