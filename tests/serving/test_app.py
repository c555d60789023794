from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from callers import Caller
from fakes import FakeDetector
from fastapi import FastAPI

from serving.app import build_parts
from serving.demo.service import load_demo, pictures_folder
from serving.dependencies import Parts
from serving.problems import STATUS
from serving.settings import Settings, read_settings
from wsai import errors
from wsai.errors import SettingsInvalid

ROOT = Path(__file__).resolve().parents[2]


def all_errors(base: type[errors.WsaiError] = errors.WsaiError) -> set[type[errors.WsaiError]]:
    return {base}.union(*(all_errors(child) for child in base.__subclasses__()))


def test_every_error_has_a_status_and_a_code_of_its_own() -> None:
    assert set(STATUS) == all_errors()
    codes = [error.code for error in all_errors()]
    assert len(set(codes)) == len(codes)


class TestHealth:
    def test_it_is_alive_and_ready(self, anyone: Caller) -> None:
        assert anyone.get("/livez").json() == {"status": "alive"}
        assert anyone.get("/readyz").json() == {"status": "ready", "model": "fake-detector-1"}

    def test_it_is_not_ready_without_its_database(
        self, anyone: Caller, parts: Parts, settings: Settings
    ) -> None:
        parts.engine.dispose()
        for path in settings.data_dir.glob("wsai.sqlite3*"):
            path.unlink()
        (settings.data_dir / "wsai.sqlite3").mkdir()
        answer = anyone.get("/readyz")
        assert answer.status_code == 503
        assert anyone.get("/livez").status_code == 200

    def test_what_happens_is_counted(self, inspector: Caller) -> None:
        finding = inspector.photo()["findings"][0]
        inspector.photo()
        inspector.post(f"/v1/findings/{finding['id']}/confirm")
        text = inspector.get("/metrics").text
        assert 'wsai_photos_total{new="true"} 1.0' in text
        assert 'wsai_photos_total{new="false"} 1.0' in text
        assert 'code="ppe-no-helmet",decision="confirmed"' in text


class TestOpenApi:
    def test_every_operation_says_what_it_does(self, app: FastAPI) -> None:
        for path, methods in app.openapi()["paths"].items():
            for method, operation in methods.items():
                assert operation.get("description"), f"{method} {path}"

    def test_bodies_and_answers_have_examples(self, app: FastAPI) -> None:
        schemas = app.openapi()["components"]["schemas"]
        for name in ("Login", "Setup", "Confirmation", "Dismissal", "PhotoRead", "HazardRead"):
            assert schemas[name].get("examples"), name

    def test_every_error_is_described_as_the_problem_that_is_sent(
        self, anyone: Caller, inspector: Caller
    ) -> None:
        document = anyone.get("/openapi.json").json()
        assert document == anyone.get("/openapi.json").json()
        schemas = document["components"]["schemas"]
        assert not [name for name in schemas if "Validation" in name]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                content = operation["responses"]["default"]["content"]
                assert list(content) == ["application/problem+json"], f"{method} {path}"
        described = schemas["Problem"]
        for answer in (
            inspector.get("/v1/photos/no-id"),
            inspector.get("/v1/nowhere"),
            anyone.get("/v1/photos"),
        ):
            body = answer.json()
            assert set(described["required"]) <= set(body) <= set(described["properties"])

    def test_it_is_served_without_a_login_and_names_no_other_host(self, anyone: Caller) -> None:
        assert anyone.get("/openapi.json").status_code == 200
        assert anyone.get("/docs").status_code == 404


class TestPage:
    def test_it_is_served_with_headers_that_keep_others_out(self, anyone: Caller) -> None:
        page = anyone.get("/")
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"

    def test_nothing_it_loads_comes_from_elsewhere(self) -> None:
        for path in (ROOT / "serving/web/static").iterdir():
            text = path.read_text(encoding="utf-8")
            foreign = [row for row in text.split() if "//" in row and "http" in row]
            assert all("w3.org" in row for row in foreign), (path.name, foreign)


class TestSettings:
    def test_the_environment_wins_over_the_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "wsai.toml"
        file.write_text('data_dir = "/srv/wsai"\nsession_hours = 3\n', encoding="utf-8")
        monkeypatch.setenv("WSAI_SETTINGS", str(file))
        monkeypatch.setenv("WSAI_SESSION_HOURS", "5")
        settings = read_settings()
        assert settings.data_dir == Path("/srv/wsai")
        assert settings.session_hours == 5

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("WSAI_MAX_UPLOAD_MB", "-1"),
            ("WSAI_PARALLEL_PHOTOS", "many"),
            ("WSAI_SETTINGS", "/no.toml"),
        ],
    )
    def test_a_setting_that_cannot_work_is_named(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        with pytest.raises(SettingsInvalid, match=variable):
            read_settings()

    @pytest.mark.parametrize(
        "environment",
        [
            {"WSAI_MAX_UPLOAD_MB": "x"},
            {"WSAI_DATABASE_URL": "nonsense"},
            {"WSAI_DATA_DIR": "/proc/no"},
        ],
    )
    def test_on_the_command_line_that_is_one_line(self, environment: dict[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "serving.cli", "db", "upgrade"],
            env=os.environ | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr.startswith("wsai: ")
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_port_that_is_taken_is_one_line(self, tmp_path: Path) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "serving.cli",
                    "serve",
                    "--port",
                    str(taken.getsockname()[1]),
                ],
                env=os.environ | {"WSAI_DATA_DIR": str(tmp_path)},
                cwd=ROOT,
                capture_output=True,
                text=True,
            )
        assert done.returncode == 1
        assert "choose another with --host, --port" in done.stderr


def test_the_demo_is_loaded_once(settings: Settings) -> None:
    parts = build_parts(settings, detector=FakeDetector())
    count = len(list(pictures_folder().glob("*.jpg")))
    assert count >= 3
    assert load_demo(parts)[0] == count
    assert load_demo(parts) == (0, 0)
    parts.close()
