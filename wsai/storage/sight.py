"""Whose rows: what somebody may see, as a condition of a query."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from wsai.storage.tables import EnterpriseRow, GridRow, HazardRow, InspectionRow, PhotoRow
from wsai.supervision.access import Sight

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])
Placed = type[PhotoRow] | type[HazardRow] | type[InspectionRow]


def seen(query: Query, kind: Placed, sight: Sight) -> Query:
    """Return the query for those of its rows that are seen."""
    if sight.enterprise is not None:
        return query.where(kind.enterprise_id == sight.enterprise)
    if sight.grids is not None:
        return query.where(kind.grid_id.in_(sight.grids) if sight.grids else false())
    return query


def seen_enterprises(query: Query, sight: Sight) -> Query:
    """Return the query, which reads or joins enterprises, for those that are seen."""
    if sight.enterprise is not None:
        return query.where(EnterpriseRow.id == sight.enterprise)
    if sight.grids is not None:
        return query.where(EnterpriseRow.grid_id.in_(sight.grids) if sight.grids else false())
    return query


def grids_below(session: Session, grid_id: UUID) -> frozenset[UUID]:
    """Return a grid and everything below it."""
    tree = select(GridRow.id).where(GridRow.id == grid_id).cte("below", recursive=True)
    # union, not union all: a circle of parents would never end
    tree = tree.union(select(GridRow.id).where(GridRow.parent_id == tree.c.id))
    return frozenset(session.scalars(select(tree.c.id)))
