"""The picture that is shown: drawn from the original when somebody first looks at it."""

from __future__ import annotations

import numpy as np

from serving.dependencies import Parts
from serving.findings.schemas import finding_of
from wsai.catalogue.hazards import Lang
from wsai.diagnosis.diagnose import Diagnosis
from wsai.diagnosis.marks import marked
from wsai.errors import NotFound
from wsai.storage.tables import PhotoRow
from wsai.vision.detections import Detections
from wsai.vision.drawing import encode_jpeg
from wsai.vision.images import ImageLimits, decode
from wsai.vision.labels import Label

SHOWN_PX = 1280


def annotated_kind(photo: PhotoRow, lang: Lang) -> str:
    """Return under which name the drawn picture is kept, captions in this language.

    The same original in two scopes is two photos, which may say different things; what a person
    points out later makes another picture.
    """
    return f"annotated-{photo.id.hex[:12]}-{len(photo.findings)}-{lang}"


def annotated_picture(photo: PhotoRow, parts: Parts, lang: Lang) -> bytes:
    """Return the picture with findings drawn and heads blurred, as JPEG.

    It follows from the original and the row, so it is drawn when it is first asked for (the sender
    of a photo waits for the findings, not for a drawing) and can be thrown away at any time.

    Raises:
        NotFound: The original is not there.
    """
    kind = annotated_kind(photo, lang)
    try:
        return parts.files.derived(photo.sha256, kind)
    except NotFound:
        drawn = _draw(photo, parts, lang)
    parts.files.put_derived(photo.sha256, kind, drawn)
    return drawn


def _draw(photo: PhotoRow, parts: Parts, lang: Lang) -> bytes:
    data = parts.files.original(photo.sha256)
    # it was accepted when it came; limits that were lowered since do not hide it
    limits = ImageLimits(len(data), photo.width * photo.height, max(photo.width, photo.height))
    with parts.inference:
        picture = decode(data, limits=limits, at_least_px=SHOWN_PX)
        drawn = marked(picture, diagnosis_of(photo), catalogue=parts.catalogue, lang=lang)
        return encode_jpeg(drawn)


def diagnosis_of(photo: PhotoRow) -> Diagnosis:
    """Return the diagnosis that a row keeps."""
    rows = photo.detections
    detections = Detections(
        np.array([row["box"] for row in rows], dtype=np.float32).reshape(-1, 4),
        np.array([row["score"] for row in rows], dtype=np.float32),
        tuple(Label(row["label"]) for row in rows),
    )
    findings = tuple(finding_of(row) for row in photo.findings)
    return Diagnosis(photo.width, photo.height, photo.model_id, detections, findings)
