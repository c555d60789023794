"""Measures the ledger at scale: lists, one record, statistics of a year, grading of everybody.

    python benchmarks/ledger.py

A simulated park of 3,000 enterprises and two years (``wsai demo seed``) is written into SQLite and,
where a PostgreSQL server is installed, into a private one, where its records, findings and acts are
then copied inside the database until there are a million. A real ``wsai serve`` answers every list
and record; grading runs as ``wsai grading run``. Lists take turns, so that none of them always
finds the others' caches. What it found is in ``benchmarks/ledger.json``.
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
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
import numpy as np
from sqlalchemy import create_engine, func, inspect, select, text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run by path: benchmarks are no package

from tests.postgres import NoPostgres, postgres_server  # noqa: E402
from wsai.storage.tables import HazardRow  # noqa: E402

RESULT = ROOT / "benchmarks" / "ledger.json"
TODAY, YEAR, MONTH = "2026-11-24", 2026, "2026-11-01"
ENTERPRISES, YEARS = 3000, 2
WAIT_S = 120.0
STEP = 10_000_000
COPIED: dict[str, dict[str, str]] = {
    "findings": {"position": "position + {n} * 1000", "hazard_id": "NULL"},
    "hazards": {
        "serial": f"serial + {{n}} * {STEP}",
        "number": "'YH-' || year || '-' || (serial + {n} * " + str(STEP) + ")",
        "finding_id": "md5(finding_id::text || '{n}')::uuid",
        "confirmed_at": "confirmed_at + interval '{n} seconds'",
    },
    "hazard_steps": {
        "hazard_id": "md5(hazard_id::text || '{n}')::uuid",
        "idempotency_key": "NULL",
    },
}
"""What a copied row has that its original has not; ids follow from the original's."""


class Park:
    """A database with a simulated park, and the command line that works on it."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.environment = dict(os.environ, WSAI_DATA_DIR=str(folder), PYTHONUNBUFFERED="1")
        if url:
            self.environment["WSAI_DATABASE_URL"] = url
        self.url = url or f"sqlite:///{folder / 'wsai.sqlite3'}"

    def wsai(self, *arguments: str) -> tuple[str, float]:
        """Run a command; return what it said and how many seconds it took."""
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "serving.cli", *arguments],
            capture_output=True, env=self.environment, cwd=ROOT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise click.ClickException(f"wsai {' '.join(arguments)}: {done.stderr[-600:]}")
        return done.stdout.strip(), time.perf_counter() - began

    def seed(self, hazards: int) -> float:
        """Write the park; return the seconds."""
        self.wsai("db", "upgrade")
        return self.wsai(
            "demo", "seed", "--enterprises", str(ENTERPRISES), "--years", str(YEARS), "--hazards",
            str(hazards), "--today", TODAY, "--no-pictures",
        )[1]  # fmt: skip

    def multiply(self, times: int) -> None:
        """Copy records, findings and acts inside PostgreSQL until there are so many times more."""
        engine = create_engine(self.url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            tables = inspect(connection)
            connection.execute(text("SET session_replication_role = replica"))
            originals = connection.scalar(text("SELECT count(*) FROM hazards"))
            for table in COPIED:
                connection.execute(text(f"CREATE TABLE first_{table} AS TABLE {table}"))
            for number in range(1, times):
                for table, changes in COPIED.items():
                    names = [column["name"] for column in tables.get_columns(table)]
                    values = [
                        "md5(id::text || '{n}')::uuid" if name == "id" else changes.get(name, name)
                        for name in names
                    ]
                    connection.execute(
                        text(
                            f"INSERT INTO {table} ({', '.join(names)}) SELECT "
                            + ", ".join(values).replace("{n}", str(number))
                            + f" FROM first_{table}"
                        )
                    )
                click.echo(f"{originals * (number + 1)} records", err=True)
            for table in COPIED:
                connection.execute(text(f"DROP TABLE first_{table}"))
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()

    def ids(self) -> dict[str, str]:
        """Return a grid, an enterprise and a record that are asked for, the busiest ones."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = {}
            for name in ("grid_id", "enterprise_id"):
                column = getattr(HazardRow, name)
                found[name] = connection.scalars(
                    select(column).group_by(column).order_by(func.count().desc()).limit(1)
                ).one()
            found["hazard"] = connection.scalars(
                select(HazardRow.id).where(HazardRow.status == "closed").limit(1)
            ).one()
            found["records"] = connection.scalar(select(func.count()).select_from(HazardRow))
        engine.dispose()
        return {name: str(value) for name, value in found.items()}


class Service:
    """A running ``wsai serve`` and a key that sees the whole park."""

    def __init__(self, park: Park) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "serving.cli", "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=park.environment, cwd=ROOT,
            text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("WSAI:"):
            raise click.ClickException("wsai serve did not start; try it by hand")
        said, _ = park.wsai("keys", "create", "bench", "--role", "department")
        self._headers = {"Authorization": f"Bearer {said.splitlines()[-1]}"}
        self._port = int(line.rsplit(":", 1)[1])
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=WAIT_S)
        until = time.perf_counter() + WAIT_S
        while time.perf_counter() < until:
            try:
                if self._get("/readyz")[0] == 200:
                    return
            except OSError:
                self._connection.close()
            time.sleep(0.05)
        raise click.ClickException("wsai serve did not get ready; try it by hand")

    def _get(self, path: str) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def ms(self, path: str) -> tuple[float, Any]:
        """Return how long a question takes, and the answer."""
        began = time.perf_counter()
        status, body = self._get(path)
        elapsed = (time.perf_counter() - began) * 1000
        if status != 200:
            raise click.ClickException(f"{path} answered {status}: {body[:300]!r}")
        return elapsed, json.loads(body)

    def end(self) -> None:
        """Let it end as an operator would."""
        self._connection.close()
        self._process.terminate()
        self._process.wait(WAIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


def questions(ids: dict[str, str]) -> dict[str, str]:
    """Return what is asked, by name; each list has three filters or is the hardest of its kind."""
    lists: dict[str, dict[str, str]] = {
        "newest": {},
        "grid, status, period": {
            "grid_id": ids["grid_id"], "status": "closed", "found_from": f"{YEAR}-03-01",
            "found_to": f"{YEAR}-06-30",
        },
        "open, severity, source": {
            "open": "true", "severity": "major", "source": "supervision",
        },
        "overdue, grid, kind, by deadline": {
            "overdue": "true", "grid_id": ids["grid_id"], "kind": "general", "sort": "deadline",
        },
        "code, severity, period": {
            "code": "exit-blocked", "severity": "serious", "found_from": f"{YEAR - 1}-01-01",
        },
        "enterprise, open, code": {
            "enterprise_id": ids["enterprise_id"], "open": "false", "code": "exit-blocked",
        },
        "number begins, kind, status": {
            "number": f"YH-{YEAR}-0001", "kind": "general", "status": "closed",
        },
        "major, listed level, oldest": {
            "kind": "major", "level": "区县级（园区）", "open": "true", "sort": "oldest",
        },
        "three that nothing has": {
            "status": "transferred", "severity": "major", "source": "camera",
        },
    }  # fmt: skip
    asked = {f"list: {name}": f"/v1/hazards?{urlencode(query)}" for name, query in lists.items()}
    record = f"/v1/hazards/{ids['hazard']}"
    return asked | {"record": record, "history": f"{record}/history"}


def measured(service: Service, asked: dict[str, str], rounds: int) -> dict[str, Any]:
    """Return milliseconds of each question, asked in turns, and how many rows it answers with."""
    times: dict[str, list[float]] = {name: [] for name in asked}
    rows: dict[str, int | None] = {}
    for turn in range(-2, rounds):
        for name, path in asked.items():
            elapsed, answer = service.ms(path)
            if turn >= 0:
                times[name].append(elapsed)
            listed = answer.get("items") if isinstance(answer, dict) else answer
            rows[name] = len(listed) if isinstance(listed, list) else None
    return {name: _summary(values) | {"rows": rows[name]} for name, values in times.items()}


def _summary(values: list[float]) -> dict[str, Any]:
    return {
        "median_ms": round(float(np.median(values)), 1),
        "p95_ms": round(float(np.percentile(values, 95)), 1),
    }


def second_page(service: Service) -> dict[str, Any]:
    """Return the time of a page far into the list, reached by its cursor."""
    cursor, times = None, []
    for _ in range(25):
        more = {"cursor": cursor} if cursor else {}
        elapsed, answer = service.ms(f"/v1/hazards?{urlencode({'limit': '200', **more})}")
        times.append(elapsed)
        cursor = answer["next"]
    return _summary(times[1:]) | {"rows": 200}


def of_database(park: Park, rounds: int) -> dict[str, Any]:
    """Return everything that is measured on one database."""
    ids = park.ids()
    service = Service(park)
    try:
        found = measured(service, questions(ids), rounds)
        found["pages of 200, one after another"] = second_page(service)
        statistics = {
            f"statistics of a year, by {by}": f"/v1/statistics?year={YEAR}&by={by}"
            for by in ("all", "grid", "industry", "hazard")
        }
        found |= measured(service, statistics, max(3, rounds // 10))
    finally:
        service.end()
    said, grading_s = park.wsai("grading", "run", "--month", MONTH)
    return {
        "records": int(ids["records"]),
        "questions": found,
        "grading_s": round(grading_s, 2),
        "grading_said": said.splitlines()[-1],
    }


@click.command()
@click.option("--rounds", default=40, show_default=True)
@click.option("--sqlite", "small", default=100_000, show_default=True)
@click.option("--postgres", "large", default=1_000_000, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULT)
def main(rounds: int, small: int, large: int, out: Path) -> None:
    """Measure, print and write ``benchmarks/ledger.json``."""
    report: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            "packages": {n: version(n) for n in ("fastapi", "sqlalchemy", "uvicorn")},
        },
        "enterprises": ENTERPRISES,
        "databases": {},
    }
    with tempfile.TemporaryDirectory() as place:
        for name in ("sqlite", "postgresql"):
            folder = Path(place) / name
            folder.mkdir()
            records = small if name == "sqlite" else large
            try:
                with postgres_server() if name == "postgresql" else nullcontext() as url:
                    park = Park(folder, url)
                    first = min(records, small)
                    seeded = park.seed(first)
                    click.echo(f"{name}: {first} records in {seeded:.0f} s", err=True)
                    if records > first:
                        park.multiply(records // first)
                    report["databases"][name] = of_database(park, rounds) | {
                        "load": round(os.getloadavg()[0], 2),
                        "seeded_s": round(seeded, 1),
                    }
            except NoPostgres as error:
                click.echo(f"left out: {error}", err=True)
            out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    click.echo(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
