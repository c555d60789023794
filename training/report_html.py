"""The page of a report: one file that opens anywhere, Chinese first, English beside it."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from training.report import NOTHING, Worst
from wsai.catalogue.catalogue import Catalogue
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

CROP_PX = 260
CROP_MARGIN = 0.6
JPEG_QUALITY = 82
TRUTH_COLOUR, FOUND_COLOUR = (90, 170, 20), (30, 60, 230)  # BGR
PLOT_W, PLOT_H, PLOT_PAD = 190, 150, 26
STYLE = """
:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dde3ea;--back:#f5f7f9;--card:#fff;--blue:#1763c6;
--red:#c8372d;--green:#1f8a4c}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);
font:15px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:1480px;margin:0 auto;padding:28px 20px 60px}h1{font-size:26px;margin:0 0 4px}
h2{font-size:19px;margin:38px 0 10px}h2 small,h1 small,.en{color:var(--soft);font-weight:400}
p{margin:6px 0 12px;max-width:78ch}.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 18px}
.tile b{display:block;font-size:26px;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{font-weight:600;color:var(--soft);font-size:13px}
tr:last-child td{border-bottom:0}.grid{display:grid;gap:14px;
grid-template-columns:repeat(auto-fill,minmax(210px,1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:10px;overflow:hidden}figcaption{font-size:13px;color:var(--soft);overflow-wrap:anywhere}
figure img{width:100%;height:200px;object-fit:contain;background:#e9edf1;border-radius:6px}
svg{width:100%;height:auto;display:block}svg text{font:10px system-ui,sans-serif;fill:#5d6b7c}
.bad{color:var(--red)}.good{color:var(--green)}.none{color:#9aa6b2}
"""


def name_of(label: str) -> str:
    """Return a label in Chinese with its English word."""
    return f"{html.escape(Label(label).zh)} <span class=en>{html.escape(label)}</span>"


def number(value: float | None, digits: int = 3) -> str:
    """Return a figure, or a dash where there is none."""
    return "<span class=none>–</span>" if value is None else f"{value:.{digits}f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column is text."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return (
        f"<div class=scroll><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def plot(lines: Sequence[tuple[str, Sequence[Sequence[float]]]], *, diagonal: bool = False) -> str:
    """Return a small square plot of lines with both axes from 0 to 1, as SVG.

    Args:
        lines: Colour and points ``(x, y)``; further values of a point are left out.
        diagonal: Draw where x equals y.
    """
    width, height = PLOT_W - PLOT_PAD, PLOT_H - PLOT_PAD

    def at(x: float, y: float) -> str:
        return f"{PLOT_PAD + x * width:.1f},{8 + (1 - y) * (height - 8):.1f}"

    parts = [f'<svg viewBox="0 0 {PLOT_W + 6} {PLOT_H}" role="img">']
    for tick in (0, 0.5, 1):
        x, y = at(tick, 0).split(",")[0], at(0, tick).split(",")[1]
        parts.append(
            f'<path d="M{at(0, tick)}L{at(1, tick)}M{at(tick, 0)}L{at(tick, 1)}" '
            'stroke="#e3e8ee" fill="none"/>'
            f'<text x="{x}" y="{PLOT_H - 8}" text-anchor="middle">{tick:g}</text>'
            f'<text x="{PLOT_PAD - 5}" y="{float(y) + 3:.1f}" text-anchor="end">{tick:g}</text>'
        )
    if diagonal:
        parts.append(f'<path d="M{at(0, 0)}L{at(1, 1)}" stroke="#9aa6b2" stroke-dasharray="3 3"/>')
    for colour, points in lines:
        if points:
            path = "L".join(at(point[0], point[1]) for point in points)
            parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>')
            parts += [
                f'<circle cx="{at(p[0], p[1]).split(",")[0]}" cy="{at(p[0], p[1]).split(",")[1]}" '
                f'r="2.4" fill="{colour}"/>'
                for p in points
                if diagonal
            ]
    return "".join(parts) + "</svg>"


def crop(worst: Worst) -> str:
    """Return the place of a mistake as an image element, truth green and detections red.

    The picture is read again from its set; where it is gone the frame stays empty.
    """
    pixels = cv2.imread(str(worst.seen.path)) if worst.seen.path else None
    if pixels is None:
        return ""
    left, top, right, bottom = worst.box
    margin = CROP_MARGIN * max(right - left, bottom - top) + 12
    low = np.maximum([left - margin, top - margin], 0).astype(int)
    high = np.minimum([right + margin, bottom + margin], [worst.seen.width, worst.seen.height])
    part = np.ascontiguousarray(pixels[low[1] : int(high[1]), low[0] : int(high[0])])
    scale = CROP_PX / max(part.shape[:2])
    part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for found, colour, least in (
        (worst.seen.truth, TRUTH_COLOUR, 0.0),
        (worst.seen.found, FOUND_COLOUR, 0.15),
    ):
        _draw(part, found.only(worst.label), colour, low, scale, least)
    done, data = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    source = base64.b64encode(data.tobytes()).decode() if done else ""
    return f'<img alt="" src="data:image/jpeg;base64,{source}">'


def _draw(
    part: Any, found: Detections, colour: tuple[int, int, int], low: Any, scale: float, least: float
) -> None:
    for box, score in zip(found.boxes, found.scores.tolist(), strict=True):
        if score >= least:
            x1, y1, x2, y2 = ((box - np.tile(low, 2)) * scale).round().astype(int).tolist()
            cv2.rectangle(part, (x1, y1), (x2, y2), colour, 2)


def worst_grid(rows: Sequence[Worst], *, missed: bool) -> str:
    """Return the pictures of the worst mistakes."""
    if not rows:
        return "<p>没有。 <span class=en>None.</span></p>"
    figures = []
    for worst in rows:
        score = (
            f"最高得分 best score {worst.score:.2f}" if missed else f"得分 score {worst.score:.2f}"
        )
        where = html.escape(f"{worst.seen.dataset}/{worst.seen.picture}")
        label = name_of(worst.label.value)
        figures.append(
            f"<figure>{crop(worst)}<figcaption>{label} · {score}<br>{where}</figcaption></figure>"
        )
    return f"<div class=grid>{''.join(figures)}</div>"


def _said(zh: str, en: str) -> str:
    return f"<p>{zh} <span class=en>{en}</span></p>"


def _title(zh: str, en: str) -> str:
    return f"<h2>{zh} <small>{en}</small></h2>"


def page(
    found: dict[str, Any],
    misses: Sequence[Worst],
    alarms: Sequence[Worst],
    catalogue: Catalogue,
) -> str:
    """Return the whole page.

    Args:
        found: What `training.report.report` returned, with ``file``, ``precision`` and ``made``.
        misses: The worst misses.
        alarms: The worst false alarms.
        catalogue: For the names of hazards.
    """
    body = "".join(
        [
            *_head(found),
            *_sets(found),
            *_labels(found),
            *_hazards(found, catalogue),
            _title("混淆", "What is taken for what"),
            _said(
                "行是标注，列是模型所见（达到阈值），「nothing」是无。",
                "Rows are what is there, columns what the model says from its thresholds on.",
            ),
            confusion_table(found["confusion"]),
            _title("最明显的漏检", "The worst misses"),
            _said("绿框是标注，红框是模型。", "Green: labelled. Red: found."),
            worst_grid(misses, missed=True),
            _title("最明显的误报", "The worst false alarms"),
            worst_grid(alarms, missed=False),
        ]
    )
    title = html.escape(f"{found['model']} · WSAI")
    return (
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style><main>{body}</main></html>\n"
    )


def _head(found: dict[str, Any]) -> Iterator[str]:
    yield f"<h1>{html.escape(found['model'])} <small>模型评估 evaluation</small></h1>"
    yield (
        f"<p class=en>{html.escape(found['file'])} ({html.escape(found['precision'])}), "
        f"{html.escape(found['made'])}, COCO counting</p>"
    )
    tiles = (
        (number(found["map50"]), "mAP50"),
        (number(found["map50_95"]), "mAP50-95"),
        (str(found["pictures"]), "张照片 pictures"),
        (str(sum(row["truths"] for row in found["labels"].values())), "个标注 labelled objects"),
    )
    yield "<div class=tiles>"
    yield from (f"<div class=tile><b>{value}</b>{name}</div>" for value, name in tiles)
    yield "</div>"


def _sets(found: dict[str, Any]) -> Iterator[str]:
    yield _title("按数据集", "By set")
    yield table(
        [
            "数据集 set", "照片 pictures", "mAP50", "mAP50-95",
            "小 small", "中 medium", "大 large",
        ],
        (
            [
                html.escape(name),
                str(row["pictures"]),
                number(row["map50"]),
                number(row["map50_95"]),
                *(number(row["sizes"][size]) for size in ("small", "medium", "large")),
            ]
            for name, row in found["sets"].items()
        ),
    )  # fmt: skip
    yield _said(
        "大小按 COCO：标注框面积以 32² 与 96² 像素为界；此处为 AP50。",
        "Sizes as COCO has them: areas of 32² and 96² pixels part them; AP50.",
    )
    yield _title("按标签和数据集", "By label and set: AP50")
    names = list(found["sets"])
    yield table(
        ["标签 label", *(html.escape(name) for name in names)],
        (
            [name_of(label), *(_cell(found["sets"][name]["labels"].get(label)) for name in names)]
            for label in found["labels"]
        ),
    )


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return number(None)
    return f"{number(row['ap50'])} <span class=en>({row['truths']})</span>"


def _labels(found: dict[str, Any]) -> Iterator[str]:
    yield _title("阈值与校准", "Thresholds and calibration")
    yield _said(
        "阈值处的精确率与召回率，及模型卡上的承诺；ECE 为交叉拟合校准前后。",
        "Precision and recall at the threshold, here and as the card promises; ECE before and "
        "after calibration, cross-fitted.",
    )
    yield table(
        [
            "标签 label", "标注 truths", "AP50", "阈值 threshold", "精确率 precision",
            "承诺 promised", "召回率 recall", "承诺 promised", "ECE 前 before", "ECE 后 after",
        ],
        (
            [
                name_of(label),
                str(row["truths"]),
                number(row["ap50"]),
                number(row["threshold"], 2),
                number(row["precision"], 2),
                number(row["promised_precision"], 2),
                number(row["recall"], 2),
                number(row["promised_recall"], 2),
                number(row["calibration"]["ece_before"]),
                number(row["calibration"]["ece_after"]),
            ]
            for label, row in found["labels"].items()
        ),
    )  # fmt: skip
    yield _title("精确率-召回率曲线", "Precision over recall")
    yield "<div class=grid>"
    for label, row in found["labels"].items():
        drawn = plot([("#1763c6", row["curve"])])
        yield (
            f"<figure>{drawn}<figcaption>{name_of(label)} · AP50 {number(row['ap50'])}"
            "</figcaption></figure>"
        )
    yield "</div>"
    yield _title("可靠性", "Reliability")
    yield _said(
        "横轴：模型的把握；纵轴：实际正确的比例。灰：校准前；蓝：校准后。越靠近对角线越好。",
        "Confidence against how often it is right: grey before, blue after calibration.",
    )
    yield "<div class=grid>"
    for label, row in found["labels"].items():
        figures = row["calibration"]
        drawn = plot(
            [
                ("#9aa6b2", figures["reliability_before"]),
                ("#1763c6", figures["reliability_after"]),
            ],
            diagonal=True,
        )
        yield (
            f"<figure>{drawn}<figcaption>{name_of(label)} · {figures['detections']} 个检出 "
            "detections</figcaption></figure>"
        )
    yield "</div>"


def _hazards(found: dict[str, Any], catalogue: Catalogue) -> Iterator[str]:
    yield _title("隐患层面", "Hazards: does the photo get the right findings?")
    yield _said(
        "同一套规则，分别作用于标注与模型检出；只计标注足以判定的隐患。"
        "“直接判定”指判为隐患，而不是请人确认。",
        "The same rules on the labels and on the detections; only hazards that the set's labels "
        "can decide. Stated: called a hazard, not asked about.",
    )
    yield table(
        [
            "隐患 hazard", "照片 pictures", "正确 right", "多报 extra", "漏报 missed",
            "精确率 precision", "召回率 recall", "直接判定 stated", "其精确率 its precision",
        ],
        (
            [
                f"{html.escape(catalogue.hazard(code).name_zh)} <span class=en>{code}</span>",
                *(str(row[key]) for key in ("pictures", "right", "extra", "missed")),
                number(row["precision"], 2),
                number(row["recall"], 2),
                str(row["stated"]),
                number(row["stated_precision"], 2),
            ]
            for code, row in found["hazards"].items()
        ),
    )  # fmt: skip


def confusion_table(counts: dict[str, dict[str, int]]) -> str:
    """Return the confusions as a table whose cells are the darker the more of a row they hold."""
    order = [label.value for label in Label] + [NOTHING]
    columns = [name for name in order if any(name in row for row in counts.values())]
    body = []
    for name in order:
        row = counts.get(name)
        if row is None:
            continue
        total = sum(row.values())
        cells = [name_of(name) if name != NOTHING else NOTHING]
        for column in columns:
            count = row.get(column, 0)
            hue = "31,138,76" if column == name else "200,55,45"
            share = 0.75 * count / total
            shown = str(count) if count else ""
            cells.append(
                f'<span style="display:block;margin:-6px -12px;padding:6px 12px;'
                f'background:rgba({hue},{share:.2f})">{shown}&nbsp;</span>'
            )
        body.append(cells)
    return table(["", *columns], body)
