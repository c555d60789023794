"""Listing models, exchanging them, and summing up what shadows said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Literal

from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.models.live import LiveModels
from serving.models.schemas import (
    CanaryRead,
    LabelSums,
    ModelRead,
    ShadowSummary,
    VerdictChange,
)
from wsai.errors import Conflict, ModelUnavailable, NotFound, SettingsInvalid
from wsai.perception import registry
from wsai.perception.models import ACTIVE_NAME, CARD_NAME, ModelCard, read_card
from wsai.perception.onnx_detector import OnnxDetector
from wsai.perception.registry import ROLLOUT_NAME, Change
from wsai.storage.audit import AuditLog
from wsai.storage.tables import ShadowRow

METRICS_NAME = "metrics.json"
MOST_COMPARED = 20_000
NO_LABELS: dict[str, float] = {}


def list_models(models: LiveModels) -> Iterator[ModelRead]:
    """Yield all models of the folder by id, and those that run or should but are not there.

    What is wrong with the folder's own files stands with the active model.
    """
    problems = dict(models.problems)
    active = models.running.active.model_id
    for name in (ACTIVE_NAME, ROLLOUT_NAME):
        if name in problems:
            problems[active] = problems.pop(name)
    there = {path.parent.name for path in models.folder.glob(f"*/{CARD_NAME}")}
    for model_id in sorted({*there, *problems, active}):
        problem = problems.get(model_id)
        card = None
        if model_id in there:
            try:
                card = read_card(models.folder / model_id)
            except ModelUnavailable as error:
                problem = str(error)
        yield _model_read(model_id, card, problem, models)


def _model_read(
    model_id: str, card: ModelCard | None, problem: str | None, models: LiveModels
) -> ModelRead:
    now = models.running
    by_role = {"active": now.active, "canary": now.canary, "shadow": now.shadow}
    roles: list[Any] = [
        role for role, detector in by_role.items() if detector and detector.model_id == model_id
    ]
    runs = by_role[roles[0]] if roles else None
    loaded = runs if isinstance(runs, OnnxDetector) else None
    rule = now.canary_rule if "canary" in roles else None
    return ModelRead(
        id=model_id,
        active="active" in roles,
        roles=roles,
        pinned=models.pinned and "active" in roles,
        canary=CanaryRead(share=rule.share, sites=list(rule.sites)) if rule else None,
        problem=problem,
        architecture=card.architecture if card else None,
        created=card.created if card else None,
        runs=card.runs if card else None,
        precision=card.precision if card else None,
        computes_in=loaded.precision if loaded else None,
        provider=loaded.provider if loaded else None,
        input_px=card.input.size if card else None,
        map50=_map50(models.folder / model_id / METRICS_NAME, card.runs) if card else None,
        labels=[label.value for label in card.labels] if card else [],
        thresholds={k.value: v for k, v in card.thresholds.items()} if card else NO_LABELS,
    )


def _map50(path: Path, runs: str) -> float | None:
    """Return the mAP50 of a file, averaged over the pictures of all sets it was measured on."""
    try:
        measured = [files[runs] for files in json.loads(path.read_bytes())["sets"].values()]
        pictures = sum(int(row["pictures"]) for row in measured)
        total = sum(float(row["map50"]) * int(row["pictures"]) for row in measured)
        return round(total / pictures, 4)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        return None  # not measured, or by another tool: the card says what there is to say


def switch(
    session: Session,
    models: LiveModels,
    *,
    action: Literal["promote", "rollback"],
    model_id: str | None,
    actor: Actor,
    now: datetime,
    reason: str | None,
) -> Change:
    """Make a model answer from now on, after it was tried; the one until then goes on if it fails.

    Args:
        session: For the audit row.
        models: What runs.
        action: What is done.
        model_id: Which to promote; a rollback knows by itself.
        actor: Who asks.
        now: When.
        reason: In the actor's words.

    Raises:
        Conflict: It cannot run, is active already, no model was active before, this service is
            pinned to one, or the folder cannot be written. Nothing has changed.
        NotFound: There is no such model.
    """
    if models.pinned:
        raise Conflict(
            f"This service runs {models.running.active.model_id} because WSAI_MODEL says so, "
            "whatever is promoted. Start it without WSAI_MODEL to change the model while it runs."
        )
    folder = models.folder
    try:
        registry.refuse_installed(folder)
        wanted = model_id or registry.model_before(folder)
        if not (folder / Path(wanted).name / CARD_NAME).is_file():
            raise NotFound("model", wanted)
        ready = registry.tried(folder, wanted, threads=models.threads, runtime=models.runtime)
        AuditLog(session).append(
            at=now,
            actor=actor.name,
            action=f"model.{action}",
            subject=f"model:{wanted}",
            details={"before": models.running.active.model_id, "reason": reason},
        )
        if action == "promote":
            change = registry.promote(folder, wanted, by=actor.name, at=now, reason=reason)
        else:
            change = registry.rollback(folder, wanted, by=actor.name, at=now, reason=reason)
    except (ModelUnavailable, SettingsInvalid) as error:
        raise Conflict(f"Nothing was changed: {error}") from error
    models.refresh(ready=ready)
    return change


def summaries(rows: Iterable[ShadowRow]) -> list[ShadowSummary]:
    """Return what the comparisons say together, by pair of models.

    Args:
        rows: Newest first.
    """
    pairs: dict[tuple[str, str], list[ShadowRow]] = {}
    for row in rows:
        pairs.setdefault((row.active_model, row.candidate_model), []).append(row)
    return [_summary(*pair, compared) for pair, compared in pairs.items()]


def _summary(active: str, candidate: str, rows: list[ShadowRow]) -> ShadowSummary:
    labels: dict[str, Counter[str]] = {}
    changes: Counter[tuple[str, str | None, str | None]] = Counter()
    for row in rows:
        for label, counts in row.labels.items():
            labels.setdefault(label, Counter()).update(counts)
        changes.update((f["code"], f["active"], f["candidate"]) for f in row.findings)
    return ShadowSummary(
        active=active,
        candidate=candidate,
        photos=len(rows),
        differing=sum(row.differs for row in rows),
        since=rows[-1].at,
        until=rows[0].at,
        median_ms=round(median(row.elapsed_ms for row in rows), 1),
        labels={label: LabelSums(**labels[label]) for label in sorted(labels)},
        findings=[
            VerdictChange(code=code, active=before, candidate=after, photos=photos)
            for (code, before, after), photos in changes.most_common()
        ],
    )


def report_lines(items: Iterable[ShadowSummary]) -> Iterator[str]:
    """Yield what the comparisons say, for people to read."""
    for item in items:
        yield (
            f"{item.candidate} beside {item.active}: {item.photos} photos, {item.differing} "
            f"differ, {item.median_ms} ms (median), {item.since:%Y-%m-%d} to {item.until:%Y-%m-%d}"
        )
        yield "  label\tboth\tonly active\tonly candidate"
        for label, sums in item.labels.items():
            yield f"  {label}\t{sums.both}\t{sums.only_active}\t{sums.only_candidate}"
        for change in item.findings:
            verdicts = f"{change.active or 'nothing'} -> {change.candidate or 'nothing'}"
            yield f"  {change.code}: {verdicts} on {change.photos} photos"
