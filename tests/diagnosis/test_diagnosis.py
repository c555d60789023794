"""What holds for every diagnosis, whatever the detector saw."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from fakes import BARE_HEAD
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import CATALOGUE, CONE, HEIGHT, WIDTH, Seen, diagnosis, findings, head, person

from wsai.catalogue.hazards import UNVERIFIED_MARK
from wsai.catalogue.severity import Severity
from wsai.diagnosis.context import RuleContext
from wsai.diagnosis.diagnose import SEVERITY_ORDER, VERDICT_ORDER, find
from wsai.diagnosis.findings import Because, Finding, Verdict
from wsai.diagnosis.marks import marked
from wsai.diagnosis.report import diagnosis_json
from wsai.diagnosis.rules import RULE_CODES, RULES
from wsai.diagnosis.rules.unseen import UNSEEN_CODES
from wsai.diagnosis.text import diagnosis_text
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture

TODAY = date(2026, 11, 23)
KEYS = {
    "code",
    "name",
    "verdict",
    "probability",
    "severity",
    "boxes",
    "because",
    "question",
    "checklist_items",
    "clauses",
    "guidance",
    "deadline",
    "accident_type",
}


@st.composite
def objects(draw: st.DrawFn) -> Seen:
    left = draw(st.floats(0, WIDTH - 8, width=32))
    top = draw(st.floats(0, HEIGHT - 8, width=32))
    right = left + draw(st.floats(1, WIDTH, width=32))
    bottom = top + draw(st.floats(1, HEIGHT, width=32))
    score = draw(st.floats(0.5, 0.9990000128746033, width=32))
    label = draw(st.sampled_from(Label))
    return label, score, (left, top, min(right, WIDTH), min(bottom, HEIGHT))


scenes = st.lists(objects(), max_size=14)


@given(scenes)
@settings(deadline=None, max_examples=60)
def test_findings_come_worst_first_with_a_probability_and_once_a_hazard(seen: list[Seen]) -> None:
    found = diagnosis(*seen).findings
    severities = [SEVERITY_ORDER[CATALOGUE.hazard(f.code).severity] for f in found]
    order = [(VERDICT_ORDER[f.verdict], s) for f, s in zip(found, severities, strict=True)]
    assert order == sorted(order)
    assert len({f.code for f in found}) == len(found)
    for finding in found:
        seen_at_all = finding.verdict is not Verdict.NOT_VISIBLE
        assert (finding.probability is not None) is seen_at_all
        assert bool(finding.boxes) is seen_at_all
        assert (finding.question_zh is not None) is (finding.verdict is Verdict.ASK_A_PERSON)


@given(scenes, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_in_which_objects_were_seen_changes_nothing(
    seen: list[Seen], shuffle: object
) -> None:
    unique = {row[1]: row for row in seen}  # equal scores have no order to begin with
    rows = list(unique.values())
    before = diagnosis(*rows).findings
    shuffle.shuffle(rows)  # type: ignore[attr-defined]
    assert diagnosis(*rows).findings == before


@given(scenes)
@settings(deadline=None, max_examples=40)
def test_a_picture_of_twice_the_size_shows_at_least_as_much(seen: list[Seen]) -> None:
    small = {f.code: f for f in diagnosis(*seen).findings if f.verdict is Verdict.HAZARD}
    large = {f.code: f for f in diagnosis(*seen, scale=2).findings}
    for code, finding in small.items():
        assert large[code].verdict is Verdict.HAZARD
        assert large[code].probability == pytest.approx(finding.probability, abs=1e-3)


def test_an_empty_picture_says_of_every_hazard_without_a_model_that_it_is_not_visible() -> None:
    found = diagnosis().findings
    mapped = {rule.code for rule in RULES if rule.layers or rule.often_misses}
    assert {f.code for f in found} == set(UNSEEN_CODES) | mapped
    assert {f.verdict for f in found} == {Verdict.NOT_VISIBLE}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_without_its_label_says_not_visible_and_never_fine(rule: object) -> None:
    for blind_to in rule.needs:  # type: ignore[attr-defined]
        able = [label for label in Label if label is not blind_to]
        found = {f.code: f for f in diagnosis(able=able).findings}
        finding = found[rule.code]  # type: ignore[attr-defined]
        assert finding.verdict is Verdict.NOT_VISIBLE
        assert finding.probability is None
        assert finding.because.zh
        assert finding.because.en


@pytest.mark.parametrize("kept", [Label.DOOR, Label.EXIT_DOOR, None])
def test_an_exit_is_looked_for_by_whatever_name_the_model_knows_doors(kept: Label | None) -> None:
    able = [one for one in Label if one not in (Label.DOOR, Label.EXIT_DOOR) or one is kept]
    verdicts = {f.code: f.verdict for f in diagnosis(able=able).findings}
    assert verdicts.get("exit-blocked") is (None if kept else Verdict.NOT_VISIBLE)


def test_objects_below_the_models_own_threshold_are_listed_but_prove_nothing() -> None:
    weak = [(label, 0.4, box) for label, _, box in BARE_HEAD]
    found = diagnosis(*weak, CONE)
    assert len(found.detections) == 3
    assert {f.verdict for f in found.findings} == {Verdict.NOT_VISIBLE}


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [(0.14, None), (0.16, Verdict.ASK_A_PERSON), (0.6, Verdict.HAZARD)],
)
def test_what_is_hardly_probable_is_not_said_and_what_is_not_probable_is_asked(
    probability: float, verdict: Verdict | None
) -> None:
    fire = Detections.of([(Label.FIRE, 0.9, (100, 100, 200, 200))])
    context = RuleContext(WIDTH, HEIGHT, (), lambda label, score: probability)
    said = {f.code: f.verdict for f in find(fire, context, able=dict.fromkeys(Label, 0.1))}
    assert said.get("fire-flame") is verdict


def test_every_code_of_a_rule_is_in_the_catalogue() -> None:
    for code in RULE_CODES:
        assert CATALOGUE.hazard(code).code == code


def test_a_finding_cannot_be_unsure_of_nothing() -> None:
    because = Because("a/b@1", "r", (), "因", "because")
    with pytest.raises(ValueError, match="no probability"):
        Finding("smoke", Verdict.NOT_VISIBLE, 0.5, (), because)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        Finding("smoke", Verdict.HAZARD, 1.2, (), because)


class TestReport:
    def told(self, lang: str = "zh") -> dict[str, object]:
        found = diagnosis(person(100), head(100, Label.NO_HELMET), CONE)
        return diagnosis_json(found, catalogue=CATALOGUE, lang=lang, on=TODAY)  # type: ignore[arg-type]

    def test_a_finding_has_everything_that_others_build_on(self) -> None:
        report = self.told()
        assert json.loads(json.dumps(report)) == report
        assert set(report) == {"width", "height", "model", "detections", "findings"}
        finding = report["findings"][0]  # type: ignore[index]
        assert set(finding) == KEYS
        assert finding["code"] == "ppe-no-helmet"
        assert finding["boxes"]
        assert finding["checklist_items"]
        assert finding["guidance"]
        assert all(isinstance(clause["verified"], bool) for clause in finding["clauses"])

    def test_the_deadline_counts_from_the_day_of_the_inspection(self) -> None:
        finding = self.told()["findings"][0]  # type: ignore[index]
        days = date.fromisoformat(finding["deadline"]) - TODAY
        assert days.days == CATALOGUE.hazard("ppe-no-helmet").deadline_days

    def test_english_readers_get_english(self) -> None:
        zh, en = (self.told(lang)["findings"][0] for lang in ("zh", "en"))  # type: ignore[index]
        for key in ("name", "guidance"):
            assert en[key] != zh[key]
            assert str(en[key]).isascii() or "—" in str(en[key]), en[key]
        assert en["because"]["text"].isascii()

    def test_unverified_clauses_keep_their_mark_in_json_and_text(self) -> None:
        found = diagnosis(
            (Label.FIRE, 0.9, (10, 10, 90, 90)), person(100), head(100, Label.NO_HELMET), CONE
        )
        report = diagnosis_json(found, catalogue=CATALOGUE, lang="zh", on=TODAY)
        clauses = [c for f in report["findings"] for c in f["clauses"]]
        unverified = [c for c in clauses if not c["verified"]]
        assert unverified, "the catalogue has unverified clauses"
        text = diagnosis_text("a.jpg", found, CATALOGUE, "zh", TODAY)
        shown = [f for f in found.findings if f.verdict is not Verdict.NOT_VISIBLE]
        expected = sum(
            not clause.verified
            for finding in shown
            for clause in CATALOGUE.hazard(finding.code).clauses_on(TODAY)
        )
        assert expected
        assert text.count(UNVERIFIED_MARK["zh"]) >= expected


class TestMarks:
    def test_findings_are_drawn_where_they_are_and_heads_are_not_recognisable(self) -> None:
        noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        picture = Picture(noise, WIDTH, HEIGHT)
        found = diagnosis(person(100), head(100, Label.NO_HELMET), CONE)
        drawn = marked(picture, found, catalogue=CATALOGUE, lang="zh")
        left, top, right, bottom = (int(v) for v in head(100, Label.NO_HELMET)[2])
        inside = np.s_[top + 10 : bottom - 10, left + 10 : right - 10]
        assert drawn[inside].std() < 0.6 * noise[inside].std(), "the head is blurred"
        assert (
            drawn[top : bottom + 1, left - 4 : left + 5]
            != noise[top : bottom + 1, left - 4 : left + 5]
        ).any(), "its box is drawn"
        assert (drawn[850:, 700:1000] == noise[850:, 700:1000]).all(), "the rest is as it was"
        assert (noise == picture.pixels).all()

    def test_faces_of_weak_detections_are_blurred_too(self) -> None:
        noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        found = diagnosis(person(100, score=0.12))
        assert not [f for f in found.findings if f.verdict is not Verdict.NOT_VISIBLE]
        drawn = marked(Picture(noise, WIDTH, HEIGHT), found, catalogue=CATALOGUE, lang="zh")
        assert (drawn[300:340, 150:220] != noise[300:340, 150:220]).mean() > 0.5


def test_severity_orders_hazards_of_one_verdict() -> None:
    found = findings(
        (Label.FIRE, 0.6, (10, 10, 90, 90)), person(100), head(100, Label.NO_HELMET), CONE
    )
    assert next(iter(found)) == "fire-flame"
    assert CATALOGUE.hazard("fire-flame").severity is not Severity.GENERAL
