"""Photos: sent, read, shown."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Header, Query, Request, Response, UploadFile
from starlette.background import BackgroundTask

from serving.dependencies import (
    Decider,
    LangDep,
    Parts,
    PartsDep,
    PhotoReader,
    PhotoSender,
    ReaderDep,
    SessionDep,
)
from serving.etags import is_known, tagged
from serving.findings.schemas import Pointed
from serving.findings.service import point_out
from serving.hazards.schemas import HazardRead, read_hazard
from serving.paging import cursor_of, read_cursor
from serving.photos.annotated import annotated_kind, annotated_picture
from serving.photos.places import Named
from serving.photos.schemas import PhotoPage, PhotoRead, read_photo
from serving.photos.service import Intake, Upload
from serving.problems import described
from serving.texts import Moment, Text
from wsai.catalogue.hazards import Lang
from wsai.errors import Forbidden
from wsai.storage.audit import AuditLog
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import PhotoRow
from wsai.supervision.access import Permission

router = APIRouter(prefix="/photos", tags=["photos"])

ShortText = Annotated[Text | None, Form(max_length=200)]


def intake_of(parts: Parts) -> Intake:
    """Return what receives photos in this app."""
    return Intake(
        sessions=parts.sessions,
        readers=parts.readers,
        files=parts.files,
        detectors_for=parts.models.for_photo,
        catalogue=parts.catalogue,
        clock=parts.clock,
        limits=parts.settings.image_limits,
        utc_offset_hours=parts.settings.utc_offset_hours,
        inference=parts.inference,
        baselines=parts.baselines,
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=PhotoRead,
    responses={
        HTTPStatus.OK: {"model": PhotoRead, "description": "The same photo was there already."},
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: described("Too many bytes or pixels."),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: described("Not a kind of photo that is read."),
    },
)
def send_photo(
    file: Annotated[UploadFile, File(description="JPEG, PNG, WebP or HEIC")],
    actor: PhotoSender,
    session: SessionDep,
    parts: PartsDep,
    lang: LangDep,
    site: ShortText = None,
    checkpoint: ShortText = None,
    enterprise_id: Annotated[UUID | None, Form()] = None,
    checkpoint_code: Annotated[
        Text | None, Form(max_length=64, description="What the checkpoint's QR code says.")
    ] = None,
    inspection_id: Annotated[UUID | None, Form()] = None,
    taken_at: Annotated[Moment | None, Form()] = None,
    idempotency_key: Annotated[Text | None, Header(max_length=200)] = None,
) -> Response:
    """Diagnose and keep a photo; the same photo again makes nothing twice."""
    upload = Upload(
        data=file.file.read(),
        named=Named(
            enterprise=enterprise_id,
            checkpoint=checkpoint_code or None,
            inspection=inspection_id,
            site=(site or "").strip() or None,
            place=(checkpoint or "").strip() or None,
        ),
        taken_at=taken_at,
        idempotency_key=idempotency_key or None,
    )
    received = intake_of(parts).receive(upload, actor=actor, session=session)
    photo = received.photo
    _count(parts, received.new, [(f.code, f.verdict) for f in photo.findings], photo.elapsed_ms)
    # written here and not by FastAPI, which would check and convert all of it a second time
    return Response(
        _shown(photo, parts, lang).model_dump_json(),
        HTTPStatus.CREATED if received.made else HTTPStatus.OK,
        media_type="application/json",
        headers={"Location": f"/v1/photos/{photo.id}"},
        # after the answer: the row is committed, and nobody waits
        background=BackgroundTask(parts.shadow.offer, photo.id) if received.new else None,
    )


def _shown(row: PhotoRow, parts: Parts, lang: Lang) -> PhotoRead:
    return read_photo(
        row,
        catalogue=parts.catalogue,
        lang=lang,
        utc_offset_hours=parts.settings.utc_offset_hours,
    )


def _count(parts: Parts, new: bool, findings: list[tuple[str, str]], elapsed_ms: float) -> None:
    parts.metrics.photos.labels(str(new).lower()).inc()
    if new:
        parts.metrics.diagnosis_seconds.observe(elapsed_ms / 1000)
        for code, verdict in findings:
            parts.metrics.findings.labels(code, verdict).inc()


@router.get("")
def list_photos(
    actor: PhotoReader,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
    inspection_id: UUID | None = None,
) -> PhotoPage:
    """Return photos, newest first."""
    rows = PhotoRepository(session).page(
        limit=limit + 1, after=read_cursor(cursor), sight=actor.sight, inspection=inspection_id
    )
    more = rows[limit - 1] if len(rows) > limit else None
    return PhotoPage(
        items=[_shown(row, parts, lang) for row in rows[:limit]],
        next=cursor_of(more.received_at, more.id) if more else None,
    )


@router.get("/{photo_id}", response_model=PhotoRead)
def show_photo(
    photo_id: UUID,
    request: Request,
    actor: PhotoReader,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
) -> Response:
    """Return one photo with its findings."""
    return tagged(request, _shown(PhotoRepository(session).get(photo_id, actor.sight), parts, lang))


@router.post("/{photo_id}/findings", status_code=HTTPStatus.CREATED)
def point_out_hazard(
    photo_id: UUID,
    said: Pointed,
    actor: Decider,
    session: SessionDep,
    parts: PartsDep,
    lang: LangDep,
) -> HazardRead:
    """Record a hazard that a person sees on the photo and no model found."""
    row = point_out(session, photo_id, said, actor=actor, books=parts.books())
    parts.metrics.decisions.labels(row.code, "pointed-out").inc()
    return read_hazard(row, books=parts.books(), actor=actor, lang=lang)


@router.get("/{photo_id}/annotated", response_class=Response)
def show_annotated(
    photo_id: UUID,
    request: Request,
    actor: PhotoReader,
    session: ReaderDep,
    parts: PartsDep,
    accepted: LangDep,
    lang: Lang | None = None,
) -> Response:
    """Return the picture with findings drawn and heads blurred, as JPEG."""
    photo, spoken = PhotoRepository(session).get(photo_id, actor.sight), lang or accepted
    headers = {
        "Cache-Control": "private, max-age=86400",
        "ETag": f'"{photo.sha256}-{annotated_kind(photo, spoken)}"',
        "Vary": "Accept-Language",
    }
    if is_known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    data = annotated_picture(photo, parts, spoken)
    return Response(data, media_type="image/jpeg", headers=headers)


@router.get("/{photo_id}/original", response_class=Response)
def show_original(
    photo_id: UUID, actor: PhotoReader, session: SessionDep, parts: PartsDep
) -> Response:
    """Return the original byte for byte; every reading leaves an audit row."""
    photo = PhotoRepository(session).get(photo_id, actor.sight)
    if actor.name != photo.uploaded_by and not actor.may(Permission.ORIGINAL_READ):
        raise Forbidden("Only the one who sent a photo, or an officer, may see its original.")
    AuditLog(session).append(
        at=parts.clock.now(),
        actor=actor.name,
        action="photo.original-read",
        subject=f"photo:{photo.id}",
    )
    return Response(
        parts.files.original(photo.sha256),
        media_type=photo.media_type,
        headers={"Content-Disposition": f'attachment; filename="{photo.sha256[:12]}"'},
    )
