"""A simulated park: grids, enterprises, visits and two years of hazards, none of them real.

Everything is drawn from one seed. Names are composed and begin with 模拟; histories are made by
the ledger's own machines, act by act, so no record is in a state that people could not have
brought it to. Nobody can log in as anybody of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from serving.access.service import HASHER
from wsai.catalogue.catalogue import Catalogue, load_catalogue
from wsai.catalogue.severity import Severity
from wsai.errors import Conflict
from wsai.ledger.machine import Act, Actor, Case, Kind, Role, act, machines, opened
from wsai.ledger.record import FIRST_STATE, record_number
from wsai.storage.audit import AuditLog
from wsai.storage.files import FileStore
from wsai.storage.tables import (
    AccidentRow,
    AccountRow,
    Base,
    CheckpointRow,
    EnterpriseRow,
    FindingRow,
    GridRow,
    HazardRow,
    HazardStepRow,
    InspectionRow,
    PhotoRow,
    RiskPointRow,
    SignedRecordRow,
)
from wsai.storage.treatment import EVIDENCE
from wsai.supervision.credit_code import ALPHABET, check_character
from wsai.supervision.enterprises import Size, Tag
from wsai.supervision.lec import Lec

MARK = "模拟"
CHUNK = 4000
WEST, SOUTH, SIDE = 120.700, 31.300, 0.012
"""Of the lowest left grid, degrees; the land is a rectangle of equal grids."""
ROWS, COLUMNS = 6, 8
SITE_HOUR = time(2, 0)
"""Of a visit, UTC: ten in the morning at the site."""
MODEL, RULE = "simulated", "simulated/park@1"
SHARE_OF_MAJOR = 0.004
SEASON = (0.8, 0.7, 0.95, 1.0, 1.1, 1.25, 1.2, 1.15, 1.05, 0.9, 1.0, 0.9)
"""Visits of a month over the mean: the safety month is June, the new year is quiet."""
FIRST_WORDS = "恒瑞鑫泰盛达源丰嘉禾启晟博川凌越中科远拓安驰联创宏图诚朗"
TRADES: tuple[tuple[str, tuple[Tag, ...], tuple[str, ...], float], ...] = (
    ("精密机械", (Tag.MANUFACTURING,), (), 0.22),
    ("金属制品", (Tag.MANUFACTURING, Tag.COMBUSTIBLE_DUST), ("dust-al-mg-or-30",), 0.08),
    ("木业", (Tag.MANUFACTURING, Tag.COMBUSTIBLE_DUST), ("dust",), 0.06),
    ("食品", (Tag.MANUFACTURING, Tag.AMMONIA), ("ammonia",), 0.05),
    ("化工", (Tag.CHEMICALS,), ("chemicals", "confined-space"), 0.05),
    ("塑胶", (Tag.MANUFACTURING,), ("spraying",), 0.10),
    ("电子", (Tag.MANUFACTURING, Tag.LABOUR_INTENSIVE), (), 0.15),
    ("服装", (Tag.LABOUR_INTENSIVE, Tag.CROWDED), (), 0.06),
    ("物流仓储", (Tag.WAREHOUSE,), (), 0.13),
    ("建设工程", (Tag.CONSTRUCTION,), (), 0.07),
    ("铸造", (Tag.METALLURGY, Tag.MANUFACTURING), ("metallurgy",), 0.03),
)
"""Trade, what it is supervised as, its dangerous sources, its share."""
COMMON = (
    "exit-blocked", "extinguisher-blocked", "housekeeping-clutter", "guard-missing-rotating-parts",
    "guard-open-or-removed", "ppe-no-helmet", "trip-hazard-cable", "floor-spill", "elec-panel-open",
    "elec-wiring-exposed", "extinguisher-missing", "exit-sign-unlit", "ladder-misuse",
    "forklift-pedestrian-proximity", "stack-too-high-or-unstable", "safety-sign-missing",
    "ppe-no-eye-protection",
)  # fmt: skip
DUSTY = ("dust-layer-floor-equipment", "dust-layer-overhead", "dust-collector-leak")
GRAVE = ("exit-locked", "dust-layer-floor-equipment", "guard-missing-point-of-operation")
MEASURES = (
    "清理并保持畅通",
    "加装防护装置",
    "停用并更换",
    "培训并落实责任人",
    "恢复原状并张贴标识",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a park is simulated.

    Attributes:
        enterprises: At least one.
        years: Of history before ``today``.
        hazards: Records in all.
        seed: Decides everything.
        today: Last day of the history.
    """

    enterprises: int
    years: int
    hazards: int
    seed: int
    today: date


@dataclass(slots=True)
class Firm:
    """An enterprise while its history is made."""

    id: UUID
    grid_id: UUID
    grid_code: str
    name: str
    risk: float
    slack: float
    codes: tuple[str, ...]
    checkpoints: list[UUID] = field(default_factory=list)
    photos: int = 0


@dataclass(slots=True)
class Written:
    """What was made, for whoever asked for it."""

    enterprises: int = 0
    hazards: int = 0
    photos: int = 0
    steps: int = 0


class Bulk:
    """Rows that wait to be inserted in chunks, parents before children.

    Args:
        session: In a transaction.
    """

    ORDER: tuple[type[Base], ...] = (
        GridRow, AccountRow, EnterpriseRow, CheckpointRow, RiskPointRow, AccidentRow, InspectionRow,
        PhotoRow, FindingRow, HazardRow, SignedRecordRow, HazardStepRow,
    )  # fmt: skip

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[type[Base], list[dict[str, Any]]] = {table: [] for table in self.ORDER}

    def add(self, table: type[Base], **row: Any) -> None:
        """Put a row into its chunk."""
        self._rows[table].append(row)

    def flush(self, *, least: int = 0) -> None:
        """Insert everything, once a table has more than ``least`` rows."""
        if max(len(rows) for rows in self._rows.values()) <= least:
            return
        for table in self.ORDER:
            if rows := self._rows[table]:
                self._session.execute(insert(table), rows)
                rows.clear()


def simulate(
    session: Session,
    plan: Plan,
    *,
    files: FileStore | None,
    tick: Callable[[int], None] = lambda n: None,
) -> Written:
    """Fill a database without enterprises with a simulated park.

    Args:
        session: In a transaction; nothing is committed here.
        plan: How large.
        files: Where drawn pictures are kept; ``None`` writes none, and the rows name files that
            are not there: for measuring only.
        tick: Called with how many records are done since the last call.

    Raises:
        Conflict: There are enterprises already.
    """
    if session.scalar(select(EnterpriseRow.id).limit(1)) is not None:
        raise Conflict(
            "the database has enterprises already; a simulated park goes only into an empty one: "
            "set WSAI_DATA_DIR to a new folder"
        )
    park = _Park(session, plan, files)
    written = park.build(tick)
    AuditLog(session).append(
        at=_moment(plan.today),
        actor="command-line",
        action="demo.simulated",
        subject="park",
        details={
            "seed": plan.seed,
            "enterprises": written.enterprises,
            "hazards": written.hazards,
            "years": plan.years,
        },
    )
    return written


class _Park:
    def __init__(self, session: Session, plan: Plan, files: FileStore | None) -> None:
        self.session, self.plan, self.files = session, plan, files
        self.chance = np.random.default_rng(plan.seed)
        self.bulk = Bulk(session)
        self.catalogue: Catalogue = load_catalogue()
        self.ordinary = tuple(
            code
            for code, hazard in self.catalogue.hazards.items()
            if hazard.severity is not Severity.MAJOR
        )
        self.made = Written()
        # the demo's own records may be there; numbers go on after theirs
        last = select(HazardRow.year, func.max(HazardRow.serial)).group_by(HazardRow.year)
        self.serials: dict[int, int] = {row[0]: row[1] for row in session.execute(last)}
        self.pictures: dict[int, tuple[str, int]] = {}
        self.first_day = plan.today - timedelta(days=365 * plan.years)
        self.signature = self._kept(_signature())

    def build(self, tick: Callable[[int], None]) -> Written:
        grids = self._grids()
        firms = self._firms(grids)
        self.bulk.flush()
        self._accidents(firms)
        done = 0
        for visited in self._visits(firms):
            self._visit(*visited)
            self.bulk.flush(least=CHUNK)
            if self.made.hazards - done >= CHUNK // 4:
                tick(self.made.hazards - done)
                done = self.made.hazards
        tick(self.made.hazards - done)
        self.bulk.flush()
        # findings and records name each other, so the first could not name what came after it
        record = select(HazardRow.id).where(HazardRow.finding_id == FindingRow.id)
        own = update(FindingRow).where(FindingRow.hazard_id.is_(None))
        self.session.execute(own.values(hazard_id=record.scalar_subquery()))
        return self.made

    # --- drawing ----------------------------------------------------------------------------

    def _id(self) -> UUID:
        return UUID(bytes=self.chance.bytes(16), version=4)

    def _one(self, of: tuple[str, ...] | str) -> str:
        return of[int(self.chance.integers(len(of)))]

    def _kept(self, data: bytes) -> str:
        if self.files is not None:
            return self.files.put_original(data)
        return self.chance.bytes(32).hex()

    def _picture(self, number: int) -> tuple[str, int]:
        """Return hash and length of the drawn picture with this number."""
        if number not in self.pictures:
            data = _drawn(f"No. {number}")
            self.pictures[number] = (self._kept(data), len(data))
        return self.pictures[number]

    # --- who there is -----------------------------------------------------------------------

    def _grids(self) -> list[tuple[UUID, str]]:
        now = _moment(self.first_day)
        park = self._id()
        self._grid(park, "P", f"{MARK}园区", None, (0, 0, COLUMNS, ROWS), now)
        cells = []
        for row in range(ROWS):
            area = self._id()
            letter = "ABCDEFGHJK"[row]
            self._grid(area, letter, f"{MARK}{letter}片区", park, (0, row, COLUMNS, row + 1), now)
            for column in range(COLUMNS):
                cell, code = self._id(), f"{letter}{column + 1:02d}"
                place = (column, row, column + 1, row + 1)
                self._grid(cell, code, f"{MARK}{code}网格", area, place, now)
                cells.append((cell, code))
                self._account(f"{MARK}网格员{code}", "inspector", cell, now)
            self._account(f"{MARK}网格长{letter}", "grid-leader", area, now)
        for number in (1, 2, 3):
            self._account(f"{MARK}执法员{number}", "enforcement", None, now)
        self._account(f"{MARK}督办部门", "department", None, now)
        return cells

    def _grid(
        self,
        grid_id: UUID,
        code: str,
        name: str,
        parent: UUID | None,
        cells: tuple[int, int, int, int],
        now: datetime,
    ) -> None:
        x0, y0, x1, y1 = cells
        west, east = WEST + x0 * SIDE, WEST + x1 * SIDE
        south, north = SOUTH + y0 * SIDE, SOUTH + y1 * SIDE
        line = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        self.session.execute(
            insert(GridRow),
            [
                {
                    "id": grid_id,
                    "code": code,
                    "name": name,
                    "parent_id": parent,
                    "boundary": {"type": "Polygon", "coordinates": [line]},
                    "created_at": now,
                }
            ],
        )

    def _account(self, name: str, role: str, grid: UUID | None, now: datetime) -> None:
        self.bulk.add(
            AccountRow,
            id=self._id(),
            name=name,
            role=role,
            password_hash=_unknown_password(),
            created_at=now,
            failed_logins=0,
            locked_until=None,
            grid_id=grid,
            enterprise_id=None,
            disabled_at=now,  # an administrator gives a password and opens it, or nobody does
        )

    def _firms(self, grids: list[tuple[UUID, str]]) -> list[Firm]:
        c = self.chance
        shares = np.array([trade[3] for trade in TRADES])
        shares = shares / shares.sum()
        crowding = c.dirichlet(np.full(len(grids), 2.0))
        names: set[str] = set()
        firms = []
        for number in range(self.plan.enterprises):
            trade, tags, sources, _ = TRADES[int(c.choice(len(TRADES), p=shares))]
            name = f"{MARK}{self._one(FIRST_WORDS)}{self._one(FIRST_WORDS)}{trade}有限公司"
            if name in names:
                name = name.replace("有限公司", f"{number + 1}厂有限公司")
            names.add(name)
            cell = int(c.choice(len(grids), p=crowding))
            grid_id, code = grids[cell]
            sized = Size(str(c.choice([s.value for s in Size], p=(0.03, 0.12, 0.45, 0.40))))
            codes = (*COMMON, *(DUSTY * 2 if Tag.COMBUSTIBLE_DUST in tags else ()))
            firm = Firm(
                self._id(), grid_id, code, name, float(c.gamma(1.6)), float(c.beta(1.5, 6)), codes
            )
            self._firm_rows(firm, number, cell, tags, sources, sized)
            firms.append(firm)
            self.bulk.flush(least=CHUNK)
        self.made.enterprises = len(firms)
        return firms

    def _firm_rows(
        self,
        firm: Firm,
        number: int,
        cell: int,
        tags: tuple[Tag, ...],
        sources: tuple[str, ...],
        sized: Size,
    ) -> None:
        c, now = self.chance, _moment(self.first_day)
        row, column = divmod(cell, COLUMNS)
        level = str(c.choice(("level-1", "level-2", "level-3", "none"), p=(0.02, 0.13, 0.5, 0.35)))
        people = {
            Size.LARGE: (400, 3000),
            Size.MEDIUM: (150, 400),
            Size.SMALL: (20, 150),
            Size.MICRO: (2, 20),
        }[sized]
        self.bulk.add(
            EnterpriseRow,
            id=firm.id,
            credit_code=credit_code(number, c),
            name=firm.name,
            address=f"{MARK}园区{firm.grid_code}网格{int(c.integers(1, 200))}号",
            grid_id=firm.grid_id,
            longitude=round(WEST + (column + float(c.uniform(0.05, 0.95))) * SIDE, 6),
            latitude=round(SOUTH + (row + float(c.uniform(0.05, 0.95))) * SIDE, 6),
            tags=sorted(tag.value for tag in tags),
            size=sized.value,
            employees=int(c.integers(*people)),
            standardisation=level,
            contact=f"{MARK}负责人{number + 1}",
            phone=None,
            profile={
                "sources": list(sources),
                "crowded": Tag.CROWDED in tags,
                "double_prevention": bool(c.random() < 0.8),
                "training_gap": bool(c.random() < 0.15),
            },
            plans=[],
            created_at=now,
            changed_at=now,
            version=1,
        )
        for place in range(int(c.integers(1, 4))):
            checkpoint = self._id()
            firm.checkpoints.append(checkpoint)
            self.bulk.add(
                CheckpointRow,
                id=checkpoint,
                enterprise_id=firm.id,
                token=c.bytes(16).hex(),
                name=f"{('车间', '仓库', '通道', '配电室')[place]}{place + 1}",
                place=None,
                baseline=[],
                zones=[],
                created_at=now,
                version=1,
            )
        for point in range(int(c.integers(1, 6))):
            lec = Lec(
                float(c.choice((0.5, 1, 3, 6))),
                float(c.choice((1, 2, 3, 6))),
                float(c.choice((1, 3, 7, 15), p=(0.3, 0.4, 0.2, 0.1))),
            )
            begins = self.first_day + timedelta(days=int(c.integers(0, 300)))
            self.bulk.add(
                RiskPointRow,
                id=self._id(),
                enterprise_id=firm.id,
                name=f"风险点{point + 1}",
                place=f"{('车间', '仓库', '屋面', '罐区', '通道')[point]}",
                accident_type="机械伤害",
                likelihood=lec.likelihood,
                exposure=lec.exposure,
                consequence=lec.consequence,
                score=lec.score,
                colour=lec.colour.value,
                measures="按规程管控",
                department="安全部",
                person=f"{MARK}负责人{number + 1}",
                effective_from=begins,
                effective_to=None,
                review_due=begins + timedelta(days=365),
                assessed_by=f"{MARK}网格员{firm.grid_code}",
                supersedes=None,
            )

    def _accidents(self, firms: list[Firm]) -> None:
        c = self.chance
        weights = np.array([firm.risk for firm in firms])
        count = int(c.poisson(max(1.0, 0.004 * len(firms) * self.plan.years)))
        for _ in range(count):
            firm = firms[int(c.choice(len(firms), p=weights / weights.sum()))]
            day = self.first_day + timedelta(days=int(c.integers(0, 365 * self.plan.years)))
            deadly = c.random() < 0.08
            self.bulk.add(
                AccidentRow,
                id=self._id(),
                enterprise_id=firm.id,
                happened_on=day,
                place="车间",
                type_old="机械伤害",
                type_new="机械伤害",
                deaths=int(deadly),
                injuries=int(c.integers(0 if deadly else 1, 3)),
                account=f"{MARK}事故记录",
                recorded_by=f"{MARK}执法员1",
                recorded_at=_moment(min(day + timedelta(days=1), self.plan.today)),
            )

    # --- visits -----------------------------------------------------------------------------

    def _visits(self, firms: list[Firm]) -> Iterator[tuple[Firm, date, int, bool]]:
        """Yield who is visited when, how many hazards are found, and whether they look themselves.

        In the order of days, so that numbers rise with time.
        """
        c = self.chance
        days = [
            day
            for n in range(365 * self.plan.years)
            if (day := self.first_day + timedelta(days=n + 1)).weekday() < 5
        ]
        wave = np.array([SEASON[day.month - 1] for day in days])
        weights = np.array([0.3 + firm.risk for firm in firms])
        left = self.plan.hazards
        found = []
        while left > 0:
            count = min(left, 1 + int(c.poisson(1.6)))
            found.append(count)
            left -= count
        when = np.sort(c.choice(len(days), len(found), p=wave / wave.sum()))
        who = c.choice(len(firms), len(found), p=weights / weights.sum())
        own = c.random(len(found)) < 0.3
        for n, count in enumerate(found):
            yield firms[int(who[n])], days[int(when[n])], count, bool(own[n])

    def _photo(
        self, firm: Firm, at: datetime, inspection: UUID | None, checkpoint: UUID, by: str
    ) -> UUID:
        photo = self._id()
        # the same picture may be sent by many enterprises, but by each only once
        firm.photos += 1
        digest, length = self._picture(firm.photos)
        self.bulk.add(
            PhotoRow,
            id=photo,
            sha256=digest,
            scope=f"enterprise:{firm.id}",
            enterprise_id=firm.id,
            grid_id=firm.grid_id,
            checkpoint_id=checkpoint,
            inspection_id=inspection,
            bytes=length,
            media_type="image/jpeg",
            width=320,
            height=240,
            site=firm.name,
            checkpoint=None,
            taken_at=at,
            gps_latitude=None,
            gps_longitude=None,
            received_at=at,
            uploaded_by=by,
            model_id=MODEL,
            detections=[],
            elapsed_ms=0.0,
        )
        self.made.photos += 1
        return photo

    def _visit(self, firm: Firm, day: date, count: int, own: bool) -> None:
        c = self.chance
        at = _moment(day) + timedelta(minutes=int(c.integers(0, 300)))
        inspector = f"{MARK}网格员{firm.grid_code}"
        finder = f"{MARK}{firm.grid_code}企业安全员" if own else inspector
        inspection = self._id()
        self.bulk.add(
            InspectionRow,
            id=inspection,
            kind="self" if own else "supervision",
            status="finished",
            enterprise_id=firm.id,
            grid_id=firm.grid_id,
            campaign_id=None,
            checklist="general-manufacturing",
            planned_for=day,
            begun_at=at,
            finished_at=at + timedelta(hours=1),
            created_by=finder,
            inspectors=[finder],
            answers={},
            summary=f"发现{count}处隐患",
            version=1,
        )
        checkpoint = firm.checkpoints[int(c.integers(len(firm.checkpoints)))]
        photo = self._photo(firm, at, inspection, checkpoint, finder)
        names = list(dict.fromkeys(self._one(firm.codes) for _ in range(count)))
        while len(names) < count:
            code = self._one(self.ordinary)
            names += [] if code in names else [code]
        for position, code in enumerate(names):
            major = c.random() < SHARE_OF_MAJOR
            self._hazard(
                firm, at, position, self._one(GRAVE) if major else code, photo, inspection,
                checkpoint, finder, Kind.MAJOR if major else Kind.GENERAL, own,
            )  # fmt: skip

    def _hazard(
        self,
        firm: Firm,
        at: datetime,
        position: int,
        code: str,
        photo: UUID,
        inspection: UUID,
        checkpoint: UUID,
        finder: str,
        kind: Kind,
        own: bool,
    ) -> None:
        c = self.chance
        hazard, finding = self._id(), self._id()
        day = at.date()
        probability = round(float(c.beta(6, 2)), 4)
        severity = "major" if kind is Kind.MAJOR else self.catalogue.hazard(code).severity.value
        self.bulk.add(
            FindingRow, id=finding, photo_id=photo, position=position, code=code, verdict="hazard",
            probability=probability, boxes=[[60.0, 60.0, 200.0, 180.0]],
            because={"rule": RULE, "relation": "simulated", "zh": "模拟数据", "en": "Simulated",
                     "objects": [], "areas": []},
            question_zh=None, question_en=None, model_id=MODEL, rule=RULE, status="confirmed",
            decided_by=finder, decided_at=at, dismiss_reason=None, hazard_id=None,
        )  # fmt: skip
        deadline = None
        if kind is Kind.GENERAL:
            deadline = self.catalogue.proposed_deadline(code, day)
        walk = _Walk(self, firm, hazard, opened(kind, FIRST_STATE[kind], deadline=deadline))
        if kind is Kind.MAJOR:
            _major(walk, at, firm)
        else:
            _general(walk, at, firm, deadline or day)
        case = walk.case
        serial = self.serials.get(at.year, 0) + 1
        self.serials[at.year] = serial
        ended = machines()[case.kind].states[case.state].end
        self.bulk.add(
            HazardRow, id=hazard, number=record_number(at.year, serial), year=at.year,
            serial=serial, finding_id=finding, photo_id=photo, code=code, severity=severity,
            status=case.state, site=firm.name, checkpoint=None, enterprise_id=firm.id,
            grid_id=firm.grid_id, checkpoint_id=checkpoint, inspection_id=inspection,
            source="self-check" if own else "supervision", found_on=day, deadline=case.deadline,
            note=None, probability=probability, model_id=MODEL, rule=RULE, confirmed_by=finder,
            confirmed_at=at, kind=case.kind.value, asked_deadline=case.asked_deadline,
            responsible=walk.responsible, measures=walk.measures, level=case.level,
            returns=case.returns, seen=1, reopened=0,
            closed_on=walk.last.date() if ended else None, items={}, fixers=sorted(case.fixers),
            after_photos=list(case.after_photos), penalties=list(case.penalties), version=1,
        )  # fmt: skip
        self.made.hazards += 1


class _Walk:
    """A case that goes from act to act until today comes."""

    def __init__(self, park: _Park, firm: Firm, hazard: UUID, case: Case) -> None:
        self.park, self.firm, self.hazard, self.case = park, firm, hazard, case
        self.position = 0
        self.last = datetime.min.replace(tzinfo=UTC)
        self.responsible: str | None = None
        self.measures: str | None = None
        self.owner = f"{MARK}{firm.grid_code}企业安全员"
        self.inspector = f"{MARK}网格员{firm.grid_code}"

    def do(self, action: str, at: datetime, name: str, role: Role, **brought: Any) -> bool:
        """Act, unless that day has not come; return whether it was done."""
        if at.date() > self.park.plan.today:
            return False
        at = max(at, self.last)
        what = Act(action, Actor(name, role), at, **brought)
        before = self.case.state
        self.case = act(self.case, what)
        step = self.case.steps[-1]
        evidence = {}
        for key in EVIDENCE:
            if value := getattr(what, key):
                evidence[key] = value.isoformat() if isinstance(value, date) else value
        self.park.bulk.add(
            HazardStepRow, id=self.park._id(), hazard_id=self.hazard, position=self.position, at=at,
            actor=name, role=role.value, action=action, before=before, after=step.after,
            reason=what.reason, evidence=evidence, idempotency_key=None,
        )  # fmt: skip
        self.park.made.steps += 1
        self.position += 1
        self.last = at
        if action == "order":
            self.responsible, self.measures = what.responsible, what.measures
        return True

    def signed(self, kind: str, at: datetime, by: str) -> str:
        """Return the id of a record that both sides signed."""
        record = self.park._id()
        self.park.bulk.add(
            SignedRecordRow, id=record, kind=kind, hazard_id=self.hazard, inspection_id=None,
            text="模拟记录：已复查，整改到位。", office_name=by,
            office_signature=self.park.signature, enterprise_name=self.owner,
            enterprise_signature=self.park.signature, signed_at=at, kept_by=by,
        )  # fmt: skip
        return str(record)

    def photo(self, at: datetime) -> tuple[str, ...]:
        """Return a photo of what was done, taken by the enterprise."""
        if at.date() > self.park.plan.today:
            return ("later",)
        place = self.firm.checkpoints[0]
        return (str(self.park._photo(self.firm, at, None, place, self.owner)),)


def _general(walk: _Walk, at: datetime, firm: Firm, deadline: date) -> None:
    c = walk.park.chance
    hour = timedelta(hours=1)
    if c.random() < 0.33:
        if not walk.do(
            "fix-on-spot", at + hour, walk.owner, Role.ENTERPRISE,
            after_photos=walk.photo(at + hour), responsible=walk.owner,
        ):  # fmt: skip
            return
        record = walk.signed("recheck", at + 2 * hour, walk.inspector)
        walk.do("accept", at + 2 * hour, walk.inspector, Role.INSPECTOR, signed_record=record)
        return
    days = max(1, (deadline - at.date()).days)
    if not walk.do(
        "order", at + hour, walk.inspector, Role.INSPECTOR, responsible=walk.owner,
        measures=walk.park._one(MEASURES), deadline=deadline,
    ):  # fmt: skip
        return
    if c.random() < 0.015:
        if walk.do(
            "transfer", at + timedelta(days=1), f"{MARK}网格长{firm.grid_code[0]}",
            Role.GRID_LEADER, reason="属其他部门职责", receiver=f"{MARK}消防部门",
        ):  # fmt: skip
            done = at + timedelta(days=int(c.integers(10, 60)))
            if done.date() <= walk.park.plan.today:
                officer = f"{MARK}执法员1"
                record = walk.signed("recheck", done, officer)
                walk.do("accept-transfer", done, officer, Role.ENFORCEMENT, signed_record=record)
        return
    late = c.random() < 0.08 + 0.6 * firm.slack
    spent = (
        days * (float(c.uniform(1.05, 1.6)) + float(c.exponential(1.5)))
        if late
        else days * float(c.beta(2, 2))
    )
    fixed = at + timedelta(days=max(0.2, spent))
    if c.random() < 0.7:
        walk.do("begin", at + (fixed - at) * 0.3, walk.owner, Role.ENTERPRISE)
    if late and c.random() < 0.3:
        asked = at + (fixed - at) * 0.35
        if walk.do(
            "request-extension", asked, walk.owner, Role.ENTERPRISE, reason="备件未到货",
            deadline=deadline + timedelta(days=int(c.integers(3, 15))),
        ):  # fmt: skip
            leader = f"{MARK}网格长{firm.grid_code[0]}"
            if c.random() < 0.7:
                walk.do("grant-extension", asked + hour, leader, Role.GRID_LEADER)
            else:
                walk.do(
                    "refuse-extension", asked + hour, leader, Role.GRID_LEADER, reason="应立即整改"
                )
    for attempt in range(3):
        if not walk.do(
            "submit", fixed, walk.owner, Role.ENTERPRISE, after_photos=walk.photo(fixed)
        ):
            return
        looked = fixed + timedelta(days=float(c.uniform(0.5, 5)))
        if not walk.do("recheck", looked, walk.inspector, Role.INSPECTOR):
            return
        if attempt == 2 or c.random() > 0.08 + 0.3 * firm.slack:
            if looked.date() <= walk.park.plan.today:
                record = walk.signed("recheck", looked + hour, walk.inspector)
                walk.do(
                    "accept", looked + hour, walk.inspector, Role.INSPECTOR, signed_record=record
                )
            return
        walk.do("return", looked + hour, walk.inspector, Role.INSPECTOR, reason="整改不到位")
        again = looked + timedelta(days=float(c.uniform(1, 8)))
        if not walk.do("begin", again, walk.owner, Role.ENTERPRISE):
            return
        fixed = again + timedelta(days=float(c.uniform(0.5, 5)))


def _major(walk: _Walk, at: datetime, firm: Firm) -> None:
    c = walk.park.chance
    one, two, office = f"{MARK}执法员1", f"{MARK}执法员2", f"{MARK}督办部门"
    day = timedelta(days=1)
    tail = str(walk.hazard)[:6]
    now = at + day
    if c.random() < 0.25:
        walk.do(
            "downgrade", now, one, Role.ENFORCEMENT, reason="不符合判定标准", second_officer=two
        )
        return
    plan_until = (at + timedelta(days=int(c.integers(60, 150)))).date()
    script: list[tuple[str, float, str, Role, dict[str, Any]]] = [
        ("determine", 1, one, Role.ENFORCEMENT, {
            "basis": "判定标准（模拟）", "second_officer": two}),
        ("report", 1, one, Role.ENFORCEMENT, {"reference": f"模拟报〔{at.year}〕{tail}"}),
        ("control", 0.2, walk.owner, Role.ENTERPRISE, {"measures": "停止使用，撤出人员"}),
        ("file-plan", 6, walk.owner, Role.ENTERPRISE, {
            "six_items": ("目标", "方法", "经费", "机构人员", "时限", "安全措施和预案"),
            "deadline": plan_until}),
        ("list", 7, office, Role.DEPARTMENT, {
            "level": "区县级（园区）", "reference": f"模拟挂〔{at.year}〕{tail}"}),
        ("begin", 3, walk.owner, Role.ENTERPRISE, {}),
        ("report-progress", 25, walk.owner, Role.ENTERPRISE, {"reason": "按方案推进"}),
        ("assess-self", float(c.uniform(20, 90)), walk.owner, Role.ENTERPRISE, {
            "after_photos": True, "reference": f"自评-{tail}"}),
        ("assess-by-expert", 6, walk.owner, Role.ENTERPRISE, {"reference": f"专评-{tail}"}),
        ("request-acceptance", 2, walk.owner, Role.ENTERPRISE, {}),
        ("accept", 6, one, Role.ENFORCEMENT, {"signed_record": True, "second_officer": two}),
        ("resume", 1, one, Role.ENFORCEMENT, {"signed_record": True}),
        ("cancel", 2, one, Role.ENFORCEMENT, {"reference": f"核销-{tail}"}),
        ("delist", 3, office, Role.DEPARTMENT, {"reference": f"摘牌-{tail}"}),
        ("revisit", 40, one, Role.ENFORCEMENT, {"signed_record": True}),
    ]  # fmt: skip
    for action, wait, name, role, brought in script:
        now += timedelta(days=wait)
        if now.date() > walk.park.plan.today:
            return
        given = dict(brought)
        if given.get("after_photos"):
            given["after_photos"] = walk.photo(now)
        if given.get("signed_record"):
            kind = "revisit" if action == "revisit" else "acceptance"
            given["signed_record"] = walk.signed(kind, now, name)
        walk.do(action, now, name, role, **given)


def credit_code(number: int, chance: np.random.Generator) -> str:
    """Return a unified social credit code that is well formed and nobody's: its region is none.

    >>> code = credit_code(3, np.random.default_rng(0))
    >>> len(code), code[2:8]
    (18, '999999')
    """
    letters = [ALPHABET[int(n)] for n in chance.integers(0, len(ALPHABET), 2)]
    first = f"91999999MX{number:05d}"[:15] + "".join(letters)
    return first + check_character(first)


def _moment(day: date) -> datetime:
    return datetime.combine(day, SITE_HOUR, tzinfo=UTC)


@lru_cache(maxsize=1)
def _unknown_password() -> str:
    """Return the hash of a password that nobody knows."""
    return HASHER.hash(secrets.token_urlsafe(48))


def _drawn(words: str) -> bytes:
    """Return a small picture that says what it is."""
    canvas = np.full((240, 320, 3), 205, np.uint8)
    cv2.rectangle(canvas, (60, 60), (200, 180), (60, 110, 220), 2)
    cv2.putText(canvas, "SIMULATED", (16, 36), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (40, 40, 40), 2)
    cv2.putText(canvas, words, (16, 220), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1)
    return bytes(cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, 60])[1])


def _signature() -> bytes:
    canvas = np.full((60, 200), 255, np.uint8)
    cv2.putText(canvas, "simulated", (12, 38), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.0, (0,), 2)
    return bytes(cv2.imencode(".png", canvas)[1])
