"""Logging in and out, and the first administrator."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from serving.access import service
from serving.access.schemas import Login, Setup, WhoAmI
from serving.dependencies import COOKIE, CSRF_HEADER, ActorDep, Parts, PartsDep, SessionDep
from wsai.errors import Forbidden

router = APIRouter(tags=["access"])


def _set_cookie(request: Request, response: Response, token: str, parts: Parts) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(parts.settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=parts.settings.secure_cookie or request.url.scheme == "https",
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
    return WhoAmI(name=account.name, role=account.role)


@router.get("/session")
def who_am_i(actor: ActorDep) -> WhoAmI:
    """Return who is logged in."""
    return WhoAmI(name=actor.name, role=actor.role)


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
    return WhoAmI(name=account.name, role=account.role)
