"""A running service and a phone's browser before it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fakes import BARE_HEAD, FakeDetector
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from serving.access import service as access
from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.dependencies import Parts
from serving.settings import Settings
from wsai.vision.labels import Label

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SEEN = (
    *BARE_HEAD,
    (Label.HELMET, 0.8, (500.0, 60.0, 540.0, 100.0)),
    (Label.DOOR, 0.7, (300.0, 50.0, 400.0, 300.0)),
    (Label.PALLET, 0.75, (310.0, 250.0, 390.0, 330.0)),
)
"""A bare head on a work site, and a pallet before a door."""
PHONE = {"width": 390, "height": 844}
NAME, PASSWORD = "网格员王", "correct horse battery"


@dataclass
class Site:
    """A running service.

    Attributes:
        address: Where it answers.
        parts: What it was put together from.
    """

    address: str
    parts: Parts


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
def site(tmp_path: Path) -> Iterator[Site]:
    """A service of its own, whose detector always sees the same."""
    parts = build_parts(Settings(data_dir=tmp_path / "data"), detector=FakeDetector(SEEN))
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


@dataclass
class Watched:
    """What a browser did that nobody wants.

    Attributes:
        errors: What its console complained about.
        foreign: Addresses outside the service that it asked for.
    """

    errors: list[str]
    foreign: list[str]


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


def log_in(page: Page, name: str = NAME, password: str = PASSWORD) -> None:
    """Fill in the form of the page and send it."""
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button[type=submit]")


@pytest.fixture
def home(page: Page, inspector: str) -> Page:
    """The page of a logged-in inspector."""
    page.goto("/")
    log_in(page, inspector)
    page.wait_for_selector("#camera", state="attached")
    return page
