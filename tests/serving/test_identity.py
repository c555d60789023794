"""Logging in through an identity provider that runs."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from callers import Caller
from fakes import FakeDetector, FixedClock
from fastapi import FastAPI
from identity_provider import Identity, identity_provider, settings_with
from joserfc.jwk import OctKey, RSAKey

from serving.access import oidc
from serving.access import service as access
from serving.access.oidc import Provider
from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.dependencies import Parts
from serving.settings import Settings
from wsai.errors import IdentityUnavailable, SettingsInvalid


@pytest.fixture
def identity() -> Iterator[Identity]:
    with identity_provider() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, identity: Identity) -> Settings:
    return settings_with(identity, tmp_path / "data")


@pytest.fixture
def parts(settings: Settings, clock: FixedClock) -> Iterator[Parts]:
    built = build_parts(settings, detector=FakeDetector(), clock=clock)
    with built.sessions.begin() as session:
        access.create_account(
            session, name="网格员王", password=None, role=Role.INSPECTOR, by="test",
            now=clock.now(),
        )  # fmt: skip
    yield built
    built.close()


@pytest.fixture
def app(parts: Parts) -> FastAPI:
    return create_app(parts=parts)


def sent_to(address: str) -> str:
    """Follow an address as a browser does, up to where it is sent next."""
    split = urlsplit(address)
    connection = http.client.HTTPConnection(split.netloc, timeout=10)
    connection.request("GET", f"{split.path}?{split.query}")
    place = connection.getresponse().headers["Location"]
    connection.close()
    assert place is not None
    return place


def come_in(phone: Caller) -> str:
    """Log in through the provider; return where the page is opened in the end."""
    begun = phone.get("/v1/identity/login", follow_redirects=False)
    assert begun.status_code == 302, begun.text
    back = sent_to(begun.headers["location"])
    return str(phone.get(back, follow_redirects=False).headers["location"])


@pytest.fixture
def phone(app: FastAPI) -> Caller:
    return Caller(app)


def test_whoever_the_provider_knows_and_has_an_account_is_let_in(
    phone: Caller, parts: Parts
) -> None:
    assert phone.get("/v1/identity").json() == {"label": "园区账号"}
    assert come_in(phone) == "/"
    told = phone.get("/v1/session").json()
    assert (told["name"], told["role"]) == ("网格员王", "inspector")
    assert "wsai_identity" not in phone.cookies, "what was pending is over"


def test_the_provider_is_asked_about_itself_once(phone: Caller, identity: Identity) -> None:
    come_in(phone)
    come_in(phone)
    assert identity.calls.count("/.well-known/openid-configuration") == 1
    assert identity.calls.count("/keys") == 1


def test_a_new_key_of_the_provider_is_fetched(phone: Caller, identity: Identity) -> None:
    come_in(phone)
    identity.key = RSAKey.generate_key(2048, {"kid": "2"})
    identity.published.append(identity.key)
    assert come_in(phone) == "/"
    assert identity.calls.count("/keys") == 2


def test_tokens_of_unknown_keys_do_not_ask_the_provider_each_time(
    phone: Caller, identity: Identity
) -> None:
    come_in(phone)
    identity.key = RSAKey.generate_key(2048, {"kid": "unknown"})
    for _ in range(3):
        assert come_in(phone) == "/#identity=refused"
    assert identity.calls.count("/keys") == 2


class TestRefused:
    def test_somebody_without_an_account(self, phone: Caller, identity: Identity) -> None:
        identity.person = "路人"
        assert come_in(phone) == "/#identity=refused"
        assert phone.get("/v1/session").status_code == 401

    def test_somebody_whose_account_is_closed(self, phone: Caller, parts: Parts) -> None:
        with parts.sessions.begin() as session:
            access.change_account(
                session, "网格员王", by="test", now=parts.clock.now(), disabled=True
            )
        assert come_in(phone) == "/#identity=refused"

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "another service"},
            {"iss": "https://elsewhere.example"},
            {"nonce": "of another question"},
            {"exp": 1_000_000},
            {"azp": "another service"},
            {"preferred_username": "  "},
            {"preferred_username": None},
        ],
        ids=lambda claims: next(iter(claims)),
    )
    def test_a_token_for_others_or_of_others(
        self, phone: Caller, identity: Identity, claims: dict[str, object]
    ) -> None:
        identity.claims = claims
        assert come_in(phone) == "/#identity=refused"
        assert phone.get("/v1/session").status_code == 401

    def test_a_token_signed_by_somebody_else(self, phone: Caller, identity: Identity) -> None:
        identity.key = RSAKey.generate_key(2048, {"kid": "1"})
        assert come_in(phone) == "/#identity=refused"

    def test_a_token_signed_with_the_secret_that_clients_share(
        self, phone: Caller, identity: Identity
    ) -> None:
        identity.key = OctKey.import_key(b"0" * 32, {"kid": "1"})
        assert come_in(phone) == "/#identity=refused"

    def test_an_answer_to_a_question_of_another_browser(self, phone: Caller, app: FastAPI) -> None:
        begun = Caller(app).get("/v1/identity/login", follow_redirects=False)
        back = sent_to(begun.headers["location"])
        assert (
            phone.get(back, follow_redirects=False).headers["location"] == "/#identity=refused"
        ), "it brought nothing back"
        phone.get("/v1/identity/login", follow_redirects=False)
        answer = phone.get(back, follow_redirects=False)
        assert answer.headers["location"] == "/#identity=refused", "another state"

    @pytest.mark.parametrize("cookie", ["", "no base64", "e30=", "bnVsbA=="])
    def test_a_cookie_that_somebody_made(self, phone: Caller, cookie: str) -> None:
        phone.cookies.set("wsai_identity", cookie)
        answer = phone.get("/v1/identity/back?code=a&state=b", follow_redirects=False)
        assert answer.headers["location"] == "/#identity=refused"

    def test_a_code_that_is_used_twice(self, phone: Caller) -> None:
        begun = phone.get("/v1/identity/login", follow_redirects=False)
        back, pending = sent_to(begun.headers["location"]), phone.cookies["wsai_identity"]
        assert phone.get(back, follow_redirects=False).headers["location"] == "/"
        phone.cookies.set("wsai_identity", pending)
        answer = phone.get(back, follow_redirects=False)
        assert answer.headers["location"] == "/#identity=refused"

    def test_a_password_for_an_account_without_one(self, phone: Caller) -> None:
        body = {"name": "网格员王", "password": ""}
        assert phone.post("/v1/session", json=body, headers={"X-WSAI": "1"}).status_code in {
            401,
            422,
        }


class TestUnavailable:
    def test_a_provider_that_is_down(self, phone: Caller, identity: Identity) -> None:
        identity.broken = True
        answer = phone.get("/v1/identity/login", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (302, "/#identity=unavailable")

    def test_one_that_calls_itself_something_else(
        self, settings: Settings, identity: Identity
    ) -> None:
        told = settings.model_copy(update={"oidc_issuer": f"{identity.address}/realm"})
        with pytest.raises(IdentityUnavailable):
            Provider(told).begin("http://testserver/back")

    def test_without_the_setting_there_is_none(self, anyone_without: Caller) -> None:
        assert anyone_without.get("/v1/identity").json() == {"label": None}
        answer = anyone_without.get("/v1/identity/login", follow_redirects=False)
        assert answer.status_code == 404

    def test_without_the_extra_or_the_client_id_it_does_not_start(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(SettingsInvalid, match="CLIENT_ID"):
            Provider(settings.model_copy(update={"oidc_client_id": None}))
        monkeypatch.setattr(oidc, "INSTALLED", False)
        with pytest.raises(SettingsInvalid, match=r"wsai\[oidc\]"):
            Provider(settings)


@pytest.fixture
def anyone_without(tmp_path: Path) -> Iterator[Caller]:
    built = build_parts(Settings(data_dir=tmp_path / "other"), detector=FakeDetector())
    yield Caller(create_app(parts=built))
    built.close()


def test_behind_a_proxy_the_address_is_the_one_that_browsers_see(
    settings: Settings, identity: Identity
) -> None:
    told = settings.model_copy(update={"public_url": "https://wsai.example/"})
    built = build_parts(told, detector=FakeDetector())
    begun = Caller(create_app(parts=built)).get("/v1/identity/login", follow_redirects=False)
    assert (
        "redirect_uri=https%3A%2F%2Fwsai.example%2Fv1%2Fidentity%2Fback"
        in (begun.headers["location"])
    )
    built.close()
