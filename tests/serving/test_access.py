from __future__ import annotations

import re
from datetime import timedelta

import pytest
from callers import Caller, caller_with_key, picture, some_code
from fakes import FixedClock
from fastapi import FastAPI
from fastapi.routing import APIRoute

from serving.access import service as access
from serving.access.service import Role
from serving.dependencies import COOKIE, Parts
from wsai.storage.enterprises import EnterpriseRepository
from wsai.supervision.access import ENTERPRISE, MAY, Permission
from wsai.supervision.enterprises import Enterprise

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
OPEN = None
P = Permission
ROUTES: dict[tuple[str, str], Permission | None] = {
    ("GET", "/"): OPEN,
    ("GET", "/livez"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/icon.svg"): OPEN,
    ("GET", "/manifest.webmanifest"): OPEN,
    ("GET", "/sw.js"): OPEN,
    ("POST", "/v1/session"): OPEN,
    ("POST", "/v1/setup"): OPEN,
    ("GET", "/v1/identity"): OPEN,
    ("GET", "/v1/identity/login"): OPEN,
    ("GET", "/v1/identity/back"): OPEN,
    ("GET", "/v1/session"): P.SELF,
    ("DELETE", "/v1/session"): P.SELF,
    ("POST", "/v1/session/password"): P.SELF,
    ("GET", "/v1/accounts"): P.ACCOUNT_READ,
    ("POST", "/v1/accounts"): P.ACCOUNT_WRITE,
    ("PATCH", "/v1/accounts/{name}"): P.ACCOUNT_WRITE,
    ("POST", "/v1/accounts/{name}/password"): P.ACCOUNT_WRITE,
    ("DELETE", "/v1/accounts/{name}/sessions"): P.ACCOUNT_WRITE,
    ("GET", "/v1/keys"): P.ACCOUNT_READ,
    ("POST", "/v1/keys"): P.ACCOUNT_WRITE,
    ("DELETE", "/v1/keys/{name}"): P.ACCOUNT_WRITE,
    ("GET", "/v1/photos"): P.PHOTO_READ,
    ("POST", "/v1/photos"): P.PHOTO_SEND,
    ("GET", "/v1/photos/{photo_id}"): P.PHOTO_READ,
    ("GET", "/v1/photos/{photo_id}/annotated"): P.PHOTO_READ,
    ("GET", "/v1/photos/{photo_id}/original"): P.PHOTO_READ,
    ("POST", "/v1/findings/{finding_id}/confirm"): P.FINDING_DECIDE,
    ("POST", "/v1/findings/{finding_id}/dismiss"): P.FINDING_DECIDE,
    ("GET", "/v1/hazards"): P.HAZARD_READ,
    ("GET", "/v1/hazards/sheet"): P.HAZARD_READ,
    ("GET", "/v1/statistics/sheet"): P.STATISTICS_READ,
    ("POST", "/v1/photos/{photo_id}/findings"): P.FINDING_DECIDE,
    ("GET", "/v1/hazards/{hazard_id}"): P.HAZARD_READ,
    ("GET", "/v1/hazards/{hazard_id}/history"): P.HAZARD_READ,
    ("GET", "/v1/hazards/{hazard_id}/side-by-side"): P.HAZARD_READ,
    ("POST", "/v1/hazards/{hazard_id}/acts/{action}"): P.HAZARD_ACT,
    ("POST", "/v1/hazards/acts/{action}"): P.HAZARD_ACT,
    ("PATCH", "/v1/hazards/{hazard_id}/items"): P.HAZARD_ACT,
    ("GET", "/v1/notices"): P.HAZARD_READ,
    ("POST", "/v1/notices/{notice_id}/read"): P.HAZARD_ACT,
    ("POST", "/v1/records"): P.HAZARD_ACT,
    ("GET", "/v1/records/{record_id}"): P.HAZARD_READ,
    ("GET", "/v1/records/{record_id}/signatures/{side}"): P.HAZARD_READ,
    ("GET", "/v1/grids"): P.GRID_READ,
    ("GET", "/v1/grids/at"): P.GRID_READ,
    ("POST", "/v1/grids"): P.GRID_WRITE,
    ("POST", "/v1/grids/import"): P.GRID_WRITE,
    ("GET", "/v1/enterprises"): P.ENTERPRISE_READ,
    ("POST", "/v1/enterprises"): P.ENTERPRISE_WRITE,
    ("GET", "/v1/enterprises/sheet"): P.ENTERPRISE_WRITE,
    ("POST", "/v1/enterprises/import"): P.ENTERPRISE_WRITE,
    ("GET", "/v1/enterprises/{enterprise_id}"): P.ENTERPRISE_READ,
    ("PUT", "/v1/enterprises/{enterprise_id}"): P.ENTERPRISE_WRITE,
    ("GET", "/v1/enterprises/{enterprise_id}/file"): P.ENTERPRISE_READ,
    ("GET", "/v1/checkpoints"): P.ENTERPRISE_READ,
    ("GET", "/v1/checkpoints/scanned/{code}"): P.ENTERPRISE_READ,
    ("GET", "/v1/checkpoints/sheet"): P.ENTERPRISE_READ,
    ("POST", "/v1/checkpoints"): P.CHECKPOINT_WRITE,
    ("GET", "/v1/checkpoints/{checkpoint_id}"): P.ENTERPRISE_READ,
    ("PATCH", "/v1/checkpoints/{checkpoint_id}"): P.CHECKPOINT_WRITE,
    ("GET", "/v1/inspections"): P.INSPECTION_READ,
    ("POST", "/v1/inspections"): P.INSPECTION_WRITE,
    ("GET", "/v1/inspections/{inspection_id}"): P.INSPECTION_READ,
    ("POST", "/v1/inspections/{inspection_id}/begin"): P.INSPECTION_WRITE,
    ("PATCH", "/v1/inspections/{inspection_id}/answers"): P.INSPECTION_WRITE,
    ("POST", "/v1/inspections/{inspection_id}/finish"): P.INSPECTION_WRITE,
    ("POST", "/v1/inspections/{inspection_id}/cancel"): P.INSPECTION_WRITE,
    ("GET", "/v1/campaigns"): P.INSPECTION_READ,
    ("POST", "/v1/campaigns"): P.CAMPAIGN_WRITE,
    ("GET", "/v1/campaigns/{campaign_id}"): P.INSPECTION_READ,
    ("GET", "/v1/campaigns/{campaign_id}/targets"): P.INSPECTION_READ,
    ("GET", "/v1/risks"): P.ENTERPRISE_READ,
    ("GET", "/v1/risks/due"): P.ENTERPRISE_READ,
    ("POST", "/v1/risks"): P.RISK_WRITE,
    ("POST", "/v1/risks/{risk_id}/assess"): P.RISK_WRITE,
    ("GET", "/v1/grades"): P.GRADING_READ,
    ("POST", "/v1/grades"): P.GRADING_WRITE,
    ("POST", "/v1/grades/{grade_id}/appeal"): P.APPEAL,
    ("GET", "/v1/appeals"): P.GRADING_READ,
    ("POST", "/v1/appeals/{appeal_id}/decide"): P.GRADING_WRITE,
    ("GET", "/v1/enterprises/{enterprise_id}/grading"): P.GRADING_READ,
    ("POST", "/v1/enterprises/{enterprise_id}/leave-list"): P.GRADING_WRITE,
    ("GET", "/v1/park/year"): P.PARK_READ,
    ("GET", "/v1/park/accidents"): P.PARK_READ,
    ("POST", "/v1/park/accidents"): P.PARK_WRITE,
    ("GET", "/v1/park/talks"): P.PARK_READ,
    ("GET", "/v1/park/talks/candidates"): P.PARK_READ,
    ("POST", "/v1/park/talks"): P.PARK_WRITE,
    ("PATCH", "/v1/park/talks/{talk_id}"): P.PARK_WRITE,
    ("GET", "/v1/park/experts"): P.PARK_READ,
    ("POST", "/v1/park/experts"): P.PARK_WRITE,
    ("GET", "/v1/park/plans"): P.PARK_READ,
    ("POST", "/v1/park/plans"): P.PARK_WRITE,
    ("GET", "/v1/statistics"): P.STATISTICS_READ,
    ("GET", "/v1/statistics/warning"): P.STATISTICS_READ,
    ("GET", "/v1/documents"): P.DOCUMENT_READ,
    ("POST", "/v1/documents"): P.HAZARD_ACT,
    ("GET", "/v1/documents/{document_id}/file"): P.DOCUMENT_READ,
    ("GET", "/v1/catalogue"): P.CATALOGUE_READ,
    ("GET", "/v1/catalogue/checklists"): P.CATALOGUE_READ,
    ("GET", "/v1/catalogue/{code}"): P.CATALOGUE_READ,
    ("GET", "/v1/models"): P.MODEL_READ,
    ("GET", "/v1/models/shadow"): P.MODEL_READ,
    ("POST", "/v1/models/{model_id}/promote"): P.MODEL_SWITCH,
    ("POST", "/v1/models/rollback"): P.MODEL_SWITCH,
    ("GET", "/v1/audit"): P.AUDIT_READ,
    ("GET", "/v1/audit/verify"): P.AUDIT_READ,
}
"""Every route and what it takes to use it; ``OPEN`` ones check by themselves."""

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


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


def url_of(path: str) -> str:
    named = {"code": "smoke", "model_id": "no-such", "name": "nobody", "action": "order"}
    named["side"] = "office"
    return re.sub(r"\{(\w+)\}", lambda found: named.get(found[1], UNKNOWN), path)


def test_every_route_stands_in_the_table(app: FastAPI) -> None:
    assert paths_of(app) == set(ROUTES)


@pytest.fixture
def everybody(app: FastAPI, parts: Parts) -> dict[Role, Caller]:
    """A machine of every role; those of an enterprise belong to one."""
    with parts.sessions.begin() as session:
        owner = EnterpriseRepository(session).add(
            Enterprise(some_code(1), "示范机械厂", "示范路 1 号"),
            grid_id=None,
            at=parts.clock.now(),
        )
    places = dict.fromkeys(ENTERPRISE, access.Belongs(enterprise_id=owner.id))
    return {
        role: caller_with_key(app, parts, role.value, role, place=places.get(role)) for role in Role
    }


def test_every_role_gets_through_exactly_the_doors_that_are_its_own(
    anyone: Caller, everybody: dict[Role, Caller]
) -> None:
    for (method, path), permission in ROUTES.items():
        if permission is OPEN:
            continue
        url = url_of(path)
        refused = anyone.request(method, url)
        assert refused.status_code == 401, (method, path)
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["www-authenticate"] == "Bearer"
        for role, caller in everybody.items():
            status = caller.request(method, url).status_code
            if permission is P.SELF:
                assert status != 401
                continue
            # what is let in may still find nothing, or be told that something is missing
            assert (status == 403) is (role not in MAY[permission]), (role, method, path, status)
            assert status not in {401, 500}, (role, method, path, status)


def test_an_auditor_changes_nothing() -> None:
    for (method, path), permission in ROUTES.items():
        if permission not in {OPEN, P.SELF} and method in CHANGING:
            assert Role.AUDITOR not in MAY[permission], (method, path)
        elif permission not in {OPEN, P.SELF} and "sheet" not in path:
            assert Role.AUDITOR in MAY[permission], (method, path)


class TestKeys:
    def test_a_key_ends_after_its_days(self, app: FastAPI, parts: Parts, clock: FixedClock) -> None:
        caller = caller_with_key(app, parts, "short", Role.INSPECTOR, days=2)
        assert caller.get("/v1/photos").status_code == 200
        clock.turn(timedelta(days=2))
        assert caller.get("/v1/photos").status_code == 401

    def test_a_key_does_no_more_than_it_is_limited_to(self, app: FastAPI, parts: Parts) -> None:
        caller = caller_with_key(app, parts, "camera", Role.INSPECTOR, permissions=[P.PHOTO_SEND])
        assert caller.upload(picture()).status_code == 201
        assert caller.get("/v1/photos").status_code == 403

    def test_a_key_is_never_more_than_its_role(self, admin: Caller) -> None:
        body = {"name": "x", "role": "auditor", "permissions": ["hazard:act"]}
        assert admin.post("/v1/keys", json=body).status_code == 422

    def test_a_key_is_shown_once_and_can_be_revoked(self, admin: Caller, app: FastAPI) -> None:
        made = admin.post("/v1/keys", json={"name": "gate", "role": "inspector"}).json()
        caller = Caller(app, authorization=f"Bearer {made['key']}")
        assert caller.get("/v1/photos").status_code == 200
        assert [key["key"] for key in admin.get("/v1/keys").json()] == [None, None]
        assert admin.delete("/v1/keys/gate").json()["revoked_at"]
        assert caller.get("/v1/photos").status_code == 401
        assert admin.delete("/v1/keys/gate").status_code == 409


class TestAccounts:
    def test_an_account_is_made_moved_and_closed(self, admin: Caller, anyone: Caller) -> None:
        body = {"name": "网格员李", "password": PASSWORD, "role": "inspector"}
        assert admin.post("/v1/accounts", json=body).status_code == 201
        assert admin.post("/v1/accounts", json=body).status_code == 409
        assert log_in(anyone, "网格员李") == 200
        moved = admin.patch("/v1/accounts/网格员李", json={"role": "grid-leader"})
        assert moved.json()["role_name"] == "网格长"
        assert anyone.get("/v1/session").status_code == 401, "another role ends the logins"
        assert log_in(anyone, "网格员李") == 200
        admin.patch("/v1/accounts/网格员李", json={"disabled": True})
        assert anyone.get("/v1/session").status_code == 401
        assert log_in(anyone, "网格员李") == 401

    @pytest.mark.parametrize(
        "body",
        [
            {"role": "enterprise-owner"},
            {"role": "auditor", "grid_id": UNKNOWN},
            {"role": "inspector", "enterprise_id": UNKNOWN},
        ],
    )
    def test_everybody_has_the_place_of_the_role(self, admin: Caller, body: dict[str, str]) -> None:
        given = {"name": "x", "password": PASSWORD} | body
        assert admin.post("/v1/accounts", json=given).status_code in {404, 422}

    def test_the_last_administrator_stays(
        self, admin: Caller, parts: Parts, anyone: Caller
    ) -> None:
        body = {"name": "boss", "password": PASSWORD, "role": "admin"}
        assert admin.post("/v1/accounts", json=body).status_code == 201
        assert admin.patch("/v1/accounts/boss", json={"disabled": True}).status_code == 409
        assert log_in(anyone, "boss") == 200

    def test_ones_own_password_takes_the_present_one(self, anyone: Caller, person: str) -> None:
        log_in(anyone, person)
        body = {"password": "another passphrase", "present": "wrong one"}
        asked = anyone.post("/v1/session/password", json=body, headers=OWN_PAGE)
        assert asked.status_code == 422
        body["present"] = PASSWORD
        changed = anyone.post("/v1/session/password", json=body, headers=OWN_PAGE)
        assert changed.status_code == 204
        assert anyone.get("/v1/session").status_code == 401
        assert log_in(anyone, person) == 401
        assert log_in(anyone, person, "another passphrase") == 200
