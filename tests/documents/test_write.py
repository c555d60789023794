"""Documents as Word and PDF: what they say, refuse, and that they are always the same."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from pdf_parts import characters_in, embedded_fonts, fonts_in, page_count
from samples import (
    CRANE,
    DAY,
    EXIT,
    HELMET,
    OFFICERS,
    PARTY,
    everything,
    notice,
    opinion,
    order,
    photo,
    record,
    report,
    signature,
)

from wsai.catalogue.catalogue import load_catalogue
from wsai.documents.make_templates import made
from wsai.documents.numbering import DocumentKind
from wsai.documents.reports import ReportedFinding
from wsai.documents.values import Citation, Picture, PlanForm, Signature
from wsai.documents.write import Form, template_of, write
from wsai.errors import ClauseUnverified, ImageUnreadable, InvalidRequest, SettingsInvalid

KINDS = list(DocumentKind)


def words(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    return "".join(one.text or "" for one in document.element.body.iter(qn("w:t")))


def word(document: object, **choices: object) -> str:
    return words(write(document, form=Form.WORD, dated=DAY, **choices))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", list(Form))
def test_the_same_document_and_day_give_the_same_hash(kind: DocumentKind, form: Form) -> None:
    hashes = {
        hashlib.sha256(write(everything()[kind], form=form, dated=DAY)).hexdigest()
        for _ in range(2)
    }
    assert len(hashes) == 1
    other = write(everything()[kind], form=form, dated=DAY + timedelta(days=1))
    assert hashlib.sha256(other).hexdigest() not in hashes


def test_a_word_file_holds_no_moment_but_the_given_day() -> None:
    with zipfile.ZipFile(io.BytesIO(write(record(), form=Form.WORD, dated=DAY))) as parts:
        assert {info.date_time for info in parts.infolist()} == {(2026, 7, 14, 0, 0, 0)}
        about = parts.read("docProps/core.xml").decode()
    assert about.count("2026-07-14T00:00:00Z") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_say_everything_and_no_template_is_left(kind: DocumentKind) -> None:
    document = everything()[kind]
    text = word(document)
    for part in (document.number, PARTY.name):
        assert part in text
    assert "{{" not in text
    assert "{%" not in text
    pdf = write(document, form=Form.PDF, dated=DAY)
    assert set(text) - set("\n \u3000") <= characters_in(pdf)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pdf_embeds_every_font_that_it_uses(kind: DocumentKind) -> None:
    pdf = write(everything()[kind], form=Form.PDF, dated=DAY)
    assert {name.partition("+")[2] for name in fonts_in(pdf)} == {"WSAISerifSC-Regular"}
    programs = embedded_fonts(pdf)
    assert len(programs) == len(fonts_in(pdf))
    assert all(program.startswith(b"\x00\x01\x00\x00") for program in programs)


def test_the_record_names_both_sides_and_shows_their_drawn_signatures() -> None:
    content = write(record(), form=Form.WORD, dated=DAY)
    text = words(content)
    for part in (
        "李四、王五",
        "示例第001号、示例第002号",
        "张三",
        "2026年7月14日9时05分",
        "2号厂房",
    ):
        assert part in text
    assert len(docx.Document(io.BytesIO(content)).inline_shapes) == 3


def test_without_a_drawn_signature_there_is_room_for_a_pen() -> None:
    unsigned = replace(record(), officer_signatures=(), party_signatures=(Signature("张三"),))
    text = word(unsigned)
    assert text.count("　　年　月　日") == 2
    assert b"/Subtype /Image" not in write(unsigned, form=Form.PDF, dated=DAY)


def test_a_record_without_hazards_says_so_and_has_no_table_of_them() -> None:
    text = word(replace(record(), hazards=()))
    assert "未发现事故隐患" in text
    assert "发现以下问题" not in text


def test_who_refuses_to_sign_is_written_down() -> None:
    assert "拒绝签名，情况如下：负责人离开现场" in word(replace(record(), refusal="负责人离开现场"))


def test_an_order_groups_its_items_by_deadline_the_earliest_first() -> None:
    late = replace(EXIT, number="YH-2026-000011")
    text = word(replace(order(), hazards=(EXIT, CRANE, late)))
    first = text.index("第2项问题于2026年7月15日前")
    assert first < text.index("第1、3项问题于2026年7月17日前")


def test_a_recheck_shows_each_result_and_what_follows() -> None:
    text = word(opinion())
    for part in ("已整改1项，未整改1项", "依法立案调查", "第1项整改前", "第1项整改后：通道已清理"):
        assert part in text


@pytest.mark.parametrize(
    ("form", "headings"),
    [
        (PlanForm.FIVE_FIXED, ["责任", "措施", "资金", "时限", "预案"]),
        (PlanForm.FIVE_IN_PLACE, ["目标", "物资", "机构人员", "时限", "安全措施及预案"]),
    ],
)
def test_the_seven_items_are_printed_in_either_form(form: PlanForm, headings: list[str]) -> None:
    content = write(replace(notice(), plan_form=form), form=Form.WORD, dated=DAY)
    rows = docx.Document(io.BytesIO(content)).tables[-1].rows
    assert [row.cells[0].text for row in rows[1:]] == headings
    told = "".join(row.cells[1].text for row in rows)
    for part in ("消除粉尘爆炸危险", "赵六", "治理小组5人", "湿式除尘系统", "860,000.00元", "值守"):
        assert part in told


def test_what_the_law_asks_of_a_major_hazard_is_in_its_notice() -> None:
    text = word(notice())
    for part in ("区县级（园区）挂牌督办", "判定标准》第十一条", "2026年9月30日", "局部停产是"):
        assert part in text


def test_a_report_tells_suspected_from_confirmed_and_shows_marked_pictures() -> None:
    content = write(report(), form=Form.WORD, dated=DAY)
    text = words(content)
    for part in ("已由李四确认", "待确认", "应急照明能否正常点亮", "2项（已确认1，待确认1）"):
        assert part in text
    media = [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "media" in name]
    assert len(media) == 2  # the photo is the same twice, and so is the signature


def test_an_unverified_clause_asks_first_and_is_then_marked() -> None:
    cites = replace(order(), hazards=(HELMET,))
    for form in Form:
        with pytest.raises(ClauseUnverified, match=r"GB 2811-2019 第4.1条"):
            write(cites, form=form, dated=DAY)
    text = word(cites, accept_unverified=True)
    assert "GB 2811-2019 第4.1条〔未核〕；《中华人民共和国安全生产法》第四十一条" in text
    assert "第四十一条〔未核〕" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_document_asks_before_it_cites_an_unverified_clause(kind: DocumentKind) -> None:
    document = everything()[kind]
    changes: dict[str, object]
    if kind is DocumentKind.REINSPECTION_OPINION:
        changes = {"rechecks": (replace(opinion().rechecks[0], hazard=HELMET),)}
    elif kind is DocumentKind.INSPECTION_REPORT:
        changes = {"findings": (ReportedFinding(HELMET),)}
    elif hasattr(document, "hazards"):
        changes = {"hazards": (HELMET,)}
    else:
        changes = {"hazard": HELMET}
    unverified = replace(document, **changes)  # type: ignore[type-var]
    with pytest.raises(ClauseUnverified):
        write(unverified, form=Form.WORD, dated=DAY)
    assert "第4.1条〔未核〕" in word(unverified, accept_unverified=True)


def test_a_clause_of_the_catalogue_keeps_its_mark() -> None:
    clauses = [clause for hazard in load_catalogue().hazards.values() for clause in hazard.clauses]
    for clause in clauses:
        printed = Citation.of(clause).printed
        assert printed.endswith("〔未核〕") is not clause.verified
        assert clause.ref in printed


@pytest.mark.parametrize(
    "text",
    ["<w:p/>&amp;<b>", "{{ 文号 }}{% for x in y %}", "一\x0b二\x00三\ufffe", "第一行\n第二行"],
    ids=["markup", "template", "control", "lines"],
)
def test_what_people_write_stays_text(text: str) -> None:
    told = replace(EXIT, description=text)
    content = write(replace(record(), hazards=(told,)), form=Form.WORD, dated=DAY)
    row = docx.Document(io.BytesIO(content)).tables[1].rows[1]
    assert row.cells[2].text == "".join(
        c for c in text if c == "\n" or (ord(c) > 31 and c != "\ufffe")
    )
    assert write(replace(record(), hazards=(told,)), form=Form.PDF, dated=DAY).startswith(b"%PDF")


def test_a_pdf_is_refused_where_its_font_has_a_gap_and_word_is_not() -> None:
    rare = replace(record(), party=replace(PARTY, head="王𬱖"))
    with pytest.raises(InvalidRequest, match=r"𬱖 \(U\+2CC56\)"):
        write(rare, form=Form.PDF, dated=DAY)
    assert "王𬱖" in word(rare)


def test_an_own_template_goes_before_the_shipped_one(tmp_path: Path) -> None:
    own = docx.Document()
    own.add_paragraph("本局格式：{{ 文号 }}")
    own.save(str(tmp_path / "inspection-record.docx"))
    assert word(record(), own_templates=tmp_path) == f"本局格式：{record().number}"
    pdf = write(record(), form=Form.PDF, dated=DAY, own_templates=tmp_path)
    assert set("本局格式") <= characters_in(pdf)
    assert "责令限期整改指令书" in word(order(), own_templates=tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ 发现入 }}", "发现入"),
        ("{{ 文号", "inspection-record.docx"),
        ("{{ 文号.__class__.__mro__ }}", "unsafe"),
        ("{% for x in 5 %}{% endfor %}", "inspection-record.docx"),
    ],
    ids=["misspelt", "not closed", "reaches out", "no list"],
)
def test_a_template_that_cannot_work_is_named(tmp_path: Path, text: str, told: str) -> None:
    own = docx.Document()
    own.add_paragraph(text)
    own.save(str(tmp_path / "inspection-record.docx"))
    with pytest.raises(SettingsInvalid, match=told):
        write(record(), form=Form.WORD, dated=DAY, own_templates=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no Word file", b"PK\x03\x04cut"])
def test_a_template_that_is_no_word_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "inspection-record.docx").write_bytes(content)
    with pytest.raises(SettingsInvalid, match=r"inspection-record.docx: no Word file"):
        write(record(), form=Form.PDF, dated=DAY, own_templates=tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_templates_are_those_that_the_script_makes(kind: DocumentKind) -> None:
    made_now, shipped = made(kind), template_of(kind).read_bytes()
    with (
        zipfile.ZipFile(io.BytesIO(made_now)) as new,
        zipfile.ZipFile(io.BytesIO(shipped)) as old,
    ):
        assert new.namelist() == old.namelist()
        assert all(new.read(name) == old.read(name) for name in new.namelist())


def test_long_documents_run_over_pages_and_repeat_the_heads_of_their_tables() -> None:
    many = tuple(replace(EXIT, number=f"YH-2026-{n:06d}") for n in range(60))
    pdf = write(replace(record(), hazards=many), form=Form.PDF, dated=DAY)
    assert page_count(pdf) > 3


def test_a_row_higher_than_a_page_is_parted_and_not_lost() -> None:
    endless = replace(EXIT, description="通道堵塞。" * 700 + "终")
    pdf = write(replace(record(), hazards=(endless,)), form=Form.PDF, dated=DAY)
    assert page_count(pdf) > 2
    assert "终" in characters_in(pdf)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: replace(record(), ended=datetime(2026, 7, 14, 8)), "before it began"),
        (lambda: replace(record(), officers=OFFICERS[:1]), "two officers"),
        (lambda: replace(order(), hazards=()), "at least one hazard"),
        (lambda: replace(order(), hazards=(replace(EXIT, deadline=None),)), "needs a deadline"),
        (lambda: replace(opinion(), next_step=" "), "what follows"),
        (lambda: replace(notice(), basis=()), "basis is missing"),
        (lambda: replace(notice(), due=date(2026, 1, 1)), "before it was determined"),
        (lambda: replace(report(), findings=(), unseen=()), "at least one hazard"),
    ],
)
def test_a_document_that_cannot_be_is_refused(make: object, told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        make()  # type: ignore[operator]


def test_a_delisting_keeps_the_order_of_its_days() -> None:
    delisting = everything()[DocumentKind.DELISTING_NOTICE]
    with pytest.raises(InvalidRequest, match="not in this order"):
        replace(delisting, accepted_on=date(2026, 8, 1))  # type: ignore[type-var]


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", photo().content[:200], signature().content[:60]]
)
def test_a_picture_that_is_none_is_refused_before_any_document(content: bytes) -> None:
    with pytest.raises(ImageUnreadable):
        Picture(content)
