"""The catalogue of hazards (一表, 一导则), read from the YAML beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from wsai.catalogue.hazards import Checklist, ChecklistItem, Hazard
from wsai.errors import CatalogueInvalid, NotFound

M = TypeVar("M", bound=BaseModel)

YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All hazards by code and all checklists by id, in the order of their files.

    Example:
        >>> catalogue = load_catalogue()
        >>> catalogue.hazard("exit-blocked").name("zh")
        '安全出口/疏散通道被占用、堵塞'
    """

    hazards: Mapping[str, Hazard]
    checklists: Mapping[str, Checklist]
    _items: Mapping[str, tuple[ChecklistItem, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        asked: dict[str, tuple[ChecklistItem, ...]] = {}
        for checklist in self.checklists.values():
            for item in checklist.items:
                asked[item.code] = (*asked.get(item.code, ()), item)
        object.__setattr__(self, "_items", MappingProxyType(asked))

    def hazard(self, code: str) -> Hazard:
        """Return one hazard.

        Raises:
            NotFound: The catalogue has no such code.
        """
        try:
            return self.hazards[code]
        except KeyError:
            raise NotFound("hazard", code) from None

    def checklist(self, checklist_id: str) -> Checklist:
        """Return one checklist.

        Raises:
            NotFound: There is none with this id.
        """
        try:
            return self.checklists[checklist_id]
        except KeyError:
            raise NotFound("checklist", checklist_id) from None

    def checklist_items(self, code: str) -> tuple[ChecklistItem, ...]:
        """Return the items of all checklists that ask for this hazard."""
        return self._items.get(code, ())

    def proposed_deadline(self, code: str, found_on: date) -> date:
        """Return the day by which it should be fixed: a proposal in plain days.

        Raises:
            NotFound: The catalogue has no such code.
        """
        return found_on + timedelta(days=self.hazard(code).deadline_days)


def load_catalogue(folder: Traversable | None = None) -> Catalogue:
    """Return the catalogue.

    Args:
        folder: Holds ``hazards/*.yaml`` and ``checklists/*.yaml``; the shipped one when ``None``.

    Raises:
        CatalogueInvalid: A file does not fit the schema; the message names file, entry and field.
    """
    root = folder or resources.files("wsai.catalogue") / "data"
    hazards: dict[str, Hazard] = {}
    for file in _yaml_files(root / "hazards"):
        rows = _read(file)
        if not isinstance(rows, list):
            raise CatalogueInvalid(f"{file.name}: expected a list of hazards")
        for number, row in enumerate(rows, start=1):
            hazard = _parse(Hazard, row, file.name, number)
            if hazard.code in hazards:
                raise CatalogueInvalid(f"{file.name}: {hazard.code}: the code exists already")
            hazards[hazard.code] = hazard
    checklists: dict[str, Checklist] = {}
    for file in _yaml_files(root / "checklists"):
        checklist = _parse(Checklist, _read(file), file.name, 1)
        if checklist.id in checklists:
            raise CatalogueInvalid(f"{file.name}: {checklist.id}: the id exists already")
        checklists[checklist.id] = checklist
    if not hazards:
        raise CatalogueInvalid("hazards: no YAML files")
    return Catalogue(MappingProxyType(hazards), MappingProxyType(checklists))


def _yaml_files(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".yaml")]
    return sorted(files, key=lambda entry: entry.name)


def _read(file: Traversable) -> object:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=YAML_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueInvalid(f"{file.name}: not YAML: {error}") from error


def _parse(model: type[M], row: object, file: str, number: int) -> M:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        named = row.get("code") or row.get("id") if isinstance(row, dict) else None
        place = ".".join(str(part) for part in first["loc"]) or "the entry"
        raise CatalogueInvalid(
            f"{file}: {named or f'entry {number}'}: {place}: {first['msg']}"
        ) from error
