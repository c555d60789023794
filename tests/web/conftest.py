"""A running service and a phone's browser before it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fakes import FakeDetector
from phone import BROWSERS, NAME, PASSWORD, PHONE, QUIET, SEEN, Site, Watched, log_in
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from serving.access import service as access
from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.settings import Settings


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the service."""
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    """A service of its own, whose detector always sees the same."""
    parts = build_parts(settings, detector=FakeDetector(SEEN))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(parts=parts), log_config=None, ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", parts)
    server.should_exit = True
    thread.join(20)
    listening.close()
    parts.close()


@pytest.fixture
def inspector(site: Site) -> str:
    """The name of an inspector who can log in."""
    with site.parts.sessions.begin() as session:
        access.create_account(
            session,
            name=NAME,
            password=PASSWORD,
            role=Role.INSPECTOR,
            by="test",
            now=site.parts.clock.now(),
        )
    return NAME


@pytest.fixture
def open_phone(browser: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """What opens a browser the size of a phone; options as for a Playwright context."""
    opened: list[BrowserContext] = []

    def open_(**options: object) -> BrowserContext:
        given = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "zh-CN"}
        context = browser.new_context(base_url=site.address, **(given | options))  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_
    for context in opened:
        context.close()


@pytest.fixture
def watched() -> Watched:
    """Collects what must not happen; see `page`."""
    return Watched([], [])


@pytest.fixture
def page(open_phone: Callable[..., BrowserContext], site: Site, watched: Watched) -> Page:
    """One page on a phone, nobody logged in."""
    opened = open_phone().new_page()
    opened.on("console", lambda m: watched.errors.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: watched.errors.append(str(error)))
    opened.on(
        "request",
        lambda r: (
            None
            if r.url.startswith((site.address, "blob:", "data:"))
            else watched.foreign.append(r.url)
        ),
    )
    return opened


@pytest.fixture
def home(page: Page, inspector: str) -> Page:
    """The page of a logged-in inspector."""
    page.goto("/")
    log_in(page, inspector)
    page.wait_for_selector("#camera", state="attached")
    return page
