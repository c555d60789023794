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
from serving.photos.baselines import Baselines
from serving.photos.places import Located, Named, locate
from wsai.catalogue.catalogue import Catalogue
from wsai.clock import Clock
from wsai.diagnosis.changes import CODE, RULE_NAME
from wsai.diagnosis.diagnose import Detector, Diagnosis, diagnose_image
from wsai.diagnosis.findings import Because, Finding, Verdict
from wsai.diagnosis.report import detections_json
from wsai.errors import Conflict, ModelUnavailable
from wsai.ledger.recurrence import Look, still_dismissed
from wsai.storage.audit import AuditLog
from wsai.storage.files import FileStore
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import FindingRow, IdempotencyRow, PhotoRow
from wsai.vision.images import ImageLimits, decode
from wsai.vision.media_type import media_type_of
from wsai.vision.overlay import FRAME_PX
from wsai.vision.picture import Picture

AS_BEFORE = "同前次："
NOWHERE = Named()


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo as it comes in.

    Attributes:
        data: The file.
        named: What the sender says of the place.
        taken_at: When, where the sender says so; else the camera's word counts.
        idempotency_key: The sender's own name for this attempt.
    """

    data: bytes
    named: Named = NOWHERE
    taken_at: datetime | None = None
    idempotency_key: str | None = None

    def fingerprint(self, digest: str) -> str:
        """Return what makes two requests the same request."""
        named = self.named
        parts = [digest, named.site or "", named.place or "", str(self.taken_at or "")]
        further = (named.enterprise, named.checkpoint, named.inspection)
        parts += [str(one) for one in further if one is not None]
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
    baselines: Baselines

    def receive(self, upload: Upload, *, actor: Actor, session: Session) -> Received:
        """Diagnose and keep a photo.

        Everything slow comes before the first statement of ``session``; the original is on the
        disk before the row. So nothing is locked while a picture is looked at, and a crash at any
        moment leaves either nothing or a whole photo.

        Raises:
            NotFound: The enterprise, checkpoint or inspection is not there, or not the sender's.
            ImageRejected: The file cannot be diagnosed; nothing is kept.
            Conflict: The idempotency key was used for something else.
        """
        digest = hashlib.sha256(upload.data).hexdigest()
        with self.readers() as reader:
            place = locate(reader, actor, upload.named)
            known = self._known(reader, upload, digest, actor, place)
        if known is None:
            photo = self._look(upload, digest, actor, place)
            return self._keep(session, photo, upload, actor, place)
        return self._remember(session, upload, digest, actor, known)

    def _known(
        self, session: Session, upload: Upload, digest: str, actor: Actor, place: Located
    ) -> Received | None:
        if (before := self._replayed(session, upload, digest, actor)) is not None:
            return before
        photo = PhotoRepository(session).by_sha256(digest, place.scope)
        return Received(photo, made=False, replayed=False) if photo else None

    def _replayed(
        self, session: Session, upload: Upload, digest: str, actor: Actor
    ) -> Received | None:
        """Return the answer that was noted under the upload's idempotency key.

        Raises:
            Conflict: The key was used for something else.
        """
        if not upload.idempotency_key:
            return None
        photos = PhotoRepository(session)
        before = photos.answered(_key(upload.idempotency_key, actor))
        if before is None:
            return None
        if before.fingerprint != upload.fingerprint(digest):
            raise Conflict(
                "This Idempotency-Key was used for another photo. Use a new key for each."
            )
        return Received(photos.get(before.photo_id), before.made, replayed=True)

    def _look(self, upload: Upload, digest: str, actor: Actor, place: Located) -> PhotoRow:
        """Return the row of a new photo, its original written."""
        with self.inference:
            detectors = self.detectors_for(digest, place.site)  # they may be exchanged meanwhile
            began = time.perf_counter()
            local = timezone(timedelta(hours=self.utc_offset_hours))
            picture = decode(
                upload.data,
                limits=self.limits,
                at_least_px=max(
                    *(detector.input_px for detector in detectors),
                    FRAME_PX if place.baseline else 0,
                ),
                local_time=local,
            )
            # the disk takes as long as a tenth of the diagnosis: both at once
            with ThreadPoolExecutor(1) as disk:
                kept = disk.submit(self.files.put_original, upload.data)
                diagnosis = self._diagnosed(picture, detectors, place)
                elapsed_ms = (time.perf_counter() - began) * 1000
            kept.result()
        row = _row(upload, picture, diagnosis, self.clock.now(), elapsed_ms)
        row.sha256, row.uploaded_by = digest, actor.name
        _put(row, place)
        return row

    def _diagnosed(
        self, picture: Picture, detectors: Sequence[Detector], place: Located
    ) -> Diagnosis:
        """Return the diagnosis of the first detector, of the next one where that fails.

        A photo that a candidate cannot bear would otherwise never get in: it would meet the same
        candidate each time it is sent.

        Raises:
            ModelUnavailable: All fail.
        """
        first, *others = detectors
        try:
            return diagnose_image(
                picture,
                detector=first,
                catalogue=self.catalogue,
                zones=place.zones,
                baseline=self.baselines.of(place.baseline, first),
            )
        except ModelUnavailable as error:
            if not others:
                raise
            structlog.get_logger("wsai").error(
                "model-failed", model=first.model_id, instead=others[0].model_id, why=str(error)
            )
            return self._diagnosed(picture, others, place)

    def _keep(
        self, session: Session, photo: PhotoRow, upload: Upload, actor: Actor, place: Located
    ) -> Received:
        """Add the row, unless the same photo came in meanwhile."""
        known, digest = None, photo.sha256
        _stay_dismissed(photo, PhotoRepository(session).dismissed_before(photo))
        try:
            with session.begin_nested():
                PhotoRepository(session).add(photo)
        except IntegrityError:  # another request was faster between the look and here
            known = self._known(session, upload, digest, actor, place)
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
            return self._replayed(session, upload, digest, actor) or received
        return received


def _key(key: str, actor: Actor) -> str:
    return f"{actor.name}\x1f{key}"


def _row(
    upload: Upload, picture: Picture, diagnosis: Diagnosis, now: datetime, elapsed_ms: float
) -> PhotoRow:
    latitude, longitude = picture.gps or (None, None)
    return PhotoRow(
        bytes=len(upload.data),
        media_type=media_type_of(upload.data),
        width=diagnosis.width,
        height=diagnosis.height,
        taken_at=upload.taken_at or picture.taken_at,
        gps_latitude=latitude,
        gps_longitude=longitude,
        received_at=now,
        model_id=diagnosis.model_id,
        detections=detections_json(diagnosis.detections),
        elapsed_ms=round(elapsed_ms, 1),
        findings=[
            _finding_row(position, finding, diagnosis.model_id)
            for position, finding in enumerate((*diagnosis.findings, *_not_compared(diagnosis)))
        ],
    )


def _put(row: PhotoRow, place: Located) -> None:
    row.scope, row.enterprise_id, row.grid_id = place.scope, place.enterprise_id, place.grid_id
    row.checkpoint_id, row.inspection_id = place.checkpoint_id, place.inspection_id
    row.site, row.checkpoint = place.site, place.checkpoint


def _stay_dismissed(photo: PhotoRow, before: dict[str, FindingRow]) -> None:
    """Dismiss what a person dismissed here before, where nothing has changed."""
    for finding in photo.findings:
        old = before.get(finding.code)
        if old is None or not still_dismissed(_look_of(old, old.photo), _look_of(finding, photo)):
            continue
        reason = (old.dismiss_reason or "").removeprefix(AS_BEFORE)
        finding.status, finding.dismiss_reason = "dismissed", f"{AS_BEFORE}{reason}"
        finding.decided_by, finding.decided_at = old.decided_by, photo.received_at


def _look_of(finding: FindingRow, photo: PhotoRow) -> Look:
    across = (photo.width, photo.height, photo.width, photo.height)
    boxes = [[v / size for v, size in zip(box, across, strict=True)] for box in finding.boxes]
    return Look(finding.model_id, finding.rule, finding.verdict, boxes)


def _not_compared(diagnosis: Diagnosis) -> list[Finding]:
    """Return that a photo says nothing of its checkpoint's baseline, where that is so."""
    place = diagnosis.place
    if place is None or place.reason is None:
        return []
    because = Because(RULE_NAME, place.reason.value, (), place.reason.zh, place.reason.en)
    return [Finding(CODE, Verdict.NOT_VISIBLE, None, (), because)]


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
            "areas": [[[round(x, 1), round(y, 1)] for x, y in area] for area in because.areas],
            "objects": objects,
            "nearest": list(finding.nearest),
        },
        question_zh=finding.question_zh,
        question_en=finding.question_en,
        model_id=model_id,
        rule=because.rule,
        status="open",
    )
