from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from callers import Caller, caller_with_key, picture
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import func, select

from serving.access.service import Role
from serving.dependencies import Parts
from wsai.storage.tables import AuditRow, PhotoRow


def rows(parts: Parts) -> int:
    with parts.readers() as session:
        return session.scalar(select(func.count()).select_from(PhotoRow)) or 0


def files(parts: Parts) -> set[Path]:
    return {p for p in (parts.settings.data_dir / "files").rglob("*") if p.is_file()}


def test_a_photo_comes_back_with_its_findings(inspector: Caller) -> None:
    answer = inspector.upload(
        picture(), site="一号厂", checkpoint="冲压", taken_at="2026-11-23T10:00:00+08:00"
    )
    assert answer.status_code == 201
    photo = answer.json()
    assert answer.headers["location"] == f"/v1/photos/{photo['id']}"
    assert (photo["site"], photo["checkpoint"]) == ("一号厂", "冲压")
    assert photo["taken_at"] == "2026-11-23T02:00:00Z"
    assert (photo["width"], photo["height"]) == (640, 480)
    assert photo["model"] == "fake-detector-1"
    first = photo["findings"][0]
    assert first["code"] == "ppe-no-helmet"
    assert first["verdict"] == "hazard"
    assert first["status"] == "open"
    assert first["hazard_id"] is None
    assert len({finding["id"] for finding in photo["findings"]}) == len(photo["findings"])
    shown = inspector.get(answer.headers["location"])
    assert shown.json() == photo


def test_the_same_photo_again_makes_nothing_twice(inspector: Caller, parts: Parts) -> None:
    first = inspector.upload(picture(), site="一号厂")
    kept = files(parts)
    again = inspector.upload(picture(), name="other.jpg", site="二号厂")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert rows(parts) == 1
    assert files(parts) == kept


class TestIdempotency:
    def test_a_repeated_request_gets_the_first_answer(
        self, inspector: Caller, parts: Parts
    ) -> None:
        first = inspector.upload(picture(), key="k1")
        again = inspector.upload(picture(), key="k1")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert rows(parts) == 1

    def test_a_key_stands_for_one_photo(self, inspector: Caller, parts: Parts) -> None:
        inspector.upload(picture(1), key="k1")
        answer = inspector.upload(picture(2), key="k1")
        assert answer.status_code == 409
        assert answer.json()["code"] == "conflict"
        assert rows(parts) == 1

    def test_keys_of_different_people_do_not_meet(
        self, inspector: Caller, admin: Caller, parts: Parts
    ) -> None:
        assert inspector.upload(picture(1), key="k1").status_code == 201
        assert admin.upload(picture(2), key="k1").status_code == 201
        assert rows(parts) == 2

    def test_a_photo_that_was_there_stays_200_when_repeated(self, inspector: Caller) -> None:
        inspector.upload(picture())
        assert inspector.upload(picture(), key="k2").status_code == 200
        assert inspector.upload(picture(), key="k2").status_code == 200


class TestPictures:
    def test_the_annotated_picture_is_drawn_and_the_original_is_as_it_came(
        self, inspector: Caller
    ) -> None:
        data = picture(7)
        photo = inspector.upload(data).json()
        drawn = inspector.get(photo["annotated_url"])
        assert drawn.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(drawn.content)) as shown:
            assert shown.size == (640, 480)
        original = inspector.get(photo["original_url"])
        assert original.content == data
        assert drawn.content != data

    def test_it_is_drawn_in_the_readers_language_and_again_when_it_is_gone(
        self, inspector: Caller, parts: Parts
    ) -> None:
        url = inspector.photo()["annotated_url"]
        zh, en = (inspector.get(url.partition("?")[0], params={"lang": x}) for x in ("zh", "en"))
        assert zh.content != en.content
        for path in (parts.settings.data_dir / "files" / "derived").rglob("*.jpg"):
            path.unlink()
        assert inspector.get(url).content == zh.content

    def test_an_unchanged_answer_is_not_sent_again(self, inspector: Caller) -> None:
        photo = inspector.photo()
        for url in (f"/v1/photos/{photo['id']}", photo["annotated_url"]):
            tag = inspector.get(url).headers["etag"]
            again = inspector.get(url, headers={"If-None-Match": tag})
            assert again.status_code == 304
            assert again.content == b""

    def test_the_original_is_for_its_uploader_and_administrators_and_each_look_is_noted(
        self, app: FastAPI, parts: Parts, inspector: Caller, admin: Caller
    ) -> None:
        photo = inspector.photo()
        other = caller_with_key(app, parts, "other", Role.INSPECTOR)
        assert other.get(photo["original_url"]).status_code == 403
        assert other.get(photo["annotated_url"]).status_code == 200
        assert inspector.get(photo["original_url"]).status_code == 200
        assert admin.get(photo["original_url"]).status_code == 200
        with parts.readers() as session:
            looks = session.scalars(
                select(AuditRow.actor).where(AuditRow.action == "photo.original-read")
            ).all()
        assert looks == ["key:inspector", "key:admin"]

    def test_gps_is_kept_and_never_shown(self, inspector: Caller) -> None:
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (31.0, 12.0, 30.0), 3: "E", 4: (121.0, 30.0, 0.0)}
        photo = inspector.upload(picture(3, exif=exif)).json()
        assert "31.2" not in str(photo)
        drawn = inspector.get(photo["annotated_url"]).content
        with Image.open(io.BytesIO(drawn)) as shown:
            assert not shown.getexif()


class TestLists:
    def test_photos_come_newest_first_page_by_page(self, inspector: Caller) -> None:
        ids = [inspector.photo(seed)["id"] for seed in range(5)]
        seen, cursor = [], None
        for _ in range(3):
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = inspector.get("/v1/photos", params=query).json()
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
        assert cursor is None
        assert sorted(seen) == sorted(ids)
        assert len(set(seen)) == 5

    @pytest.mark.parametrize(
        "query", [{"limit": "0"}, {"limit": "x"}, {"cursor": "?"}, {"cursor": "eA"}]
    )
    def test_a_wrong_query_is_refused(self, inspector: Caller, query: dict[str, str]) -> None:
        answer = inspector.get("/v1/photos", params=query)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accepted", "name"), [("zh-CN", "未佩戴安全帽"), ("en", "Safety helmet not worn")]
)
def test_answers_speak_the_readers_language(inspector: Caller, accepted: str, name: str) -> None:
    photo = inspector.photo()
    shown = inspector.get(f"/v1/photos/{photo['id']}", headers={"Accept-Language": accepted}).json()
    assert shown["findings"][0]["name"] == name


def test_on_both_databases_a_photo_becomes_a_record(
    database_url: str, tmp_path: Path, app_on: Callable[[str], tuple[FastAPI, Parts]]
) -> None:
    app, parts = app_on(database_url)
    caller = caller_with_key(app, parts, "inspector", Role.INSPECTOR)
    photo = caller.photo(site="一号厂")
    finding = photo["findings"][0]
    made = caller.post(f"/v1/findings/{finding['id']}/confirm", json={"note": "三号冲床"})
    assert made.status_code == 201
    listed = made.json() | {"offers": []}  # what an act takes stands on the record alone
    assert caller.get("/v1/hazards", params={"site": "一号厂"}).json()["items"] == [listed]
    assert caller.upload(picture()).status_code == 200
