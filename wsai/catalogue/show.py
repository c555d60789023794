"""A hazard as text for people."""

from __future__ import annotations

from datetime import date

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Clause, Hazard, Lang

WORDS = {
    "zh": {
        "general": "一般",
        "serious": "较大（内部分级，上报为一般）",
        "major": "疑似重大（须由有资格的人判定）",
        "severity": "等级",
        "deadline": "建议期限",
        "spot": "立即（当场）",
        "days": "天",
        "question": "检查问题",
        "accident": "事故类型",
        "clauses": "依据",
        "guidance": "整改导则",
        "photo": "单张照片可证明",
        "yes": "是",
        "no": "否",
        "context": "还需了解",
        "evidence": "照片能证明什么",
        "major_when": "何时可能构成重大",
        "checklists": "检查表",
        "from": "自",
        "until": "至",
    },
    "en": {
        "general": "general",
        "serious": "serious (internal triage, reported as general)",
        "major": "suspected major (a qualified person determines it)",
        "severity": "Severity",
        "deadline": "Proposed deadline",
        "spot": "on the spot",
        "days": "days",
        "question": "Question",
        "accident": "Accident type",
        "clauses": "Clauses",
        "guidance": "Guidance",
        "photo": "One photo can prove it",
        "yes": "yes",
        "no": "no",
        "context": "Needs to be known",
        "evidence": "What a picture proves",
        "major_when": "When it may be major",
        "checklists": "Checklists",
        "from": "from",
        "until": "until",
    },
}


def hazard_text(hazard: Hazard, catalogue: Catalogue, lang: Lang, on: date) -> str:
    """Return one hazard with the clauses in force on a day, several lines."""
    word = WORDS[lang]
    days = word["spot"] if not hazard.deadline_days else f"{hazard.deadline_days} {word['days']}"
    lines = [
        f"{hazard.code}  {hazard.name(lang)}",
        f"  {word['severity']}: {word[hazard.severity.value]}",
        f"  {word['deadline']}: {days}",
        f"  {word['question']}: {hazard.question(lang)}",
        f"  {word['accident']}: {hazard.accident_type(on)}",
        f"  {word['photo']}: {word['yes'] if hazard.single_photo_ok else word['no']}",
        f"  {word['evidence']}: {hazard.visual_evidence}",
    ]
    lines += [f"  {word['context']}: {text}" for text in hazard.needs_context]
    if hazard.major_hazard_zh:
        lines.append(f"  {word['major_when']}: {hazard.major_hazard_zh}")
    lines.append(f"  {word['clauses']} ({on}):")
    lines += [f"    - {_dated(clause, lang)}" for clause in hazard.clauses_on(on)]
    lines.append(f"  {word['guidance']}:")
    lines += [f"    {n}. {step}" for n, step in enumerate(hazard.guidance(lang), start=1)]
    items = catalogue.checklist_items(hazard.code)
    lines.append(f"  {word['checklists']}:")
    for item in items:
        lines.append(f"    - {catalogue.checklist(item.checklist).title(lang)} {item.number}")
    return "\n".join(lines)


def _dated(clause: Clause, lang: Lang) -> str:
    word = WORDS[lang]
    dates = []
    if clause.in_force_from:
        dates.append(f"{word['from']} {clause.in_force_from}")
    if clause.in_force_until:
        dates.append(f"{word['until']} {clause.in_force_until}")
    return clause.text(lang) + (f" ({', '.join(dates)})" if dates else "")
