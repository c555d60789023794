"""The command line, with a detector that always sees the same and on files of all kinds."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from fakes import BARE_HEAD, FakeDetector
from PIL import Image
from tiny_models import red_finder, write_model

from serving.cli import cli as all_commands
from wsai.cli import cli, language
from wsai.errors import Conflict, InvalidRequest, ModelUnavailable
from wsai.vision.labels import Label

CONE = (Label.CONE, 0.9, (500.0, 300.0, 540.0, 380.0))


def jpeg(size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BILINEAR).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of two pictures, one of them deeper, and a text beside them."""
    folder = tmp_path / "车间"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "inner" / "b.JPG").write_bytes(jpeg())
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder


def run(*arguments: str | Path, seen: Any = (*BARE_HEAD, CONE)) -> Result:
    rows = sorted(seen, key=lambda row: -row[1])
    return CliRunner().invoke(cli, [str(a) for a in arguments], obj=FakeDetector(rows))


def run_all(*arguments: str) -> Result:
    """Run with the commands of the service too, which have a database."""
    return CliRunner().invoke(all_commands, arguments)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def command(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``wsai`` as the console script does."""
    return subprocess.run(
        [sys.executable, "-m", "serving.cli", *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    )


class TestDiagnose:
    def test_each_picture_is_one_json_line_with_everything(self, pictures: Path) -> None:
        result = run("diagnose", "--format", "jsonl", pictures / "a.jpg")
        assert result.exit_code == 0
        (line,) = lines(result)
        expected = {"path", "width", "height", "model", "detections", "findings", "elapsed_ms"}
        assert set(line) == expected
        assert (line["width"], line["height"]) == (640, 480)
        assert line["model"] == "fake-detector-1"
        assert line["detections"][0].keys() == {"label", "score", "box"}
        assert line["findings"][0]["code"] == "ppe-no-helmet"
        assert line["findings"][0]["verdict"] == "hazard"
        assert line["elapsed_ms"] > 0

    def test_folders_are_searched_for_pictures_and_nothing_else(self, pictures: Path) -> None:
        result = run("diagnose", "--format", "jsonl", pictures)
        assert [Path(line["path"]).name for line in lines(result)] == ["a.jpg", "b.JPG"]

    def test_globs_are_filled_and_a_file_named_twice_is_read_once(self, pictures: Path) -> None:
        result = run("diagnose", "--format", "jsonl", f"{pictures}/*.jpg", pictures / "a.jpg")
        assert [Path(line["path"]).name for line in lines(result)] == ["a.jpg"]

    def test_a_file_whose_name_looks_like_a_glob_is_that_file(self, pictures: Path) -> None:
        odd = pictures / "line [1].jpg"
        odd.write_bytes(jpeg())
        assert lines(run("diagnose", "--format", "jsonl", odd))[0]["path"] == str(odd)

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("broken.jpg", b"\xff\xd8\xff\xe0 not really", "image-unreadable"),
            ("empty.jpg", b"", "image-unreadable"),
            ("missing.jpg", None, "image-unreadable"),
            ("cut.jpg", jpeg()[:900], "image-unreadable"),
            ("text.png", b"hello", "image-unsupported"),
        ],
    )
    def test_a_bad_file_is_an_error_line_and_the_rest_go_on(
        self, pictures: Path, name: str, content: bytes | None, code: str
    ) -> None:
        bad = pictures / name
        if content is not None:
            bad.write_bytes(content)
        result = run("diagnose", "--format", "jsonl", bad, pictures / "a.jpg")
        first, second = lines(result)
        assert result.exit_code == 1
        assert first.keys() == {"path", "error"}
        assert first["error"].keys() == {"code", "message"}
        assert first["error"]["code"] == code
        assert second["findings"]

    def test_a_bad_file_is_named_in_text_too(self, pictures: Path) -> None:
        result = run("diagnose", pictures / "notes.txt", pictures / "a.jpg", "--lang", "zh")
        assert result.exit_code == 1
        assert "notes.txt" in result.stdout
        assert "未佩戴安全帽" in result.stdout

    def test_a_folder_or_glob_without_pictures_is_an_error(self, tmp_path: Path) -> None:
        assert isinstance(run("diagnose", tmp_path).exception, InvalidRequest)
        assert isinstance(run("diagnose", f"{tmp_path}/*.jpg").exception, InvalidRequest)

    def test_min_score_lists_more_detections_and_changes_no_finding(self, pictures: Path) -> None:
        seen = (*BARE_HEAD, CONE, (Label.HELMET, 0.05, (300.0, 10.0, 340.0, 40.0)))
        few = lines(run("diagnose", "--format", "jsonl", pictures / "a.jpg", seen=seen))[0]
        more = lines(
            run(
                "diagnose",
                "--format",
                "jsonl",
                "--min-score",
                "0.01",
                pictures / "a.jpg",
                seen=seen,
            )
        )[0]
        high = lines(
            run(
                "diagnose",
                "--format",
                "jsonl",
                "--min-score",
                "0.92",
                pictures / "a.jpg",
                seen=seen,
            )
        )[0]
        assert [len(x["detections"]) for x in (high, few, more)] == [1, 3, 4]
        assert high["findings"] == few["findings"] == more["findings"]
        assert run("diagnose", "--min-score", "2", pictures / "a.jpg").exit_code == 2

    def test_boxes_are_in_pixels_of_the_upright_original(self, pictures: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        (pictures / "turned.jpg").write_bytes(jpeg((640, 480), exif=exif))
        (line,) = lines(run("diagnose", "--format", "jsonl", pictures / "turned.jpg"))
        assert (line["width"], line["height"]) == (480, 640)

    def test_annotate_writes_pictures_beside_and_never_over_each_other(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        drawn, before = tmp_path / "drawn" / "deep", (pictures / "a.jpg").read_bytes()
        (pictures / "inner" / "a.jpg").write_bytes(jpeg())
        result = run("diagnose", "--annotate", drawn, pictures)
        assert result.exit_code == 0
        assert len(list(drawn.iterdir())) == 3
        for path in drawn.iterdir():
            with Image.open(path) as picture:
                assert picture.format == "JPEG"
                assert picture.size == (640, 480)
        assert (pictures / "a.jpg").read_bytes() == before

    def test_zones_say_what_is_required_where(self, pictures: Path, tmp_path: Path) -> None:
        zones = tmp_path / "zones.yaml"
        corners = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
        zones.write_text(f"- {{name: 车间, purpose: helmet, polygon: {corners}}}", encoding="utf-8")
        arguments = ("diagnose", "--format", "jsonl", pictures / "a.jpg")
        without = lines(run(*arguments, seen=BARE_HEAD))[0]["findings"][0]
        within = lines(run(*arguments, "--zones", zones, seen=BARE_HEAD))[0]["findings"][0]
        assert without["verdict"] == "ask-a-person"
        assert within["verdict"] == "hazard"
        zones.write_text("- {name: x}", encoding="utf-8")
        bad = run(*arguments, "--zones", zones)
        assert isinstance(bad.exception, InvalidRequest)
        assert "zones.yaml" in str(bad.exception)

    def test_text_speaks_the_asked_language(self, pictures: Path) -> None:
        zh = run("diagnose", "--lang", "zh", pictures / "a.jpg").stdout
        en = run("diagnose", "--lang", "en", pictures / "a.jpg").stdout
        assert "未佩戴安全帽" in zh
        assert "Safety helmet not worn" in en
        assert "未佩戴安全帽" not in en


@pytest.mark.parametrize(
    ("named", "environment", "expected"),
    [
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "zh"),
        (None, {}, "zh"),
    ],
)
def test_the_language_is_the_named_one_then_the_locales(
    monkeypatch: pytest.MonkeyPatch, named: str | None, environment: dict[str, str], expected: str
) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert language(named) == expected


class TestOthers:
    def test_labels_are_listed_in_both_languages(self) -> None:
        listed = run("labels", "--lang", "zh").stdout.splitlines()
        assert len(listed) == len(Label)
        assert "no-helmet\t未戴安全帽" in listed
        assert "no-helmet\t" in run("labels", "--lang", "en").stdout

    def test_the_catalogue_is_checked(self) -> None:
        result = run("catalogue", "check")
        assert result.exit_code == 0
        assert "68 hazards, 6 checklists" in result.stdout

    def test_a_hazard_is_shown_with_the_clauses_of_a_day(self) -> None:
        shown = run("catalogue", "show", "ppe-no-helmet", "--lang", "zh", "--on", "2026-11-23")
        assert "未佩戴安全帽" in shown.stdout
        assert "〔未核〕" in shown.stdout

    def test_the_shipped_model_is_listed_shown_and_verified(self) -> None:
        listed = run("models", "list")
        assert listed.exit_code == 0
        (active,) = [row for row in listed.stdout.splitlines() if row.startswith("* ")]
        model = active.split()[1]
        assert f"# {model}" in run("models", "show", model).stdout
        assert run("models", "verify", model).exit_code == 0


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models ``red-1``, active, and ``red-2``; the data folder is empty."""
    folder = tmp_path / "models"
    for name in ("red-1", "red-2"):
        write_model(folder / name, red_finder(3))
    (folder / "ACTIVE").write_text("red-1\n", encoding="utf-8")
    monkeypatch.setenv("WSAI_MODELS_DIR", str(folder))
    monkeypatch.setenv("WSAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("USER", "ligong")
    return folder


class TestModels:
    """Changing which models run; ``wsai.perception.registry`` has tests of its own."""

    def test_promoted_and_rolled_back(self, registry: Path) -> None:
        told = run("models", "promote", "red-2", "--reason", "sees smoke")
        assert told.stdout == "promote: red-1 -> red-2\n"
        assert run("models", "list").stdout.splitlines()[1].startswith("* red-2\t")
        assert run("models", "rollback").stdout == "rollback: red-2 -> red-1\n"
        assert (registry / "ACTIVE").read_text("utf-8") == "red-1\n"
        first, second = (row.split("\t") for row in run("models", "history").stdout.splitlines())
        assert first[1:] == ["ligong", "promote", "red-1 -> red-2", "sees smoke"]
        assert second[1:] == ["ligong", "rollback", "red-2 -> red-1", ""]

    def test_shadow_and_canary_are_set_listed_and_ended(self, registry: Path) -> None:
        shadow = run_all("models", "shadow", "red-2")
        assert shadow.stdout == "shadow: off -> red-2\n"
        sites = ("--site", "一号车间", "--site", "gate")
        assert run("models", "canary", "red-2", "--share", "0.1", *sites).exit_code == 0
        listed = run("models", "list").stdout.splitlines()[1]
        assert listed.endswith("shadow\tcanary: 0.1 of all photos, all of 一号车间, all of gate")
        assert run("models", "canary", "off").stdout == "canary: red-2 -> off\n"
        assert run_all("models", "shadow", "off").stdout == "shadow: red-2 -> off\n"
        assert "canary" not in run("models", "list").stdout
        assert len(run("models", "history").stdout.splitlines()) == 4
        told = run_all("models", "shadow", "report").stdout
        assert told == "no shadow model has looked at a photo yet\n"

    def test_there_must_be_one_to_go_back_to(self, registry: Path) -> None:
        refused = run("models", "rollback")
        assert isinstance(refused.exception, Conflict)
        assert "no model was active before red-1" in str(refused.exception)
        assert not (registry / "HISTORY.jsonl").exists()

    @pytest.mark.parametrize("action", ["promote", "shadow", "canary"])
    def test_a_damaged_model_is_never_chosen(self, registry: Path, action: str) -> None:
        with (registry / "red-2" / "model.onnx").open("ab") as file:
            file.write(b"x")
        share = ("--share", "1") if action == "canary" else ()
        refused = run_all("models", action, "red-2", *share)
        assert isinstance(refused.exception, ModelUnavailable)
        assert "damaged or foreign" in str(refused.exception)
        assert {path.name for path in registry.iterdir()} == {"ACTIVE", "red-1", "red-2"}

    def test_a_damaged_card_hides_no_other_model(self, registry: Path) -> None:
        (registry / "red-1" / "model.json").write_text("{", encoding="utf-8")
        listed = run("models", "list")
        assert listed.exit_code == 1
        assert [row.split("\t")[0] for row in listed.stdout.splitlines()] == ["! red-1", "  red-2"]

    def test_a_model_without_a_text_is_shown_by_its_card(self, registry: Path) -> None:
        del registry
        assert json.loads(run("models", "show", "red-2").stdout)["id"] == "red-2"


class TestErrors:
    """An expected error is one line that says what to do, and status 1."""

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("catalogue", "show", "no-such"), "no-such"),
            (("models", "show", "no-such"), "no-such"),
            (("diagnose", "--model", "no-such", "a.jpg"), "no-such"),
            (("diagnose", "no-such-*.jpg"), "nothing matches"),
            (("models", "promote", "no-such"), "no-such"),
        ],
    )
    def test_it_is_one_line(self, arguments: tuple[str, ...], told: str) -> None:
        done = command(*arguments)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("wsai: ")
        assert told in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_models_folder_without_models_says_what_to_do(self, tmp_path: Path) -> None:
        done = command("diagnose", "a.jpg", WSAI_MODELS_DIR=str(tmp_path))
        assert done.returncode == 1
        assert "WSAI_MODELS_DIR" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_reader_that_goes_away_is_no_error(self) -> None:
        whole = f"{sys.executable} -m serving.cli labels | head -n 1"
        done = subprocess.run(
            ["bash", "-c", whole],
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parents[1],
        )
        assert done.stdout.count("\n") == 1
        assert done.stderr == ""
