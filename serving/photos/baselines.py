"""Pictures of how checkpoints should look, made ready once and kept while they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import structlog

from wsai.diagnosis.baseline import Baseline
from wsai.diagnosis.diagnose import Detector
from wsai.errors import ImageRejected, ModelUnavailable, NotFound
from wsai.perception.place import PlaceNetworks, open_place, ready_baseline
from wsai.storage.files import FileStore
from wsai.vision.images import ImageLimits, decode
from wsai.vision.overlay import FRAME_PX
from wsai.vision.picture import Picture

MOST_KEPT = 64
"""Of about three megabytes each."""


class Baselines:
    """Baselines by the photos that they are made of; safe to call from many threads.

    Args:
        files: Where the originals are.
        limits: For reading them.
        threads: For one comparison.
    """

    def __init__(self, files: FileStore, limits: ImageLimits, threads: int) -> None:
        self._files, self._limits, self._threads = files, limits, threads
        self._networks: PlaceNetworks | None = None
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], Baseline] = OrderedDict()
        self._lock = Lock()

    def of(self, digests: tuple[str, ...], detector: Detector) -> Baseline | None:
        """Return the baseline of these photos; ``None`` for none, or where it cannot be made.

        A photo is never lost because it could not be compared: why is in the log.

        Args:
            digests: SHA-256 of one to five originals.
            detector: Finds the people in them.
        """
        if not digests:
            return None
        key = (detector.model_id, digests)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            try:
                made = self._make(digests, detector)
            except (ImageRejected, ModelUnavailable, NotFound) as error:
                structlog.get_logger("wsai").error("baseline-failed", why=str(error))
                return None
            self._kept[key] = made
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return made

    def _make(self, digests: tuple[str, ...], detector: Detector) -> Baseline:
        if self._networks is None:
            self._networks = open_place(threads=self._threads)
        pictures = [(digest, self._read(digest)) for digest in digests]
        return ready_baseline(pictures, networks=self._networks, detector=detector)

    def _read(self, digest: str) -> Picture:
        return decode(self._files.original(digest), limits=self._limits, at_least_px=FRAME_PX)
