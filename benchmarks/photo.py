"""Measures a photo's way from bytes to JSON: WSAI against ``ultralytics`` on the same network.

    python benchmarks/photo.py --data FOLDER_WITH_THE_SETS

Every way of running is a process of its own, bound to the same cores. They take turns on the same
pictures, round by round, so that what else the machine does falls on all of them alike. The
timed way is whole: decode the bytes, find, and write JSON; for WSAI with rules, catalogue and
findings, for ``ultralytics`` with its detections alone. ``ultralytics`` takes one picture after
the other, with all cores on each. WSAI is measured so too, and as ``wsai diagnose FOLDER`` works:
a picture for each core. How good the boxes are is measured
afterwards on the labelled validation parts, down to a score of 0.001, and counts no time.

Needs the training extra. ``benchmarks/photo.json`` is what it found.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

import click
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from wsai.batch import Work, answers  # noqa: E402
from wsai.catalogue.catalogue import load_catalogue  # noqa: E402
from wsai.diagnosis.diagnose import diagnose_image  # noqa: E402
from wsai.diagnosis.report import diagnosis_json  # noqa: E402
from wsai.perception.models import find_card, models_dir, verify  # noqa: E402
from wsai.perception.onnx_detector import open_detector  # noqa: E402
from wsai.vision.detections import Detections  # noqa: E402
from wsai.vision.images import decode  # noqa: E402
from wsai.vision.labels import Label  # noqa: E402

WAYS = {
    "wsai": "WSAI, the file that ships, one picture after the other",
    "wsai-many": "WSAI, the file that ships, a picture for each core, as wsai diagnose FOLDER does",
    "wsai-float32": "WSAI, float32",
    "ultralytics": "ultralytics predict, its default ONNX export (fixed square input), float32",
    "ultralytics-dynamic": "ultralytics predict, ONNX exported with dynamic=True, float32",
}
MEASURED, MANY, AGAINST = "wsai", "wsai-many", "ultralytics"
SIZES: dict[str, int | None] = {"as large as in the set": None, "1280 px": 1280, "4000 px": 4000}
SHOWN_SCORE, LOWEST_SCORE = 0.25, 0.001
NMS_IOU, MOST_OBJECTS = 0.7, 300
JPEG_QUALITY = 90
ULTRALYTICS_SETTINGS = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
}

Answer = Callable[[bytes, float], str]
"""From the bytes of a file and the lowest score to the text of a JSON answer."""


def wsai_answer(model_id: str, file: str | None, threads: int) -> Answer:
    """Return the way of ``wsai diagnose``."""
    detector = open_detector(model_id, threads=threads, file=file)
    catalogue, today = load_catalogue(), date.today()

    def answer(data: bytes, min_score: float) -> str:
        picture = decode(data, at_least_px=detector.card.input.size)
        found = diagnose_image(picture, detector=detector, catalogue=catalogue, min_score=min_score)
        told = diagnosis_json(found, catalogue=catalogue, lang="zh", on=today)
        return json.dumps(told, ensure_ascii=False)

    return answer


def many_answers(
    model_id: str, workers: int
) -> Callable[[list[Path], float], list[tuple[float, str]]]:
    """Return the way of ``wsai diagnose`` on many files: milliseconds and JSON of each."""
    detector = open_detector(model_id, threads=1)
    catalogue, today = load_catalogue(), date.today()

    def answer(paths: list[Path], min_score: float) -> list[tuple[float, str]]:
        work = Work(detector, catalogue, (), min_score, "zh", None, today)
        given = (answer.line for answer in answers(work, paths, workers=workers))
        return [(line["elapsed_ms"], json.dumps(line, ensure_ascii=False)) for line in given]

    return answer


def one_by_one(answer: Answer) -> Callable[[list[Path], float], list[tuple[float, str]]]:
    """Return a way that takes one file after the other: milliseconds and JSON of each."""

    def each(path: Path, min_score: float) -> tuple[float, str]:
        data = path.read_bytes()
        start = time.perf_counter()
        text = answer(data, min_score)
        return (time.perf_counter() - start) * 1000, text

    return lambda paths, min_score: [each(path, min_score) for path in paths]


def ultralytics_answer(network: Path, size_px: int) -> Answer:
    """Return the way of ``YOLO(onnx).predict``."""
    from training.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    from ultralytics import YOLO

    model = YOLO(str(network), task="detect")

    def answer(data: bytes, min_score: float) -> str:
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
        found = model.predict(
            pixels, imgsz=size_px, conf=min_score, iou=NMS_IOU, max_det=MOST_OBJECTS, verbose=False
        )
        rows = [
            {
                "label": row["name"],
                "score": row["confidence"],
                "box": [row["box"][side] for side in ("x1", "y1", "x2", "y2")],
            }
            for row in found[0].summary()
        ]
        return json.dumps({"detections": rows})

    return answer


def export_with_ultralytics(weights: Path, architecture: str, size_px: int, folder: Path) -> None:
    """Write both ONNX files as ``ultralytics`` itself exports them."""
    from training.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    import torch
    from ultralytics import YOLO

    from training.loop import new_network

    checkpoint = folder / "network.pt"
    network = new_network(architecture, start=weights)
    torch.save({"model": network, "train_args": {}}, checkpoint)
    for way, dynamic in (("ultralytics", False), ("ultralytics-dynamic", True)):
        exported = YOLO(str(checkpoint)).export(format="onnx", imgsz=size_px, dynamic=dynamic)
        os.replace(exported, folder / f"{way}.onnx")


def serve(way: str, model_id: str, networks: Path, cores: list[int]) -> None:
    """Answer requests on standard input, one JSON line each, until it ends.

    A request names files and the lowest score; the reply gives milliseconds, those of all files
    together and of each, and answers.
    """
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not mix with replies
    card = find_card(models_dir(), model_id)
    if way == MANY:
        answer = many_answers(model_id, len(cores))
    elif way.startswith("wsai"):
        file = "model.onnx" if way == "wsai-float32" else None
        answer = one_by_one(wsai_answer(model_id, file, len(cores)))
    else:
        answer = one_by_one(ultralytics_answer(networks / f"{way}.onnx", card.input.size))
    print(json.dumps({"ready": way}), file=replies, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        given = answer([Path(path) for path in request["paths"]], request["min_score"])
        reply: dict[str, Any] = {
            "all_ms": (time.perf_counter() - start) * 1000,
            "elapsed_ms": [elapsed for elapsed, _ in given],
        }
        if request["keep"]:
            reply["detections"] = [json.loads(text)["detections"] for _, text in given]
        print(json.dumps(reply), file=replies, flush=True)


class Way:
    """One way of running, in a process of its own on the given cores."""

    def __init__(self, name: str, model_id: str, networks: Path, cores: list[int]) -> None:
        command = [sys.executable, __file__, "worker", name, model_id, str(networks)]
        environment = dict(os.environ, OMP_NUM_THREADS=str(len(cores)), **ULTRALYTICS_SETTINGS)
        environment["YOLO_CONFIG_DIR"] = str(networks)
        self.name = name
        self._process = subprocess.Popen(
            [*command, ",".join(map(str, cores))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._reply()

    def _reply(self) -> dict[str, Any]:
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise click.ClickException(f"{self.name} ended; see its error above")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def ask(self, paths: list[Path], *, min_score: float, keep: bool = False) -> dict[str, Any]:
        """Return milliseconds and, to ``keep``, detections for each file."""
        request = {"paths": [str(path) for path in paths], "min_score": min_score, "keep": keep}
        asked = _pipe(self._process.stdin)
        asked.write(json.dumps(request) + "\n")
        asked.flush()
        return self._reply()

    def end(self) -> None:
        """Let the process end."""
        _pipe(self._process.stdin).close()
        self._process.wait()
        _pipe(self._process.stdout).close()


def _pipe(pipe: Any) -> TextIO:
    return pipe  # type: ignore[no-any-return]


def resized_copies(pictures: list[Path], longest_px: int | None, folder: Path) -> list[Path]:
    """Return JPEGs of the pictures as phones take them: 4:3, their longer side at this size."""
    folder.mkdir(parents=True)
    copies = []
    for number, path in enumerate(pictures):
        pixels = four_to_three(cv2.imread(str(path), cv2.IMREAD_COLOR))
        if longest_px:
            scale = longest_px / max(pixels.shape[:2])
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        copies.append(folder / f"{number:04}.jpg")
        cv2.imwrite(str(copies[-1]), pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return copies


def four_to_three(pixels: Any) -> Any:
    """Return the middle of a picture, cut to 4:3: the public sets are square, photos are not.

    >>> four_to_three(np.zeros((600, 600, 3))).shape, four_to_three(np.zeros((900, 600, 3))).shape
    ((450, 600, 3), (800, 600, 3))
    """
    height, width = pixels.shape[:2]
    upright = height > width
    longer, shorter = max(height, width), min(height, width)
    if longer * 3 > shorter * 4:
        longer = shorter * 4 // 3
    else:
        shorter = longer * 3 // 4
    cut_height, cut_width = (longer, shorter) if upright else (shorter, longer)
    top, left = (height - cut_height) // 2, (width - cut_width) // 2
    return pixels[top : top + cut_height, left : left + cut_width]


def speeds(replies: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return each way's pictures per second and 95th percentile, and how they compare.

    Args:
        replies: Way to one reply a round: milliseconds of all pictures together, and of each.

    Example:
        >>> ours = {"all_ms": 20.0, "elapsed_ms": [10.0, 10.0]}
        >>> theirs = {"all_ms": 80.0, "elapsed_ms": [30.0, 50.0]}
        >>> found = speeds({"wsai": [ours], "ultralytics": [theirs]})
        >>> found["ways"]["wsai"]["pictures_per_s"], found["times"]["wsai"]["ultralytics"]
        (100.0, 4.0)
    """
    ways = {}
    for name, rounds in replies.items():
        each = [reply["elapsed_ms"] for reply in rounds]
        rates = [1000 * len(reply["elapsed_ms"]) / reply["all_ms"] for reply in rounds]
        ways[name] = {
            "pictures_per_s": round(len(rates) / sum(1 / rate for rate in rates), 2),
            "median_ms": round(float(np.median(each)), 2),
            "p95_ms": round(float(np.percentile(each, 95)), 2),
            "rounds_pictures_per_s": [round(rate, 2) for rate in rates],
        }
    times = {
        ours: {
            theirs: round(ways[ours]["pictures_per_s"] / ways[theirs]["pictures_per_s"], 2)
            for theirs in (AGAINST, "ultralytics-dynamic")
            if theirs in ways
        }
        for ours in (MEASURED, MANY)
        if ours in ways
    }
    return {"ways": ways, "times": times}


def measure_speed(ways: list[Way], pictures: list[Path], rounds: int) -> dict[str, Any]:
    """Return what the ways reach on these pictures, taking turns."""
    replies: dict[str, list[dict[str, Any]]] = {way.name: [] for way in ways}
    for way in ways:
        way.ask(pictures[:3], min_score=SHOWN_SCORE)
    for number in range(rounds):
        # another goes first each time, so that nobody always follows the same neighbour
        turn = number % len(ways)
        for way in ways[turn:] + ways[:turn]:
            replies[way.name].append(way.ask(pictures, min_score=SHOWN_SCORE))
    return speeds(replies)


def measure_boxes(
    ways: list[Way], data: Path, sets: list[str], limit: int | None
) -> dict[str, Any]:
    """Return each way's mAP on the validation part of each set, and the mean over pictures."""
    from training.datasets import read_cards, read_split
    from training.evaluate import Looked, average_precision
    from training.release import validation_part

    cards = read_cards(ROOT / "datasets")
    found: dict[str, Any] = {way.name: {} for way in ways}
    for name in sets:
        samples = read_split(data, cards[name], validation_part(cards[name]) or "train")[:limit]
        shapes = [cv2.imread(str(sample.path)).shape for sample in samples]
        for way in ways:
            reply = way.ask([s.path for s in samples], min_score=LOWEST_SCORE, keep=True)
            looked: list[Looked] = [
                (sample, _detections(rows), shape[1], shape[0])
                for sample, rows, shape in zip(samples, reply["detections"], shapes, strict=True)
            ]
            result = average_precision(looked, cards[name])
            found[way.name][name] = {k: result[k] for k in ("pictures", "map50", "map50_95")}
            click.echo(f"{name}: {way.name} mAP50 {result['map50']:.4f}", err=True)
    for rows in found.values():
        counts = [row["pictures"] for row in rows.values()]
        means = {
            key: round(float(np.average([row[key] for row in rows.values()], weights=counts)), 4)
            for key in ("map50", "map50_95")
        }
        rows["mean_over_pictures"] = means
    return found


def _detections(rows: list[dict[str, Any]]) -> Detections:
    return Detections.of([(Label(row["label"]), row["score"], row["box"]) for row in rows])


def machine(cores: list[int]) -> dict[str, Any]:
    """Return what the figures were measured on; names no person and no folder."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    packages = ("onnxruntime", "opencv-python", "numpy", "pillow", "ultralytics", "torch")
    return {
        "processor": names[0] if names else platform.processor(),
        "cores_used": len(cores),
        "cores_there": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


@click.group(invoke_without_command=True)
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Folder of the sets.")
@click.option(
    "--sets", default="construction-safety-rf100,construction-ppe,forklift,fire-smoke-cctv"
)
@click.option("--model", "model_id", help="Which model; the active one by default.")
@click.option("--pictures", default=40, show_default=True, help="Timed pictures of each size.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--labelled", type=int, help="Labelled pictures a set; all by default.")
@click.option("--cores", default="0,1", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "benchmarks" / "photo.json")
@click.pass_context
def cli(
    context: click.Context,
    data: Path | None,
    sets: str,
    model_id: str | None,
    pictures: int,
    rounds: int,
    labelled: int | None,
    cores: str,
    out: Path,
) -> None:
    """Measure, print and write ``benchmarks/photo.json``."""
    if context.invoked_subcommand:
        return
    if data is None:
        raise click.UsageError("--data is missing: the folder that holds the labelled sets")
    used, names = [int(core) for core in cores.split(",")], sets.split(",")
    card, about = find_card(models_dir(), model_id), machine(used)
    model_folder = models_dir() / card.id
    verify(model_folder, card)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        click.echo("exporting with ultralytics", err=True)
        os.environ.update(ULTRALYTICS_SETTINGS, YOLO_CONFIG_DIR=place)
        weights = model_folder / "weights.safetensors"
        export_with_ultralytics(weights, card.architecture, card.input.size, folder)
        ways = [Way(name, card.id, folder, used) for name in WAYS]
        chosen = spread(timed_pictures(data, names), pictures)
        speed = {}
        for size, longest_px in SIZES.items():
            copies = resized_copies(chosen, longest_px, folder / str(longest_px))
            speed[size] = measure_speed(ways, copies, rounds)
            click.echo(f"{size}: {json.dumps(speed[size], indent=1)}", err=True)
        boxes = measure_boxes([w for w in ways if w.name != MANY], data, names, labelled)
        for way in ways:
            way.end()
    report = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": about,
        "model": {"id": card.id, "input_px": card.input.size, "ships": card.precision},
        "ways": WAYS,
        "timed_at_score": SHOWN_SCORE,
        "pictures": len(chosen),
        "rounds": rounds,
        "speed": speed,
        "boxes": boxes,
    }
    out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(json.dumps({size: row["times"] for size, row in speed.items()}))


def timed_pictures(data: Path, sets: list[str]) -> list[Path]:
    """Return the pictures of the validation parts, set after set."""
    from training.datasets import read_cards, read_split
    from training.release import validation_part

    cards = read_cards(ROOT / "datasets")
    samples = [s for n in sets for s in read_split(data, cards[n], validation_part(cards[n]) or "")]
    return [sample.path for sample in samples]


def spread(pictures: list[Path], count: int) -> list[Path]:
    """Return this many of the pictures, evenly from the first to the last.

    >>> [path.name for path in spread([Path(str(n)) for n in range(10)], 3)]
    ['0', '4', '9']
    """
    places = np.linspace(0, len(pictures) - 1, min(count, len(pictures))).astype(int)
    return [pictures[place] for place in places]


@cli.command(hidden=True)
@click.argument("way")
@click.argument("model_id")
@click.argument("networks", type=click.Path(path_type=Path))
@click.argument("cores")
def worker(way: str, model_id: str, networks: Path, cores: str) -> None:
    """Run one way, bound to the cores."""
    used = [int(core) for core in cores.split(",")]
    os.sched_setaffinity(0, used)
    cv2.setNumThreads(len(used))
    serve(way, model_id, networks, used)


if __name__ == "__main__":
    cli()
