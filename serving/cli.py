"""The console script ``wsai``: the commands of the library and those of the service."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
import structlog
import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from serving.access import service as access
from serving.access.service import Role
from serving.app import build_parts, create_app, ready_database, sweep_files
from serving.audit.service import verify
from serving.demo.park import Plan, simulate
from serving.demo.scenario import Scenario
from serving.demo.service import load_demo, pictures_folder
from serving.dependencies import Parts
from serving.findings.service import Books
from serving.grading.service import grade_month
from serving.hazards.service import escalate
from serving.logs import set_up_logs
from serving.models.service import MOST_COMPARED, report_lines, summaries
from serving.settings import read_settings
from wsai.catalogue.catalogue import load_catalogue
from wsai.cli import OFF, cli, models_group, operator, reason_option, run, told
from wsai.clock import SystemClock
from wsai.errors import Conflict, InvalidRequest, NotFound, SettingsInvalid
from wsai.perception import registry
from wsai.perception.models import models_dir
from wsai.storage.database import open_database, refresh_statistics, session_maker
from wsai.storage.enterprises import EnterpriseRepository, GridRepository
from wsai.storage.files import FileStore
from wsai.storage.shadows import ShadowRepository
from wsai.supervision.access import Permission

OPERATOR = "command-line"
ESCALATED_EVERY_S = 3600.0
BACKLOG = 512
role_option = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What it may do.",
)

grid_option = click.option("--grid", help="Code of the grid that it works for.")
enterprise_option = click.option("--enterprise", help="Credit code of its enterprise.")


@contextmanager
def _transaction() -> Iterator[Session]:
    """Open one transaction on the database, which is brought up to date first."""
    settings = read_settings()
    ready_database(settings)
    engine = open_database(settings.database)
    try:
        with session_maker(engine).begin() as session:
            yield session
    finally:
        engine.dispose()


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Run the service."""
    settings = read_settings()
    set_up_logs(as_json=settings.log_json)
    listening = _listen(host, port)
    parts = build_parts(settings)
    parts.start()
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    address = f"http://{shown}:{listening.getsockname()[1]}"
    click.echo(f"WSAI: {address}")
    with parts.sessions.begin() as session:
        token = access.new_setup_token(session, parts.clock.now())
    if token:
        click.echo("首次启动：用此一次性链接创建管理员（24小时内有效）")
        click.echo("First start: create the administrator with this one-time link (24 hours)")
        click.echo(f"  {address}/#setup={token}")
    sys.stdout.flush()
    threading.Thread(target=sweep_files, args=(parts,), name="sweep", daemon=True).start()
    threading.Thread(target=_keep_escalating, args=(parts,), name="escalate", daemon=True).start()
    config = uvicorn.Config(
        create_app(parts=parts),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=[listening])
    parts.close()


def _keep_escalating(parts: Parts) -> None:
    """Tell who is to be told of late hazards, now and every hour."""
    while True:
        try:
            with parts.sessions.begin() as session:
                books = parts.books()
                escalate(session, today=books.today, now=books.now)
            refresh_statistics(parts.engine)
        except SQLAlchemyError as error:  # a database that is away comes back; others go on
            structlog.get_logger("wsai").error("escalation-failed", why=str(error))
        time.sleep(ESCALATED_EVERY_S)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        SettingsInvalid: The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small packets at once (TCP_NODELAY) only where it sees that this is TCP;
    # otherwise every answer waits 40 ms for an acknowledgement
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)  # who comes before the app is up waits instead of being refused
    except OSError as error:
        listening.close()
        raise SettingsInvalid(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host, --port"
        ) from error
    return listening


@cli.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the database or bring it to the newest shape."""
    with _transaction():
        pass
    click.echo("the database is up to date")


@cli.group()
def accounts() -> None:
    """People who log in."""


def _place(session: Session, grid: str | None, enterprise: str | None) -> access.Belongs:
    """Return where somebody belongs, from the grid's code and the enterprise's credit code."""
    row = EnterpriseRepository(session).by_credit_code(enterprise) if enterprise else None
    if enterprise and row is None:
        raise NotFound("enterprise", enterprise)
    return access.Belongs(
        GridRepository(session).by_code(grid).id if grid else None, row.id if row else None
    )


def _permissions(named: tuple[str, ...]) -> list[Permission]:
    try:
        return [Permission(name) for name in named]
    except ValueError as error:
        known = ", ".join(permission.value for permission in Permission)
        raise InvalidRequest(f"--may: {error}; one of {known}") from error


@accounts.command("create")
@click.argument("name")
@role_option
@grid_option
@enterprise_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def accounts_create(
    name: str, role: str, grid: str | None, enterprise: str | None, password_stdin: bool
) -> None:
    """Create an account; asks for the password."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password 密码", hide_input=True, confirmation_prompt=True)
    with _transaction() as session:
        access.create_account(
            session,
            name=name,
            password=password,
            role=Role(role),
            by=OPERATOR,
            now=SystemClock().now(),
            place=_place(session, grid, enterprise),
        )
    click.echo(f"account {name} ({role}) created")


@cli.group()
def keys() -> None:
    """Keys for machines."""


@keys.command("create")
@click.argument("name")
@role_option
@click.option("--may", multiple=True, help="Limit it to this, photo:send; several times.")
@click.option("--days", default=access.KEY_DAYS, show_default=True, type=click.IntRange(1, 3650))
@grid_option
@enterprise_option
def keys_create(
    name: str,
    role: str,
    may: tuple[str, ...],
    days: int,
    grid: str | None,
    enterprise: str | None,
) -> None:
    """Create a key and print it, once, alone on the last line."""
    with _transaction() as session:
        key = access.create_key(
            session,
            name=name,
            role=Role(role),
            by=OPERATOR,
            now=SystemClock().now(),
            place=_place(session, grid, enterprise),
            permissions=_permissions(may) if may else None,
            days=days,
        )
    click.echo(f"key {name} ({role}); keep it, it is not shown again", err=True)
    click.echo(key)


@cli.group()
def hazards() -> None:
    """Hazards under treatment."""


@hazards.command("escalate")
def hazards_escalate() -> None:
    """Write the notices for late hazards that are not written yet; the service does it hourly."""
    settings = read_settings()
    books = Books(load_catalogue(), SystemClock().now(), settings.utc_offset_hours)
    with _transaction() as session:
        new = escalate(session, today=books.today, now=books.now)
    click.echo(f"{new} new notices")


@cli.group()
def grading() -> None:
    """Grading of enterprises."""


@grading.command("run")
@click.option("--month", help="A day of the month to grade, 2026-11-01; this month by default.")
def grading_run(month: str | None) -> None:
    """Grade every enterprise for a month, once."""
    settings = read_settings()
    books = Books(load_catalogue(), SystemClock().now(), settings.utc_offset_hours)
    with _transaction() as session:
        done = grade_month(session, _day(month) or books.today, by=OPERATOR, books=books)
    click.echo(
        f"{done.month:%Y-%m}: {done.enterprises} enterprises, {done.observe} on the observe list, "
        f"{done.priority} on the priority list, {done.moved} moved"
    )


def _day(text: str | None, option: str = "--month") -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidRequest(f"{option}: {text} is no day, write 2026-11-01") from error


@cli.group()
def audit() -> None:
    """Check the audit log."""


@audit.command("verify")
def audit_verify() -> None:
    """Check the chain of the audit log, and every evidence file against its hash.

    Names the first row or file that is not as it was written.
    """
    files = FileStore(read_settings().data_dir / "files")
    with _transaction() as session:
        found = verify(session, files)
    if found.fault:
        raise Conflict(f"audit log: {found.fault}")
    click.echo(f"{found.rows} audit rows, the chain holds; {found.files} files as they came")


@models_group.command("shadow")
@click.argument("model_id", metavar="ID|off|report")
@reason_option
def models_shadow(model_id: str, reason: str | None) -> None:
    """Let a model look at every photo and answer none, or report what such models said."""
    if model_id == "report":
        with _transaction() as session:
            rows = ShadowRepository(session).newest(candidate=None, limit=MOST_COMPARED)
            lines = list(report_lines(summaries(rows)))
        click.echo("\n".join(lines) if lines else "no shadow model has looked at a photo yet")
        return
    folder, chosen = models_dir(), None if model_id == OFF else model_id
    registry.refuse_installed(folder)
    if chosen is not None:
        registry.tried(folder, chosen)
    told(registry.set_shadow(folder, chosen, by=operator(), at=SystemClock().now(), reason=reason))


@cli.group()
def demo() -> None:
    """Demo inspections on rendered pictures."""


@demo.command("load")
def demo_load() -> None:
    """Diagnose the shipped pictures and confirm a few findings; twice changes nothing."""
    parts = build_parts(read_settings())
    photos, records = load_demo(parts)
    parts.close()
    click.echo(f"{photos} new demo photos, {records} new hazard records")


@demo.command("pictures")
def demo_pictures() -> None:
    """Print the folder of the shipped demo pictures."""
    click.echo(pictures_folder())


@demo.command("seed")
@click.option("--enterprises", default=3000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--years", default=2, show_default=True, type=click.IntRange(1, 10))
@click.option("--hazards", type=click.IntRange(0, 5_000_000), help="4 a year and enterprise.")
@click.option("--seed", default=1, show_default=True)
@click.option("--today", help="Last day of the history, 2026-11-24; today by default.")
@click.option("--pictures/--no-pictures", default=True, show_default=True)
def demo_seed(
    enterprises: int,
    years: int,
    hazards: int | None,
    seed: int,
    today: str | None,
    pictures: bool,
) -> None:
    """Fill an empty database with a simulated park: nothing and nobody of it is real."""
    settings = read_settings()
    books = Books(load_catalogue(), SystemClock().now(), settings.utc_offset_hours)
    plan = Plan(
        enterprises,
        years,
        4 * enterprises * years if hazards is None else hazards,
        seed,
        _day(today, "--today") or books.today,
    )
    files = FileStore(settings.data_dir / "files") if pictures else None
    with (
        click.progressbar(length=plan.hazards, label="hazards", file=sys.stderr) as bar,
        _transaction() as session,
    ):
        made = simulate(session, plan, files=files, tick=bar.update)
    click.echo(
        f"{made.enterprises} enterprises, {made.hazards} hazards with {made.steps} acts, "
        f"{made.photos} photos; nothing of it is real"
    )


@demo.command("scenario")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="New folder."
)
def demo_scenario(out: Path) -> None:
    """Go the whole way over HTTP in a folder of its own: a park, a photo, an order, its end.

    A major hazard goes to its delisting, a late one climbs, an enterprise comes onto a list and
    appeals, the audit verifies, and after one changed byte it does not.
    """
    Scenario(out, click.echo).run()


def main() -> None:
    """Run the command line."""
    run(cli)


if __name__ == "__main__":
    main()
