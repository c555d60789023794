"""Before and after in one picture, for the person who accepts or returns."""

from __future__ import annotations

from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from serving.dependencies import Parts
from serving.photos.annotated import annotated_picture
from wsai.catalogue.hazards import Lang
from wsai.errors import NotFound
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import HazardRow
from wsai.storage.treatment import TreatmentRepository
from wsai.vision.drawing import encode_jpeg

HEIGHT_PX = 640
GAP_PX = 8
PLACE_COLOUR = (40, 160, 255)


def side_by_side(session: Session, row: HazardRow, parts: Parts, lang: Lang) -> bytes:
    """Return the photo on which a hazard was found and the last of what was done, as JPEG.

    Where the hazard was is marked on the second one, where WSAI recognised the place.

    Raises:
        NotFound: Nobody has sent a photo of what was done.
    """
    if not row.after_photos:
        raise NotFound("photo of what was done to hazard", row.number)
    photos = PhotoRepository(session)
    last = row.after_photos[-1]
    before, after = photos.get(row.photo_id), photos.get(UUID(last))
    left = _fitted(annotated_picture(before, parts, lang))
    right_picture = _opened(annotated_picture(after, parts, lang))
    scale = right_picture.shape[1] / after.width
    for box in _places(session, row, last):
        first, second = ((round(x * scale), round(y * scale)) for x, y in (box[:2], box[2:]))
        cv2.rectangle(right_picture, first, second, PLACE_COLOUR, 3)
    right = _to_height(right_picture)
    gap = np.full((HEIGHT_PX, GAP_PX, 3), 255, dtype=np.uint8)
    return encode_jpeg(np.hstack([left, gap, right]))


def _places(session: Session, row: HazardRow, photo: str) -> list[list[float]]:
    """Return where the hazard was, pixels of the after-photo."""
    for step in reversed(TreatmentRepository(session).steps(row.id)):
        for said in step.evidence.get("rectification", ()):
            if said["photo"] == photo:
                return list(said.get("where", ()))
    return []


def _fitted(jpeg: bytes) -> NDArray[np.uint8]:
    return _to_height(_opened(jpeg))


def _opened(jpeg: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None, "we drew it ourselves"
    return np.asarray(picture, dtype=np.uint8)


def _to_height(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    size = (max(1, round(width * HEIGHT_PX / height)), HEIGHT_PX)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
