"""One of each document, with everything that it can hold; pictures are drawn here."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from PIL import Image, ImageDraw

from wsai.documents.forms import (
    Document,
    InspectionRecord,
    Recheck,
    RectificationOrder,
    ReinspectionOpinion,
)
from wsai.documents.major_forms import DelistingNotice, MajorHazardNotice
from wsai.documents.numbering import DocumentKind, document_number, read_offices
from wsai.documents.reports import (
    EnterpriseFile,
    Event,
    InspectionReport,
    ReportedFinding,
    RiskPoint,
)
from wsai.documents.values import (
    Citation,
    HazardEntry,
    Officer,
    Party,
    Picture,
    SevenItems,
    Signature,
)
from wsai.supervision.credit_code import check_character
from wsai.supervision.enterprises import Enterprise, Size, Tag
from wsai.supervision.lec import Lec

OFFICE = read_offices().office("sip-emergency")
DAY = date(2026, 7, 14)
CODE = "91320594MA1000001"


def signature() -> Picture:
    image = Image.new("RGBA", (340, 120), (0, 0, 0, 0))
    points = [(10, 80), (60, 20), (90, 100), (150, 30), (200, 90), (260, 40), (330, 70)]
    ImageDraw.Draw(image).line(points, fill=(20, 20, 90, 255), width=7)
    return Picture(_png(image))


def photo(caption: str = "", colour: tuple[int, int, int] = (120, 140, 150)) -> Picture:
    image = Image.new("RGB", (640, 480), colour)
    draw = ImageDraw.Draw(image)
    draw.rectangle((200, 120, 460, 400), outline=(220, 30, 30), width=6)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return Picture(out.getvalue(), caption)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


VERIFIED = Citation("《中华人民共和国安全生产法》第四十一条", verified=True)
UNVERIFIED = Citation("GB 2811-2019 第4.1条", verified=False)

PARTY = Party(
    "示范精密机械（苏州）有限公司", "苏州工业园区示范路1号", "张三", "安全总监", "示例号码"
)
OFFICERS = (Officer("李四", "示例第001号"), Officer("王五", "示例第002号"))
SIGNED = (Signature("李四", signature(), DAY), Signature("王五", signature(), DAY))
PARTY_SIGNED = (Signature("张三", signature(), DAY),)

EXIT = HazardEntry(
    number="YH-2026-000007",
    description="安全出口处堆放纸箱约20箱，疏散通道净宽不足0.8米，出口指示灯被遮挡",
    found_on=DAY,
    place="2号厂房一层东侧",
    category="消防安全/疏散通道",
    finder="李四",
    source="AI照片",
    citations=(VERIFIED,),
    demand="立即清理疏散通道内堆放的物品，恢复通道净宽，并明确专人每日检查",
    deadline=date(2026, 7, 17),
    status="整改中",
    pictures=(photo("2号厂房东侧出口"),),
)
HELMET = HazardEntry(
    number="YH-2026-000008",
    description="起重作业区域内有2名作业人员未佩戴安全帽",
    found_on=DAY,
    place="3号厂房",
    category="个体防护",
    citations=(UNVERIFIED, VERIFIED),
    demand="为进入起重作业区域的人员配发安全帽并监督佩戴",
    deadline=date(2026, 7, 15),
)
CRANE = replace(HELMET, citations=(VERIFIED,))
DUST = HazardEntry(
    number="YH-2026-000009",
    description="铝镁打磨车间干式除尘系统未设置泄爆装置，除尘管道内积尘厚度超过规定",
    found_on=date(2026, 3, 2),
    place="5号厂房打磨车间",
    category="粉尘涉爆",
    grade="重大",
    source="专家检查",
    citations=(VERIFIED,),
    status="已拆除原除尘系统，改为湿式除尘，经第三方检测合格",
    pictures=(photo("打磨车间除尘系统"),),
    after_pictures=(photo("改造后的湿式除尘", (110, 160, 120)),),
)
PLAN = SevenItems(
    goal="消除粉尘爆炸危险",
    responsible="设备部 赵六",
    staff="治理小组5人，组长钱七",
    measures="停用干式除尘，改造为湿式除尘系统",
    planned_yuan=Decimal("860000"),
    spent_yuan=Decimal("912345.6"),
    deadline=date(2026, 9, 30),
    emergency="打磨车间停产撤人，安排专人值守，修订粉尘爆炸应急预案",
    phone="示例号码",
    supplies="湿式除尘机组2套",
)


def number(kind: DocumentKind) -> str:
    return document_number(kind, office="sip-emergency", year=2026, serial=12)


def record() -> InspectionRecord:
    return InspectionRecord(
        number=number(DocumentKind.INSPECTION_RECORD),
        office=OFFICE,
        party=PARTY,
        issued_on=DAY,
        place="2号厂房、3号厂房",
        began=datetime(2026, 7, 14, 9, 5),
        ended=datetime(2026, 7, 14, 11, 30),
        officers=OFFICERS,
        hazards=(EXIT, CRANE),
        remark="现场提供了2026年上半年安全培训记录。",
        officer_signatures=SIGNED,
        party_signatures=PARTY_SIGNED,
    )


def order() -> RectificationOrder:
    return RectificationOrder(
        number=number(DocumentKind.RECTIFICATION_ORDER),
        office=OFFICE,
        party=PARTY,
        issued_on=DAY,
        hazards=(EXIT, CRANE),
        record_number=number(DocumentKind.INSPECTION_RECORD),
        officers=OFFICERS,
        officer_signatures=SIGNED,
    )


def opinion() -> ReinspectionOpinion:
    return ReinspectionOpinion(
        number=number(DocumentKind.REINSPECTION_OPINION),
        office=OFFICE,
        party=PARTY,
        issued_on=date(2026, 7, 20),
        order_number=number(DocumentKind.RECTIFICATION_ORDER),
        ordered_on=DAY,
        rechecks=(
            Recheck(replace(EXIT, after_pictures=(photo("通道已清理"),)), True, "通道已清理，畅通"),
            Recheck(CRANE, False, "仍有1人未佩戴安全帽"),
        ),
        next_step="依法立案调查。",
        officers=OFFICERS,
        officer_signatures=SIGNED,
        party_signatures=PARTY_SIGNED,
    )


def notice() -> MajorHazardNotice:
    return MajorHazardNotice(
        number=number(DocumentKind.MAJOR_HAZARD_NOTICE),
        office=OFFICE,
        party=PARTY,
        issued_on=date(2026, 3, 10),
        hazard=replace(DUST, after_pictures=()),
        basis=(Citation("《工贸企业重大事故隐患判定标准》第十一条第（五）项", verified=True),),
        determined_by="李四、王五（专家组：孙八等3人）",
        determined_on=date(2026, 3, 5),
        level="区县级（园区）",
        supervisor="苏州工业园区应急管理局",
        due=date(2026, 9, 30),
        plan=PLAN,
        government_help=False,
        partial_stop=True,
    )


def delisting() -> DelistingNotice:
    return DelistingNotice(
        number=number(DocumentKind.DELISTING_NOTICE),
        office=OFFICE,
        party=PARTY,
        issued_on=date(2026, 9, 28),
        hazard=DUST,
        notice_number=number(DocumentKind.MAJOR_HAZARD_NOTICE),
        listed_on=date(2026, 3, 10),
        level="区县级（园区）",
        self_assessed_on=date(2026, 9, 1),
        experts="孙八等3人，2026年9月8日，同意通过",
        accepted_on=date(2026, 9, 15),
        accepted_by="周九、吴十",
        cancelled_on=date(2026, 9, 20),
        publication="https://example.org/gongshi/12",
        revisit_on=date(2027, 3, 20),
        plan=PLAN,
    )


def enterprise_file() -> EnterpriseFile:
    firm = Enterprise(
        credit_code=CODE + check_character(CODE),
        name=PARTY.name,
        address=PARTY.address,
        longitude=120.72,
        latitude=31.32,
        tags=frozenset({Tag.COMBUSTIBLE_DUST, Tag.MANUFACTURING}),
        size=Size.SMALL,
        employees=86,
        standardisation="level-3",
        contact="张三",
        phone="示例号码",
    )
    return EnterpriseFile(
        number=number(DocumentKind.ENTERPRISE_FILE),
        office=OFFICE,
        party=Party.of(firm),
        issued_on=date(2026, 9, 30),
        enterprise=firm,
        grid="娄葑街道第3网格",
        grade="观察名单（68.5分）：重大隐患1项、逾期1项",
        risks=(
            RiskPoint("成品仓库", Lec(1, 6, 7), "禁火，定期巡查", "郑一"),
            RiskPoint("铝镁打磨车间", Lec(3, 6, 15), "湿式除尘，每班清扫", "赵六"),
        ),
        hazards=(EXIT, CRANE, DUST),
        events=(
            Event(DAY, "执法检查", "发现隐患2项", number(DocumentKind.INSPECTION_RECORD)),
            Event(date(2026, 9, 28), "摘牌", "重大隐患摘牌", number(DocumentKind.DELISTING_NOTICE)),
        ),
        plans=(photo("一层平面图", (235, 235, 235)),),
    )


def report() -> InspectionReport:
    return InspectionReport(
        number=number(DocumentKind.INSPECTION_REPORT),
        office=OFFICE,
        party=PARTY,
        issued_on=DAY,
        place="2号厂房、3号厂房",
        inspected_at=datetime(2026, 7, 14, 9, 5),
        inspectors=("李四", "王五"),
        findings=(
            ReportedFinding(
                EXIT, "识别到纸箱与出口区域重叠", ("清理堆放物", "划线并设置标志"), "李四"
            ),
            ReportedFinding(
                replace(CRANE, pictures=(photo("3号厂房"),)), "识别到未戴安全帽的头部", ("配发",)
            ),
        ),
        unseen=("应急照明能否正常点亮", "灭火器是否在有效期内"),
        model="wsai-detector-0.1.0",
        signatures=SIGNED,
    )


def everything() -> dict[DocumentKind, Document]:
    return {
        one.kind: one
        for one in (
            record(),
            order(),
            opinion(),
            notice(),
            delisting(),
            enterprise_file(),
            report(),
        )
    }
