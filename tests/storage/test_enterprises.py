"""Grids and enterprises in the database, SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from rows import NOON
from shapely.geometry import box
from sqlalchemy.orm import Session, sessionmaker

from wsai.errors import Conflict, NotFound
from wsai.storage.enterprises import (
    EnterpriseFilter,
    EnterpriseRepository,
    GridRepository,
    enterprise_of,
)
from wsai.supervision.credit_code import check_character
from wsai.supervision.enterprises import Enterprise, Size, Tag
from wsai.supervision.grids import Grid

Sessions = sessionmaker[Session]


def enterprise(number: int = 1, **changes: object) -> Enterprise:
    first = f"91320594MA1{number:06d}"
    given = Enterprise(
        credit_code=first + check_character(first),
        name=f"示范机械{number}厂",
        address="示范路1号",
        longitude=120.7,
        latitude=31.3,
        tags=frozenset({Tag.COMBUSTIBLE_DUST, Tag.MANUFACTURING}),
        size=Size.SMALL,
        employees=86,
        standardisation="level-3",
    )
    return replace(given, **changes)  # type: ignore[arg-type]


@pytest.fixture
def grids(sessions: Sessions) -> dict[str, UUID]:
    with sessions.begin() as session:
        keep = GridRepository(session)
        rows = [
            keep.add(Grid("park", None, "园区", box(120, 31, 121, 32)), at=NOON),
            keep.add(Grid("east", "park", "东片", box(120.5, 31, 121, 32)), at=NOON),
            keep.add(Grid("west", "park", "西片"), at=NOON),
        ]
        return {row.code: row.id for row in rows}


def test_the_tree_comes_back_as_it_was_drawn(sessions: Sessions, grids: dict[str, UUID]) -> None:
    with sessions() as session:
        tree = GridRepository(session).tree()
    assert tree.at(120.7, 31.5) == str(grids["east"])
    assert tree.at(120.2, 31.5) == str(grids["park"])
    assert tree.within(str(grids["park"])) == {str(key) for key in grids.values()}


def test_a_code_is_taken_once_and_a_parent_must_be_there(
    sessions: Sessions, grids: dict[str, UUID]
) -> None:
    with sessions.begin() as session:
        keep = GridRepository(session)
        with pytest.raises(Conflict, match="code east"):
            keep.add(Grid("east", None, "又一个"), at=NOON)
        with pytest.raises(NotFound):
            keep.add(Grid("x", "nowhere", "x"), at=NOON)
        assert len(keep.tree().within(str(grids["park"]))) == 3, "the session goes on"


def test_an_enterprise_comes_back_as_it_was_written(
    sessions: Sessions, grids: dict[str, UUID]
) -> None:
    with sessions.begin() as session:
        row = EnterpriseRepository(session).add(enterprise(), grid_id=grids["east"], at=NOON)
    with sessions() as session:
        again = EnterpriseRepository(session).get(row.id)
    assert enterprise_of(again) == enterprise()
    assert (again.grid_id, again.version) == (grids["east"], 1)


def test_a_credit_code_is_taken_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        keep = EnterpriseRepository(session)
        keep.add(enterprise(), grid_id=None, at=NOON)
        other = keep.add(enterprise(2), grid_id=None, at=NOON)
        with pytest.raises(Conflict, match="there is an enterprise"):
            keep.add(enterprise(), grid_id=None, at=NOON)
        with pytest.raises(Conflict, match="another enterprise"):
            keep.change(other, enterprise(), grid_id=None, at=NOON)


def test_of_two_who_change_it_at_once_the_second_is_told(sessions: Sessions) -> None:
    with sessions.begin() as session:
        row_id = EnterpriseRepository(session).add(enterprise(), grid_id=None, at=NOON).id
    with sessions() as late:
        stale = EnterpriseRepository(late).get(row_id)
        late.rollback()
        late.refresh(stale)
        late.expunge(stale)
    with sessions.begin() as first:
        keep = EnterpriseRepository(first)
        keep.change(
            keep.get(row_id),
            enterprise(address="新路2号"),
            grid_id=None,
            at=NOON + timedelta(hours=1),
        )
    with sessions() as second:
        second.add(stale)
        with pytest.raises(Conflict, match="somebody else changed"):
            EnterpriseRepository(second).change(
                stale, enterprise(address="旧路3号"), grid_id=None, at=NOON
            )
    with sessions() as session:
        row = EnterpriseRepository(session).get(row_id)
    assert (row.address, row.version) == ("新路2号", 2)


def test_who_sees_a_grid_sees_its_enterprises_and_no_other(
    sessions: Sessions, grids: dict[str, UUID]
) -> None:
    with sessions.begin() as session:
        keep = EnterpriseRepository(session)
        for number in range(1, 6):
            keep.add(enterprise(number), grid_id=grids["east" if number % 2 else "west"], at=NOON)
        keep.add(enterprise(9), grid_id=None, at=NOON)
    with sessions() as session:
        keep = EnterpriseRepository(session)

        def names(wanted: EnterpriseFilter) -> list[str]:
            return [row.name[4:-1] for row in keep.page(wanted, limit=50, after=None)]

        assert names(EnterpriseFilter(grids=[grids["east"]])) == ["1", "3", "5"]
        assert names(EnterpriseFilter(grids=[])) == []
        assert names(EnterpriseFilter()) == ["1", "2", "3", "4", "5", "9"]
        assert names(EnterpriseFilter(text="机械3")) == ["3"]
        assert names(EnterpriseFilter(text=enterprise(4).credit_code.lower())) == ["4"]
        assert names(EnterpriseFilter(text="%")) == [], "a wild card is a character"


def test_pages_give_every_enterprise_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        keep = EnterpriseRepository(session)
        for number in range(1, 8):
            keep.add(enterprise(number, name=f"示范{number // 3}厂"), grid_id=None, at=NOON)
    seen, after = [], None
    with sessions() as session:
        keep = EnterpriseRepository(session)
        while rows := keep.page(EnterpriseFilter(), limit=2, after=after):
            seen += rows
            after = (rows[-1].name, rows[-1].id)
    assert len({row.id for row in seen}) == len(seen) == 7


def test_an_enterprise_that_is_not_there_is_not_found(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(NotFound):
        EnterpriseRepository(session).get(uuid4())
