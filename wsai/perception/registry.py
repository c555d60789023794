"""Which models run: promotion and its history, shadow and canary, all as files beside the models.

``ACTIVE`` names the model that answers, ``ROLLOUT.json`` those that are being tried, and
``HISTORY.jsonl`` has a line for every change. Files are replaced whole, so whoever reads them while
they change, or after a crash, reads the old or the new and nothing between.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsai.errors import Conflict, InvalidRequest, ModelUnavailable, SettingsInvalid
from wsai.perception.models import (
    ACTIVE_NAME,
    active_id,
    find_card,
    installed_dir,
    verify,
)
from wsai.perception.onnx_detector import OnnxDetector
from wsai.perception.runtimes import Runtime

HISTORY_NAME = "HISTORY.jsonl"
ROLLOUT_NAME = "ROLLOUT.json"


class Canary(BaseModel):
    """Which photos a candidate answers.

    Attributes:
        model: Id of the candidate.
        share: Of all photos, ``0..1``; which ones follows from the photo itself.
        sites: All photos of these sites.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    share: float = Field(default=0, ge=0, le=1)
    sites: tuple[str, ...] = ()

    def takes(self, digest: str, site: str | None) -> bool:
        """Return whether the candidate answers a photo: always the same for the same photo.

        With a larger share it answers the same photos and more; another candidate gets others.

        >>> Canary(model="b", share=0.5).takes("ab" * 32, None)
        False
        >>> Canary(model="b", sites=("一号车间",)).takes("ab" * 32, "一号车间")
        True

        Args:
            digest: SHA-256 of the photo, hexadecimal.
            site: Where it was taken, in the inspector's words.
        """
        if site is not None and site in self.sites:
            return True
        drawn = hashlib.sha256(f"{self.model}\x1f{digest}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") < self.share * (1 << 64)


class Rollout(BaseModel):
    """The models that are being tried beside the active one.

    Attributes:
        shadow: Id of the model that looks at every photo and answers none.
        canary: The model that answers some.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shadow: str | None = None
    canary: Canary | None = None


class Change(BaseModel):
    """One line of the history.

    Attributes:
        by: Who, in their own words.
        before: The model until then; ``None`` where there was none.
        after: The model from then on; ``None`` where there is none.
        canary: How it is tried, with the action ``canary``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: datetime
    by: str
    action: Literal["promote", "rollback", "shadow", "canary"]
    before: str | None
    after: str | None
    reason: str | None = None
    canary: Canary | None = None


def tried(
    folder: Path,
    model_id: str | None = None,
    *,
    threads: int = 2,
    every_file: bool = True,
    runtime: Runtime = "onnxruntime",
) -> OnnxDetector:
    """Return the detector of a model after it has looked at a grey picture.

    Args:
        folder: All models.
        model_id: The active one when ``None``.
        threads: Threads for one picture.
        every_file: Check all its files and not only those that run.
        runtime: What computes it.

    Raises:
        ModelUnavailable: There is no such model, it is damaged or foreign, or it does not run.
    """
    card = find_card(folder, model_id)
    if every_file:
        verify(folder / card.id, card)
    detector = OnnxDetector(folder / card.id, card, threads=threads, runtime=runtime)
    detector.try_once()
    return detector


def promote(
    folder: Path, model_id: str, *, by: str, at: datetime, reason: str | None = None
) -> Change:
    """Make a model the active one; whoever calls has `tried` it.

    Raises:
        Conflict: It is active already.
        ModelUnavailable: No model is active, so that there is none to go back to.
        SettingsInvalid: The folder cannot be written.
    """
    before = active_id(folder)
    if before == model_id:
        raise Conflict(f"model {model_id} is active already")
    change = Change(
        at=at, by=by, action="promote", before=before, after=model_id, reason=reason or None
    )
    _activate(folder, change)
    return change


def rollback(
    folder: Path, model_id: str, *, by: str, at: datetime, reason: str | None = None
) -> Change:
    """Go back to a model; whoever calls knows it from `model_before` and has `tried` it.

    Raises:
        ModelUnavailable: No model is active.
        SettingsInvalid: The folder cannot be written.
    """
    change = Change(
        at=at,
        by=by,
        action="rollback",
        before=active_id(folder),
        after=model_id,
        reason=reason or None,
    )
    _activate(folder, change)
    return change


def model_before(folder: Path) -> str:
    """Return the id of the model that a rollback goes back to.

    Raises:
        Conflict: No model was active before.
        ModelUnavailable: No model is active.
    """
    active = active_id(folder)
    line = _line_of_models(history(folder), active)
    if len(line) < 2:
        raise Conflict(f"no model was active before {active}, so there is none to go back to")
    return line[-2]


def _line_of_models(changes: Sequence[Change], active: str) -> list[str]:
    """Return the models that led to the active one, oldest first; rollbacks cut it short.

    A change is written to the history before it is made: one after which the model was still the
    one before, as the next line or ``ACTIVE`` says, never came about. Where somebody changed
    ``ACTIVE`` by hand, that model stands in the line too.
    """
    moves = [change for change in changes if change.action in {"promote", "rollback"}]
    line: list[str] = []
    for change, then in pairwise([*moves, None]):
        assert change is not None
        before, after = change.before or "", change.after or ""
        if line[-1:] != [before]:
            line.append(before)
        if (then.before if then else active) == before:
            continue
        if change.action == "promote":
            line.append(after)
        else:
            line.pop()
    if line[-1:] != [active]:
        line.append(active)
    return line


def set_shadow(
    folder: Path, model_id: str | None, *, by: str, at: datetime, reason: str | None = None
) -> Change:
    """Let a model look at every photo and answer none; ``None`` ends that.

    Raises:
        Conflict: It is the active model.
        ModelUnavailable: No model is active, or ``ROLLOUT.json`` is damaged.
        SettingsInvalid: The folder cannot be written.
    """
    _refuse_active(folder, model_id)
    rollout = read_rollout(folder)
    change = Change(
        at=at, by=by, action="shadow", before=rollout.shadow, after=model_id, reason=reason or None
    )
    _note(folder, change)
    _write_rollout(folder, rollout.model_copy(update={"shadow": model_id}))
    return change


def set_canary(
    folder: Path, canary: Canary | None, *, by: str, at: datetime, reason: str | None = None
) -> Change:
    """Let a model answer some of the photos; ``None`` ends that.

    Raises:
        Conflict: It is the active model.
        InvalidRequest: It would answer no photo.
        ModelUnavailable: No model is active, or ``ROLLOUT.json`` is damaged.
        SettingsInvalid: The folder cannot be written.
    """
    if canary is not None:
        _refuse_active(folder, canary.model)
        if not canary.share and not canary.sites:
            raise InvalidRequest("say which photos it answers: a share above 0, sites, or both")
    rollout = read_rollout(folder)
    change = Change(
        at=at,
        by=by,
        action="canary",
        before=rollout.canary.model if rollout.canary else None,
        after=canary.model if canary else None,
        reason=reason or None,
        canary=canary,
    )
    _note(folder, change)
    _write_rollout(folder, rollout.model_copy(update={"canary": canary}))
    return change


def _refuse_active(folder: Path, model_id: str | None) -> None:
    if model_id == active_id(folder):
        raise Conflict(f"model {model_id} is the active one: there is nothing to try beside it")


def read_rollout(folder: Path) -> Rollout:
    """Return which models are being tried; none where nothing says so.

    Raises:
        ModelUnavailable: ``ROLLOUT.json`` is damaged.
    """
    try:
        return Rollout.model_validate_json((folder / ROLLOUT_NAME).read_bytes())
    except FileNotFoundError:
        return Rollout()
    except (OSError, ValidationError) as error:
        raise ModelUnavailable(
            f"{ROLLOUT_NAME} in the models folder cannot be read; remove it to try no model"
        ) from error


def history(folder: Path) -> list[Change]:
    """Return all changes, oldest first; a line that a crash cut short is left out.

    Raises:
        SettingsInvalid: The file cannot be read.
    """
    try:
        lines = (folder / HISTORY_NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SettingsInvalid(f"{HISTORY_NAME} cannot be read: {error.strerror}") from error
    changes = []
    for line in lines:
        try:
            changes.append(Change.model_validate_json(line))
        except ValidationError:
            continue
    return changes


def refuse_installed(folder: Path) -> None:
    """Refuse to change the models that came with an installation.

    Raises:
        SettingsInvalid: They are; the next installation would put its own choice back.
    """
    if folder.resolve() == installed_dir().resolve():
        raise SettingsInvalid(
            f"the models in {folder} came with the installation, and the next one would undo a "
            "change; copy the folder and set WSAI_MODELS_DIR to the copy"
        )


def _activate(folder: Path, change: Change) -> None:
    assert change.after is not None
    _note(folder, change)
    _replace(folder, ACTIVE_NAME, f"{change.after}\n")
    try:
        rollout = read_rollout(folder)
    except ModelUnavailable:
        return  # no reason to hold up a rollback; whoever reads it next says what is wrong with it
    over = {change.before, change.after}
    kept = Rollout(
        shadow=None if rollout.shadow in over else rollout.shadow,
        canary=None if rollout.canary and rollout.canary.model in over else rollout.canary,
    )
    if kept != rollout:  # else a rollback from a model would leave it answering as canary
        _write_rollout(folder, kept)


def _write_rollout(folder: Path, rollout: Rollout) -> None:
    _replace(folder, ROLLOUT_NAME, rollout.model_dump_json(indent=1) + "\n")


def _note(folder: Path, change: Change) -> None:
    """Append a line to the history, on the disk before this returns."""
    refuse_installed(folder)
    path = folder / HISTORY_NAME
    try:
        with path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a crash cut the line before short
                    file.write(b"\n")
            file.write(change.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _unwritable(folder, error) from error


def _replace(folder: Path, name: str, text: str) -> None:
    """Put a file in the place of another, whole and on the disk, or leave it as it was."""
    part = folder / f".{name}.{uuid4().hex}"
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / name)
        if hasattr(os, "O_DIRECTORY"):  # elsewhere folders cannot be synchronised
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> SettingsInvalid:
    return SettingsInvalid(
        f"the models folder {folder} cannot be written: {error.strerror}; "
        "copy it to a place that can be and set WSAI_MODELS_DIR to the copy"
    )
