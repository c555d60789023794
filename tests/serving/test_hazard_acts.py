"""From a photo to its cancellation, over HTTP: the way that the office and the enterprise go."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from callers import Caller, picture
from docx import Document
from fakes import FakeDetector, FixedClock
from fastapi import FastAPI
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import text
from town import Town, act, confirmed, fixed, order, signature, signed

from serving.audit.service import verify
from serving.dependencies import Parts
from serving.hazards.service import escalate


def test_a_general_hazard_goes_from_a_photo_to_its_end(town: Town, clock: FixedClock) -> None:
    hazard = confirmed(town)
    assert (hazard["kind"], hazard["status"], hazard["site"]) == ("general", "registered", "甲厂")
    assert hazard["acts"][:2] == ["fix-on-spot", "order"]
    assert hazard["offers"][1] == {
        "do": "order", "name": "下达整改", "needs": ["responsible", "measures", "deadline"],
        "levels": [],
    }  # fmt: skip
    (listed,) = town.inspector.get("/v1/hazards").json()["items"]
    assert (listed["acts"], listed["offers"]) == (hazard["acts"], [])
    ordered = order(town, hazard["id"])
    assert (ordered["status_name"], ordered["deadline"]) == ("已下达整改", "2026-12-03")
    submitted = fixed(town, hazard["id"], clock)
    assert submitted["status"] == "submitted"
    steps = town.inspector.get(f"/v1/hazards/{hazard['id']}/history").json()
    (seen,) = steps[-1]["evidence"]["rectification"]
    assert seen["outcome"] == "still-there", "the detector sees the same in every picture"
    both = town.inspector.get(f"/v1/hazards/{hazard['id']}/side-by-side")
    assert Image.open(io.BytesIO(both.content)).size[1] == 640
    act(town.inspector, hazard["id"], "recheck")
    clock.turn(timedelta(minutes=5))
    closed = act(
        town.inspector, hazard["id"], "accept", signed_record=signed(town.inspector, hazard["id"])
    )
    assert (closed["status_name"], closed["closed_on"]) == ("已销号", "2026-11-23")
    assert closed["acts"] == ["reopen"]
    names = [s["name"] for s in town.inspector.get(f"/v1/hazards/{hazard['id']}/history").json()]
    assert names == ["下达整改", "开始整改", "提交整改", "开始复查", "复查通过并销号"]


def test_the_order_is_a_word_file_with_its_number(town: Town) -> None:
    hazard = confirmed(town)
    order(town, hazard["id"])
    asked = {"kind": "rectification-order", "hazard_id": hazard["id"]}
    first = town.inspector.post("/v1/documents", json=asked)
    if first.status_code == 409:  # a clause that nobody compared is asked about first
        assert first.json()["code"] == "clause-unverified"
        asked |= {"accept_unverified": True}
        first = town.inspector.post("/v1/documents", json=asked)
    assert first.status_code == 201, first.text
    made = first.json()
    assert made["number"].endswith("〔2026〕1号")
    file = town.owner.get(made["url"])
    tables = Document(io.BytesIO(file.content)).tables
    words = "".join(p.text for p in Document(io.BytesIO(file.content)).paragraphs)
    words += "".join(cell.text for table in tables for row in table.rows for cell in row.cells)
    assert "甲厂" in words
    assert made["number"] in words
    again = town.inspector.post("/v1/documents", json=asked | {"form": "pdf"}).json()
    assert again["number"].endswith("〔2026〕2号")
    assert town.inspector.get(again["url"]).content.startswith(b"%PDF")
    assert town.stranger.get(made["url"]).status_code == 404
    listed = town.inspector.get("/v1/documents", params={"hazard_id": hazard["id"]}).json()
    assert {row["number"] for row in listed} == {made["number"], again["number"]}


class TestTwoAtOnce:
    def test_the_second_is_told(self, town: Town) -> None:
        hazard = confirmed(town)
        url = f"/v1/hazards/{hazard['id']}"
        tag = {"If-Match": town.inspector.get(url).headers["etag"]}
        said = {"responsible": "钱", "measures": "罩", "deadline": "2026-12-24"}
        first = town.inspector.post(f"{url}/acts/order", json=said, headers=tag)
        second = town.inspector.post(f"{url}/acts/order", json=said, headers=tag)
        assert (first.status_code, second.status_code) == (200, 412)
        assert second.json()["code"] == "stale"

    def test_without_a_version_nothing_is_done(self, town: Town) -> None:
        hazard = confirmed(town)
        answer = town.inspector.post(f"/v1/hazards/{hazard['id']}/acts/order", json={})
        assert (answer.status_code, answer.json()["code"]) == (428, "version-missing")

    def test_the_same_attempt_again_is_answered_the_same(self, town: Town) -> None:
        hazard = confirmed(town)
        url = f"/v1/hazards/{hazard['id']}"
        headers = {"If-Match": town.inspector.get(url).headers["etag"], "Idempotency-Key": "k1"}
        said = {"responsible": "钱", "measures": "罩", "deadline": "2026-12-24"}
        answers = [
            town.inspector.post(f"{url}/acts/order", json=said, headers=headers) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert len(town.inspector.get(f"{url}/history").json()) == 1
        other = town.inspector.post(f"{url}/acts/penalise", json=said, headers=headers)
        assert other.status_code == 409


class TestGuards:
    def test_nobody_accepts_without_a_signed_record(self, town: Town, clock: FixedClock) -> None:
        hazard = confirmed(town)
        order(town, hazard["id"])
        early = signed(town.inspector, hazard["id"])
        fixed(town, hazard["id"], clock)
        act(town.inspector, hazard["id"], "recheck")
        url = f"/v1/hazards/{hazard['id']}"

        def accept(**said: Any) -> Any:
            tag = {"If-Match": town.inspector.get(url).headers["etag"]}
            return town.inspector.post(f"{url}/acts/accept", json=said, headers=tag)

        assert "signed record is missing" in accept().json()["detail"]
        assert "before the last rectification" in accept(signed_record=early).json()["detail"]
        other = confirmed(town, seed=5)
        wrong = accept(signed_record=signed(town.inspector, other["id"]))
        assert "another hazard" in wrong.json()["detail"]

    def test_a_blank_signature_is_none(self, town: Town) -> None:
        out = io.BytesIO()
        Image.new("L", (200, 60), 255).save(out, "PNG")
        body = {
            "kind": "recheck",
            "hazard_id": confirmed(town)["id"],
            "text": "x",
            "office_name": "a",
            "office_signature": base64.b64encode(out.getvalue()).decode(),
            "enterprise_name": "b",
            "enterprise_signature": signature(2),
        }
        answer = town.inspector.post("/v1/records", json=body)
        assert answer.status_code == 422
        assert "nothing is drawn" in answer.json()["detail"]

    def test_the_photo_before_is_no_photo_after(self, town: Town) -> None:
        hazard = confirmed(town)
        order(town, hazard["id"])
        act(town.owner, hazard["id"], "begin")
        tag = town.owner.get(f"/v1/hazards/{hazard['id']}").headers["etag"]
        answer = town.owner.post(
            f"/v1/hazards/{hazard['id']}/acts/submit",
            json={"after_photos": [hazard["photo_id"]]},
            headers={"If-Match": tag},
        )
        assert answer.status_code == 422
        assert "on which the hazard was found" in answer.json()["detail"]


class TestScopes:
    def test_nobody_sees_the_rows_of_another_grid_or_enterprise(
        self, town: Town, clock: FixedClock
    ) -> None:
        hazard = confirmed(town)
        order(town, hazard["id"])
        record = signed(town.inspector, hazard["id"])
        point = town.inspector.post(
            "/v1/checkpoints", json={"enterprise_id": town.enterprises[0], "name": "冲床"}
        ).json()
        visit = town.inspector.post(
            "/v1/inspections",
            json={
                "enterprise_id": town.enterprises[0],
                "checklist": "general-manufacturing",
                "planned_for": "2026-11-24",
            },
        ).json()
        paths = [
            f"/v1/photos/{hazard['photo_id']}",
            f"/v1/photos/{hazard['photo_id']}/annotated",
            f"/v1/photos/{hazard['photo_id']}/original",
            f"/v1/hazards/{hazard['id']}",
            f"/v1/hazards/{hazard['id']}/history",
            f"/v1/records/{record}",
            f"/v1/records/{record}/signatures/office",
            f"/v1/enterprises/{town.enterprises[0]}",
            f"/v1/enterprises/{town.enterprises[0]}/file",
            f"/v1/enterprises/{town.enterprises[0]}/grading",
            f"/v1/checkpoints/{point['id']}",
            f"/v1/checkpoints/scanned/{point['code']}",
            f"/v1/checkpoints?enterprise_id={town.enterprises[0]}",
            f"/v1/risks?enterprise_id={town.enterprises[0]}",
            f"/v1/inspections/{visit['id']}",
            f"/v1/documents?hazard_id={hazard['id']}",
        ]
        for path in paths:
            for stranger in (town.stranger, town.other_owner):
                assert stranger.get(path).status_code == 404, path
            if not path.endswith("/original"):
                assert town.owner.get(path).status_code == 200, path
            assert town.inspector.get(path).status_code == 200, path
        for path in ("/v1/photos", "/v1/hazards", "/v1/inspections"):
            assert town.stranger.get(path).json()["items"] == []
            assert len(town.inspector.get(path).json()["items"]) == 1
        names = [row["name"] for row in town.other_owner.get("/v1/enterprises").json()["items"]]
        assert names == ["乙厂"]

    def test_nobody_acts_on_them_either(self, town: Town) -> None:
        hazard = confirmed(town)
        for path in (
            f"/v1/hazards/{hazard['id']}/acts/order",
            f"/v1/findings/{hazard['finding_id']}/confirm",
        ):
            answer = town.stranger.post(path, json={}, headers={"If-Match": "*"})
            assert answer.status_code == 404

    def test_the_same_original_of_two_enterprises_is_two_photos(self, town: Town) -> None:
        first = town.owner.upload(picture(3))
        second = town.other_owner.upload(picture(3))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["id"] != second.json()["id"]
        assert town.owner.upload(picture(3)).json()["id"] == first.json()["id"]

    def test_a_photo_cannot_be_put_into_another_enterprise(self, town: Town) -> None:
        answer = town.owner.upload(picture(4), enterprise_id=town.enterprises[1])
        assert answer.status_code == 404


class TestAgain:
    def test_the_same_hazard_joins_then_comes_back_with_its_history(
        self, town: Town, clock: FixedClock
    ) -> None:
        first = confirmed(town, seed=1, checkpoint="冲床")
        joined = confirmed(town, seed=2, checkpoint="冲床")
        assert (joined["id"], joined["seen"]) == (first["id"], 2)
        elsewhere = confirmed(town, seed=3, checkpoint="剪板机")
        assert elsewhere["id"] != first["id"]
        order(town, first["id"])
        fixed(town, first["id"], clock)
        act(town.inspector, first["id"], "recheck")
        clock.turn(timedelta(minutes=5))
        record = signed(town.inspector, first["id"])
        act(town.inspector, first["id"], "accept", signed_record=record)
        back = confirmed(town, seed=4, checkpoint="冲床")
        assert (back["id"], back["status"], back["reopened"]) == (first["id"], "registered", 1)
        assert back["closed_on"] is None
        steps = town.inspector.get(f"/v1/hazards/{first['id']}/history").json()
        assert [step["action"] for step in steps][-2:] == ["accept", "reopen"]

    def test_dismissed_stays_dismissed_until_something_changes(
        self, town: Town, parts: Parts
    ) -> None:
        point = town.inspector.post(
            "/v1/checkpoints", json={"enterprise_id": town.enterprises[0], "name": "冲床"}
        ).json()
        photo = town.inspector.photo(1, checkpoint_code=point["code"])
        finding = photo["findings"][0]
        town.inspector.post(f"/v1/findings/{finding['id']}/dismiss", json={"reason": "是假人模特"})
        again = town.inspector.photo(2, checkpoint_code=point["code"])
        same = next(f for f in again["findings"] if f["code"] == finding["code"])
        assert (same["status"], same["dismiss_reason"]) == ("dismissed", "同前次：是假人模特")
        detector = parts.detector
        assert isinstance(detector, FakeDetector)
        detector.seen = tuple(
            (label, score, tuple(v + 250 if n % 2 == 0 else v for n, v in enumerate(box)))
            for label, score, box in detector.seen
        )
        elsewhere = town.inspector.photo(3, checkpoint_code=point["code"])
        moved = next(f for f in elsewhere["findings"] if f["code"] == finding["code"])
        assert moved["status"] == "open"


def test_an_overdue_hazard_climbs_to_who_answers_for_it(
    town: Town, parts: Parts, clock: FixedClock
) -> None:
    hazard = confirmed(town)
    order(town, hazard["id"], days=3)

    def told() -> list[tuple[str, int]]:
        with parts.sessions.begin() as session:
            books = parts.books()
            escalate(session, today=books.today, now=books.now)
        rows = town.admin.get("/v1/notices").json()
        return sorted((row["tell"], row["days_late"]) for row in rows)

    clock.turn(timedelta(days=2))
    assert told() == [("enterprise", -1)]
    clock.turn(timedelta(days=2))
    assert told() == [("enterprise", -1), ("inspector", 1)]
    assert told() == [("enterprise", -1), ("inspector", 1)], "nobody is told twice"
    clock.turn(timedelta(days=7))
    assert {who for who, _ in told()} == {"enterprise", "inspector", "grid-leader", "enforcement"}
    (mine,) = town.leader.get("/v1/notices").json()
    assert mine["number"] == hazard["number"]
    assert town.leader.post(f"/v1/notices/{mine['id']}/read").json()["read_by"] == "key:网格长李"
    assert town.leader.get("/v1/notices").json() == []
    assert town.stranger.get("/v1/notices").json() == []
    late = town.inspector.get("/v1/hazards", params={"overdue": True}).json()["items"]
    assert [row["overdue_days"] for row in late] == [8]


def test_many_are_answered_line_by_line(town: Town) -> None:
    rows = [confirmed(town, seed=seed) for seed in (1, 2, 3)]
    lines = [
        {
            "hazard_id": row["id"],
            "version": row["version"] + (row is rows[1]),
            "responsible": "钱",
            "measures": "罩",
            "deadline": "2026-12-24",
        }
        for row in rows
    ]
    told = town.inspector.post("/v1/hazards/acts/order", json={"lines": lines}).json()
    assert [line["done"] for line in told] == [True, False, True]
    assert told[1]["problem"].startswith("stale: ")


def test_lists_are_filtered_sorted_and_paged(town: Town) -> None:
    for seed in range(1, 6):
        order(town, confirmed(town, seed=seed)["id"], days=20 - seed)

    def deadlines(**asked: Any) -> list[str]:
        found, cursor = [], None
        while True:
            page = town.inspector.get(
                "/v1/hazards", params={"limit": 2, **asked} | ({"cursor": cursor} if cursor else {})
            ).json()
            found += [row["deadline"] for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return found

    assert deadlines(sort="deadline") == sorted(deadlines())
    assert len(deadlines(status="ordered", grid_id=str(town.grids[0]), open=True)) == 5
    assert deadlines(number="YH-2026-00000", open=False) == []
    assert len(deadlines(number="YH-2026-000003")) == 1
    assert deadlines(found_from="2026-11-24") == []


def test_the_chain_and_the_evidence_hold_until_one_byte_is_changed(
    town: Town, parts: Parts
) -> None:
    hazard = confirmed(town)
    signed(town.inspector, hazard["id"])

    def fault() -> str | None:
        with parts.readers() as session:
            return verify(session, parts.files).fault

    assert fault() is None
    assert town.admin.get("/v1/audit/verify").json()["files"] == 3
    digest = town.inspector.get(f"/v1/photos/{hazard['photo_id']}").json()["sha256"]
    file = next((parts.settings.data_dir / "files" / "originals").glob(f"*/{digest}"))
    kept = file.read_bytes()
    file.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert fault() == f"the file {digest} was changed"
    file.write_bytes(kept)
    with parts.sessions.begin() as session:
        session.execute(text("UPDATE audit SET actor = 'nobody' WHERE id = 2"))
    told = fault()
    assert told is not None
    assert told.startswith("row 2 was changed")


def major(town: Town, parts: Parts) -> dict[str, Any]:
    """A hazard that the catalogue calls major, seen and confirmed."""
    hazard = confirmed(town)
    with parts.sessions.begin() as session:
        session.execute(
            text(
                "UPDATE hazards SET kind = 'major', severity = 'major', status = 'suspected',"
                " deadline = NULL"
            )
        )
    return hazard


def test_a_major_hazard_goes_all_the_way_to_the_look_back(
    town: Town, parts: Parts, clock: FixedClock
) -> None:
    hazard = major(town, parts)["id"]
    two: Callable[..., dict[str, Any]] = lambda action, **said: act(  # noqa: E731
        town.officer, hazard, action, second_officer="执法员周", **said
    )
    two("determine", basis="令10 第十一条(一)")
    act(town.owner, hazard, "report", reference="SB-1")
    act(town.owner, hazard, "control", measures="停产撤人")
    plan = ["消除", "改造", "20万", "生产部", "90日", "撤人"]
    act(town.owner, hazard, "file-plan", six_items=plan, deadline="2027-03-01")
    written = town.owner.get(f"/v1/hazards/{hazard}").json()["items"]
    assert (written["goal"], written["funds"], written["plan"]) == ("消除", "20万", "撤人")
    listed = act(town.department, hazard, "list", level="市级", reference="DB-1")
    assert (listed["level"], listed["deadline"]) == ("市级", "2027-03-01")
    notice = {"kind": "major-hazard-notice", "hazard_id": hazard, "accept_unverified": True}
    made = town.department.post("/v1/documents", json=notice)
    assert made.status_code == 201
    listing = Document(io.BytesIO(town.department.get(made.json()["url"]).content))
    words = [cell.text for table in listing.tables for row in table.rows for cell in row.cells]
    assert {"20万", "撤人"} <= set(words), "the plan that was filed is printed"
    act(town.owner, hazard, "begin")
    act(town.owner, hazard, "report-progress", reason="一季度完成40%")
    clock.turn(timedelta(hours=1))
    after = town.owner.photo(31)
    act(town.owner, hazard, "assess-self", after_photos=[after["id"]], reference="ZP-1")
    act(town.owner, hazard, "assess-by-expert", reference="ZJ-1")
    act(town.owner, hazard, "request-acceptance")
    clock.turn(timedelta(minutes=1))
    record = signed(town.officer, hazard, "acceptance")
    two("accept", signed_record=record)
    act(town.officer, hazard, "resume", signed_record=record)
    act(town.department, hazard, "cancel", reference="HX-1")
    delisting = notice | {"kind": "delisting-notice"}
    made = town.department.post("/v1/documents", json=delisting)
    assert made.status_code == 201, made.text
    act(town.department, hazard, "delist", reference="ZP-2")
    ended = act(town.department, hazard, "revisit", signed_record=record)
    assert (ended["status"], ended["closed_on"]) == ("revisited", "2026-11-23")
    year = town.officer.get("/v1/park/year").json()
    assert year["listed"] == 1


def test_two_officers_may_find_that_it_is_none_after_all(town: Town, parts: Parts) -> None:
    hazard = major(town, parts)["id"]
    stranger = {"reason": "未达标准", "second_officer": "不存在"}
    tag = {"If-Match": town.officer.get(f"/v1/hazards/{hazard}").headers["etag"]}
    refused = town.officer.post(f"/v1/hazards/{hazard}/acts/downgrade", json=stranger, headers=tag)
    assert "no officer" in refused.json()["detail"]
    down = act(town.officer, hazard, "downgrade", reason="未达标准", second_officer="执法员周")
    assert (down["kind"], down["status"]) == ("general", "registered")


def test_the_seven_items_are_written_until_the_end(town: Town) -> None:
    hazard = confirmed(town)
    url = f"/v1/hazards/{hazard['id']}"
    tag = {"If-Match": town.owner.get(url).headers["etag"]}
    answer = town.owner.patch(
        f"{url}/items", json={"goal": "消除", "funds_yuan": 20000}, headers=tag
    )
    assert answer.json()["items"] == {"goal": "消除", "funds_yuan": 20000}
    figures = town.inspector.get("/v1/statistics", params={"year": 2026}).json()["rows"][0]
    assert figures["general_funds_yuan"] == 20000
    assert figures["general_found"] == 1
    behind = town.inspector.get(figures["rows"]["general_found"]).json()["items"]
    assert [row["id"] for row in behind] == [hazard["id"]]


def words_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


class TestWhatAPersonSees:
    def test_a_hazard_that_no_model_found_becomes_a_record(self, town: Town) -> None:
        photo = town.inspector.photo(3, enterprise_id=town.enterprises[0])
        before = town.inspector.get(f"/v1/photos/{photo['id']}/annotated").content
        said = {"code": "elec-panel-open", "boxes": [[10, 20, 110, 220]], "note": "三号柜"}
        url = f"/v1/photos/{photo['id']}/findings"
        made = town.inspector.post(url, json=said)
        assert made.status_code == 201, made.text
        assert (made.json()["code"], made.json()["note"]) == ("elec-panel-open", "三号柜")
        (found,) = [
            one
            for one in town.inspector.get(f"/v1/photos/{photo['id']}").json()["findings"]
            if one["code"] == "elec-panel-open"
        ]
        assert (found["status"], found["boxes"]) == ("confirmed", said["boxes"])
        assert "在照片上指出" in found["because"]["text"]
        assert town.inspector.get(f"/v1/photos/{photo['id']}/annotated").content != before
        assert town.stranger.post(url, json=said).status_code == 404

    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ({"code": "no-such-hazard"}, 404),
            ({"code": "elec-panel-open", "boxes": [[10, 10, 9000, 20]]}, 422),
            ({"code": "elec-panel-open", "boxes": [[10, 10, 5, 20]]}, 422),
            ({"code": "ppe-no-helmet"}, 409),
        ],
    )
    def test_what_cannot_be_is_refused(self, town: Town, said: dict[str, Any], status: int) -> None:
        photo = town.inspector.photo(3, enterprise_id=town.enterprises[0])
        answer = town.inspector.post(f"/v1/photos/{photo['id']}/findings", json=said)
        assert answer.status_code == status, answer.text


class TestListsAndFiles:
    def test_the_list_and_the_statistics_are_workbooks(self, town: Town) -> None:
        hazard = confirmed(town)
        query = {"accept_unverified": "true", "enterprise_id": town.enterprises[0]}
        answer = town.inspector.get("/v1/hazards/sheet", params=query)
        assert answer.status_code == 200, answer.text
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        assert [row[0] for row in rows[2:]] == [hazard["number"]]
        assert "甲厂" in rows[2]
        assert town.stranger.get("/v1/hazards/sheet", params=query).status_code == 200
        theirs = town.stranger.get("/v1/hazards/sheet", params=query).content
        assert len(list(load_workbook(io.BytesIO(theirs)).active.values)) == 2, "heads only"
        filed = town.department.get("/v1/statistics/sheet", params={"year": 2026, "quarter": 4})
        cells = [
            cell for row in load_workbook(io.BytesIO(filed.content)).active.values for cell in row
        ]
        assert any("2026年第四季度" in str(cell) for cell in cells)
        by_tag = town.department.get("/v1/statistics/sheet", params={"by": "industry"})
        assert by_tag.status_code == 422

    def test_one_enterprise_is_one_document(self, town: Town) -> None:
        hazard = confirmed(town)
        asked = {
            "kind": "enterprise-file",
            "enterprise_id": town.enterprises[0],
            "accept_unverified": True,
        }
        made = town.inspector.post("/v1/documents", json=asked)
        assert made.status_code == 201, made.text
        words = words_of(town.inspector.get(made.json()["url"]).content)
        for part in ("甲厂", hazard["number"], "粉尘涉爆"):
            assert part in words
        assert town.stranger.post("/v1/documents", json=asked).status_code == 404

    def test_an_inspection_is_reported_with_what_is_still_suspected(self, town: Town) -> None:
        visit = town.inspector.post(
            "/v1/inspections",
            json={
                "enterprise_id": town.enterprises[0],
                "checklist": "general-manufacturing",
                "planned_for": "2026-11-23",
            },
        ).json()
        asked = {
            "kind": "inspection-report",
            "inspection_id": visit["id"],
            "accept_unverified": True,
        }
        assert town.inspector.post("/v1/documents", json=asked).status_code == 409, "not begun"
        url = f"/v1/inspections/{visit['id']}"
        begun = town.inspector.post(f"{url}/begin")
        assert begun.status_code == 200, begun.text
        town.inspector.photo(4, enterprise_id=town.enterprises[0], inspection_id=visit["id"])
        made = town.inspector.post("/v1/documents", json=asked)
        assert made.status_code == 201, made.text
        words = words_of(town.inspector.get(made.json()["url"]).content)
        for part in ("待确认", "未佩戴安全帽", "甲厂"):
            assert part in words


def test_an_order_names_the_officers_certificate(town: Town, parts: Parts, app: FastAPI) -> None:
    changed = town.admin.patch("/v1/accounts/执法员周", json={"certificate": "320500-0117"})
    assert changed.json()["certificate"] == "320500-0117"
    officer = Caller(app, **{"X-WSAI": "1"})
    answer = officer.post(
        "/v1/session", json={"name": "执法员周", "password": "correct horse battery"}
    )
    assert answer.status_code in {200, 201}, answer.text
    hazard = str(confirmed(town)["id"])
    act(officer, hazard, "order", responsible="钱", measures="装防护罩", deadline="2026-12-01")
    made = officer.post(
        "/v1/documents",
        json={"kind": "rectification-order", "hazard_id": hazard, "accept_unverified": True},
    )
    assert made.status_code == 201, made.text
    order_file = Document(io.BytesIO(officer.get(made.json()["url"]).content))
    told = "\n".join(paragraph.text for paragraph in order_file.paragraphs)
    cells = "\n".join(c.text for t in order_file.tables for r in t.rows for c in r.cells)
    assert "320500-0117" in told + cells
