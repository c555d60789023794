"""Grids and enterprises as they are kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shapely.geometry import mapping
from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from wsai.errors import Conflict, NotFound
from wsai.storage.sight import seen_enterprises
from wsai.storage.tables import EnterpriseRow, GridRow
from wsai.supervision.access import Sight
from wsai.supervision.enterprises import Enterprise, Size, Tag
from wsai.supervision.grids import Grid, GridTree, read_boundary


class GridRepository:
    """Reads and writes grids; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, grid: Grid, *, at: datetime) -> GridRow:
        """Add a grid; its key is the office's own code.

        Raises:
            Conflict: There is one with this code.
            NotFound: Its parent is not there.
        """
        row = GridRow(
            code=grid.key,
            name=grid.name,
            parent_id=self.by_code(grid.parent).id if grid.parent else None,
            boundary=_plain(mapping(grid.boundary)) if grid.boundary is not None else None,
            created_at=at,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError as error:
            raise Conflict(f"there is a grid with the code {grid.key}") from error
        return row

    def put(self, grid: Grid, *, at: datetime) -> str:
        """Add a grid, or write the one with its code anew.

        Returns:
            ``added``, ``changed`` or ``same``.

        Raises:
            NotFound: Its parent is not there.
            InvalidRequest: It would be a part of itself.
        """
        row = self._session.scalar(select(GridRow).where(GridRow.code == grid.key))
        if row is None:
            self.add(grid, at=at)
            return "added"
        parent = self.by_code(grid.parent).id if grid.parent else None
        drawn = _plain(mapping(grid.boundary)) if grid.boundary is not None else None
        if (row.name, row.parent_id, row.boundary) == (grid.name, parent, drawn):
            return "same"
        row.name, row.parent_id, row.boundary = grid.name, parent, drawn
        self._session.flush()
        self.tree()  # says so where it goes round in a circle
        return "changed"

    def all(self) -> list[GridRow]:
        """Return all grids by code."""
        return list(self._session.scalars(select(GridRow).order_by(GridRow.code)))

    def by_code(self, code: str) -> GridRow:
        """Return one grid.

        Raises:
            NotFound: There is none with this code.
        """
        row = self._session.scalar(select(GridRow).where(GridRow.code == code))
        if row is None:
            raise NotFound("grid", code)
        return row

    def get(self, grid_id: UUID) -> GridRow:
        """Return one grid.

        Raises:
            NotFound: There is none with this id.
        """
        row = self._session.get(GridRow, grid_id)
        if row is None:
            raise NotFound("grid", grid_id)
        return row

    def tree(self) -> GridTree:
        """Return all grids; their keys are the rows' ids."""
        rows = self._session.scalars(select(GridRow)).all()
        return GridTree(
            Grid(
                str(row.id),
                str(row.parent_id) if row.parent_id else None,
                row.name,
                read_boundary(row.boundary) if row.boundary else None,
            )
            for row in rows
        )


def _plain(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON geometry as JSON gives it back: lists, no tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(geometry))
    return plain


@dataclass(frozen=True, slots=True)
class EnterpriseFilter:
    """Which enterprises; ``None`` is any.

    Attributes:
        grids: Only those in one of these grids.
        text: Part of the name, or the whole credit code.
        sight: What the asker may see.
    """

    grids: Collection[UUID] | None = None
    text: str | None = None
    sight: Sight = field(default_factory=Sight)


class EnterpriseRepository:
    """Reads and writes enterprises; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, what: Enterprise, *, grid_id: UUID | None, at: datetime) -> EnterpriseRow:
        """Add an enterprise.

        Raises:
            Conflict: There is one with this credit code.
        """
        row = EnterpriseRow(
            credit_code=what.credit_code, created_at=at, version=1, profile={}, plans=[]
        )
        _fill(row, what, grid_id, at)
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError as error:
            raise Conflict(f"there is an enterprise with the code {what.credit_code}") from error
        return row

    def change(
        self, row: EnterpriseRow, what: Enterprise, *, grid_id: UUID | None, at: datetime
    ) -> EnterpriseRow:
        """Write an enterprise anew.

        Raises:
            Conflict: Somebody else changed it since the row was read, or the code is another's.
        """
        _fill(row, what, grid_id, at)
        row.credit_code = what.credit_code
        try:
            with self._session.begin_nested():
                self._session.flush()
        except StaleDataError as error:
            raise Conflict(
                "somebody else changed this enterprise; read it again, then change it"
            ) from error
        except IntegrityError as error:
            raise Conflict(f"another enterprise has the code {what.credit_code}") from error
        return row

    def get(self, enterprise_id: UUID, sight: Sight | None = None) -> EnterpriseRow:
        """Return one enterprise.

        Raises:
            NotFound: There is none with this id, or it is not seen.
        """
        row = self._session.get(EnterpriseRow, enterprise_id)
        if row is None or not (sight or Sight()).covers(grid=row.grid_id, enterprise=row.id):
            raise NotFound("enterprise", enterprise_id)
        return row

    def by_credit_code(self, code: str) -> EnterpriseRow | None:
        """Return the enterprise with a credit code."""
        return self._session.scalar(select(EnterpriseRow).where(EnterpriseRow.credit_code == code))

    def named(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of enterprises."""
        query = select(EnterpriseRow.id, EnterpriseRow.name).where(EnterpriseRow.id.in_(ids))
        return dict(self._session.execute(query).all())

    def many(self, ids: Collection[UUID]) -> dict[UUID, EnterpriseRow]:
        """Return enterprises by id, in one statement for each 500."""
        wanted, found = list(ids), dict[UUID, EnterpriseRow]()
        for at in range(0, len(wanted), 500):
            query = select(EnterpriseRow).where(EnterpriseRow.id.in_(wanted[at : at + 500]))
            found |= {row.id: row for row in self._session.scalars(query)}
        return found

    def page(
        self, wanted: EnterpriseFilter, *, limit: int, after: tuple[str, UUID] | None
    ) -> list[EnterpriseRow]:
        """Return enterprises by name, after the last one of the page before."""
        query = select(EnterpriseRow).order_by(EnterpriseRow.name, EnterpriseRow.id).limit(limit)
        query = seen_enterprises(query, wanted.sight)
        if wanted.grids is not None:
            query = query.where(EnterpriseRow.grid_id.in_(wanted.grids))
        if wanted.text:
            part = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            query = query.where(
                EnterpriseRow.name.like(f"%{part}%", escape="\\")
                | (EnterpriseRow.credit_code == wanted.text.upper())
            )
        if after is not None:
            query = query.where(tuple_(EnterpriseRow.name, EnterpriseRow.id) > after)
        return list(self._session.scalars(query))


def _fill(row: EnterpriseRow, what: Enterprise, grid_id: UUID | None, at: datetime) -> None:
    row.name, row.address, row.grid_id = what.name, what.address, grid_id
    row.longitude, row.latitude = what.longitude, what.latitude
    row.tags = sorted(tag.value for tag in what.tags)
    row.size = what.size.value if what.size else None
    row.employees, row.standardisation = what.employees, what.standardisation
    row.contact, row.phone, row.changed_at = what.contact, what.phone, at


def enterprise_of(row: EnterpriseRow) -> Enterprise:
    """Return what is written about an enterprise."""
    return Enterprise(
        credit_code=row.credit_code,
        name=row.name,
        address=row.address,
        longitude=row.longitude,
        latitude=row.latitude,
        tags=frozenset(Tag(tag) for tag in row.tags),
        size=Size(row.size) if row.size else None,
        employees=row.employees,
        standardisation=row.standardisation,
        contact=row.contact,
        phone=row.phone,
    )
