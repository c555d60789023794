"""The state machines of the ledger, read from one file, and what an act makes of a case.

`data/machines.yaml` says which states there are and who may do what; nothing else does. A case is
a small value: acting on it gives another one, or an error that says what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from wsai.errors import Conflict, Forbidden, InvalidRequest
from wsai.ledger.guards import GUARDS, complaint


class Role(StrEnum):
    """Who acts on a case."""

    INSPECTOR = "inspector"
    GRID_LEADER = "grid-leader"
    ENFORCEMENT = "enforcement"
    DEPARTMENT = "department"
    ENTERPRISE = "enterprise"
    SYSTEM = "system"


class Kind(StrEnum):
    """Which machine a case follows."""

    GENERAL = "general"
    MAJOR = "major"


class StateWords(BaseModel):
    """How a state is called, and whether a case ends there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    end: bool = False


class Transition(BaseModel):
    """One thing that can be done.

    Attributes:
        do: The act.
        zh: The act in Chinese.
        en: The act in English.
        sources: States in which it can be done.
        target: The state after it; ``None`` where the state stays.
        roles: Who may.
        needs: What it takes; names of guards.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    do: str
    zh: str
    en: str
    sources: tuple[str, ...] = Field(alias="from", min_length=1)
    target: str | None = Field(default=None, alias="to")
    roles: tuple[Role, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()


class Machine(BaseModel):
    """A state machine.

    Attributes:
        first: States in which a case may begin.
        states: All states with their names.
        transitions: Everything that can be done.

    Raises:
        ValueError: A transition names a state or guard that is not there, two say different
            things of one act in one state, a state cannot be reached, or WSAI itself may act.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_zh: str
    name_en: str
    first: tuple[str, ...]
    states: dict[str, StateWords]
    transitions: tuple[Transition, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> Machine:
        for one in self.transitions:
            named = {*one.sources, *([one.target] if one.target else []), *self.first}
            if unknown := sorted(named - self.states.keys()):
                raise ValueError(f"{one.do}: no state {', '.join(unknown)}")
            if missing := sorted(set(one.needs) - GUARDS.keys()):
                raise ValueError(f"{one.do}: no guard {', '.join(missing)}")
            if Role.SYSTEM in one.roles:
                raise ValueError(f"{one.do}: WSAI decides nothing; people do")
        pairs = [(one.do, source) for one in self.transitions for source in one.sources]
        if doubled := {pair for pair in pairs if pairs.count(pair) > 1}:
            raise ValueError(f"two transitions for {min(doubled)}")
        if lost := self.states.keys() - self.reachable():
            raise ValueError(f"no way leads to {', '.join(sorted(lost))}")
        return self

    def reachable(self) -> set[str]:
        """Return the states that a case can come to."""
        seen, waiting = set(self.first), list(self.first)
        while waiting:
            here = waiting.pop()
            for one in self.transitions:
                if here in one.sources and one.target and one.target not in seen:
                    seen.add(one.target)
                    waiting.append(one.target)
        return seen

    def find(self, action: str, state: str) -> Transition | None:
        """Return what an act does in a state; ``None`` where it cannot be done there."""
        for one in self.transitions:
            if one.do == action and state in one.sources:
                return one
        return None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        name: Of the account.
        role: In which part; a person acts in one.
    """

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does to a case, with what they bring.

    Attributes:
        action: As in the machine.
        actor: Who.
        at: When, aware.
        reason: In their words.
        after_photos: Ids of photos of what was done.
        signed_record: Id of a record that both sides signed.
        responsible: Who is to fix it.
        measures: What is to be done.
        deadline: By when, or the new deadline that is asked for.
        basis: Clause and item that make it a major hazard.
        second_officer: The other of the two officers that the law asks for.
        six_items: Of the treatment plan: goal, methods, money, people, time, safety and emergency.
        level: Of the listing.
        reference: Number of a document: notice, listing, penalty, assessment.
        receiver: The department that it is transferred to.
    """

    action: str
    actor: Actor
    at: datetime
    reason: str | None = None
    after_photos: tuple[str, ...] = ()
    signed_record: str | None = None
    responsible: str | None = None
    measures: str | None = None
    deadline: date | None = None
    basis: str | None = None
    second_officer: str | None = None
    six_items: tuple[str, ...] = ()
    level: str | None = None
    reference: str | None = None
    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's history; never changed."""

    at: datetime
    actor: str
    role: Role
    action: str
    before: str
    after: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A hazard under treatment.

    Attributes:
        kind: Which machine it follows.
        state: Where it stands.
        deadline: By when it is to be fixed.
        asked_deadline: The later deadline that the enterprise asks for, while that is undecided.
        fixers: Everybody who fixed, or said that it is fixed, since it was last opened.
        after_photos: Ids of the photos of what was done since then.
        penalties: Numbers of penalty cases.
        level: Of the listing.
        returns: How often a recheck failed.
        steps: History, oldest first.
    """

    kind: Kind
    state: str
    deadline: date | None = None
    asked_deadline: date | None = None
    fixers: frozenset[str] = frozenset()
    after_photos: tuple[str, ...] = ()
    penalties: tuple[str, ...] = ()
    level: str | None = None
    returns: int = 0
    steps: tuple[Step, ...] = field(default=())

    @property
    def ended(self) -> bool:
        """Return whether nothing is left to do."""
        return machines()[self.kind].states[self.state].end

    @property
    def waits(self) -> bool:
        """Return whether others than the enterprise have to act."""
        return self.state in WAITS

    def overdue_days(self, today: date) -> int:
        """Return by how many days the deadline has passed; ``0`` where it has not, or at the end.

        Overdue is computed and no state: a case that waits for its recheck is not late.
        """
        if self.deadline is None or self.ended or self.waits:
            return 0
        return max(0, (today - self.deadline).days)


WAITS = frozenset(
    {"submitted", "rechecking", "fixed-on-spot", "transferred"}
    | {"acceptance-requested", "accepted", "resumed", "cancelled", "delisted"}
)
"""States in which the enterprise has done its part."""


@lru_cache(maxsize=1)
def machines() -> dict[Kind, Machine]:
    """Return both machines.

    Raises:
        ValueError: The file does not hold together; a test reads it.
    """
    text = (resources.files("wsai.ledger") / "data" / "machines.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return {Kind(kind): Machine.model_validate(row) for kind, row in found.items()}


@lru_cache(maxsize=2)
def action_names(kind: Kind) -> dict[str, str]:
    """Return every act of a machine and what it is called, Chinese."""
    return {one.do: one.zh for one in machines()[kind].transitions}


def opened(kind: Kind, state: str, *, deadline: date | None = None) -> Case:
    """Return a new case.

    Raises:
        InvalidRequest: No case begins in that state.
    """
    if state not in machines()[kind].first:
        raise InvalidRequest(f"no {kind.value} case begins as {state}")
    return Case(kind, state, deadline=deadline)


def possible(case: Case, role: Role) -> list[Transition]:
    """Return what a role may do now, in the order of the file; guards are not asked."""
    machine = machines()[case.kind]
    return [one for one in machine.transitions if case.state in one.sources and role in one.roles]


def acts_for(case: Case, role: Role) -> list[str]:
    """Return the names of what a role may do now."""
    return [one.do for one in possible(case, role)]


def act(case: Case, what: Act) -> Case:
    """Return the case after an act.

    Raises:
        Conflict: It cannot be done in this state.
        Forbidden: The actor's role may not, or WSAI itself tried.
        InvalidRequest: Something that it takes is missing; the message says what.
    """
    machine = machines()[case.kind]
    found = machine.find(what.action, case.state)
    if found is None:
        words = machine.states[case.state]
        can = ", ".join(acts_for(case, what.actor.role)) or "nothing"
        raise Conflict(
            f"{what.action} cannot be done while the case is {words.zh} ({case.state}); "
            f"as {what.actor.role.value} you can do: {can}"
        )
    if what.actor.role not in found.roles:
        raise Forbidden(
            f"{found.zh} ({what.action}) is for {', '.join(role.value for role in found.roles)}, "
            f"not for {what.actor.role.value}"
        )
    for need in found.needs:
        if told := complaint(need, case, what):
            raise InvalidRequest(f"{found.zh} ({what.action}): {told}")
    after = found.target or case.state
    step = Step(
        what.at, what.actor.name, what.actor.role, what.action, case.state, after, what.reason
    )
    done = replace(_effects(case, what), state=after, steps=(*case.steps, step))
    if what.action == DOWNGRADE:
        # it stays a hazard: the same record goes on as a general one
        return replace(done, kind=Kind.GENERAL, state="registered")
    if done.asked_deadline and machine.find("grant-extension", after) is None:
        return replace(done, asked_deadline=None)  # moot: it is done, or another's
    return done


DOWNGRADE = "downgrade"
FIXES = frozenset({"fix-on-spot", "begin", "submit", "assess-self", "control"})
REOPENS = frozenset({"reopen", "relapse"})


def _effects(case: Case, what: Act) -> Case:
    """Return the case with what an act leaves behind beside its state."""
    if what.action in REOPENS:  # who fixed it last time may well judge this time
        return replace(
            case, fixers=frozenset(), after_photos=(), deadline=None, asked_deadline=None
        )
    changes: dict[str, Any] = {}
    if what.action in FIXES:
        # an inspector may write down what an enterprise did before her eyes
        by_actor = {what.actor.name} if what.actor.role is Role.ENTERPRISE else set()
        named = {what.responsible} if what.responsible else set()
        changes["fixers"] = case.fixers | by_actor | named
        changes["after_photos"] = (*case.after_photos, *what.after_photos)
    elif what.action in {"order", "file-plan"}:
        changes["deadline"] = what.deadline
        # whoever is named to fix it is no judge of it either
        changes["fixers"] = case.fixers | ({what.responsible} if what.responsible else set())
    elif what.action == "request-extension":
        changes["asked_deadline"] = what.deadline
    elif what.action == "grant-extension":
        changes |= {"deadline": case.asked_deadline, "asked_deadline": None}
    elif what.action == "refuse-extension":
        changes["asked_deadline"] = None
    elif what.action == "penalise" and what.reference:
        changes["penalties"] = (*case.penalties, what.reference)
    elif what.action == "list":
        changes["level"] = what.level
    elif what.action == "return":
        # the next acceptance looks at what is done from now on
        changes |= {"returns": case.returns + 1, "after_photos": ()}
    return replace(case, **changes)
