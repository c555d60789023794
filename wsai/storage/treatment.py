"""Acts on hazards as they are kept: the case before, the case after, and the step between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from wsai.errors import Conflict
from wsai.ledger.machine import Act, Case, Kind, act
from wsai.storage.tables import HazardRow, HazardStepRow

EVIDENCE = (
    "after_photos",
    "signed_record",
    "responsible",
    "measures",
    "deadline",
    "basis",
    "second_officer",
    "six_items",
    "level",
    "reference",
    "receiver",
)
"""Fields of an act that are kept with its step, where they say something."""

PLAN_ITEMS = ("goal", "measures", "funds", "people", "time", "plan")
"""Under which key each of a treatment plan's six items stands among the record's seven."""


class TreatmentRepository:
    """Acts on hazards; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def act(
        self,
        row: HazardRow,
        what: Act,
        *,
        today: date,
        idempotency_key: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> HazardStepRow:
        """Do something to a hazard: its row and the history change together.

        Args:
            row: As it is in this transaction.
            what: The act.
            today: Day at the site, when the case ends by it.
            idempotency_key: The actor's own name for this act.
            more: Further evidence, as what WSAI sees on the after-photos.

        Raises:
            Conflict: It cannot be done in this state, or somebody else acted at the same time.
            Forbidden: The actor's role may not.
            InvalidRequest: Something that the act takes is missing.
        """
        case = act(case_of(row), what)
        last = self._session.scalar(
            select(func.max(HazardStepRow.position)).where(HazardStepRow.hazard_id == row.id)
        )
        step = HazardStepRow(
            hazard_id=row.id,
            position=0 if last is None else last + 1,
            at=what.at,
            actor=what.actor.name,
            role=what.actor.role.value,
            action=what.action,
            before=row.status,
            after=case.steps[-1].after,
            reason=what.reason,
            evidence=_evidence(what) | dict(more or {}),
            idempotency_key=idempotency_key,
        )
        _write(row, case, what, today)
        try:
            with self._session.begin_nested():
                self._session.add(step)
                self._session.flush()
        except (StaleDataError, IntegrityError) as error:
            raise Conflict(
                f"somebody else acted on {row.number} at the same time; read it again"
            ) from error
        return step

    def answered(self, idempotency_key: str) -> HazardStepRow | None:
        """Return the act that was done under a key."""
        return self._session.scalar(
            select(HazardStepRow).where(HazardStepRow.idempotency_key == idempotency_key)
        )

    def steps(self, hazard_id: UUID) -> list[HazardStepRow]:
        """Return the history of a hazard, oldest first."""
        query = select(HazardStepRow).where(HazardStepRow.hazard_id == hazard_id)
        return list(self._session.scalars(query.order_by(HazardStepRow.position)))


def case_of(row: HazardRow) -> Case:
    """Return a hazard as the rules see it; its history stays in the database."""
    return Case(
        kind=Kind(row.kind),
        state=row.status,
        deadline=row.deadline,
        asked_deadline=row.asked_deadline,
        fixers=frozenset(row.fixers),
        after_photos=tuple(row.after_photos),
        penalties=tuple(row.penalties),
        level=row.level,
        returns=row.returns,
    )


def _write(row: HazardRow, case: Case, what: Act, today: date) -> None:
    row.kind = case.kind.value
    if case.ended != (row.closed_on is not None):
        row.closed_on = today if case.ended else None
    row.status, row.deadline, row.asked_deadline = case.state, case.deadline, case.asked_deadline
    row.fixers, row.after_photos = sorted(case.fixers), list(case.after_photos)
    row.penalties, row.level, row.returns = list(case.penalties), case.level, case.returns
    if what.action == "order":
        row.responsible, row.measures = what.responsible, what.measures
    if what.six_items:  # what was written of them before stays: a person wrote it for this record
        given = dict(zip(PLAN_ITEMS, what.six_items, strict=False))
        row.items = {**given, **{key: value for key, value in row.items.items() if value}}
    # an act that leaves every column as it was still makes another version of the record
    flag_modified(row, "status")


def _evidence(what: Act) -> dict[str, Any]:
    """Return what the actor brought, in a form that JSON can hold."""
    brought: dict[str, Any] = {}
    for name in EVIDENCE:
        value = getattr(what, name)
        if value:
            brought[name] = value.isoformat() if isinstance(value, date) else value
    return brought
