"""When something breaks half-way: no answer that promises what is not kept."""

from __future__ import annotations

import signal
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from callers import Caller, caller_with_key, picture
from fakes import FakeDetector, FixedClock
from fastapi import FastAPI
from live_service import live_service
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from serving.access import service as access
from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.dependencies import Parts
from serving.settings import Settings
from wsai import errors
from wsai.clock import SystemClock
from wsai.storage.audit import AuditLog
from wsai.storage.database import open_database, session_maker, sqlite_url, upgrade
from wsai.storage.tables import PhotoRow
from wsai.vision.detections import Detections
from wsai.vision.picture import Picture


def photos(parts: Parts) -> int:
    with parts.readers() as session:
        return session.scalar(select(func.count()).select_from(PhotoRow)) or 0


def test_a_commit_that_fails_is_never_answered_with_201(inspector: Caller, parts: Parts) -> None:
    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", None, Exception("disk is full"))

    event.listen(parts.engine, "commit", fail)
    try:
        answer = inspector.upload(picture())
    finally:
        event.remove(parts.engine, "commit", fail)
    assert answer.status_code == 503
    assert answer.json()["code"] == "storage-unavailable"
    assert photos(parts) == 0
    assert inspector.upload(picture()).status_code == 201, "it can be sent again"


def test_ten_at_once_with_the_same_photo_make_one(app: FastAPI, parts: Parts) -> None:
    callers = [caller_with_key(app, parts, f"phone-{n}", Role.INSPECTOR) for n in range(10)]
    barrier = threading.Barrier(10)

    def send(caller: Caller) -> tuple[int, str]:
        barrier.wait()
        answer = caller.upload(picture())
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, callers))
    assert sorted(status for status, _ in answers) == [200] * 9 + [201]
    assert len({photo for _, photo in answers}) == 1
    assert photos(parts) == 1


def test_one_finding_confirmed_by_eight_at_once_is_one_record(app: FastAPI, parts: Parts) -> None:
    callers = [caller_with_key(app, parts, f"phone-{n}", Role.INSPECTOR) for n in range(8)]
    finding = callers[0].photo()["findings"][0]
    with ThreadPoolExecutor(8) as pool:
        url = f"/v1/findings/{finding['id']}/confirm"
        statuses = list(pool.map(lambda caller: caller.post(url).status_code, callers))
    assert sorted(statuses) == [201] + [409] * 7
    assert len(callers[0].get("/v1/hazards").json()["items"]) == 1


class BrokenDetector(FakeDetector):
    """Fails on every picture in a way nobody expected."""

    def detect(self, picture: Picture, *, min_score: float) -> Detections:
        del picture, min_score
        raise ZeroDivisionError("secret inner detail")


def test_what_nobody_expected_is_a_500_that_says_nothing_about_itself(
    settings: Settings, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = build_parts(settings, detector=BrokenDetector(), clock=clock)
    caller = caller_with_key(create_app(parts=parts), parts, "phone", Role.INSPECTOR)
    answer = caller.upload(picture())
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unexpected"
    assert "secret" not in answer.text
    assert "secret inner detail" in capsys.readouterr().out, "the log says it"
    assert photos(parts) == 0
    parts.close()


def test_a_model_that_is_away_is_a_503(settings: Settings, clock: FixedClock) -> None:
    class AwayDetector(FakeDetector):
        def detect(self, picture: Picture, *, min_score: float) -> Detections:
            raise errors.ModelUnavailable("the model's file is damaged")

    parts = build_parts(settings, detector=AwayDetector(), clock=clock)
    caller = caller_with_key(create_app(parts=parts), parts, "phone", Role.INSPECTOR)
    assert caller.upload(picture()).status_code == 503
    parts.close()


def test_a_killed_service_keeps_every_photo_that_it_answered_for(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    upgrade(sqlite_url(data))
    engine = open_database(sqlite_url(data))
    with session_maker(engine).begin() as session:
        key = access.create_key(
            session, name="phone", role=Role.INSPECTOR, by="test", now=SystemClock().now()
        )
    engine.dispose()
    answered: dict[str, bytes] = {}
    lock, enough = threading.Lock(), threading.Event()

    def send_until_it_dies(address: str, number: int) -> None:
        with httpx2.Client(headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            for turn in range(1000):
                data_sent = picture(1000 * number + turn, (320, 240))
                try:
                    answer = client.post(
                        f"{address}/v1/photos", files={"file": ("a.jpg", data_sent)}
                    )
                except httpx2.HTTPError:
                    return
                if answer.status_code == 201:
                    with lock:
                        answered[answer.json()["id"]] = data_sent
                        if len(answered) >= 12:
                            enough.set()

    with live_service(data) as service:
        threads = [
            threading.Thread(target=send_until_it_dies, args=(service.address, n)) for n in range(4)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(60), "the service answered too little"
        service.process.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(60)
    client = httpx2.Client(headers={"Authorization": f"Bearer {key}"}, timeout=30)
    with live_service(data) as service, client:
        for photo, sent in answered.items():
            shown = client.get(f"{service.address}/v1/photos/{photo}/original")
            assert shown.content == sent
            assert client.get(f"{service.address}/v1/photos/{photo}/annotated").is_success
    engine = open_database(sqlite_url(data))
    with session_maker(engine)() as session:
        log = AuditLog(session)
        assert log.first_fault() is None
        kept = session.scalars(select(PhotoRow.sha256)).all()
    engine.dispose()
    assert len(kept) >= len(answered)
    for digest in kept:
        assert list((data / "files").rglob(f"{digest}*")), "no row without its file"
    with sqlite3.connect(data / "wsai.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
