from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from wsai.catalogue.catalogue import Catalogue, load_catalogue
from wsai.catalogue.check import check_catalogue, unverified_count
from wsai.catalogue.hazards import CATEGORIES_ZH, UNVERIFIED_MARK, Clause, Hazard
from wsai.catalogue.severity import Severity
from wsai.catalogue.show import hazard_text
from wsai.diagnosis.rules import RULE_CODES
from wsai.errors import CatalogueInvalid, NotFound

TODAY = date(2026, 11, 23)
CHECKLISTS = {
    "general-manufacturing",
    "combustible-dust",
    "warehouse",
    "construction",
    "crowded-labour-intensive",
    "ammonia-refrigeration",
}


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


class TestShipped:
    def test_all_hazards_and_checklists_are_there_without_a_problem(
        self, shipped: Catalogue
    ) -> None:
        assert len(shipped.hazards) == 68
        assert set(shipped.checklists) == CHECKLISTS
        assert check_catalogue(shipped, rule_codes=RULE_CODES, today=TODAY) == []

    def test_every_hazard_speaks_both_languages(self, shipped: Catalogue) -> None:
        for hazard in shipped.hazards.values():
            for zh, en in (
                (hazard.name("zh"), hazard.name("en")),
                (hazard.question("zh"), hazard.question("en")),
                *zip(hazard.guidance("zh"), hazard.guidance("en"), strict=True),
            ):
                assert any("\u4e00" <= c <= "\u9fff" for c in zh), hazard.code
                assert not any("\u4e00" <= c <= "\u9fff" for c in en), hazard.code

    def test_only_what_may_be_major_says_when(self, shipped: Catalogue) -> None:
        for hazard in shipped.hazards.values():
            if hazard.severity is Severity.MAJOR:
                assert hazard.major_hazard_zh, hazard.code

    def test_accidents_are_coded_by_the_standard_of_the_day(self, shipped: Catalogue) -> None:
        changed = [
            h for h in shipped.hazards.values() if h.accident_type_1986 != h.accident_type_2025
        ]
        assert changed, "the codings differ for some hazard"
        hazard = changed[0]
        assert hazard.accident_type(date(2026, 6, 30)) == hazard.accident_type_1986
        assert hazard.accident_type(date(2026, 7, 1)) == hazard.accident_type_2025

    def test_a_clause_is_chosen_by_the_day_of_the_inspection(self, shipped: Catalogue) -> None:
        dated = [
            (hazard, clause)
            for hazard in shipped.hazards.values()
            for clause in hazard.clauses
            if clause.in_force_from and clause.in_force_from > date(2015, 1, 1)
        ]
        assert dated
        for hazard, clause in dated:
            assert clause.in_force_from is not None
            assert clause in hazard.clauses_on(clause.in_force_from)
            assert clause not in hazard.clauses_on(date(2014, 12, 31))

    def test_clauses_that_nobody_compared_are_counted_and_marked(self, shipped: Catalogue) -> None:
        unverified, clauses = unverified_count(shipped)
        assert 0 < unverified < clauses
        for hazard in shipped.hazards.values():
            shown = hazard_text(hazard, shipped, "zh", TODAY)
            expected = sum(not clause.verified for clause in hazard.clauses_on(TODAY))
            assert shown.count(UNVERIFIED_MARK["zh"]) == expected, hazard.code

    def test_items_of_a_checklist_are_numbered_by_section(self, shipped: Catalogue) -> None:
        items = shipped.checklist("warehouse").items
        assert items[0].number == "1.1"
        assert len({item.number for item in items}) == len(items)
        asked = shipped.checklist_items(items[0].code)
        assert items[0] in asked

    def test_what_does_not_exist_is_not_found(self, shipped: Catalogue) -> None:
        with pytest.raises(NotFound, match="no-such"):
            shipped.hazard("no-such")
        with pytest.raises(NotFound, match="no-such"):
            shipped.checklist("no-such")


def clause(**changes: Any) -> dict[str, Any]:
    return {"ref": "GB 1", "clause": "1", "verified": True} | changes


def hazard(**changes: Any) -> dict[str, Any]:
    return {
        "code": "a-hazard",
        "name_zh": "隐患甲",
        "name_en": "Hazard A",
        "category": "test",
        "tier": "core",
        "question_zh": "是否符合要求？",
        "question_en": "Is it as required?",
        "severity": "general",
        "clauses": [clause()],
        "references_intl": [],
        "major_hazard_zh": None,
        "accident_type_1986": "其他",
        "accident_type_2025": "其他",
        "guidance_zh": ["整改"],
        "guidance_en": ["Fix it"],
        "deadline_days": 3,
        "visual_evidence": "it is seen",
        "single_photo_ok": True,
        "needs_context": [],
    } | changes


def checklist(*codes: str) -> dict[str, Any]:
    section = {"title_zh": "节", "title_en": "Section", "codes": list(codes)}
    titles = {"title_zh": "表", "title_en": "List", "scope_zh": "处", "scope_en": "Place"}
    return {"id": "a-list", "sections": [section]} | titles


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """What writes a catalogue: hazards, then a checklist."""

    def written(*hazards: dict[str, Any], checklist: dict[str, Any] | None = None) -> Path:
        for name, rows in (("hazards", list(hazards)), ("checklists", checklist)):
            (tmp_path / name).mkdir(exist_ok=True)
            if rows is not None:
                text = yaml.safe_dump(rows, allow_unicode=True)
                (tmp_path / name / "one.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return written


class TestSchema:
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name_en": ""}, "name_en"),
            ({"severity": "terrible"}, "severity"),
            ({"code": "With Spaces"}, "code"),
            ({"deadline_days": -1}, "deadline_days"),
            ({"guidance_en": []}, "guidance_en"),
            ({"extra": 1}, "extra"),
            ({"clauses": [{"ref": "GB 1", "clause": "1"}]}, "clauses.0.verified"),
            (
                {"clauses": [clause(in_force_from="2026-02-01", in_force_until="2026-01-01")]},
                "clauses.0",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused_by_file_entry_and_field(
        self, write: Callable[..., Path], wrong: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(CatalogueInvalid) as caught:
            load_catalogue(write(hazard(), hazard(**({"code": "b-hazard"} | wrong))))
        message = str(caught.value)
        assert message.startswith("one.yaml: ")
        assert wrong.get("code", "b-hazard") in message
        assert f": {field}: " in message

    def test_a_code_stands_for_one_hazard(self, write: Callable[..., Path]) -> None:
        with pytest.raises(CatalogueInvalid, match="a-hazard: the code exists already"):
            load_catalogue(write(hazard(), hazard()))

    def test_broken_yaml_and_an_empty_folder_are_refused(
        self, write: Callable[..., Path], tmp_path: Path
    ) -> None:
        with pytest.raises(CatalogueInvalid, match="no YAML files"):
            load_catalogue(tmp_path)
        write(hazard())
        (tmp_path / "hazards" / "two.yaml").write_text("- [", encoding="utf-8")
        with pytest.raises(CatalogueInvalid, match=r"two\.yaml: not YAML"):
            load_catalogue(tmp_path)


class TestCheck:
    @pytest.mark.parametrize(
        ("hazards", "codes", "rule_codes", "problem"),
        [
            ([hazard()], ["a-hazard"], ["other"], "rules: other: the catalogue has no such hazard"),
            ([hazard()], ["a-hazard", "other"], [], "item 1.2: no hazard other"),
            ([hazard()], ["a-hazard", "a-hazard"], [], "a-hazard stands there twice"),
            (
                [hazard(), hazard(code="b-hazard")],
                ["a-hazard"],
                [],
                "b-hazard: no checklist asks for it",
            ),
            (
                [hazard(clauses=[clause(in_force_from="2030-01-01")])],
                ["a-hazard"],
                [],
                "no clause is in force on 2026-11-23",
            ),
            (
                [hazard(guidance_en=["Fix it", "Check it"])],
                ["a-hazard"],
                [],
                "guidance_zh and guidance_en differ in length",
            ),
            (
                [hazard(clauses=[clause(), clause(in_force_until="2026-12-31")])],
                ["a-hazard"],
                [],
                "ends on 2026-12-31 and nothing follows it",
            ),
        ],
    )
    def test_what_no_single_file_shows_is_found(
        self,
        write: Callable[..., Path],
        hazards: list[dict[str, Any]],
        codes: list[str],
        rule_codes: list[str],
        problem: str,
    ) -> None:
        catalogue = load_catalogue(write(*hazards, checklist=checklist(*codes)))
        problems = check_catalogue(catalogue, rule_codes=rule_codes, today=TODAY)
        assert any(problem in line for line in problems), problems

    def test_a_clause_that_another_follows_is_no_problem(self, write: Callable[..., Path]) -> None:
        both = [clause(in_force_until="2026-12-31"), clause(in_force_from="2027-01-01")]
        catalogue = load_catalogue(write(hazard(clauses=both), checklist=checklist("a-hazard")))
        assert check_catalogue(catalogue, today=TODAY) == []
        (before,) = catalogue.hazard("a-hazard").clauses_on(date(2026, 12, 31))
        (after,) = catalogue.hazard("a-hazard").clauses_on(date(2027, 1, 1))
        assert before.in_force_until == date(2026, 12, 31)
        assert after.in_force_from == date(2027, 1, 1)


def test_the_proposed_deadline_counts_plain_days(write: Callable[..., Path]) -> None:
    catalogue = load_catalogue(write(hazard(deadline_days=7)))
    assert catalogue.proposed_deadline("a-hazard", date(2026, 12, 28)) == date(2027, 1, 4)


def test_a_clause_is_in_force_on_its_first_and_last_day() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    row = Clause(ref="GB 1", clause="1", verified=True, in_force_from=first, in_force_until=last)
    days = (date(2025, 12, 31), first, last, date(2027, 1, 1))
    assert [row.in_force(day) for day in days] == [False, True, True, False]


def test_hazards_cannot_be_changed_by_who_reads_them(shipped: Catalogue) -> None:
    some: Hazard = shipped.hazard("smoke")
    with pytest.raises(ValueError, match="frozen"):
        some.severity = Severity.GENERAL  # type: ignore[misc]
    with pytest.raises(TypeError):
        shipped.hazards["smoke"] = some  # type: ignore[index]


def test_documents_call_every_category_by_a_chinese_name() -> None:
    hazards = load_catalogue().hazards.values()
    assert {hazard.category for hazard in hazards} == set(CATEGORIES_ZH)
    assert all(hazard.category_zh == CATEGORIES_ZH[hazard.category] for hazard in hazards)
