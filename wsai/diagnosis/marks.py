"""What to draw on the picture that is shown."""

from __future__ import annotations

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.catalogue.severity import Severity
from wsai.diagnosis.baseline import Kind
from wsai.diagnosis.diagnose import PRIVACY_SCORE, Diagnosis
from wsai.diagnosis.findings import Verdict
from wsai.vision.drawing import Area, Colour, Mark, annotate
from wsai.vision.heads import head_regions
from wsai.vision.picture import Picture, Pixels

SEVERITY_COLOURS: dict[Severity, Colour] = {
    Severity.MAJOR: (40, 30, 200),
    Severity.SERIOUS: (0, 110, 245),
    Severity.GENERAL: (0, 205, 250),
}
KIND_CAPTIONS: dict[str, dict[Lang, str]] = {
    Kind.APPEARED: {"zh": "新出现", "en": "appeared"},
    Kind.GONE: {"zh": "不见了", "en": "gone"},
    Kind.SURFACE_CHANGED: {"zh": "表面有变化", "en": "surface changed"},
}
ASK_COLOUR: Colour = (200, 120, 30)


def marked(picture: Picture, diagnosis: Diagnosis, *, catalogue: Catalogue, lang: Lang) -> Pixels:
    """Return the picture with its findings drawn and every head blurred.

    Red, orange and yellow are suspected major, serious and general hazards; blue is a question.

    Args:
        picture: As decoded.
        diagnosis: Its detections must reach down to ``PRIVACY_SCORE``.
        catalogue: For names and severities.
        lang: Of the captions.
    """
    marks, areas = [], []
    place = diagnosis.place
    if place is not None and place.reason is not None:
        said = place.reason.zh if lang == "zh" else place.reason.en
        marks.append(Mark((0, 0, picture.width, picture.height), said, ASK_COLOUR))
    for finding in reversed(diagnosis.findings):
        if finding.verdict is Verdict.NOT_VISIBLE:
            continue
        hazard = catalogue.hazard(finding.code)
        asks = finding.verdict is Verdict.ASK_A_PERSON
        colour = ASK_COLOUR if asks else SEVERITY_COLOURS[hazard.severity]
        areas += [Area(corners, colour) for corners in finding.because.areas]
        for number, box in enumerate(finding.boxes):
            name = KIND_CAPTIONS[finding.because.relation][lang] if finding.nearest else None
            caption = (name or hazard.name(lang)) + (
                "？" if asks and lang == "zh" else "?" if asks else ""
            )
            marks.append(Mark(box, caption if number == 0 else "", colour))
    faces = diagnosis.detections.take(diagnosis.detections.scores >= PRIVACY_SCORE)
    return annotate(picture, marks, blurred=head_regions(faces), areas=areas)
