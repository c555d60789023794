from __future__ import annotations

from datetime import timedelta

import pytest
from callers import Caller
from fakes import FixedClock
from fastapi import FastAPI
from fastapi.routing import APIRoute

from serving.access import service as access
from serving.access.service import Role
from serving.dependencies import COOKIE, Parts

PASSWORD = "correct horse battery"
OWN_PAGE = {"X-WSAI": "1"}


@pytest.fixture
def person(parts: Parts) -> str:
    """The name of an inspector with a password."""
    with parts.sessions.begin() as session:
        access.create_account(
            session,
            name="网格员王",
            password=PASSWORD,
            role=Role.INSPECTOR,
            by="test",
            now=parts.clock.now(),
        )
    return "网格员王"


def log_in(caller: Caller, name: str, password: str = PASSWORD) -> int:
    answer = caller.post("/v1/session", json={"name": name, "password": password}, headers=OWN_PAGE)
    return int(answer.status_code)


class TestSetup:
    def test_the_one_time_link_makes_one_administrator(self, anyone: Caller, parts: Parts) -> None:
        with parts.sessions.begin() as session:
            token = access.new_setup_token(session, parts.clock.now())
        assert token
        body = {"token": token, "name": "网格长李", "password": PASSWORD}
        made = anyone.post("/v1/setup", json=body, headers=OWN_PAGE)
        assert made.status_code == 201
        assert (made.json()["name"], made.json()["role"]) == ("网格长李", "admin")
        assert anyone.get("/v1/session").json()["name"] == "网格长李"
        again = anyone.post("/v1/setup", json=body | {"name": "other"}, headers=OWN_PAGE)
        assert again.status_code == 401
        with parts.sessions.begin() as session:
            assert access.new_setup_token(session, parts.clock.now()) is None

    @pytest.mark.parametrize("wrong", ["late", "guess"])
    def test_a_late_or_guessed_link_opens_nothing(
        self, anyone: Caller, parts: Parts, clock: FixedClock, wrong: str
    ) -> None:
        with parts.sessions.begin() as session:
            token = access.new_setup_token(session, parts.clock.now())
        if wrong == "late":
            clock.turn(timedelta(hours=25))
        body = {"token": token if wrong == "late" else "guess", "name": "x", "password": PASSWORD}
        assert anyone.post("/v1/setup", json=body, headers=OWN_PAGE).status_code == 401

    @pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "网格长李网格长李网格长李"])
    def test_a_weak_password_is_refused_and_the_link_stays_good(
        self, anyone: Caller, parts: Parts, password: str
    ) -> None:
        with parts.sessions.begin() as session:
            token = access.new_setup_token(session, parts.clock.now())
        body = {"token": token, "name": "网格长李", "password": password}
        assert anyone.post("/v1/setup", json=body, headers=OWN_PAGE).status_code == 422
        assert (
            anyone.post(
                "/v1/setup", json=body | {"password": PASSWORD}, headers=OWN_PAGE
            ).status_code
            == 201
        )


class TestSession:
    def test_who_is_logged_in_may_read_and_log_out(self, anyone: Caller, person: str) -> None:
        assert anyone.get("/v1/session").status_code == 401
        assert log_in(anyone, person) == 200
        told = anyone.get("/v1/session").json()
        assert (told["name"], told["role"], told["role_name"]) == (person, "inspector", "网格员")
        assert "photo:send" in told["permissions"]
        assert "account:write" not in told["permissions"]
        assert anyone.delete("/v1/session", headers=OWN_PAGE).status_code == 204
        assert anyone.get("/v1/session").status_code == 401

    def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(
        self, anyone: Caller, person: str
    ) -> None:
        answer = anyone.post(
            "/v1/session", json={"name": person, "password": PASSWORD}, headers=OWN_PAGE
        )
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie

    def test_a_login_ends_after_its_hours(
        self, anyone: Caller, person: str, clock: FixedClock
    ) -> None:
        log_in(anyone, person)
        clock.turn(timedelta(hours=12, seconds=1))
        assert anyone.get("/v1/session").status_code == 401

    def test_a_change_by_cookie_needs_our_own_page(self, anyone: Caller, person: str) -> None:
        log_in(anyone, person)
        assert anyone.delete("/v1/session").status_code == 403
        assert anyone.get("/v1/session").status_code == 200
        other = anyone.post("/v1/session", json={"name": person, "password": PASSWORD})
        assert other.status_code == 403

    def test_five_wrong_passwords_lock_the_account_for_minutes(
        self, anyone: Caller, person: str, clock: FixedClock
    ) -> None:
        assert [log_in(anyone, person, "wrong password") for _ in range(5)] == [401] * 5
        assert log_in(anyone, person) == 403
        clock.turn(timedelta(minutes=5, seconds=1))
        assert log_in(anyone, person, "wrong password") == 401
        assert log_in(anyone, person) == 403, "one more wrong one locks for twice as long"
        clock.turn(timedelta(minutes=10, seconds=1))
        assert log_in(anyone, person) == 200
        assert [log_in(anyone, person, "wrong password") for _ in range(4)] == [401] * 4
        assert log_in(anyone, person) == 200, "the right one starts the count anew"

    def test_an_unknown_name_is_answered_like_a_wrong_password(
        self, anyone: Caller, person: str
    ) -> None:
        answers = [
            anyone.post(
                "/v1/session", json={"name": name, "password": "wrong password"}, headers=OWN_PAGE
            )
            for name in (person, "nobody")
        ]
        assert answers[0].status_code == answers[1].status_code == 401
        assert answers[0].json() == answers[1].json()

    def test_tokens_are_kept_as_hashes(self, anyone: Caller, person: str, parts: Parts) -> None:
        log_in(anyone, person)
        token = anyone.cookies[COOKIE]
        kept = (parts.settings.data_dir / "wsai.sqlite3").read_bytes()
        wal = parts.settings.data_dir / "wsai.sqlite3-wal"
        kept += wal.read_bytes() if wal.exists() else b""
        assert token.encode() not in kept
        assert PASSWORD.encode() not in kept


def test_a_key_that_nobody_was_given_opens_nothing(app: FastAPI) -> None:
    assert Caller(app, authorization="Bearer wsai_guess").get("/v1/photos").status_code == 401
    assert Caller(app, authorization="Basic abc").get("/v1/photos").status_code == 401


UNKNOWN = "00000000-0000-0000-0000-000000000000"
OPEN, KNOWN, ADMIN = "anyone", "inspector", "admin"
ROUTES = {
    ("GET", "/"): OPEN,
    ("GET", "/livez"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/icon.svg"): OPEN,
    ("GET", "/manifest.webmanifest"): OPEN,
    ("GET", "/sw.js"): OPEN,
    ("POST", "/v1/session"): OPEN,
    ("POST", "/v1/setup"): OPEN,
    ("GET", "/v1/session"): KNOWN,
    ("DELETE", "/v1/session"): OPEN,
    ("GET", "/v1/photos"): KNOWN,
    ("POST", "/v1/photos"): KNOWN,
    ("GET", "/v1/photos/{photo_id}"): KNOWN,
    ("GET", "/v1/photos/{photo_id}/annotated"): KNOWN,
    ("GET", "/v1/photos/{photo_id}/original"): KNOWN,
    ("POST", "/v1/findings/{finding_id}/confirm"): KNOWN,
    ("POST", "/v1/findings/{finding_id}/dismiss"): KNOWN,
    ("GET", "/v1/hazards"): KNOWN,
    ("GET", "/v1/hazards/{hazard_id}"): KNOWN,
    ("GET", "/v1/catalogue"): KNOWN,
    ("GET", "/v1/catalogue/checklists"): KNOWN,
    ("GET", "/v1/catalogue/{code}"): KNOWN,
    ("GET", "/v1/models"): KNOWN,
    ("GET", "/v1/models/shadow"): KNOWN,
    ("POST", "/v1/models/{model_id}/promote"): ADMIN,
    ("POST", "/v1/models/rollback"): ADMIN,
}
"""Every route and who may use it; ``OPEN`` routes check by themselves."""


def paths_of(app: FastAPI) -> set[tuple[str, str]]:
    documented = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    pages = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    return documented | pages


def test_every_route_stands_in_the_table(app: FastAPI) -> None:
    assert paths_of(app) == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), sorted(k for k, v in ROUTES.items() if v != OPEN))
def test_nobody_gets_past_the_door(
    anyone: Caller, inspector: Caller, method: str, path: str
) -> None:
    url = path
    for name in ("photo_id", "finding_id", "hazard_id"):
        url = url.replace(f"{{{name}}}", UNKNOWN)
    url = url.replace("{code}", "smoke").replace("{model_id}", "no-such")
    refused = anyone.request(method, url)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"] == "Bearer"
    if ROUTES[method, path] == ADMIN:
        assert inspector.request(method, url).status_code == 403
    elif path != "/v1/session":
        assert inspector.request(method, url).status_code in {200, 404, 422}
