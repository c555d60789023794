"""Inspections, campaigns, risks, grades and the park's year, over HTTP."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from callers import Caller, some_code
from fakes import FixedClock
from openpyxl import load_workbook
from sqlalchemy import event
from town import Town, confirmed, order, signature

from serving.dependencies import Parts

CHECKLIST = "combustible-dust"


def planned(caller: Caller, town: Town, **more: Any) -> dict[str, Any]:
    body = {
        "enterprise_id": town.enterprises[0],
        "checklist": CHECKLIST,
        "planned_for": "2026-11-23",
    }
    answer = caller.post("/v1/inspections", json=body | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def finish(caller: Caller, visit: str, **said: Any) -> Any:
    return caller.post(f"/v1/inspections/{visit}/finish", headers={"If-Match": "*"}, json=said)


class TestInspection:
    def test_from_the_plan_to_both_signatures(self, town: Town, clock: FixedClock) -> None:
        visit = planned(town.inspector, town)["id"]
        refused = town.inspector.upload(b"", inspection_id=visit)
        assert refused.status_code == 422, "photos go to a running inspection"
        assert town.inspector.post(f"/v1/inspections/{visit}/begin").json()["status"] == "running"
        photo = town.inspector.photo(1, inspection_id=visit)
        sheet = town.inspector.get(f"/v1/inspections/{visit}").json()
        assert sheet["photos"] == [photo["id"]]
        items = sheet["items"]
        assert "not answered yet" in finish(town.inspector, visit).json()["detail"]
        answers = {item["number"]: {"answer": "ok"} for item in items}
        answers[items[0]["number"]] = {"answer": "hazard", "note": "见照片"}
        said = town.inspector.patch(
            f"/v1/inspections/{visit}/answers", json={"answers": answers}
        ).json()
        assert said["answered"] == said["to_answer"] == len(items)
        told = finish(town.inspector, visit).json()["detail"]
        assert "answered as a hazard without a record" in told
        answers = {items[0]["number"]: {"answer": "not-applicable"}}
        town.inspector.patch(f"/v1/inspections/{visit}/answers", json={"answers": answers})
        assert "both sides sign" in finish(town.inspector, visit).json()["detail"]
        record = town.inspector.post(
            "/v1/records",
            json={
                "kind": "inspection",
                "inspection_id": visit,
                "text": "检查情况属实。",
                "office_name": "网格员王",
                "office_signature": signature(3),
                "enterprise_name": "企业钱",
                "enterprise_signature": signature(5),
            },
        ).json()
        ended = finish(town.inspector, visit, signed_record=record["id"])
        assert ended.json()["status"] == "finished", ended.text
        asked = {"kind": "inspection-record", "inspection_id": visit, "form": "pdf"}
        clock.turn(timedelta(minutes=1))
        made = town.inspector.post("/v1/documents", json=asked)
        # the record names two officers, as the law asks; here one was alone
        assert made.status_code == 422

    def test_an_enterprise_inspects_itself_and_nobody_else_does_it_for_it(self, town: Town) -> None:
        visit = planned(town.owner, town)
        assert visit["kind"] == "self"
        assert town.inspector.post(f"/v1/inspections/{visit['id']}/begin").status_code == 403
        assert town.owner.post(f"/v1/inspections/{visit['id']}/begin").status_code == 200
        photo = town.owner.photo(4, inspection_id=visit["id"])
        record = town.owner.post(f"/v1/findings/{photo['findings'][0]['id']}/confirm").json()
        assert record["source"] == "self-check"
        assert record["inspection_id"] == visit["id"]

    def test_an_item_that_is_not_there_is_named(self, town: Town) -> None:
        visit = planned(town.inspector, town)["id"]
        town.inspector.post(f"/v1/inspections/{visit}/begin")
        body = {"answers": {"99.9": {"answer": "ok"}}}
        answer = town.inspector.patch(f"/v1/inspections/{visit}/answers", json=body)
        assert "has no item 99.9" in answer.json()["detail"]


def test_a_campaign_counts_how_far_it_has_come(town: Town) -> None:
    body = {
        "name": "冬季粉尘专项",
        "kind": "season",
        "checklist": CHECKLIST,
        "begins": "2026-11-01",
        "ends": "2027-02-28",
        "tag": "combustible-dust",
    }
    campaign = town.officer.post("/v1/campaigns", json=body).json()
    assert (campaign["targets"], campaign["visited"]) == (2, 0)
    assert town.officer.post("/v1/campaigns", json=body).status_code == 409
    visit = planned(town.inspector, town, campaign_id=campaign["id"])
    assert visit["campaign_id"] == campaign["id"]
    mine = town.inspector.get(f"/v1/campaigns/{campaign['id']}/targets").json()
    assert mine == [town.enterprises[0]]
    other = {"checklist": "construction", "campaign_id": campaign["id"]}
    wrong = town.inspector.post(
        "/v1/inspections",
        json={"enterprise_id": town.enterprises[0], "planned_for": "2026-11-23"} | other,
    )
    assert "inspects by combustible-dust" in wrong.json()["detail"]


RISK = {
    "name": "除尘系统",
    "place": "抛光车间",
    "accident_type": "其他爆炸",
    "likelihood": 3,
    "exposure": 6,
    "consequence": 40,
    "measures": "每班清扫",
    "department": "生产部",
    "person": "钱工",
}


def test_a_risk_is_assessed_again_and_nothing_is_overwritten(town: Town) -> None:
    given = RISK | {"enterprise_id": town.enterprises[0]}
    first = town.owner.post("/v1/risks", json=given).json()
    assert (first["score"], first["colour"], first["review_due"]) == (720, "red", "2027-11-23")
    assert "L 3（可能但不经常）" in first["explained"]
    assert town.owner.post("/v1/risks", json=given | {"likelihood": 4}).status_code == 422
    again = town.owner.post(f"/v1/risks/{first['id']}/assess", json=RISK | {"likelihood": 0.5})
    assert again.json()["supersedes"] == first["id"]
    rows = town.owner.get("/v1/risks", params={"enterprise_id": town.enterprises[0]}).json()
    assert [row["score"] for row in rows] == [120]
    ended = town.owner.post(f"/v1/risks/{first['id']}/assess", json=RISK)
    assert ended.status_code == 409
    due = town.inspector.get("/v1/risks/due", params={"within_days": 400}).json()
    assert [row["enterprise"] for row in due] == ["甲厂"]


class TestGrading:
    def test_an_enterprise_comes_onto_a_list_appeals_and_leaves_it(
        self, town: Town, clock: FixedClock
    ) -> None:
        hazard = confirmed(town)
        order(town, hazard["id"], days=1)
        town.department.post(
            "/v1/park/accidents",
            json={
                "enterprise_id": town.enterprises[0],
                "happened_on": "2026-11-02",
                "place": "车间",
                "type_old": "机械伤害",
                "type_new": "机械伤害",
                "deaths": 1,
                "injuries": 0,
                "account": "x",
            },
        )
        clock.turn(timedelta(days=3))
        done = town.officer.post("/v1/grades", json={}).json()
        assert (done["enterprises"], done["priority"], done["moved"]) == (2, 1, 1)
        assert town.officer.post("/v1/grades", json={}).status_code == 409
        page = town.officer.get("/v1/grades").json()["items"]
        assert [row["enterprise"] for row in page] == ["甲厂", "乙厂"]
        worst = page[0]
        assert worst["triggers"] == ["12个月内发生死亡事故"]
        assert {"side": "open", "zh": "逾期一般隐患 1 项", "points": 0.75} in worst["reasons"]
        standing = town.owner.get(f"/v1/enterprises/{town.enterprises[0]}/grading").json()
        assert standing["list_name"] == "优先检查名单"
        assert standing["remedies"], "it is told what would help"
        url = f"/v1/enterprises/{town.enterprises[0]}/leave-list"
        refused = town.officer.post(url, json={"reason": "x"})
        assert (refused.status_code, "in a row" in refused.json()["detail"]) == (409, True)
        said = {"reason": "事故责任不在本单位"}
        assert (
            town.other_owner.post(f"/v1/grades/{worst['id']}/appeal", json=said).status_code == 404
        )
        appeal = town.owner.post(f"/v1/grades/{worst['id']}/appeal", json=said).json()
        assert town.owner.post(f"/v1/grades/{worst['id']}/appeal", json=said).status_code == 409
        outcome = {"outcome": "upheld", "answer": "属实"}
        decided = town.officer.post(f"/v1/appeals/{appeal['id']}/decide", json=outcome)
        assert decided.json()["outcome"] == "upheld"
        after = town.owner.get(f"/v1/enterprises/{town.enterprises[0]}/grading").json()
        assert after["list_name"] == "不在名单"
        assert [change["why"][:4] for change in after["changes"]] == ["申诉成立", "12个月"]

    def test_candidates_for_a_talk_follow_from_the_rules(
        self, town: Town, clock: FixedClock
    ) -> None:
        for seed in range(1, 6):
            order(town, confirmed(town, seed=seed)["id"], days=1)
        clock.turn(timedelta(days=3))
        (candidate,) = town.officer.get("/v1/park/talks/candidates").json()
        assert candidate["reasons"] == ["逾期隐患 5 项"]
        talk = town.officer.post(
            "/v1/park/talks",
            json={
                "enterprise_id": candidate["enterprise_id"],
                "reasons": candidate["reasons"],
                "invited_for": "2026-12-01",
            },
        ).json()
        url = f"/v1/park/talks/{talk['id']}"
        assert town.officer.patch(url, json={"follow_up": "x"}).status_code == 422
        assert town.officer.patch(url, json={"record": "承诺整改"}).json()["status"] == "held"
        assert town.officer.patch(url, json={"record": "y"}).status_code == 409


def test_a_sheet_of_enterprises_is_told_row_by_row(town: Town) -> None:
    book = load_workbook(io.BytesIO(town.admin.get("/v1/enterprises/sheet").content))
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    while sheet.max_row > 1:
        sheet.delete_rows(2)
    at = {name: number for number, name in enumerate(headings, start=1)}
    code, name, address = (headings[n] for n in range(3))
    for row, number in enumerate((7, 8), start=2):
        for heading, value in zip(
            (code, name, address), (some_code(number), f"丙厂{number}", "路"), strict=True
        ):
            sheet.cell(row, at[heading]).value = value
    sheet.cell(4, at[code]).value = "91320594000000000X"
    out = io.BytesIO()
    book.save(out)
    files = {"file": ("enterprises.xlsx", out.getvalue())}
    told = town.admin.post("/v1/enterprises/import", files=files).json()
    assert (told["added"], told["refused"]) == (2, 1)
    assert told["rows"][-1]["row"] == 4
    again = town.admin.post("/v1/enterprises/import", files=files).json()
    assert (again["same"], again["added"]) == (2, 0)


@pytest.mark.parametrize("by", ["all", "grid", "enterprise", "hazard", "industry"])
def test_every_figure_opens_the_rows_behind_it(town: Town, by: str) -> None:
    for seed in (1, 2, 3):
        confirmed(town, seed=seed)
    told = town.officer.get("/v1/statistics", params={"year": 2026, "quarter": 4, "by": by}).json()
    assert told["file_by"] == "2027-01-15"
    row = told["rows"][0]
    assert row["general_found"] == 3
    behind = town.officer.get(row["rows"]["general_found"]).json()["items"]
    assert len(behind) == 3
    if by == "industry":
        assert row["name"] == "粉尘涉爆"
    hidden = town.stranger.get("/v1/statistics", params={"year": 2026, "by": by}).json()["rows"]
    assert sum(row["general_found"] for row in hidden) == 0


def test_a_warning_is_never_a_bare_number(town: Town) -> None:
    confirmed(town)
    told = town.officer.get("/v1/statistics/warning").json()
    assert told["next_month"] is None, "nothing is said of fewer than six months"
    share = told["overdue_share"]
    assert share["low"] <= share["value"] <= share["high"]
    assert share["high"] > 0.5, "one hazard says little"


LISTS = [
    "/v1/hazards?limit=200",
    "/v1/photos?limit=100",
    "/v1/enterprises?limit=200",
    "/v1/inspections?limit=200",
    "/v1/statistics?by=enterprise",
    "/v1/park/talks/candidates",
    "/v1/campaigns",
]


def test_a_list_takes_as_many_statements_however_long_it_is(town: Town, parts: Parts) -> None:
    def statements(path: str) -> int:
        counted = [0]

        def count(*_: object) -> None:
            counted[0] += 1

        event.listen(parts.engine, "before_cursor_execute", count)
        try:
            assert town.officer.get(path).status_code == 200
        finally:
            event.remove(parts.engine, "before_cursor_execute", count)
        return counted[0]

    confirmed(town, seed=1)
    planned(town.inspector, town)
    few = [statements(path) for path in LISTS]
    for seed in range(2, 8):
        confirmed(town, seed=seed)
        planned(town.inspector, town)
    assert [statements(path) for path in LISTS] == few
