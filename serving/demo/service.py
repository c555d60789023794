"""Demo inspections on pictures that the project rendered itself."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from serving.access.service import Actor, Role
from serving.dependencies import Parts
from serving.findings.service import confirm
from serving.photos.endpoints import intake_of
from serving.photos.places import Named
from serving.photos.service import Upload
from wsai.diagnosis.findings import Verdict
from wsai.storage.photos import PhotoRepository

DEMO_ACTOR = Actor("演示 demo", Role.INSPECTOR)
DEMO_SITE = "示范机械厂（演示）"
CONFIRMED = 3


def pictures_folder() -> Path:
    """Return where the shipped demo pictures lie."""
    return Path(str(resources.files("serving.demo") / "pictures"))


def load_demo(parts: Parts) -> tuple[int, int]:
    """Diagnose the shipped pictures as an inspector would send them, and confirm a few findings.

    What is there already is left alone, so loading twice changes nothing.

    Returns:
        How many photos and how many hazard records are new.
    """
    photos = records = 0
    for path in sorted(pictures_folder().glob("*.jpg")):
        upload = Upload(path.read_bytes(), Named(site=DEMO_SITE, place=path.stem.replace("-", " ")))
        with parts.sessions.begin() as session:
            received = intake_of(parts).receive(upload, actor=DEMO_ACTOR, session=session)
        if not received.new:
            continue
        photos += 1
        sure = [f for f in received.photo.findings if f.verdict == Verdict.HAZARD.value]
        if sure and records < CONFIRMED:
            with parts.sessions.begin() as session:
                finding = PhotoRepository(session).finding(sure[0].id)
                confirm(
                    session,
                    finding.id,
                    actor=DEMO_ACTOR,
                    books=parts.books(),
                )
            records += 1
    return photos, records
