"""Grading all enterprises of a month, and what people do with a grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.findings.service import Books
from serving.grading.schemas import Graded
from wsai.errors import Conflict
from wsai.storage.audit import AuditLog
from wsai.storage.supervision import AssessmentRepository, Harm, Record, RiskRepository, month_of
from wsai.storage.tables import AppealRow, AssessmentRow, EnterpriseRow
from wsai.supervision.access import Sight
from wsai.supervision.grading import (
    Facts,
    ListName,
    OpenHazards,
    Score,
    grade,
    listed_after,
    read_rules,
)
from wsai.supervision.lec import Colour

YEAR = timedelta(days=365)
NOTHING = Record(0, 0, 0, 0, 0, 0, 0)
UNHURT = Harm(0, 0)
SEVERITIES = ("general", "serious", "major")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the grades of a day are made of, read in a few statements."""

    records: Mapping[tuple[UUID, str], Record]
    colours: Mapping[UUID, list[str]]
    penalised: set[UUID]
    harm: Mapping[UUID, Harm]


def read_evidence(session: Session, today: date, now: datetime) -> Evidence:
    """Return what the grades of a day are made of."""
    assessments = AssessmentRepository(session)
    return Evidence(
        assessments.records(today),
        RiskRepository(session).colours(),
        assessments.penalised(now - YEAR),
        assessments.harm(today - YEAR),
    )


def facts_of(row: EnterpriseRow, evidence: Evidence) -> Facts:
    """Return what is known of an enterprise."""
    by = [evidence.records.get((row.id, severity), NOTHING) for severity in SEVERITIES]
    general, serious, major = by
    found = sum(record.found for record in by)

    def share(name: str) -> float:
        return sum(getattr(record, name) for record in by) / found if found else 0.0

    harm, said = evidence.harm.get(row.id, UNHURT), row.profile
    return Facts(
        risk_points=tuple(Colour(colour) for colour in evidence.colours.get(row.id, ())),
        sources=frozenset(said.get("sources", ())),
        processes=frozenset(said.get("processes", ())),
        crowded=said.get("crowded", False),
        interlocks_lacking=said.get("interlocks_lacking", False),
        automated=said.get("automated", False),
        standardisation=row.standardisation,
        double_prevention=said.get("double_prevention", True),
        training_gap=said.get("training_gap", False),
        overdue_rate=share("late"),
        recurrence_rate=share("came_back"),
        recheck_failed_rate=share("returned"),
        penalised=row.id in evidence.penalised,
        injured=harm.injuries > 0,
        self_found_share=share("self_found"),
        open=OpenHazards(
            general=general.open,
            serious=serious.open,
            major=major.open,
            general_overdue=general.overdue,
            serious_overdue=serious.overdue,
            major_overdue=major.overdue,
        ),
        fatal=harm.deaths > 0,
        concealed=said.get("concealed", False),
        tampered=said.get("tampered", False),
    )


def facts_json(facts: Facts) -> dict[str, Any]:
    """Return facts in a form that JSON can hold."""
    plain = asdict(facts)
    for name in ("sources", "processes"):
        plain[name] = sorted(plain[name])
    plain["risk_points"] = [colour.value for colour in facts.risk_points]
    return plain


def facts_from(plain: Mapping[str, Any]) -> Facts:
    """Return the facts that JSON holds.

    >>> facts = Facts(sources=frozenset({"spraying"}), risk_points=(Colour.RED,))
    >>> facts_from(facts_json(facts)) == facts
    True
    """
    given = dict(plain)
    given["open"] = OpenHazards(**given["open"])
    given["risk_points"] = tuple(Colour(colour) for colour in given["risk_points"])
    for name in ("sources", "processes"):
        given[name] = frozenset(given[name])
    return Facts(**given)


def grade_month(session: Session, month: date, *, by: str, books: Books) -> Graded:
    """Grade every enterprise for a month: up a list at once, never down without a person.

    Raises:
        Conflict: The month was graded already; a grade is never changed.
    """
    month, rules = month_of(month), read_rules()
    assessments = AssessmentRepository(session)
    evidence = read_evidence(session, books.today, books.now)
    standing, rows = assessments.standing(), list[dict[str, Any]]()
    changes = list[dict[str, Any]]()
    for enterprise in assessments.enterprises(Sight()):
        facts = facts_of(enterprise, evidence)
        score = grade(facts, rules)
        before = ListName(standing.get(enterprise.id, 0))
        after = listed_after(before, [score], approved=False, rules=rules)
        rows.append(_row(enterprise.id, month, score, facts, after, by, books.now))
        if after is not before:
            why = "；".join(_why(score))
            changes.append(_change(enterprise.id, before, after, why, by, books.now))
    assessments.add(rows)
    assessments.change_lists(changes)
    done = Graded(
        month=month,
        rules_version=rules.version,
        enterprises=len(rows),
        observe=sum(row["listed"] == ListName.OBSERVE for row in rows),
        priority=sum(row["listed"] == ListName.PRIORITY for row in rows),
        moved=len(changes),
    )
    AuditLog(session).append(
        at=books.now,
        actor=by,
        action="grading.run",
        subject=f"month:{month}",
        details=done.model_dump(mode="json"),
    )
    return done


def _why(score: Score) -> Iterator[str]:
    for _, why in score.triggers:
        yield why
    if score.by_score is not ListName.NONE:
        yield f"得分 {score.total:g}"


def _row(
    enterprise: UUID,
    month: date,
    score: Score,
    facts: Facts,
    after: ListName,
    by: str,
    now: datetime,
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "enterprise_id": enterprise,
        "month": month,
        "rules_version": score.version,
        "risk": score.risk,
        "sources": score.sources,
        "process": score.process,
        "management": score.management,
        "base": score.base,
        "open_points": score.open_points,
        "total": score.total,
        "colour": score.colour.value,
        "asks_for": int(score.asks_for),
        "listed": int(after),
        "triggers": [[int(name), why] for name, why in score.triggers],
        "reasons": [[reason.side, reason.zh, round(reason.points, 2)] for reason in score.reasons],
        "facts": facts_json(facts),
        "graded_at": now,
        "graded_by": by,
    }


def _change(
    enterprise: UUID, before: ListName, after: ListName, why: str, by: str, now: datetime
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "enterprise_id": enterprise,
        "before": int(before),
        "after": int(after),
        "why": why,
        "by": by,
        "at": now,
    }


def appeal(
    session: Session, row: AssessmentRow, reason: str, *, actor: Actor, now: datetime
) -> AppealRow:
    """Add what an enterprise says against a grade.

    Raises:
        Conflict: It said so already, or the grade put it on no list.
    """
    if row.listed == ListName.NONE:
        raise Conflict("this grade put you on no list; there is nothing to appeal against")
    added = AssessmentRepository(session).appeal(
        AppealRow(
            assessment_id=row.id,
            enterprise_id=row.enterprise_id,
            reason=reason.strip(),
            made_by=actor.name,
            made_at=now,
        )
    )
    _note(session, "appeal.made", added, actor, now, reason)
    return added


def decide_appeal(
    session: Session, row: AppealRow, *, outcome: str, answer: str, actor: Actor, now: datetime
) -> AppealRow:
    """Decide an appeal; where the enterprise was right it leaves its list.

    Raises:
        Conflict: It was decided already.
    """
    if row.outcome is not None:
        raise Conflict(f"the appeal was {row.outcome} by {row.decided_by} already")
    row.outcome, row.answer, row.decided_by, row.decided_at = outcome, answer, actor.name, now
    session.flush()
    if outcome == "upheld":
        _leave(session, row.enterprise_id, f"申诉成立：{answer}", actor, now)
    _note(session, f"appeal.{outcome}", row, actor, now, answer)
    return row


def leave_list(
    session: Session, enterprise: EnterpriseRow, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Let an enterprise leave its list: its scores must allow it, and a person agrees.

    Raises:
        Conflict: It stands on no list, or its last scores do not allow it; the message says what
            is missing.
    """
    assessments, rules = AssessmentRepository(session), read_rules()
    before = ListName(assessments.standing().get(enterprise.id, 0))
    if before is ListName.NONE:
        raise Conflict("the enterprise stands on no list")
    rows = assessments.history(enterprise.id, limit=rules.leave.scores)
    scores = [score_of(row) for row in reversed(rows)]
    after = listed_after(before, scores, approved=True, rules=rules)
    if after >= before:
        line = rules.lines.priority if before is ListName.PRIORITY else rules.lines.observe
        raise Conflict(
            f"it takes {rules.leave.scores} monthly scores in a row of at most "
            f"{line - rules.leave.below_line:g} and no trigger; the last are "
            f"{', '.join(f'{score.total:g}' for score in scores) or 'none'}"
        )
    _move(session, enterprise.id, before, after, reason, actor, now)


def score_of(row: AssessmentRow) -> Score:
    """Return the score that a grade keeps, as far as lists ask for it."""
    score = grade(facts_from(row.facts))
    return replace(
        score,
        total=row.total,
        triggers=tuple((ListName(name), why) for name, why in row.triggers),
    )


def _leave(session: Session, enterprise: UUID, why: str, actor: Actor, now: datetime) -> None:
    before = ListName(AssessmentRepository(session).standing().get(enterprise, 0))
    if before is not ListName.NONE:
        _move(session, enterprise, before, ListName.NONE, why, actor, now)


def _move(
    session: Session,
    enterprise: UUID,
    before: ListName,
    after: ListName,
    why: str,
    actor: Actor,
    now: datetime,
) -> None:
    change = _change(enterprise, before, after, why, actor.name, now)
    AssessmentRepository(session).change_lists([change])
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="list.changed",
        subject=f"enterprise:{enterprise}",
        details={"before": int(before), "after": int(after), "why": why},
    )


def _note(
    session: Session, action: str, row: AppealRow, actor: Actor, now: datetime, text: str
) -> None:
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action=action,
        subject=f"appeal:{row.id}",
        details={"enterprise": str(row.enterprise_id), "text": text},
    )
