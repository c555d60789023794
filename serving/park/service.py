"""The year of the park against its targets, and who is to be talked to."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from serving.findings.service import Books
from serving.grading.service import SEVERITIES, UNHURT, read_evidence
from serving.park.schemas import Candidate, TargetRead, YearRead
from wsai.storage.hazards import HazardRepository
from wsai.storage.supervision import AssessmentRepository, ParkRepository
from wsai.supervision.access import Sight
from wsai.supervision.enterprises import Tag
from wsai.supervision.grading import ListName
from wsai.supervision.park import (
    GRAVE_DEATHS,
    Conduct,
    Year,
    coverage_of,
    how_targets_stand,
    read_park_rules,
    reasons_to_talk,
)


def count_year(session: Session, year: int) -> Year:
    """Return what is counted of a year."""
    rows = ParkRepository(session).accidents(date(year, 1, 1), date(year, 12, 31), Sight())
    return Year(
        accidents=len(rows),
        deaths=sum(row.deaths for row, _ in rows),
        injuries=sum(row.injuries for row, _ in rows),
        grave=sum(row.deaths >= GRAVE_DEATHS for row, _ in rows),
        listed=HazardRepository(session).listed_in(year),
    )


def year_of_the_park(session: Session, year: int) -> YearRead:
    """Return a year against its targets."""
    park, rules = ParkRepository(session), read_park_rules()
    now, before = count_year(session, year), count_year(session, year - 1)
    coverage = coverage_of(park.standardised(), park.standardised(Tag.CHEMICALS.value))
    return YearRead(
        year=year,
        rules_version=rules.version,
        accidents=now.accidents,
        deaths=now.deaths,
        injuries=now.injuries,
        grave=now.grave,
        listed=now.listed,
        targets=[
            TargetRead(zh=t.zh, wanted=t.wanted, reached=t.reached, met=t.met)
            for t in how_targets_stand(now, before, coverage, rules)
        ],
    )


def candidates(session: Session, sight: Sight, books: Books) -> list[Candidate]:
    """Return the enterprises to be invited to a talk, most reasons first."""
    assessments = AssessmentRepository(session)
    evidence = read_evidence(session, books.today, books.now)
    standing = assessments.standing()
    found = []
    for row in assessments.enterprises(sight):
        records = {
            severity: record
            for severity in SEVERITIES
            if (record := evidence.records.get((row.id, severity))) is not None
        }
        harm = evidence.harm.get(row.id, UNHURT)
        conduct = Conduct(
            deaths=harm.deaths,
            injuries=harm.injuries,
            major_open=records["major"].open if "major" in records else 0,
            overdue=sum(record.overdue for record in records.values()),
            on_priority_list=standing.get(row.id, 0) == ListName.PRIORITY,
        )
        if reasons := reasons_to_talk(conduct):
            found.append(Candidate(enterprise_id=row.id, enterprise=row.name, reasons=reasons))
    return sorted(found, key=lambda candidate: (-len(candidate.reasons), candidate.enterprise))
