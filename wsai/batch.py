"""Diagnosing many files at once: every core works on a picture of its own."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import cv2

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.diagnosis.baseline import Baseline
from wsai.diagnosis.diagnose import Detector, Diagnosis, diagnose_image
from wsai.diagnosis.marks import marked
from wsai.diagnosis.report import diagnosis_json
from wsai.errors import ImageUnreadable, WsaiError
from wsai.vision.drawing import encode_jpeg
from wsai.vision.images import decode
from wsai.vision.overlay import FRAME_PX
from wsai.vision.zones import Zone

DEFAULT_MIN_SCORE = 0.1
SHOWN_PX = 1600
MOST_WORKERS = 8
"""A picture of 100 megapixels takes 300 MB while it is decoded."""
AHEAD = 4
"""Pictures begun per worker before the first of them is given out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one file.

    Attributes:
        path: The file.
        line: Its JSON line; ``{"path", "error"}`` where it could not be diagnosed.
        said: ``Diagnosis``, or the error that stands in its place.
    """

    path: Path
    line: dict[str, Any]
    said: Diagnosis | WsaiError


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Plan:
    """How the work is spread.

    One picture at a time gets all cores; of many, each gets one: two cores share a picture's
    network badly, and its decoding and rules not at all.

    Attributes:
        workers: Pictures at once.
        threads: Threads of the network for one picture.
    """

    workers: int
    threads: int


def plan_for(pictures: int) -> Plan:
    """Return how to spread so many pictures over the cores.

    >>> plan_for(1).workers
    1
    """
    available = cores()
    workers = max(1, min(pictures, available, MOST_WORKERS))
    return Plan(workers, 1 if workers > 1 else available)


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with each picture.

    Attributes:
        min_score: Detections are listed from here on, ``0..1``; rules see at least those from
            ``DEFAULT_MIN_SCORE``.
        annotate_to: Existing folder for drawn pictures.
        on: Day of the inspection.
        baseline: How the place of all these pictures should look.
    """

    detector: Detector
    catalogue: Catalogue
    zones: tuple[Zone, ...]
    min_score: float
    lang: Lang
    annotate_to: Path | None
    on: date
    baseline: Baseline | None = None

    def line(self, path: Path, drawn_to: Path | None) -> tuple[dict[str, Any], Diagnosis]:
        """Return the JSON line of one picture and its diagnosis; draw it where a file is named.

        Raises:
            WsaiError: The file cannot be read or diagnosed.
        """
        began = time.perf_counter()
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ImageUnreadable(f"The file cannot be read: {error.strerror}.") from error
        looked_at = max(self.detector.input_px, FRAME_PX if self.baseline else 0)
        picture = decode(data, at_least_px=looked_at)
        diagnosis = diagnose_image(
            picture,
            detector=self.detector,
            catalogue=self.catalogue,
            zones=self.zones,
            baseline=self.baseline,
            min_score=min(self.min_score, DEFAULT_MIN_SCORE),
        )
        kept = diagnosis.detections.take(diagnosis.detections.scores >= self.min_score)
        elapsed_ms = round((time.perf_counter() - began) * 1000, 1)
        if drawn_to:
            # what is drawn on may be larger; what is looked at never depends on being drawn
            shown = decode(data, at_least_px=SHOWN_PX)
            drawn = marked(shown, diagnosis, catalogue=self.catalogue, lang=self.lang)
            drawn_to.write_bytes(encode_jpeg(drawn))
        said = replace(diagnosis, detections=kept)
        report = diagnosis_json(said, catalogue=self.catalogue, lang=self.lang, on=self.on)
        return {"path": str(path), **report, "elapsed_ms": elapsed_ms}, said

    def answer(self, path: Path, drawn_to: Path | None) -> Answer:
        """Return what is said of one picture; what is wrong with it is an answer too."""
        try:
            return Answer(path, *self.line(path, drawn_to))
        except WsaiError as error:
            line = {"path": str(path), "error": {"code": error.code, "message": str(error)}}
            return Answer(path, line, error)


def drawn_names(files: Sequence[Path], folder: Path) -> list[Path]:
    """Return where each file is drawn to: names that no other file, old or new, has.

    Chosen before the work begins, so that they don't depend on who is ready first.
    """
    taken = {path.name for path in folder.iterdir()}
    names = []
    for path in files:
        tries = (f"{path.stem}{f'-{n}' if n > 1 else ''}.wsai.jpg" for n in count(1))
        name = next(name for name in tries if name not in taken)
        taken.add(name)
        names.append(folder / name)
    return names


def answers(work: Work, files: Sequence[Path], *, workers: int) -> Iterator[Answer]:
    """Yield the answer of every file, in the order of the files.

    Args:
        work: Its detector must bear calls from several threads.
        files: What to diagnose.
        workers: Files at once, at least 1.
    """
    drawn: Sequence[Path | None] = [None] * len(files)
    if work.annotate_to is not None:
        drawn = drawn_names(files, work.annotate_to)
    if workers == 1:
        yield from (work.answer(*pair) for pair in zip(files, drawn, strict=True))
        return
    waiting: deque[Future[Answer]] = deque()
    cv2.setNumThreads(1)  # the cores are taken by the workers
    with ThreadPoolExecutor(workers) as pool:
        try:
            for pair in zip(files, drawn, strict=True):
                waiting.append(pool.submit(work.answer, *pair))
                if len(waiting) >= workers * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # whoever reads went away, or pressed Ctrl-C: what has not begun need not
            pool.shutdown(wait=True, cancel_futures=True)
