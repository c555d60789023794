from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from callers import Caller
from fakes import FixedClock
from sqlalchemy import func, select

from serving.dependencies import Parts
from wsai.storage.audit import AuditLog
from wsai.storage.tables import AuditRow, HazardRow


def first_finding(caller: Caller, seed: int = 1, **fields: str) -> dict[str, str]:
    found: dict[str, str] = caller.photo(seed, **fields)["findings"][0]
    return found


def records(parts: Parts) -> int:
    with parts.readers() as session:
        return session.scalar(select(func.count()).select_from(HazardRow)) or 0


class TestConfirm:
    def test_a_confirmed_finding_is_a_record_with_who_when_model_and_rule(
        self, inspector: Caller
    ) -> None:
        photo = inspector.photo(site="一号厂", checkpoint="冲压")
        finding = photo["findings"][0]
        answer = inspector.post(
            f"/v1/findings/{finding['id']}/confirm", json={"note": "三号冲床旁"}
        )
        assert answer.status_code == 201
        record = answer.json()
        assert record["number"] == "YH-2026-000001"
        assert record["status"] == "registered"
        assert (record["site"], record["checkpoint"]) == ("一号厂", "冲压")
        assert (record["photo_id"], record["finding_id"]) == (photo["id"], finding["id"])
        assert (record["code"], record["note"]) == ("ppe-no-helmet", "三号冲床旁")
        assert record["confirmed_by"] == "key:inspector"
        assert record["confirmed_at"] == "2026-11-23T04:30:00Z"
        assert record["model"] == "fake-detector-1"
        assert record["rule"] == finding["because"]["rule"]
        assert record["probability"] == finding["probability"]
        assert record["clauses"] == finding["clauses"]
        assert record["deadline"] == finding["deadline"]
        shown = inspector.get(f"/v1/photos/{photo['id']}").json()["findings"][0]
        assert (shown["status"], shown["hazard_id"]) == ("confirmed", record["id"])
        assert inspector.get(f"/v1/hazards/{record['id']}").json() == record

    def test_confirming_needs_no_body(self, inspector: Caller) -> None:
        finding = first_finding(inspector)
        assert inspector.post(f"/v1/findings/{finding['id']}/confirm").status_code == 201

    def test_a_finding_is_decided_once(self, inspector: Caller, parts: Parts) -> None:
        url = f"/v1/findings/{first_finding(inspector)['id']}"
        assert inspector.post(f"{url}/confirm").status_code == 201
        for again in (f"{url}/confirm", f"{url}/dismiss"):
            answer = inspector.post(again, json={"reason": "x"} if "dismiss" in again else {})
            assert answer.status_code == 409
        assert records(parts) == 1

    def test_the_day_of_the_inspection_is_that_of_the_site(
        self, inspector: Caller, clock: FixedClock
    ) -> None:
        clock.turn(timedelta(hours=12))  # 16:30 UTC is half past midnight there
        finding = first_finding(inspector)
        record = inspector.post(f"/v1/findings/{finding['id']}/confirm").json()
        assert record["found_on"] == "2026-11-24"

    def test_a_photo_sent_later_counts_from_the_day_it_was_taken(self, inspector: Caller) -> None:
        finding = first_finding(inspector, taken_at="2026-11-20T09:00:00+08:00")
        record = inspector.post(f"/v1/findings/{finding['id']}/confirm").json()
        assert record["found_on"] == "2026-11-20"

    def test_a_deadline_may_be_chosen_but_not_before_the_inspection(
        self, inspector: Caller, parts: Parts
    ) -> None:
        url = f"/v1/findings/{first_finding(inspector)['id']}/confirm"
        early = inspector.post(url, json={"deadline": "2026-11-22"})
        assert early.status_code == 422
        assert records(parts) == 0
        assert (
            inspector.post(url, json={"deadline": "2026-11-30"}).json()["deadline"] == "2026-11-30"
        )

    def test_a_deadline_of_another_century_is_a_slip(self, inspector: Caller, parts: Parts) -> None:
        url = f"/v1/findings/{first_finding(inspector)['id']}/confirm"
        answer = inspector.post(url, json={"deadline": "9999-12-31"})
        assert answer.status_code == 422
        assert "look at its year" in answer.json()["detail"]
        assert records(parts) == 0

    def test_the_year_of_a_number_is_that_of_the_site(
        self, inspector: Caller, clock: FixedClock
    ) -> None:
        finding = first_finding(inspector)
        clock.turn(datetime(2026, 12, 31, 16, 30, tzinfo=UTC) - clock.now())  # 00:30 at the site
        record = inspector.post(f"/v1/findings/{finding['id']}/confirm").json()
        assert record["number"] == "YH-2027-000001"

    def test_numbers_count_up_within_a_year(self, inspector: Caller) -> None:
        numbers = [
            inspector.post(f"/v1/findings/{first_finding(inspector, seed)['id']}/confirm").json()[
                "number"
            ]
            for seed in range(3)
        ]
        assert numbers == ["YH-2026-000001", "YH-2026-000002", "YH-2026-000003"]


class TestDismiss:
    def test_a_dismissed_finding_keeps_who_and_why(self, inspector: Caller, parts: Parts) -> None:
        finding = first_finding(inspector)
        url = f"/v1/findings/{finding['id']}/dismiss"
        answer = inspector.post(url, json={"reason": " 误报：是反光的灯罩 "})
        assert answer.status_code == 200
        assert answer.json()["status"] == "dismissed"
        assert records(parts) == 0
        with parts.readers() as session:
            row = session.scalars(
                select(AuditRow).where(AuditRow.action == "finding.dismissed")
            ).one()
        assert row.actor == "key:inspector"
        assert row.details["reason"] == "误报：是反光的灯罩"

    @pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": None}])
    def test_a_reason_is_needed(self, inspector: Caller, body: dict[str, str | None]) -> None:
        url = f"/v1/findings/{first_finding(inspector)['id']}"
        assert inspector.post(f"{url}/dismiss", json=body).status_code == 422
        assert inspector.post(f"{url}/confirm").status_code == 201, "it is still open"


@pytest.mark.parametrize("action", ["confirm", "dismiss"])
def test_an_unknown_finding_is_not_found(inspector: Caller, action: str) -> None:
    answer = inspector.post(
        f"/v1/findings/{uuid4()}/{action}", json={"reason": "x"} if action == "dismiss" else None
    )
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


class TestHazards:
    @pytest.fixture
    def confirmed(self, inspector: Caller) -> list[dict[str, str]]:
        """Five records, three of them at the first site."""
        made = []
        for seed in range(5):
            finding = first_finding(inspector, seed, site="一号厂" if seed < 3 else "二号厂")
            made.append(inspector.post(f"/v1/findings/{finding['id']}/confirm").json())
        return made

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({}, 5),
            ({"site": "一号厂"}, 3),
            ({"site": "三号厂"}, 0),
            ({"code": "ppe-no-helmet"}, 5),
            ({"code": "smoke"}, 0),
            ({"status": "registered"}, 5),
            ({"status": "closed"}, 0),
            ({"severity": "general"}, 5),
            ({"severity": "major", "site": "一号厂"}, 0),
        ],
    )
    def test_filters_narrow_the_list(
        self, inspector: Caller, confirmed: list[dict[str, str]], query: dict[str, str], count: int
    ) -> None:
        del confirmed
        assert len(inspector.get("/v1/hazards", params=query).json()["items"]) == count

    def test_pages_follow_each_other_without_gap_or_repeat(
        self, inspector: Caller, confirmed: list[dict[str, str]]
    ) -> None:
        seen: list[str] = []
        cursor = None
        while True:
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = inspector.get("/v1/hazards", params=query).json()
            seen += [row["number"] for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(seen) == [row["number"] for row in confirmed]

    def test_an_unknown_severity_is_refused(self, inspector: Caller) -> None:
        assert inspector.get("/v1/hazards", params={"severity": "huge"}).status_code == 422

    def test_an_unknown_record_is_not_found(self, inspector: Caller) -> None:
        assert inspector.get(f"/v1/hazards/{uuid4()}").status_code == 404
        assert inspector.get("/v1/hazards/no-id").status_code == 422


def test_the_audit_chain_holds_after_all_of_it(inspector: Caller, parts: Parts) -> None:
    for seed in range(3):
        finding = first_finding(inspector, seed)
        inspector.post(f"/v1/findings/{finding['id']}/confirm")
    with parts.readers() as session:
        assert AuditLog(session).first_fault() is None
        assert AuditLog(session).count() == 7, "a key, three photos, three confirmations"
