from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rows import NOON, photo_row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from wsai.storage.photos import PhotoRepository
from wsai.storage.shadows import ShadowRepository
from wsai.storage.tables import PhotoRow, ShadowRow


def shadow_row(photo: PhotoRow, **changes: Any) -> ShadowRow:
    given: dict[str, Any] = {
        "photo_id": photo.id,
        "active_model": "one",
        "candidate_model": "two",
        "at": NOON,
        "elapsed_ms": 20.5,
        "labels": {"fire": {"both": 1, "only_active": 0, "only_candidate": 2}},
        "findings": [{"code": "fire-flame", "active": None, "candidate": "hazard"}],
        "differs": True,
    }
    return ShadowRow(**given | changes)


@pytest.fixture
def photos(sessions: sessionmaker[Session]) -> list[PhotoRow]:
    with sessions.begin() as session:
        return [
            PhotoRepository(session).add(photo_row(character * 64, findings=[]))
            for character in "abc"
        ]


def test_comparisons_come_back_newest_first(
    sessions: sessionmaker[Session], photos: list[PhotoRow]
) -> None:
    with sessions.begin() as session:
        for hours, photo in enumerate(photos):
            row = shadow_row(photo, at=NOON + timedelta(hours=hours))
            ShadowRepository(session).add(row)
    with sessions() as session:
        found = list(ShadowRepository(session).newest(candidate=None, limit=2))
    assert [row.photo_id for row in found] == [photos[2].id, photos[1].id]
    assert found[0].labels["fire"]["only_candidate"] == 2
    assert found[0].differs is True


def test_only_those_of_one_candidate(
    sessions: sessionmaker[Session], photos: list[PhotoRow]
) -> None:
    with sessions.begin() as session:
        ShadowRepository(session).add(shadow_row(photos[0]))
        ShadowRepository(session).add(shadow_row(photos[0], candidate_model="three"))
    with sessions() as session:
        (row,) = ShadowRepository(session).newest(candidate="three", limit=10)
    assert row.candidate_model == "three"


def test_a_photo_is_compared_once_with_a_candidate(
    sessions: sessionmaker[Session], photos: list[PhotoRow]
) -> None:
    with sessions.begin() as session:
        ShadowRepository(session).add(shadow_row(photos[0]))
    with pytest.raises(IntegrityError), sessions.begin() as session:
        ShadowRepository(session).add(shadow_row(photos[0]))
