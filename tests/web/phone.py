"""What the tests of the page know about phones, people and the service."""

from __future__ import annotations

from dataclasses import dataclass

from fakes import BARE_HEAD
from playwright.sync_api import Page

from serving.dependencies import Parts
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


@dataclass
class Watched:
    """What a browser did that nobody wants.

    Attributes:
        errors: What its console complained about.
        foreign: Addresses outside the service that it asked for.
    """

    errors: list[str]
    foreign: list[str]


def log_in(page: Page, name: str = NAME, password: str = PASSWORD) -> None:
    """Fill in the form of the page and send it."""
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button[type=submit]")
