"""The phone page: logging in through the park's identity provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from identity_provider import Identity, identity_provider, settings_with
from playwright.sync_api import BrowserContext, expect

from serving.settings import Settings


@pytest.fixture
def identity() -> Iterator[Identity]:
    with identity_provider() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, identity: Identity) -> Settings:
    return settings_with(identity, tmp_path / "data")


def test_one_button_lets_in_whoever_has_an_account(
    identity: Identity, inspector: str, open_phone: Callable[..., BrowserContext]
) -> None:
    identity.person = inspector
    page = open_phone().new_page()
    page.goto("/")
    page.locator("#identity", has_text="园区账号").click()
    page.wait_for_selector("#camera", state="attached")
    expect(page.locator("#logout")).to_be_visible()


def test_whoever_has_none_is_told_and_may_still_use_a_password(
    identity: Identity, inspector: str, open_phone: Callable[..., BrowserContext]
) -> None:
    identity.person = "路人"
    page = open_phone().new_page()
    page.goto("/")
    page.click("#identity")
    expect(page.locator(".error")).to_contain_text("尚未在本系统开通")
    expect(page.locator("#password")).to_be_visible()


def test_a_provider_that_is_away_is_told_apart_from_one_that_refuses(
    identity: Identity, inspector: str, open_phone: Callable[..., BrowserContext]
) -> None:
    identity.broken = True
    page = open_phone().new_page()
    page.goto("/")
    page.click("#identity")
    expect(page.locator(".error")).to_contain_text("暂时无法访问")
