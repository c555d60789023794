"""Models are exchanged while the service runs; what cannot run is never switched to."""

from __future__ import annotations

import dataclasses
import io
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import numpy as np
import onnx
import pytest
from callers import Caller, caller_with_key
from fakes import FakeDetector, FixedClock
from live_service import live_service
from PIL import Image
from sqlalchemy import select
from tiny_models import red_finder, write_model

from serving.access import service as access
from serving.access.service import Role
from serving.app import build_parts, create_app
from serving.dependencies import Parts
from serving.models.live import LiveModels, Running
from serving.models.shadow import MOST_WAITING
from serving.settings import Settings
from wsai.clock import SystemClock
from wsai.errors import ModelUnavailable
from wsai.perception import registry
from wsai.perception.models import active_id
from wsai.perception.registry import Canary
from wsai.storage.audit import AuditLog
from wsai.storage.database import open_database, session_maker, sqlite_url, upgrade
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import AuditRow, ShadowRow
from wsai.vision.detections import Detections
from wsai.vision.picture import Picture

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "李工", "at": NOON}
BLIND = {"thresholds": {"fire": 0.99999, "smoke": 0.3}}
"""A card of a model that never counts a fire."""


def fire(number: int, size: tuple[int, int] = (256, 192)) -> bytes:
    """Return a photo with a red square; another number gives another photo."""
    pixels = np.full((size[1], size[0], 3), 114, dtype=np.uint8)
    pixels[64:128, 64:128] = (255, 0, 0)
    pixels[0, :16] = 114 + np.array([(number >> bit) & 1 for bit in range(16)])[:, None]
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def of_one_size() -> onnx.ModelProto:
    """Return a network that fails on every picture that is not 4:3, as a forgotten axis does."""
    network = red_finder(3)
    for place, side in ((2, 192), (3, 256)):
        network.graph.input[0].type.tensor_type.shape.dim[place].dim_value = side
    return network


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models ``red-1``, active, and ``red-2``, which never counts a fire."""
    models = tmp_path / "models"
    write_model(models / "red-1", red_finder(3))
    write_model(models / "red-2", red_finder(3), **BLIND)
    (models / "ACTIVE").write_text("red-1\n", encoding="utf-8")
    monkeypatch.setenv("WSAI_MODELS_DIR", str(models))
    return models


@pytest.fixture
def parts(settings: Settings, clock: FixedClock, folder: Path) -> Iterator[Parts]:
    """A service that runs the models of the folder; its threads are not started."""
    del folder
    built = build_parts(settings, clock=clock)
    yield built
    built.close()


def send(caller: Caller, number: int, **fields: str) -> dict[str, Any]:
    answer = caller.upload(fire(number), **fields)
    assert answer.status_code == 201, answer.text
    photo: dict[str, Any] = answer.json()
    return photo


def models_of_findings(parts: Parts, photo: dict[str, Any]) -> set[str]:
    with parts.readers() as session:
        kept = PhotoRepository(session).get(UUID(photo["id"])).findings
    return {finding.model_id for finding in kept}


def damage(folder: Path, model_id: str) -> None:
    file = folder / model_id / "model.onnx"
    file.write_bytes(file.read_bytes()[:-100])


def by_id(caller: Caller) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in caller.get("/v1/models").json()}


def last_audit(parts: Parts) -> AuditRow:
    with parts.readers() as session:
        assert AuditLog(session).first_fault() is None
        row = session.scalar(select(AuditRow).order_by(AuditRow.id.desc()).limit(1))
    assert row is not None
    return row


class TestOverHttp:
    def test_a_promoted_model_answers_the_next_photo(
        self, admin: Caller, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        first = send(inspector, 1)
        answer = admin.post("/v1/models/red-2/promote", json={"reason": "fewer alarms"})
        assert answer.status_code == 200
        assert answer.json() == {
            "action": "promote",
            "before": "red-1",
            "after": "red-2",
            "by": "key:admin",
            "at": parts.clock.now().isoformat().replace("+00:00", "Z"),
            "reason": "fewer alarms",
        }
        second = send(inspector, 2)
        assert (first["model"], second["model"]) == ("red-1", "red-2")
        assert models_of_findings(parts, second) == {"red-2"}
        assert inspector.get("/readyz").json()["model"] == active_id(folder) == "red-2"
        row = last_audit(parts)
        assert row.action == "photo.received"
        with parts.readers() as session:
            kept = session.scalar(select(AuditRow).where(AuditRow.action == "model.promote"))
        assert kept is not None
        assert (kept.actor, kept.subject) == ("key:admin", "model:red-2")
        assert kept.details == {"before": "red-1", "reason": "fewer alarms"}

    def test_a_rollback_brings_the_one_before_back(
        self, admin: Caller, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        admin.post("/v1/models/red-2/promote")
        assert admin.post("/v1/models/rollback").json()["after"] == "red-1"
        assert send(inspector, 1)["model"] == active_id(folder) == "red-1"
        nothing = admin.post("/v1/models/rollback")
        assert nothing.status_code == 409
        assert "no model was active before" in nothing.json()["detail"]
        assert [c.action for c in registry.history(folder)] == ["promote", "rollback"]

    def test_a_damaged_candidate_is_refused_and_the_old_goes_on(
        self, admin: Caller, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        damage(folder, "red-2")
        answer = admin.post("/v1/models/red-2/promote")
        assert answer.status_code == 409
        assert "Nothing was changed" in answer.json()["detail"]
        assert "damaged or foreign" in answer.json()["detail"]
        assert send(inspector, 1)["model"] == active_id(folder) == "red-1"
        assert registry.history(folder) == []
        assert last_audit(parts).action == "photo.received", "what was refused is no change"

    @pytest.mark.parametrize("model_id", ["red-9", "..", "%00", "x" * 100])
    def test_a_model_that_is_not_there_is_not_found(self, admin: Caller, model_id: str) -> None:
        answer = admin.post(f"/v1/models/{model_id}/promote")
        assert answer.status_code in {404, 405, 422}
        assert answer.headers["content-type"] == "application/problem+json"

    def test_the_active_one_is_a_conflict(self, admin: Caller) -> None:
        assert admin.post("/v1/models/red-1/promote").status_code == 409

    def test_a_folder_that_cannot_be_written_changes_nothing(
        self, admin: Caller, parts: Parts, folder: Path
    ) -> None:
        (folder / "HISTORY.jsonl").mkdir()
        answer = admin.post("/v1/models/red-2/promote")
        assert answer.status_code == 409
        assert "WSAI_MODELS_DIR" in answer.json()["detail"]
        assert parts.detector.model_id == "red-1"
        with parts.readers() as session:
            assert (
                session.scalar(select(AuditRow).where(AuditRow.action == "model.promote")) is None
            )

    def test_everything_worth_knowing_is_listed(
        self, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        measured = {"a": (0.5, 30), "b": (0.9, 10)}
        (folder / "red-1" / "metrics.json").write_text(
            json.dumps(
                {
                    "sets": {
                        name: {"model.onnx": {"map50": value, "pictures": count}}
                        for name, (value, count) in measured.items()
                    }
                }
            )
        )
        registry.set_canary(folder, Canary(model="red-2", share=0.1, sites=("一号",)), **WHO)
        registry.set_shadow(folder, "red-2", **WHO)
        parts.models.refresh()
        listed = by_id(inspector)
        one, two = listed["red-1"], listed["red-2"]
        assert (one["active"], one["roles"], two["active"]) == (True, ["active"], False)
        assert two["roles"] == ["canary", "shadow"]
        assert two["canary"] == {"share": 0.1, "sites": ["一号"]}
        assert (one["precision"], one["computes_in"]) == ("float32", "float32")
        assert (one["runs"], one["input_px"], one["map50"]) == ("model.onnx", 256, 0.6)
        assert one["provider"] == "CPUExecutionProvider"
        assert two["map50"] is None
        assert one["pinned"] is False


class TestFollowing:
    def test_what_the_command_line_changed_is_noticed(
        self, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        before = parts.detector
        parts.models.refresh()
        assert parts.detector is before, "nothing changed, nothing is loaded"
        registry.promote(folder, "red-2", **WHO)
        parts.models.refresh()
        assert send(inspector, 1)["model"] == "red-2"
        assert (
            'wsai_model_running{model="red-2",role="active"} 1.0' in parts.metrics.text().decode()
        )

    def test_one_that_cannot_be_loaded_is_said_and_the_old_goes_on(
        self, inspector: Caller, parts: Parts, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        damage(folder, "red-2")
        (folder / "ACTIVE").write_text("red-2", encoding="utf-8")
        for _ in range(3):
            parts.models.refresh()
        assert send(inspector, 1)["model"] == "red-1"
        listed = by_id(inspector)
        assert "damaged or foreign" in listed["red-2"]["problem"]
        assert listed["red-1"]["problem"] is None
        assert capsys.readouterr().out.count("model-refused") == 1, "not at every look"
        assert "wsai_models_refused 1.0" in parts.metrics.text().decode()
        (folder / "ACTIVE").write_text("red-1", encoding="utf-8")
        parts.models.refresh()
        assert by_id(inspector)["red-2"]["problem"] is None
        assert "wsai_models_refused 0.0" in parts.metrics.text().decode()

    def test_one_whose_files_come_later_is_tried_again(self, parts: Parts, folder: Path) -> None:
        running, metrics = parts.models.running, parts.metrics
        patient = LiveModels(running, metrics=metrics, folder=folder)
        eager = LiveModels(running, metrics=metrics, folder=folder, retry_s=0)
        (folder / "ACTIVE").write_text("red-3", encoding="utf-8")
        for models in (patient, eager):
            models.refresh()
            assert "no model red-3" in models.problems["red-3"]
        write_model(folder / "red-3", red_finder(3))
        for models, expected in ((patient, "red-1"), (eager, "red-3")):
            models.refresh()
            assert models.running.active.model_id == expected
        assert eager.problems == {}

    @pytest.mark.parametrize("name", ["ACTIVE", "ROLLOUT.json"])
    def test_a_file_that_is_gone_or_damaged_changes_nothing(
        self, inspector: Caller, parts: Parts, folder: Path, name: str
    ) -> None:
        registry.set_canary(folder, Canary(model="red-2", share=1), **WHO)
        parts.models.refresh()
        (folder / name).unlink()
        (folder / name).mkdir()
        parts.models.refresh()
        assert send(inspector, 1)["model"] == "red-2"
        assert parts.detector.model_id == "red-1"
        problem = by_id(inspector)["red-1"]["problem"]
        assert name in problem, "it stands with the active model"

    def test_a_damaged_card_is_listed_with_its_problem(
        self, inspector: Caller, folder: Path
    ) -> None:
        (folder / "red-2" / "model.json").write_text("{", encoding="utf-8")
        assert "model.json" in by_id(inspector)["red-2"]["problem"]

    def test_a_pinned_service_ignores_promotions_and_says_so(
        self, settings: Settings, clock: FixedClock, folder: Path
    ) -> None:
        parts = build_parts(settings.model_copy(update={"model": "red-2"}), clock=clock)
        caller = caller_with_key(create_app(parts=parts), parts, "a", Role.ADMIN)
        registry.set_canary(folder, Canary(model="red-2", share=1), **WHO)
        write_model(folder / "red-3", red_finder(3))
        registry.promote(folder, "red-3", **WHO)
        parts.models.refresh()
        assert send(caller, 1)["model"] == "red-2"
        assert by_id(caller)["red-2"]["pinned"] is True
        refused = caller.post("/v1/models/red-1/promote")
        assert refused.status_code == 409
        assert "WSAI_MODEL" in refused.json()["detail"]
        assert active_id(folder) == "red-3"
        parts.close()

    def test_it_does_not_start_without_a_model_that_can_answer(
        self, settings: Settings, folder: Path
    ) -> None:
        damage(folder, "red-1")
        with pytest.raises(ModelUnavailable, match="damaged or foreign"):
            build_parts(settings)

    def test_a_candidate_that_is_damaged_holds_up_no_start(
        self, settings: Settings, folder: Path
    ) -> None:
        registry.set_shadow(folder, "red-2", **WHO)
        damage(folder, "red-2")
        parts = build_parts(settings)
        assert parts.detector.model_id == "red-1"
        assert "red-2" in parts.models.problems
        parts.close()

    def test_a_photo_keeps_the_model_that_it_began_with(self, parts: Parts, folder: Path) -> None:
        looking, go_on = threading.Event(), threading.Event()

        class Slow(FakeDetector):
            model_id = "slow-1"

            def detect(self, picture: Picture, *, min_score: float) -> Detections:
                looking.set()
                assert go_on.wait(30)
                return super().detect(picture, min_score=min_score)

        models = LiveModels(Running(Slow()), metrics=parts.metrics, folder=folder)
        slow = dataclasses.replace(parts, models=models)
        caller = caller_with_key(create_app(parts=slow), slow, "phone", Role.INSPECTOR)
        with ThreadPoolExecutor(1) as pool:
            begun = pool.submit(send, caller, 1)
            assert looking.wait(30)
            models.refresh()
            assert models.running.active.model_id == "red-1"
            assert send(caller, 2)["model"] == "red-1", "the next one does not wait for it"
            go_on.set()
            photo = begun.result(30)
        assert photo["model"] == "slow-1"
        assert models_of_findings(parts, photo) == {"slow-1"}


class TestCanary:
    def test_the_same_photo_always_gets_the_same_model(
        self, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        canary = Canary(model="red-2", share=0.5)
        registry.set_canary(folder, canary, **WHO)
        parts.models.refresh()
        photos = [send(inspector, number) for number in range(24)]
        assert {photo["model"] for photo in photos} == {"red-1", "red-2"}
        for photo in photos:
            asked = inspector.get(f"/v1/photos/{photo['id']}").json()
            assert asked["model"] == photo["model"]
            assert (photo["model"] == "red-2") is canary.takes(photo["sha256"], None)

    def test_what_the_candidate_cannot_bear_the_active_model_answers(
        self, inspector: Caller, parts: Parts, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_model(folder / "red-3", of_one_size())
        registry.set_canary(folder, Canary(model="red-3", share=1), **WHO)
        parts.models.refresh()
        square = inspector.upload(fire(1, (192, 192)))
        assert (square.status_code, square.json()["model"]) == (201, "red-1")
        assert "model-failed" in capsys.readouterr().out
        assert send(inspector, 2)["model"] == "red-3"

    def test_a_site_is_answered_by_the_candidate_until_that_ends(
        self, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        registry.set_canary(folder, Canary(model="red-2", sites=("一号车间",)), **WHO)
        parts.models.refresh()
        assert send(inspector, 1, site=" 一号车间 ")["model"] == "red-2"
        assert send(inspector, 2, site="二号车间")["model"] == "red-1"
        registry.set_canary(folder, None, **WHO)
        parts.models.refresh()
        assert send(inspector, 3, site="一号车间")["model"] == "red-1"


@pytest.fixture
def shadowed(parts: Parts, folder: Path) -> Parts:
    """The service with ``red-2`` as shadow."""
    registry.set_shadow(folder, "red-2", **WHO)
    parts.models.refresh()
    return parts


def compared(parts: Parts) -> list[ShadowRow]:
    with parts.readers() as session:
        return list(session.scalars(select(ShadowRow)))


class TestShadow:
    def test_what_it_says_differently_is_recorded_and_summed_up(
        self, inspector: Caller, shadowed: Parts
    ) -> None:
        photos = [send(inspector, number) for number in range(2)]
        for _ in photos:
            shadowed.shadow.compare_next()
        assert {photo["model"] for photo in photos} == {"red-1"}
        rows = compared(shadowed)
        assert {str(row.photo_id) for row in rows} == {photo["id"] for photo in photos}
        fires = sum(d["label"] == "fire" for d in photos[0]["detections"] if d["score"] >= 0.4)
        assert fires > 0
        nothing = {"both": 0, "only_active": fires, "only_candidate": 0}
        assert all(row.labels == {"fire": nothing} and row.differs for row in rows)
        (report,) = inspector.get("/v1/models/shadow").json()["items"]
        assert (report["active"], report["candidate"]) == ("red-1", "red-2")
        assert (report["photos"], report["differing"]) == (2, 2)
        assert report["labels"]["fire"]["only_active"] == 2 * fires
        changes = {row["code"]: row for row in report["findings"]}
        assert changes["fire-flame"]["active"] == "hazard"
        assert changes["fire-flame"]["candidate"] is None
        assert changes["fire-flame"]["photos"] == 2

    def test_two_that_agree_differ_in_nothing(
        self, inspector: Caller, parts: Parts, folder: Path
    ) -> None:
        write_model(folder / "red-3", red_finder(3))
        registry.set_shadow(folder, "red-3", **WHO)
        parts.models.refresh()
        send(inspector, 1)
        parts.shadow.compare_next()
        (row,) = compared(parts)
        assert not row.differs
        assert row.findings == []
        assert row.labels["fire"]["both"] > 0

    def test_one_that_raises_breaks_no_request_and_the_next_photo_is_compared(
        self, inspector: Caller, parts: Parts, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_model(folder / "red-3", of_one_size())
        registry.set_shadow(folder, "red-3", **WHO)
        parts.models.refresh()
        assert inspector.upload(fire(1, (192, 192))).status_code == 201
        send(inspector, 2)
        parts.shadow.compare_next()
        parts.shadow.compare_next()
        assert len(compared(parts)) == 1
        text = parts.metrics.text().decode()
        assert 'wsai_shadow_photos_total{outcome="failed"} 1.0' in text
        assert 'wsai_shadow_photos_total{outcome="compared"} 1.0' in text
        assert "shadow-failed" in capsys.readouterr().out

    def test_when_it_lags_behind_photos_are_dropped_and_no_request_waits(
        self, inspector: Caller, shadowed: Parts
    ) -> None:
        for number in range(MOST_WAITING + 3):  # nobody takes them: the thread is not started
            send(inspector, number)
        text = shadowed.metrics.text().decode()
        assert 'wsai_shadow_photos_total{outcome="dropped"} 3.0' in text

    def test_the_thread_compares_and_ends(self, inspector: Caller, shadowed: Parts) -> None:
        shadowed.start()
        send(inspector, 1)
        until = threading.Event()
        for _ in range(200):
            if compared(shadowed) or until.wait(0.05):
                break
        assert len(compared(shadowed)) == 1
        shadowed.close()
        assert not [t for t in threading.enumerate() if t.name in {"shadow", "models"}]

    def test_the_same_photo_again_is_not_compared_again(
        self, inspector: Caller, shadowed: Parts
    ) -> None:
        send(inspector, 1)
        assert inspector.upload(fire(1)).status_code == 200
        send(inspector, 2)
        for _ in range(2):
            shadowed.shadow.compare_next()
        assert len(compared(shadowed)) == 2

    def test_without_a_shadow_nothing_waits(self, inspector: Caller, parts: Parts) -> None:
        send(inspector, 1)
        assert inspector.get("/v1/models/shadow").json() == {"shadow": None, "items": []}
        parts.close()
        assert parts.shadow.compare_next() is False, "the end is all that waits"
        assert compared(parts) == []


def sender(
    address: str, key: str, number: int, ended: threading.Event
) -> list[tuple[int, str | None]]:
    """Send photos until the end, the last one after it; return status and model of each."""
    told: list[tuple[int, str | None]] = []
    with httpx2.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        turn, last = 0, False
        while not last:
            last = ended.is_set()
            photo = fire(number * 8192 + turn)
            answer = client.post(f"{address}/v1/photos", files={"file": ("a.png", photo)})
            told.append((answer.status_code, answer.json().get("model")))
            turn += 1
    return told


def wait_for(done: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if done():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come about within 30 seconds")


def test_a_live_service_exchanges_models_under_load_and_loses_no_request(
    tmp_path: Path, folder: Path
) -> None:
    data = tmp_path / "live"
    data.mkdir()
    upgrade(sqlite_url(data))
    engine = open_database(sqlite_url(data))
    with session_maker(engine).begin() as session:
        key = access.create_key(
            session, name="gate", role=Role.ADMIN, by="test", now=SystemClock().now()
        )
    engine.dispose()
    registry.set_shadow(folder, "red-2", **WHO)
    ended = threading.Event()
    environment = {"WSAI_MODELS_DIR": str(folder)}
    headers = {"Authorization": f"Bearer {key}"}
    with live_service(data, **environment) as service, httpx2.Client(headers=headers) as admin:

        def answers_with(model_id: str) -> bool:
            ready: dict[str, str] = admin.get(f"{service.address}/readyz").json()
            return ready["model"] == model_id

        with ThreadPoolExecutor(3) as pool:
            told = [pool.submit(sender, service.address, key, n, ended) for n in range(3)]
            try:
                for _ in range(4):
                    url = f"{service.address}/v1/models"
                    assert admin.post(f"{url}/red-2/promote").status_code == 200
                    assert answers_with("red-2"), "from the answer on"
                    assert admin.post(f"{url}/rollback").status_code == 200
                    assert answers_with("red-1")
                registry.promote(folder, "red-2", **WHO)  # as the command line does
                wait_for(lambda: answers_with("red-2"))
                damage(folder, "red-1")
                refused = admin.post(f"{service.address}/v1/models/rollback")
                assert refused.status_code == 409
                assert answers_with("red-2")
                last = admin.post(
                    f"{service.address}/v1/photos", files={"file": ("a.png", fire(8191))}
                )
                assert last.json()["model"] == "red-2"
            finally:
                ended.set()
    answers = [answer for each in told for answer in each.result()]
    assert len(answers) > 30
    assert {status for status, _ in answers} == {201}
    assert {model for _, model in answers} == {"red-1", "red-2"}
    for each in told:
        assert each.result()[-1] == (201, "red-2")
