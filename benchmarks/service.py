"""Measures what the service adds to the bare pipeline: time of a request, start, memory.

    python benchmarks/service.py

A real ``wsai serve`` runs in a process of its own. For every picture the bare pipeline (decode,
diagnose, JSON, in this process) and ``POST /v1/photos`` of the same picture take turns, bound to
the same cores; what the request costs above the bare pipeline is its overhead: transfer, parsing,
login, hashing, the files made durable, the rows committed. Every request sends a photo that is
new to the service (a JPEG comment makes its bytes its own), so nothing is answered from memory.

The pictures are the shipped demo pictures at 1280 × 720; what it found is in
``benchmarks/service.json``.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from serving.demo.service import pictures_folder  # noqa: E402
from wsai.catalogue.catalogue import load_catalogue  # noqa: E402
from wsai.diagnosis.diagnose import diagnose_image  # noqa: E402
from wsai.diagnosis.report import diagnosis_json  # noqa: E402
from wsai.perception.models import find_card, models_dir  # noqa: E402
from wsai.perception.onnx_detector import open_detector  # noqa: E402
from wsai.vision.images import decode  # noqa: E402

RESULT = ROOT / "benchmarks" / "service.json"
WIDTH, HEIGHT = 1280, 720
JPEG_QUALITY = 90
WAIT_S = 60.0
SHOWN_SCORE = 0.25
WARM_UPS = 5


class Service:
    """``wsai serve`` on a free port, with a database and files of its own.

    Attributes:
        start_s: From the start of the process to the first ready answer, seconds.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = dict(os.environ, WSAI_DATA_DIR=str(folder), PYTHONUNBUFFERED="1")
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "serving.cli", "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("WSAI:"):
            raise click.ClickException("wsai serve did not start; try it by hand")
        self.port = int(line.rsplit(":", 1)[1])
        self._wait_until_ready()
        self.start_s = time.perf_counter() - began

    def _wait_until_ready(self) -> None:
        until = time.perf_counter() + WAIT_S
        while time.perf_counter() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.005)
        raise click.ClickException("wsai serve did not get ready; try it by hand")

    def key(self) -> str:
        """Return a new key of an inspector."""
        made = subprocess.run(
            [sys.executable, "-m", "serving.cli", "keys", "create", "bench", "--role", "inspector"],
            capture_output=True,
            check=True,
            env=self._environment,
            cwd=ROOT,
            text=True,
        )
        return made.stdout.splitlines()[-1]

    def memory_mb(self) -> dict[str, float]:
        """Return resident memory now and at its peak, in millions of bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        rows = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {
            name: round(int(rows[key].split()[0]) * 1024 / 1e6, 1)
            for name, key in (("now", "VmRSS"), ("peak", "VmHWM"))
        }

    def end(self) -> None:
        """Let it end as an operator would."""
        self._process.terminate()
        self._process.wait(WAIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """Return the same picture with other bytes: a comment after the first marker.

    >>> with_comment(bytes.fromhex("ffd8ffd9"), b"a").hex()
    'ffd8fffe000361ffd9'
    """
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return jpeg[:2] + segment + jpeg[2:]


def pictures_720p() -> list[bytes]:
    """Return the demo pictures, cut to 16:9 and scaled to 1280 × 720, as JPEG."""
    jpegs = []
    for path in sorted(pictures_folder().glob("*.jpg")):
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        keep = pixels.shape[1] * HEIGHT // WIDTH
        top = max(0, (pixels.shape[0] - keep) // 2)
        scaled = cv2.resize(pixels[top : top + keep], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        done, data = cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        assert done
        jpegs.append(data.tobytes())
    return jpegs


def form(jpeg: bytes) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an upload."""
    mark = uuid4().hex
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = head.encode() + jpeg + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}


def measure(service: Service, jpegs: list[bytes], rounds: int, threads: int) -> dict[str, Any]:
    """Return milliseconds of the bare pipeline, of the request and of what lies between."""
    detector, catalogue, today = open_detector(threads=threads), load_catalogue(), date.today()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=WAIT_S)
    authorization = {"Authorization": f"Bearer {service.key()}"}

    def bare(data: bytes) -> float:
        began = time.perf_counter()
        picture = decode(data, at_least_px=detector.input_px)
        found = diagnose_image(
            picture, detector=detector, catalogue=catalogue, min_score=SHOWN_SCORE
        )
        json.dumps(diagnosis_json(found, catalogue=catalogue, lang="zh", on=today))
        return (time.perf_counter() - began) * 1000

    def request(data: bytes) -> float:
        body, headers = form(data)
        began = time.perf_counter()
        connection.request("POST", "/v1/photos", body, headers | authorization)
        answer = connection.getresponse()
        text = answer.read()
        elapsed = (time.perf_counter() - began) * 1000
        if answer.status != 201:
            raise click.ClickException(f"POST /v1/photos answered {answer.status}: {text!r}")
        return elapsed

    rows: list[tuple[float, float]] = []
    for number in range(-WARM_UPS, rounds * len(jpegs)):
        data = with_comment(jpegs[number % len(jpegs)], uuid4().hex.encode())
        # who goes first changes, so that neither always finds the other's caches
        if number % 2:
            pair = (bare(data), request(data))
        else:
            later = request(data)
            pair = (bare(data), later)
        if number >= 0:
            rows.append(pair)
    connection.close()
    table = np.asarray(rows)
    return {
        "requests": len(rows),
        "bare_ms": _summary(table[:, 0]),
        "request_ms": _summary(table[:, 1]),
        "overhead_ms": _summary(table[:, 1] - table[:, 0]),
    }


def _summary(values: np.ndarray[Any, Any]) -> dict[str, float]:
    return {
        "median": round(float(np.median(values)), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
    }


@click.command()
@click.option("--rounds", default=20, show_default=True, help="Requests for each picture.")
@click.option("--starts", default=5, show_default=True, help="Starts of the service.")
@click.option("--cores", default="0,1", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(rounds: int, starts: int, cores: str, out: Path) -> None:
    """Measure, print and write ``benchmarks/service.json``."""
    used = [int(core) for core in cores.split(",")]
    os.sched_setaffinity(0, used)
    load = round(os.getloadavg()[0], 2)
    start_s: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        for _ in range(starts):
            service = Service(Path(place))
            start_s.append(round(service.start_s, 2))
            service.end()
        service = Service(Path(place))
        memory = {"started": service.memory_mb()}
        requests = measure(service, pictures_720p(), rounds, len(used))
        memory["after_the_requests"] = service.memory_mb()
        service.end()
    report = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores_used": len(used),
            "cores_there": os.cpu_count(),
            "load_before": load,
            "system": platform.system(),
            "python": platform.python_version(),
            "packages": {
                n: version(n) for n in ("fastapi", "uvicorn", "onnxruntime", "sqlalchemy")
            },
        },
        "model": find_card(models_dir(), None).id,
        "picture": f"{WIDTH}x{HEIGHT}",
        "start_s": {"first_with_empty_database": start_s[0], "later": start_s[1:]},
        "memory_mb": memory,
        **requests,
    }
    out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
