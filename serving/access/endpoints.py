"""Logging in and out, and the first administrator."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from serving.access import service
from serving.access.oidc import PENDING_S, Pending, Provider
from serving.access.schemas import (
    AccountChange,
    AccountRead,
    IdentityRead,
    KeyRead,
    Login,
    NewAccount,
    NewKey,
    NewPassword,
    Setup,
    WhoAmI,
    read_account,
    read_key,
    who,
)
from serving.dependencies import (
    COOKIE,
    CSRF_HEADER,
    AccountReader,
    AccountWriter,
    ActorDep,
    Parts,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.texts import Text
from wsai.errors import (
    Forbidden,
    IdentityUnavailable,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
)
from wsai.storage.access import AccessRepository
from wsai.storage.enterprises import EnterpriseRepository, GridRepository

Name = Annotated[Text, Path(max_length=64)]

PENDING_COOKIE = "wsai_identity"
log = structlog.get_logger()

router = APIRouter(tags=["access"])


def _set_cookie(request: Request, response: Response, token: str, parts: Parts) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(parts.settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=_is_secure(request, parts),
        path="/",
    )


def _own_page_only(request: Request) -> None:
    if CSRF_HEADER not in request.headers:
        raise Forbidden(f"Logging in needs the header {CSRF_HEADER}.")


@router.post("/session")
def log_in(login: Login, request: Request, response: Response, parts: PartsDep) -> WhoAmI:
    """Log in; the answer sets an HttpOnly cookie."""
    _own_page_only(request)
    with parts.hashing:  # each takes 64 MB
        account, token = service.log_in(
            parts.sessions,
            name=login.name,
            password=login.password.get_secret_value(),
            hours=parts.settings.session_hours,
            now=parts.clock.now(),
        )
    _set_cookie(request, response, token, parts)
    with parts.readers() as reader:
        return who(service.actor_of(reader, account))


@router.get("/session")
def who_am_i(actor: ActorDep) -> WhoAmI:
    """Return who is logged in, and what they may do."""
    return who(actor)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
def log_out(request: Request, response: Response, _actor: ActorDep, session: SessionDep) -> None:
    """End this login."""
    service.end_session(session, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


@router.post("/setup", status_code=HTTPStatus.CREATED)
def set_up(
    setup: Setup, request: Request, response: Response, session: SessionDep, parts: PartsDep
) -> WhoAmI:
    """Create the administrator with the one-time link, and log in."""
    _own_page_only(request)
    now = parts.clock.now()
    with parts.hashing:
        account = service.set_up(
            session,
            token=setup.token,
            name=setup.name,
            password=setup.password.get_secret_value(),
            now=now,
        )
    token = service.begin_session(session, account, hours=parts.settings.session_hours, now=now)
    _set_cookie(request, response, token, parts)
    return who(service.actor_of(session, account))


@router.post("/session/password", status_code=HTTPStatus.NO_CONTENT)
def change_own_password(
    asked: NewPassword, actor: ActorDep, session: SessionDep, parts: PartsDep
) -> None:
    """Change one's own password; all of one's logins end, this one too."""
    if actor.name.startswith(service.MACHINE):
        raise Forbidden("A key has no password.")
    present = asked.present.get_secret_value() if asked.present else ""
    with parts.hashing:
        if not service.is_password(parts.readers, actor.name, present):
            raise InvalidRequest("present: this is not your present password.")
        service.change_password(
            session,
            actor.name,
            asked.password.get_secret_value(),
            by=actor.name,
            now=parts.clock.now(),
        )


@router.get("/identity")
def identity(parts: PartsDep) -> IdentityRead:
    """Return whether one can log in through an identity provider."""
    return IdentityRead(label=parts.settings.oidc_label if parts.identity else None)


@router.get("/identity/login", status_code=HTTPStatus.FOUND, response_class=RedirectResponse)
def go_to_provider(request: Request, parts: PartsDep) -> RedirectResponse:
    """Send the browser to the identity provider; back to the page where that does not answer."""
    try:
        url, pending = _provider(parts).begin(_back_to(request, parts))
    except IdentityUnavailable as error:
        return _refused(error)
    answer = RedirectResponse(url, HTTPStatus.FOUND)
    answer.set_cookie(
        PENDING_COOKIE, pending.cookie(), max_age=PENDING_S, httponly=True, samesite="lax",
        secure=_is_secure(request, parts), path=request.url_for("come_back").path,
    )  # fmt: skip
    return answer


@router.get("/identity/back", status_code=HTTPStatus.FOUND, response_class=RedirectResponse)
def come_back(request: Request, parts: PartsDep) -> RedirectResponse:
    """Let in whom the identity provider has sent back; else the page says why not."""
    provider = _provider(parts)
    answer = RedirectResponse("/", HTTPStatus.FOUND)
    try:
        pending = Pending.of_cookie(request.cookies.get(PENDING_COOKIE, ""))
        back_to = _back_to(request, parts)
        name = provider.finish(pending, back_to, f"{back_to}?{request.url.query}")
        with parts.sessions.begin() as session:
            _, token = service.begin_named(
                session, name, hours=parts.settings.session_hours, now=parts.clock.now()
            )
        _set_cookie(request, answer, token, parts)
    except (NotAuthenticated, IdentityUnavailable) as error:
        answer = _refused(error)
    answer.delete_cookie(PENDING_COOKIE, path=request.url.path, httponly=True)
    return answer


def _refused(error: NotAuthenticated | IdentityUnavailable) -> RedirectResponse:
    """Send the browser to the page, which says what was wrong; the log says why."""
    log.warning("identity", outcome=error.code, why=str(error))
    place = "refused" if isinstance(error, NotAuthenticated) else "unavailable"
    return RedirectResponse(f"/#identity={place}", HTTPStatus.FOUND)


def _provider(parts: Parts) -> Provider:
    if parts.identity is None:
        raise NotFound("identity provider", "WSAI_OIDC_ISSUER is not set")
    return parts.identity


def _back_to(request: Request, parts: Parts) -> str:
    """Return the address for answers as the browser sees it; it is registered with the provider."""
    here = request.url_for("come_back")
    base = parts.settings.public_url
    return f"{base.rstrip('/')}{here.path}" if base else str(here)


def _is_secure(request: Request, parts: Parts) -> bool:
    return parts.settings.secure_cookie or request.url.scheme == "https"


@router.get("/accounts")
def list_accounts(_actor: AccountReader, session: ReaderDep) -> list[AccountRead]:
    """Return all accounts."""
    return [read_account(row) for row in AccessRepository(session).accounts()]


@router.post("/accounts", status_code=HTTPStatus.CREATED)
def create_account(
    asked: NewAccount, actor: AccountWriter, session: SessionDep, parts: PartsDep
) -> AccountRead:
    """Create an account."""
    if asked.password is None and parts.identity is None:
        raise InvalidRequest("password: is missing, and no identity provider is set up.")
    place = _place(session, asked.grid_id, asked.enterprise_id)
    with parts.hashing:
        row = service.create_account(
            session,
            name=asked.name,
            password=asked.password.get_secret_value() if asked.password else None,
            role=asked.role,
            by=actor.name,
            now=parts.clock.now(),
            place=place,
            certificate=asked.certificate,
        )
    return read_account(row)


@router.patch("/accounts/{name}")
def change_account(
    name: Name, asked: AccountChange, actor: AccountWriter, session: SessionDep, parts: PartsDep
) -> AccountRead:
    """Give an account another role or place, or close and open it; its logins end."""
    moved = asked.role is not None or {"grid_id", "enterprise_id"} & asked.model_fields_set
    row = service.change_account(
        session,
        name,
        by=actor.name,
        now=parts.clock.now(),
        role=asked.role,
        place=_place(session, asked.grid_id, asked.enterprise_id) if moved else None,
        disabled=asked.disabled,
        certificate=asked.certificate,
    )
    return read_account(row)


@router.post("/accounts/{name}/password")
def set_password(
    name: Name, asked: NewPassword, actor: AccountWriter, session: SessionDep, parts: PartsDep
) -> AccountRead:
    """Give somebody another password; their logins end."""
    with parts.hashing:
        row = service.change_password(
            session,
            name,
            asked.password.get_secret_value(),
            by=actor.name,
            now=parts.clock.now(),
        )
    return read_account(row)


@router.delete("/accounts/{name}/sessions", status_code=HTTPStatus.NO_CONTENT)
def end_logins(name: Name, actor: AccountWriter, session: SessionDep, parts: PartsDep) -> None:
    """End all logins of an account, as after a phone was lost."""
    service.end_logins(session, name, by=actor.name, now=parts.clock.now())


@router.get("/keys")
def list_keys(_actor: AccountReader, session: ReaderDep) -> list[KeyRead]:
    """Return all keys; never their texts."""
    return [read_key(row) for row in AccessRepository(session).all_keys()]


@router.post("/keys", status_code=HTTPStatus.CREATED)
def create_key(
    asked: NewKey, actor: AccountWriter, session: SessionDep, parts: PartsDep
) -> KeyRead:
    """Create a key; its text is in this answer and nowhere else."""
    token = service.create_key(
        session,
        name=asked.name,
        role=asked.role,
        by=actor.name,
        now=parts.clock.now(),
        place=_place(session, asked.grid_id, asked.enterprise_id),
        permissions=asked.permissions,
        days=asked.days,
    )
    row = AccessRepository(session).key(service.hashed(token))
    assert row is not None, "it was made a moment ago"
    return read_key(row, token)


@router.delete("/keys/{name}")
def revoke_key(name: Name, actor: AccountWriter, session: SessionDep, parts: PartsDep) -> KeyRead:
    """Let a key open nothing any more."""
    return read_key(service.revoke_key(session, name, by=actor.name, now=parts.clock.now()))


def _place(session: Session, grid_id: UUID | None, enterprise_id: UUID | None) -> service.Belongs:
    """Return where somebody belongs.

    Raises:
        NotFound: There is no such grid or enterprise.
    """
    if grid_id is not None:
        GridRepository(session).get(grid_id)
    if enterprise_id is not None:
        EnterpriseRepository(session).get(enterprise_id)
    return service.Belongs(grid_id, enterprise_id)
