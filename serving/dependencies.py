"""What endpoints ask for: a transaction, who is asking, in which language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from serving.access import service as access
from serving.access.oidc import Provider
from serving.access.service import Actor
from serving.findings.service import Books
from serving.metrics import Metrics
from serving.models.live import LiveModels
from serving.models.shadow import ShadowRunner
from serving.photos.baselines import Baselines
from serving.settings import Settings
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.clock import Clock
from wsai.diagnosis.diagnose import Detector
from wsai.errors import Forbidden, NotAuthenticated
from wsai.storage.files import FileStore
from wsai.supervision.access import ROLE_NAMES, Permission

COOKIE = "wsai_session"
CSRF_HEADER = "X-WSAI"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the app was put together from."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    readers: sessionmaker[Session]
    files: FileStore
    models: LiveModels
    shadow: ShadowRunner
    catalogue: Catalogue
    clock: Clock
    metrics: Metrics
    inference: BoundedSemaphore
    hashing: BoundedSemaphore
    baselines: Baselines
    identity: Provider | None = None

    @property
    def detector(self) -> Detector:
        """Return the active model's detector, as of now."""
        return self.models.running.active

    def books(self) -> Books:
        """Return what the ledger is kept with, as of now."""
        return Books(self.catalogue, self.clock.now(), self.settings.utc_offset_hours)

    def start(self) -> None:
        """Begin to follow the models folder, and to compare shadow models."""
        self.models.start()
        self.shadow.start()

    def close(self) -> None:
        """End the threads and give back the connections to the database."""
        self.models.close()
        self.shadow.close()
        self.engine.dispose()


# What cannot block is async here: FastAPI sends every other dependency to a thread and back, half
# a millisecond each on a small machine.
async def get_parts(request: Request) -> Parts:
    """Return what the app was put together from."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]


async def get_session(parts: PartsDep) -> AsyncIterator[Session]:
    """Open one transaction for the request: commit when it succeeds, else roll back.

    It begins with its first statement, so nothing is locked while a picture is diagnosed.
    """
    session = parts.sessions()
    try:
        yield session
    except BaseException:
        await run_in_threadpool(session.close)  # which rolls back
        raise
    await run_in_threadpool(_commit, session)


def _commit(session: Session) -> None:
    try:
        session.commit()
    except BaseException:
        session.rollback()  # closing alone would hand the connection back inside its transaction
        raise
    finally:
        session.close()


async def get_reader(parts: PartsDep) -> AsyncIterator[Session]:
    """Open a session that only reads."""
    session = parts.readers()
    try:
        yield session
    finally:
        await run_in_threadpool(session.close)


# scope="function": leave the transaction BEFORE the response goes out, so that a failed
# commit becomes an error response and not a lost write behind a 201.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
ReaderDep = Annotated[Session, Depends(get_reader, scope="function")]


async def get_lang(request: Request) -> Lang:
    """Return the language to answer in: the first of Chinese and English that is accepted."""
    return preferred_language(request.headers.get("accept-language", ""))


def preferred_language(accepted: str) -> Lang:
    """Return the language for an ``Accept-Language`` header; Chinese where it names neither.

    >>> preferred_language("en-GB,en;q=0.9,zh;q=0.8"), preferred_language("fr")
    ('en', 'zh')
    """
    best: tuple[float, Lang] = (0.0, "zh")
    for part in accepted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        lang: Lang | None = (
            "zh" if tag.lower().startswith("zh") else "en" if tag.lower().startswith("en") else None
        )
        if lang is not None and quality > best[0]:
            best = (quality, lang)
    return best[1]


LangDep = Annotated[Lang, Depends(get_lang)]


def get_actor(request: Request, parts: PartsDep) -> Actor:
    """Return who is asking.

    Raises:
        NotAuthenticated: Nobody known.
        Forbidden: A change by cookie without the header that only our own page can set.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(COOKIE)
    with parts.readers() as session:
        if scheme.lower() == "bearer" and token:
            actor = access.actor_of_key(session, token.strip(), parts.clock.now())
        elif cookie:
            if request.method not in SAFE_METHODS and CSRF_HEADER not in request.headers:
                raise Forbidden(f"A change by cookie needs the header {CSRF_HEADER}.")
            actor = access.actor_of_session(session, cookie, parts.clock.now())
        else:
            actor = None
    if actor is None:
        raise NotAuthenticated("Log in, or send a valid key as Authorization: Bearer KEY.")
    return actor


ActorDep = Annotated[Actor, Depends(get_actor)]


class Allowed:
    """A dependency: who is asking, if they may do this kind of thing.

    Args:
        permission: Which kind.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, actor: ActorDep) -> Actor:
        """Return who is asking.

        Raises:
            Forbidden: They may not.
        """
        if not actor.may(self.permission):
            raise Forbidden(
                f"{ROLE_NAMES[actor.role]} ({actor.role.value}) may not do this "
                f"({self.permission.value})."
            )
        return actor


CatalogueReader = Annotated[Actor, Depends(Allowed(Permission.CATALOGUE_READ))]
PhotoSender = Annotated[Actor, Depends(Allowed(Permission.PHOTO_SEND))]
PhotoReader = Annotated[Actor, Depends(Allowed(Permission.PHOTO_READ))]
Decider = Annotated[Actor, Depends(Allowed(Permission.FINDING_DECIDE))]
HazardReader = Annotated[Actor, Depends(Allowed(Permission.HAZARD_READ))]
HazardActor = Annotated[Actor, Depends(Allowed(Permission.HAZARD_ACT))]
GridReader = Annotated[Actor, Depends(Allowed(Permission.GRID_READ))]
GridWriter = Annotated[Actor, Depends(Allowed(Permission.GRID_WRITE))]
EnterpriseReader = Annotated[Actor, Depends(Allowed(Permission.ENTERPRISE_READ))]
EnterpriseWriter = Annotated[Actor, Depends(Allowed(Permission.ENTERPRISE_WRITE))]
CheckpointWriter = Annotated[Actor, Depends(Allowed(Permission.CHECKPOINT_WRITE))]
InspectionReader = Annotated[Actor, Depends(Allowed(Permission.INSPECTION_READ))]
InspectionWriter = Annotated[Actor, Depends(Allowed(Permission.INSPECTION_WRITE))]
CampaignWriter = Annotated[Actor, Depends(Allowed(Permission.CAMPAIGN_WRITE))]
RiskWriter = Annotated[Actor, Depends(Allowed(Permission.RISK_WRITE))]
GradingReader = Annotated[Actor, Depends(Allowed(Permission.GRADING_READ))]
GradingWriter = Annotated[Actor, Depends(Allowed(Permission.GRADING_WRITE))]
Appellant = Annotated[Actor, Depends(Allowed(Permission.APPEAL))]
ParkReader = Annotated[Actor, Depends(Allowed(Permission.PARK_READ))]
ParkWriter = Annotated[Actor, Depends(Allowed(Permission.PARK_WRITE))]
StatisticsReader = Annotated[Actor, Depends(Allowed(Permission.STATISTICS_READ))]
DocumentReader = Annotated[Actor, Depends(Allowed(Permission.DOCUMENT_READ))]
ModelReader = Annotated[Actor, Depends(Allowed(Permission.MODEL_READ))]
ModelSwitcher = Annotated[Actor, Depends(Allowed(Permission.MODEL_SWITCH))]
AccountReader = Annotated[Actor, Depends(Allowed(Permission.ACCOUNT_READ))]
AccountWriter = Annotated[Actor, Depends(Allowed(Permission.ACCOUNT_WRITE))]
AuditReader = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]
