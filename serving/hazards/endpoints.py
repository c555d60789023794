"""The ledger: reading it, and acting on hazards."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response

from serving.dependencies import (
    HazardActor,
    HazardReader,
    LangDep,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.documents.lists import Accepted, hazard_sheet, workbook
from serving.etags import check_version, tagged
from serving.hazards import service
from serving.hazards.filters import Wished
from serving.hazards.schemas import (
    ActRequest,
    BulkActs,
    BulkResult,
    HazardPage,
    HazardRead,
    Items,
    NoticeRead,
    StepRead,
    read_hazard,
    read_notice,
    read_step,
)
from serving.hazards.service import Wanted
from serving.hazards.side_by_side import side_by_side
from serving.paging import cursor_of, date_cursor_of, read_cursor, read_date_cursor
from serving.problems import described
from serving.texts import Text
from wsai.errors import Stale, WsaiError
from wsai.ledger.machine import Kind
from wsai.storage.hazards import HazardRepository, Order
from wsai.storage.notices import NoticeRepository
from wsai.supervision.access import LEDGER_ROLES

router = APIRouter(tags=["hazards"])

VERSIONED: dict[int | str, dict[str, Any]] = {
    HTTPStatus.PRECONDITION_FAILED: described("Somebody else changed it since it was read."),
    HTTPStatus.PRECONDITION_REQUIRED: described("If-Match is missing."),
}
Action = Annotated[Text, Path(max_length=40, examples=["order", "submit", "accept"])]
IfMatch = Annotated[str | None, Header(description="The ETag that was read.")]
Key = Annotated[Text | None, Header(max_length=200)]


@router.get("/hazards")
def list_hazards(
    wanted: Wished,
    actor: HazardReader,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
    sort: Order = Order.NEWEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> HazardPage:
    """Return records; ``next`` is the cursor of the following page in the same order."""
    books = parts.books()
    by_day = sort is Order.DEADLINE
    rows = HazardRepository(session).page(
        wanted,
        limit=limit + 1,
        after=read_date_cursor(cursor) if by_day else read_cursor(cursor),
        order=sort,
    )
    more = rows[limit - 1] if len(rows) > limit else None
    following = None
    if more is not None and by_day and more.deadline is not None:
        following = date_cursor_of(more.deadline, more.id)
    elif more is not None:
        following = cursor_of(more.confirmed_at, more.id)
    return HazardPage(
        items=[
            read_hazard(row, books=books, actor=actor, lang=lang, listed=True)
            for row in rows[:limit]
        ],
        next=following,
    )


@router.get("/hazards/sheet", response_class=Response)
def fetch_sheet(
    wanted: Wished,
    _actor: HazardReader,
    session: ReaderDep,
    parts: PartsDep,
    sort: Order = Order.NEWEST,
    accept_unverified: Accepted = False,
) -> Response:
    """Return the same list as Excel, whole, with the seven items of each record."""
    return workbook(
        hazard_sheet(session, wanted, sort, parts.books(), accept_unverified=accept_unverified),
        "hazards.xlsx",
    )


@router.get("/hazards/{hazard_id}", response_model=HazardRead)
def show_hazard(
    hazard_id: UUID,
    request: Request,
    actor: HazardReader,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
) -> Response:
    """Return one record, and what the asker may do with it now."""
    row = HazardRepository(session).get(hazard_id, actor.sight)
    return tagged(request, read_hazard(row, books=parts.books(), actor=actor, lang=lang))


@router.get("/hazards/{hazard_id}/history")
def show_history(hazard_id: UUID, actor: HazardReader, session: ReaderDep) -> list[StepRead]:
    """Return everything that was done to a hazard, oldest first."""
    kind = Kind(HazardRepository(session).get(hazard_id, actor.sight).kind)
    return [read_step(row, kind) for row in service.history(session, hazard_id)]


@router.get("/hazards/{hazard_id}/side-by-side", response_class=Response)
def show_side_by_side(
    hazard_id: UUID, actor: HazardReader, session: ReaderDep, parts: PartsDep, lang: LangDep
) -> Response:
    """Return the photos before and after as one JPEG, heads blurred, the place marked on both."""
    row = HazardRepository(session).get(hazard_id, actor.sight)
    data = side_by_side(session, row, parts, lang)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


@router.post("/hazards/{hazard_id}/acts/{action}", response_model=HazardRead, responses=VERSIONED)
def act_on_hazard(
    hazard_id: UUID,
    action: Action,
    said: ActRequest,
    request: Request,
    actor: HazardActor,
    session: SessionDep,
    parts: PartsDep,
    lang: LangDep,
    if_match: IfMatch = None,
    idempotency_key: Key = None,
) -> Response:
    """Do something to a hazard; of two who act at once one wins, and the other is told."""
    del if_match  # documented here, read from the request
    books = parts.books()
    evidence = None
    with parts.readers() as reader:
        done = service.answered(reader, hazard_id, action, idempotency_key, actor)
        if done is None and action in service.COMPARED:
            # looked at before the transaction: nothing is locked meanwhile
            evidence = service.compared(reader, parts, hazard_id, said.after_photos, actor)
    if done is not None:
        return tagged(request, read_hazard(done, books=books, actor=actor, lang=lang))
    row = HazardRepository(session).get(hazard_id, actor.sight)
    check_version(request, read_hazard(row, books=books, actor=actor, lang=lang))
    wanted = Wanted(action, said, idempotency_key, evidence)
    service.act(session, hazard_id, wanted, actor=actor, books=books)
    return tagged(request, read_hazard(row, books=books, actor=actor, lang=lang))


@router.patch("/hazards/{hazard_id}/items", response_model=HazardRead, responses=VERSIONED)
def write_items(
    hazard_id: UUID,
    items: Items,
    request: Request,
    actor: HazardActor,
    session: SessionDep,
    parts: PartsDep,
    lang: LangDep,
    if_match: IfMatch = None,
) -> Response:
    """Write some of the seven items of 五落实 and 五到位."""
    del if_match
    books = parts.books()
    row = HazardRepository(session).get(hazard_id, actor.sight)
    check_version(request, read_hazard(row, books=books, actor=actor, lang=lang))
    service.write_items(session, hazard_id, items, actor=actor, now=books.now)
    return tagged(request, read_hazard(row, books=books, actor=actor, lang=lang))


@router.post("/hazards/acts/{action}")
def act_on_many(
    action: Action, asked: BulkActs, actor: HazardActor, session: SessionDep, parts: PartsDep
) -> list[BulkResult]:
    """Do the same to many hazards; each line succeeds or fails by itself, and says so."""
    books, results = parts.books(), []
    for line in asked.lines:
        said = ActRequest.model_validate(line.model_dump(exclude={"hazard_id", "version"}))
        try:
            with session.begin_nested():
                row = HazardRepository(session).get(line.hazard_id, actor.sight)
                if row.version != line.version:
                    raise Stale(f"{row.number} is at version {row.version}; read it again")
                service.act(session, line.hazard_id, Wanted(action, said), actor=actor, books=books)
        except WsaiError as error:
            results.append(
                BulkResult(
                    hazard_id=line.hazard_id,
                    done=False,
                    status=None,
                    version=None,
                    problem=f"{error.code}: {error}",
                )
            )
        else:
            results.append(
                BulkResult(
                    hazard_id=line.hazard_id,
                    done=True,
                    status=row.status,
                    version=row.version,
                    problem=None,
                )
            )
    return results


@router.get("/notices")
def list_notices(
    actor: HazardReader,
    session: ReaderDep,
    unread: bool = True,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> list[NoticeRead]:
    """Return what the asker is to be told, newest first; who acts on no hazard sees all of it."""
    found = NoticeRepository(session).page(
        LEDGER_ROLES.get(actor.role),
        actor.sight,
        unread=unread,
        limit=limit,
        after=read_cursor(cursor),
    )
    return [read_notice(row, number) for row, number in found]


@router.post("/notices/{notice_id}/read")
def read_a_notice(
    notice_id: UUID, actor: HazardActor, session: SessionDep, parts: PartsDep
) -> NoticeRead:
    """Note that a notice was seen."""
    row, number = NoticeRepository(session).read(
        notice_id, actor.ledger().role, actor.sight, by=actor.name, at=parts.clock.now()
    )
    return read_notice(row, number)
