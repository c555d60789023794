"""Makes the shipped templates: `python -m wsai.documents.make_templates`.

Whoever changes a shipped template changes it here; an office changes a copy with Word.
"""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from docx.document import Document

from wsai.documents.archive import settled
from wsai.documents.numbering import KIND_ZH, DocumentKind
from wsai.documents.template_parts import (
    CELL_PT,
    Cells,
    copies,
    grid,
    heading,
    listing,
    new,
    pictures,
    sealed,
    signed,
    tag,
    text,
    written,
)

MADE_ON = date(2026, 1, 1)
OVERLINE = "安全生产行政执法文书"
PARTY_ROWS: list[Cells] = [
    [("单位名称", 1), ("{{ 单位名称 }}", 5)],
    [("单位地址", 1), ("{{ 单位地址 }}", 5)],
    [
        ("法定代表人\n（负责人）", 1),
        ("{{ 负责人 }}", 1),
        ("职务", 1),
        ("{{ 职务 }}", 1),
        ("联系电话", 1),
        ("{{ 联系电话 }}", 1),
    ],
]
PARTY_MM = (26, 30, 16, 26, 22, 40)
HAZARD_COLUMNS = [
    ("序号", "{{ 隐患.序号 }}", 12.0),
    ("隐患区域", "{{ 隐患.隐患区域 }}", 22.0),
    ("隐患描述", "{{ 隐患.隐患描述 }}", 44.0),
    ("依据", "{{ 隐患.依据 }}", 62.0),
    ("级别", "{{ 隐患.级别 }}", 12.0),
]


def inspection_record() -> Document:
    """Return 现场检查记录."""
    document = new(OVERLINE, "现场检查记录")
    rows = [
        *PARTY_ROWS,
        [("检查场所", 1), ("{{ 检查场所 }}", 5)],
        [("检查时间", 1), ("{{ 检查开始 }} 至 {{ 检查结束 }}", 5)],
    ]
    grid(document, PARTY_MM, rows)
    text(
        document,
        "我们是{{ 机关 }}的执法人员{{ 检查人员 }}，证件号码为{{ 证件号码 }}，"
        "这是我们的证件（出示证件）。现依法对你单位进行现场检查，请予以配合。",
        before=8,
    )
    heading(document, "检查情况：")
    tag(document, "if 隐患列表")
    text(document, "经现场检查，发现以下问题（共{{ 隐患数量 }}项）：")
    tag(document, "endif")
    listing_if(document)
    tag(document, "if not 隐患列表")
    text(document, "经现场检查，本次检查范围内未发现事故隐患。")
    tag(document, "endif")
    tag(document, "if 备注")
    text(document, "其他情况：{{ 备注 }}", before=4)
    tag(document, "endif")
    tag(document, "if 拒签情况")
    text(document, "被检查单位拒绝签名，情况如下：{{ 拒签情况 }}", before=4)
    tag(document, "endif")
    signed(
        document,
        ("检查人员（签名）：", "检查人员签名"),
        ("被检查单位现场\n负责人（签名）：", "被检查单位签名"),
    )
    return document


def listing_if(document: Document) -> None:
    """Add the table of hazards, for documents in which there may be none."""
    tag(document, "if 隐患列表")
    listing(document, "隐患 in 隐患列表", HAZARD_COLUMNS, wide=("隐患描述", "依据", "隐患区域"))
    tag(document, "endif")


def rectification_order() -> Document:
    """Return 责令限期整改指令书."""
    document = new(OVERLINE, "责令限期整改指令书")
    text(document, "{{ 单位名称 }}：", indent=False)
    text(document, "经查（现场检查记录：{{ 检查记录文号 }}），你单位存在下列问题：")
    columns = [
        ("序号", "{{ 隐患.序号 }}", 12.0),
        ("存在问题", "{{ 隐患.隐患区域 }}：{{ 隐患.隐患描述 }}", 42.0),
        ("依据", "{{ 隐患.依据 }}", 60.0),
        ("整改要求", "{{ 隐患.整改要求 }}", 44.0),
    ]
    listing(document, "隐患 in 隐患列表", columns, wide=("存在问题", "依据", "整改要求"))
    tag(document, "for 期 in 整改期限表")
    text(
        document,
        "现责令你单位对上述第{{ 期.项 }}项问题于{{ 期.期限 }}前整改完毕，"
        "达到有关法律、法规、规章和标准规定的要求。",
        before=4,
    )
    tag(document, "endfor")
    text(
        document,
        "由此造成事故的，依法追究有关人员的责任。整改期间，你单位应当采取措施，确保安全生产。"
        "对安全生产违法行为，将依法予以行政处罚。",
    )
    text(
        document,
        "如果不服本指令，可以依法在60日内向{{ 复议机关 }}申请行政复议，或者在6个月内依法向"
        "{{ 法院 }}提起行政诉讼，但本指令不停止执行，法律另有规定的除外。",
    )
    signed(
        document,
        ("安全生产执法人员\n（签名）：", "检查人员签名"),
        ("被检查单位负责人\n（签名）：", "被检查单位签名"),
    )
    text(document, "执法证件号码：{{ 证件号码 }}", indent=False)
    sealed(document)
    copies(document, "本文书一式两份：一份由应急管理部门备案，一份交被检查单位。")
    return document


def reinspection_opinion() -> Document:
    """Return 整改复查意见书."""
    document = new(OVERLINE, "整改复查意见书")
    text(document, "{{ 单位名称 }}：", indent=False)
    text(
        document,
        "本机关于{{ 整改指令日期 }}作出了责令限期整改的决定（{{ 整改指令文号 }}），"
        "经对你单位整改情况进行复查，提出如下意见：",
    )
    columns = [
        ("序号", "{{ 隐患.序号 }}", 12.0),
        ("存在问题", "{{ 隐患.隐患区域 }}：{{ 隐患.隐患描述 }}", 38.0),
        ("依据", "{{ 隐患.依据 }}", 52.0),
        ("复查意见", "{{ 隐患.复查意见 }}", 38.0),
        ("复查结论", "{{ 隐患.复查结论 }}", 18.0),
    ]
    listing(document, "隐患 in 隐患列表", columns, wide=("存在问题", "依据", "复查意见"))
    text(document, "其中已整改{{ 已整改数 }}项，未整改{{ 未整改数 }}项。", before=4)
    tag(document, "if 后续措施")
    text(document, "对未整改的问题：{{ 后续措施 }}")
    tag(document, "endif")
    tag(document, "for 隐患 in 隐患列表")
    for name, words in (("隐患图片", "整改前"), ("整改后照片", "整改后")):
        pictures(document, f"隐患.{name}", f"第{{{{ 隐患.序号 }}}}项{words}：{{{{ 图.图注 }}}}")
    tag(document, "endfor")
    signed(
        document,
        ("安全生产执法人员\n（签名）：", "检查人员签名"),
        ("被复查单位负责人\n（签名）：", "被复查单位签名"),
    )
    text(document, "执法证件号码：{{ 证件号码 }}", indent=False)
    sealed(document)
    copies(document, "本文书一式两份：一份由应急管理部门备案，一份交被复查单位。")
    return document


PLAN_HEADING = "治理方案（{{ 治理形式 }}）："


def plan(document: Document) -> None:
    """Add the five items, in whichever form."""
    columns = [("项目", "{{ 项.项目 }}", 30.0), ("内容", "{{ 项.内容 }}", 130.0)]
    listing(document, "项 in 治理项目", columns, wide=("内容",))


MAJOR_ROWS: list[Cells] = [
    [("隐患编号", 1), ("{{ 隐患编号 }}", 1), ("隐患类别", 1), ("{{ 隐患类别 }}", 1)],
    [("单位地址", 1), ("{{ 单位地址 }}", 3)],
    [("隐患区域", 1), ("{{ 隐患区域 }}", 1), ("发现日期", 1), ("{{ 发现日期 }}", 1)],
    [("隐患来源", 1), ("{{ 隐患来源 }}", 1), ("级别", 1), ("{{ 级别 }}", 1)],
    [("基本情况", 1), ("{{ 隐患描述 }}", 3)],
    [("依据", 1), ("{{ 依据 }}", 3)],
    [("判定依据", 1), ("{{ 判定依据 }}", 3)],
    [("判定人", 1), ("{{ 判定人 }}", 1), ("判定时间", 1), ("{{ 判定时间 }}", 1)],
    [
        ("是否需\n政府协调", 1),
        ("{{ 是否需政府协调 }}", 1),
        ("是否市级以上\n重点工程", 1),
        ("{{ 是否市级以上重点工程 }}", 1),
    ],
    [("局部停产", 1), ("{{ 局部停产 }}", 1), ("全部停产", 1), ("{{ 全部停产 }}", 1)],
]


def major_hazard_notice() -> Document:
    """Return 重大事故隐患挂牌督办通知书."""
    document = new("{{ 机关 }}", "重大事故隐患挂牌督办通知书")
    text(document, "{{ 单位名称 }}：", indent=False)
    text(
        document,
        "经判定，你单位存在下列重大事故隐患，现决定实施{{ 挂牌级别 }}挂牌督办，"
        "由{{ 督办单位 }}负责督办。请于{{ 督办完成时间 }}前完成治理。",
    )
    grid(document, (26, 54, 30, 50), MAJOR_ROWS)
    heading(document, PLAN_HEADING)
    plan(document)
    heading(document, "督办要求：")
    text(
        document,
        "一、治理期间应当采取安全防范措施；无法保证安全的，应当从危险区域内撤出作业人员，"
        "并暂停使用相关设施、设备。",
    )
    text(document, "二、每季度向督办单位书面报告治理进展。")
    text(
        document,
        "三、不能按期完成的，应当在督办期限届满前书面申请延期；治理完成后，组织自评和专家评估，"
        "书面申请验收。未经验收同意，不得恢复生产经营。",
    )
    pictures(document, "隐患图片")
    sealed(document)
    return document


def delisting_notice() -> Document:
    """Return 重大事故隐患摘牌通知书."""
    document = new("{{ 机关 }}", "重大事故隐患摘牌通知书")
    text(document, "{{ 单位名称 }}：", indent=False)
    text(
        document,
        "你单位于{{ 挂牌日期 }}被{{ 挂牌级别 }}挂牌督办的重大事故隐患（{{ 督办通知文号 }}）"
        "已完成治理，经验收合格，予以核销，现决定摘牌。",
    )
    rows: list[Cells] = [
        [("隐患编号", 1), ("{{ 隐患编号 }}", 1), ("隐患区域", 1), ("{{ 隐患区域 }}", 1)],
        [("基本情况", 1), ("{{ 隐患描述 }}", 3)],
        [("依据", 1), ("{{ 依据 }}", 3)],
        [("整改情况", 1), ("{{ 整改情况 }}", 3)],
        [("自评日期", 1), ("{{ 自评日期 }}", 1), ("验收日期", 1), ("{{ 验收日期 }}", 1)],
        [("专家评估", 1), ("{{ 专家评估 }}", 3)],
        [("验收人", 1), ("{{ 验收人 }}", 1), ("销号时间", 1), ("{{ 销号时间 }}", 1)],
        [("公示链接", 1), ("{{ 公示链接 }}", 3)],
        [("回头看日期", 1), ("{{ 回头看日期 }}", 3)],
    ]
    grid(document, (26, 54, 30, 50), rows)
    heading(document, "治理情况（{{ 治理形式 }}）：")
    plan(document)
    text(document, "请你单位落实长效措施，防止隐患反复。", before=6)
    pictures(document, "整改后照片")
    sealed(document)
    return document


FIRM_ROWS: list[Cells] = [
    [("单位名称", 1), ("{{ 单位名称 }}", 3)],
    [("统一社会\n信用代码", 1), ("{{ 统一社会信用代码 }}", 1), ("网格", 1), ("{{ 网格 }}", 1)],
    [("单位地址", 1), ("{{ 单位地址 }}", 3)],
    [("安全负责人", 1), ("{{ 负责人 }}", 1), ("联系电话", 1), ("{{ 联系电话 }}", 1)],
    [("规模", 1), ("{{ 规模 }}", 1), ("职工人数", 1), ("{{ 职工人数 }}", 1)],
    [("标准化等级", 1), ("{{ 标准化等级 }}", 1), ("经纬度", 1), ("{{ 经纬度 }}", 1)],
    [("监管分类", 1), ("{{ 监管分类 }}", 3)],
    [("分级结果", 1), ("{{ 分级结果 }}", 3)],
]


def enterprise_file() -> Document:
    """Return 一企一档."""
    document = new("一企一档", "企业安全生产档案")
    heading(document, "一、基本情况")
    grid(document, (26, 56, 24, 54), FIRM_ROWS)
    heading(document, "二、风险点（LEC）")
    columns = [
        ("名称", "{{ 点.名称 }}", 34.0),
        ("风险值", "{{ 点.风险值 }}\n{{ 点.风险构成 }}", 28.0),
        ("风险等级", "{{ 点.风险等级 }}", 22.0),
        ("管控措施", "{{ 点.管控措施 }}", 58.0),
        ("责任人", "{{ 点.责任人 }}", 20.0),
    ]
    listing(document, "点 in 风险点", columns, wide=("名称", "管控措施"))
    heading(document, "三、隐患")
    columns = [
        ("编号与发现日期", "{{ 隐患.隐患编号 }}\n{{ 隐患.发现日期 }}", 32.0),
        ("隐患描述", "{{ 隐患.隐患描述 }}", 38.0),
        ("依据", "{{ 隐患.依据 }}", 58.0),
        ("级别", "{{ 隐患.级别 }}", 12.0),
        ("整改情况", "{{ 隐患.整改情况 }}", 22.0),
    ]
    listing(document, "隐患 in 隐患列表", columns, wide=("隐患描述", "依据", "整改情况"))
    heading(document, "四、大事记")
    columns = [
        ("日期", "{{ 事.日期 }}", 32.0),
        ("类别", "{{ 事.类别 }}", 22.0),
        ("内容", "{{ 事.内容 }}", 54.0),
        ("文号", "{{ 事.文号 }}", 52.0),
    ]
    listing(document, "事 in 大事记", columns, wide=("内容",))
    tag(document, "if 平面图")
    heading(document, "五、平面图")
    tag(document, "endif")
    pictures(document, "平面图")
    written(document.add_paragraph(), "{{ 机关 }}　{{ 制作日期 }}摘录", align="right", before=14)
    return document


def inspection_report() -> Document:
    """Return 安全检查报告."""
    document = new("{{ 机关 }}", "安全检查报告")
    rows: list[Cells] = [
        [("单位名称", 1), ("{{ 单位名称 }}", 3)],
        [("检查场所", 1), ("{{ 检查场所 }}", 3)],
        [("检查时间", 1), ("{{ 检查时间 }}", 1), ("检查人员", 1), ("{{ 检查人员 }}", 1)],
        [("识别模型", 1), ("{{ 模型 }}", 1), ("隐患数量", 1), (REPORT_COUNT, 1)],
    ]
    grid(document, (24, 56, 24, 56), rows)
    tag(document, "for 隐患 in 隐患列表")
    heading(document, "{{ 隐患.序号 }}. {{ 隐患.隐患描述 }}")
    pictures(document, "隐患.隐患图片")
    rows = [
        [("级别", 1), ("{{ 隐患.级别 }}", 1), ("确认", 1), ("{{ 隐患.确认 }}", 1)],
        [("隐患区域", 1), ("{{ 隐患.隐患区域 }}", 1), ("建议期限", 1), ("{{ 隐患.整改期限 }}", 1)],
        [("原因", 1), ("{{ 隐患.原因 }}", 3)],
        [("依据", 1), ("{{ 隐患.依据 }}", 3)],
        [("整改导则", 1), (GUIDANCE, 3)],
    ]
    grid(document, (24, 56, 24, 56), rows)
    tag(document, "endfor")
    tag(document, "if 需人工检查")
    heading(document, "照片看不出、须人工检查的项目")
    text(document, "{{ 需人工检查 }}")
    tag(document, "endif")
    text(
        document,
        "说明：标注“待确认”的项目由系统识别，未经人员确认，不作为认定隐患或者处罚的依据；"
        "重大事故隐患须由有资格的人员判定。标注〔未核〕的条款尚未与公布文本核对。",
        size=CELL_PT,
        before=8,
    )
    signed(document, ("检查人员（签名）：", "检查人员签名"))
    return document


REPORT_COUNT = "{{ 隐患数量 }}项（已确认{{ 已确认数 }}，待确认{{ 待确认数 }}）"
GUIDANCE = "{{ 隐患.整改导则 }}"

MAKERS = {
    DocumentKind.INSPECTION_RECORD: inspection_record,
    DocumentKind.RECTIFICATION_ORDER: rectification_order,
    DocumentKind.REINSPECTION_OPINION: reinspection_opinion,
    DocumentKind.MAJOR_HAZARD_NOTICE: major_hazard_notice,
    DocumentKind.DELISTING_NOTICE: delisting_notice,
    DocumentKind.ENTERPRISE_FILE: enterprise_file,
    DocumentKind.INSPECTION_REPORT: inspection_report,
}


def made(kind: DocumentKind) -> bytes:
    """Return one template; every time the same bytes."""
    document = MAKERS[kind]()
    about = document.core_properties
    about.title, about.author, about.comments = KIND_ZH[kind], "WSAI", ""
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue(), MADE_ON)


def make(folder: Path) -> None:
    """Write all templates into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in DocumentKind:
        (folder / f"{kind.value}.docx").write_bytes(made(kind))


if __name__ == "__main__":
    make(Path(__file__).parent / "templates")
