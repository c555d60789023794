"""A diagnosis as text for people on a terminal."""

from __future__ import annotations

from datetime import date, timedelta

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.diagnosis.baseline import PlaceComparison
from wsai.diagnosis.diagnose import Diagnosis
from wsai.diagnosis.findings import Finding, Verdict

WORDS = {
    "zh": {
        "hazard": "隐患",
        "ask-a-person": "请现场确认",
        "general": "一般",
        "serious": "较大",
        "major": "疑似重大",
        "probability": "可能性",
        "because": "原因",
        "question": "请确认",
        "clauses": "依据",
        "guidance": "整改",
        "deadline": "建议期限",
        "not-visible": "照片看不出、需人工检查",
        "none": "模型所能识别的项目中没有发现疑似隐患（不等于没有隐患）",
        "objects": "识别到",
        "nearest": "最接近的检查项",
        "baseline": "与基准照片比对",
        "unchanged": "没有变化",
        "changes": "处变化",
        "not-comparable": "无法比对 (not-comparable)",
    },
    "en": {
        "hazard": "HAZARD",
        "ask-a-person": "ASK",
        "general": "general",
        "serious": "serious",
        "major": "suspected major",
        "probability": "probability",
        "because": "Why",
        "question": "To ask",
        "clauses": "Clauses",
        "guidance": "What to do",
        "deadline": "Proposed deadline",
        "not-visible": "Not visible in the photo, check by hand",
        "none": "No suspected hazard among what the model can see "
        "(which does not mean there is none)",
        "objects": "seen",
        "nearest": "Nearest items",
        "baseline": "Against the baseline",
        "unchanged": "nothing has changed",
        "changes": "changes",
        "not-comparable": "not-comparable",
    },
}


def diagnosis_text(
    path: str, diagnosis: Diagnosis, catalogue: Catalogue, lang: Lang, on: date
) -> str:
    """Return what is unsafe in one picture, several lines, worst first."""
    word = WORDS[lang]
    lines = [f"{path}  {diagnosis.width}×{diagnosis.height}  {diagnosis.model_id}"]
    if diagnosis.place is not None:
        lines.append(f"  {word['baseline']}: {_compared(diagnosis.place, lang)}")
    shown = [f for f in diagnosis.findings if f.verdict is not Verdict.NOT_VISIBLE]
    for number, finding in enumerate(shown, start=1):
        lines += _finding_lines(number, finding, catalogue, lang, on)
    if not shown:
        lines.append(f"  {word['none']}")
    hidden = [f for f in diagnosis.findings if f.verdict is Verdict.NOT_VISIBLE]
    if hidden:
        names = ("、" if lang == "zh" else "; ").join(
            catalogue.hazard(f.code).name(lang) for f in hidden
        )
        lines.append(f"  – {word['not-visible']}: {names}")
    return "\n".join(lines) + "\n"


def _compared(place: PlaceComparison, lang: Lang) -> str:
    """Return in one line what the comparison with the baseline says."""
    word = WORDS[lang]
    if (reason := place.reason) is not None:
        return f"{word['not-comparable']}: {reason.zh if lang == 'zh' else reason.en}"
    count = len(place.regions)
    told = f"{count} {word['changes']}" if count else word["unchanged"]
    return f"{told} ({place.view})"


def _finding_lines(
    number: int, finding: Finding, catalogue: Catalogue, lang: Lang, on: date
) -> list[str]:
    word, hazard = WORDS[lang], catalogue.hazard(finding.code)
    chance = f"{finding.probability:.0%}" if finding.probability is not None else "–"
    because = finding.because
    lines = [
        f"  {number}. [{word[finding.verdict.value]}·{word[hazard.severity.value]}] "
        f"{hazard.name(lang)} ({finding.code})  {word['probability']} {chance}",
        f"     {word['because']}: {because.zh if lang == 'zh' else because.en}",
    ]
    question = finding.question_zh if lang == "zh" else finding.question_en
    if question:
        lines.append(f"     {word['question']}: {question}")
    if finding.nearest:
        named = [f"{catalogue.hazard(code).name(lang)} ({code})" for code in finding.nearest]
        lines.append(f"     {word['nearest']}: " + ("、" if lang == "zh" else "; ").join(named))
    lines.append(f"     {word['clauses']}:")
    lines += [f"       · {clause.text(lang)}" for clause in hazard.clauses_on(on)]
    lines.append(f"     {word['guidance']}:")
    lines += [f"       {n}) {step}" for n, step in enumerate(hazard.guidance(lang), start=1)]
    lines.append(f"     {word['deadline']}: {on + timedelta(days=hazard.deadline_days)}")
    return lines
