"""The commands of ``wsai`` that need no database."""

from __future__ import annotations

import glob
import json
import locale
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click

from wsai.batch import DEFAULT_MIN_SCORE, Answer, Work, answers, plan_for
from wsai.catalogue.catalogue import load_catalogue
from wsai.catalogue.check import check_catalogue, unverified_count
from wsai.catalogue.hazards import Lang
from wsai.catalogue.show import hazard_text
from wsai.diagnosis.changes import CHANGE_CODES
from wsai.diagnosis.rules import RULE_CODES
from wsai.diagnosis.text import diagnosis_text
from wsai.errors import CatalogueInvalid, InvalidRequest, ModelUnavailable, WsaiError
from wsai.perception import models, registry
from wsai.perception.onnx_detector import open_detector
from wsai.perception.place import PICTURE_SUFFIXES, baseline_in
from wsai.perception.runtimes import RUNTIMES, Runtime
from wsai.vision.labels import Label
from wsai.vision.zones import load_zones

MANY = 3
OFF = "off"
INTERRUPTED = 130

lang_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language of the text; the locale's by default."
)


def language(named: str | None) -> Lang:
    """Return the language to speak: the named one, else the locale's, Chinese first."""
    if named in {"zh", "en"}:
        return "en" if named == "en" else "zh"
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value and value not in {"C", "POSIX"} and not value.startswith("C."):
            return "zh" if value.startswith("zh") else "en"
    return "zh"


reason_option = click.option("--reason", help="Why; kept in the history.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wsai")
def cli() -> None:
    """WSAI 工作场所人工智能安全诊疗系统: from a picture to what is unsafe, and what to do."""


def pictures_of(paths: Sequence[str]) -> list[Path]:
    """Return the files that are meant, each once: files as named, folders searched, globs filled.

    Raises:
        InvalidRequest: A folder or glob holds no picture.
    """
    found: dict[Path, None] = {}
    for named in paths:
        path = Path(named)
        if path.is_dir():
            members = sorted(
                p for p in path.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()
            )
            if not members:
                raise InvalidRequest(f"{named}: the folder holds no pictures")
        elif not path.exists() and glob.has_magic(named):
            members = sorted(Path(match) for match in glob.glob(named, recursive=True))
            members = [member for member in members if member.is_file()]
            if not members:
                raise InvalidRequest(f"{named}: nothing matches")
        else:
            members = [path]
        found |= dict.fromkeys(members)
    return list(found)


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--format", "style", type=click.Choice(["text", "jsonl"]), default="text")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    default=DEFAULT_MIN_SCORE,
    show_default=True,
    help="List detections down to this score; rules use the model's own thresholds.",
)
@click.option(
    "--annotate", "annotate_to", type=click.Path(file_okay=False, path_type=Path),
    help="Write drawn pictures there, heads blurred.",
)  # fmt: skip
@click.option("--model", "model_id", help="Model to use; the active one by default.")
@click.option(
    "--zones", "zones_file", type=click.Path(path_type=Path), help="JSON or YAML of zones."
)
@click.option(
    "--baseline", "baseline_dir", type=click.Path(path_type=Path),
    help="Folder of one to five pictures of how the place should look.",
)  # fmt: skip
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default=RUNTIMES[0],
    envvar="WSAI_RUNTIME",
    show_default=True,
    help="What computes the network.",
)
@lang_option
@click.pass_context
def diagnose(
    context: click.Context,
    paths: tuple[str, ...],
    style: str,
    min_score: float,
    annotate_to: Path | None,
    model_id: str | None,
    zones_file: Path | None,
    baseline_dir: Path | None,
    runtime: Runtime,
    lang: str | None,
) -> None:
    """Say what is unsafe in pictures: files, folders or globs."""
    files = pictures_of(paths)
    if annotate_to is not None:
        annotate_to.mkdir(parents=True, exist_ok=True)
    plan = plan_for(len(files))
    detector = context.obj or open_detector(model_id, threads=plan.threads, runtime=runtime)
    work = Work(
        detector,
        load_catalogue(),
        load_zones(zones_file) if zones_file else (),
        min_score,
        language(lang),
        annotate_to,
        datetime.now(UTC).astimezone().date(),
        baseline_in(baseline_dir, detector, threads=plan.threads) if baseline_dir else None,
    )
    failed = False
    given = answers(work, files, workers=plan.workers)
    for answer in _with_progress(given, length=len(files)):
        path, said = answer.path, answer.said
        if isinstance(said, WsaiError):
            failed = True
        if style == "jsonl":
            click.echo(json.dumps(answer.line, ensure_ascii=False))
        elif isinstance(said, WsaiError):
            click.echo(f"{path}\n  ✗ {said}\n")
        else:
            click.echo(diagnosis_text(str(path), said, work.catalogue, work.lang, work.on))
    if failed:
        context.exit(1)


def _with_progress(given: Iterator[Answer], *, length: int) -> Iterator[Answer]:
    """Yield the answers; with a bar when there are many and the answers go elsewhere."""
    shows = length > MANY and sys.stderr.isatty() and not sys.stdout.isatty()
    bar = (
        click.progressbar(given, length=length, file=sys.stderr, show_pos=True)
        if shows
        else nullcontext(given)
    )
    with bar as going:
        yield from going


@cli.command()
@lang_option
def labels(lang: str | None) -> None:
    """List what the models can see."""
    spoken = language(lang)
    for label in Label:
        click.echo(f"{label.value}\t{label.zh if spoken == 'zh' else label.en}")


@cli.group("models")
def models_group() -> None:
    """Show the registry of models, and change which of them run."""


@models_group.command("list")
@click.pass_context
def models_list(context: click.Context) -> None:
    """List the models; the active one has a star."""
    folder = models.models_dir()
    active, rollout = models.active_id(folder), registry.read_rollout(folder)
    damaged = False
    for path in sorted(folder.glob(f"*/{models.CARD_NAME}")):
        try:
            card = models.read_card(path.parent)
        except ModelUnavailable as error:
            click.echo(f"! {path.parent.name}\t{error}")
            damaged = True
            continue
        star = "*" if card.id == active else " "
        row = [card.id, card.architecture, card.precision, str(card.created.date())]
        if card.id == rollout.shadow:
            row.append("shadow")
        if rollout.canary and card.id == rollout.canary.model:
            row.append(f"canary: {_photos_of(rollout.canary)}")
        click.echo(f"{star} " + "\t".join(row))
    if damaged:
        context.exit(1)


def _photos_of(canary: registry.Canary) -> str:
    share = [f"{canary.share:.4g} of all photos"] if canary.share else []
    return ", ".join([*share, *(f"all of {site}" for site in canary.sites)])


@models_group.command("show")
@click.argument("model_id")
def models_show(model_id: str) -> None:
    """Show the card of one model."""
    folder = models.models_dir()
    card = models.find_card(folder, model_id)
    readme = folder / card.id / "README.md"
    if readme.is_file():
        click.echo(readme.read_text(encoding="utf-8"))
    else:
        click.echo(card.model_dump_json(indent=1))


@models_group.command("verify")
@click.argument("model_id", required=False)
def models_verify(model_id: str | None) -> None:
    """Check the files of one model, or of all, against their hashes."""
    folder = models.models_dir()
    cards = [models.find_card(folder, model_id)] if model_id else models.list_cards(folder)
    for card in cards:
        models.verify(folder / card.id, card)
        click.echo(f"{card.id}: {len(card.files)} files are as their card says")


@models_group.command("promote")
@click.argument("model_id")
@reason_option
def models_promote(model_id: str, reason: str | None) -> None:
    """Check and try a model, then let it answer; a running service follows in seconds."""
    folder = models.models_dir()
    registry.refuse_installed(folder)
    registry.tried(folder, model_id)
    told(registry.promote(folder, model_id, by=operator(), at=_now(), reason=reason))


@models_group.command("rollback")
@reason_option
def models_rollback(reason: str | None) -> None:
    """Go back to the model before the active one; again, to the one before that."""
    folder = models.models_dir()
    registry.refuse_installed(folder)
    before = registry.model_before(folder)
    registry.tried(folder, before)
    told(registry.rollback(folder, before, by=operator(), at=_now(), reason=reason))


@models_group.command("history")
def models_history() -> None:
    """List who changed what runs, when, from what, to what and why; the newest last."""
    for change in registry.history(models.models_dir()):
        tried_on = f" ({_photos_of(change.canary)})" if change.canary else ""
        click.echo(
            f"{change.at:%Y-%m-%dT%H:%M:%SZ}\t{change.by}\t{change.action}\t"
            f"{change.before or OFF} -> {change.after or OFF}{tried_on}\t{change.reason or ''}"
        )


@models_group.command("canary")
@click.argument("model_id", metavar="ID|off")
@click.option("--share", type=click.FloatRange(0, 1), default=0, help="Of all photos, 0..1.")
@click.option("--site", "sites", multiple=True, help="All photos of this site; may be repeated.")
@reason_option
def models_canary(model_id: str, share: float, sites: tuple[str, ...], reason: str | None) -> None:
    """Let a model answer some of the photos, the same photo always by the same model."""
    folder, canary = models.models_dir(), None
    registry.refuse_installed(folder)
    if model_id != OFF:
        registry.tried(folder, model_id)
        canary = registry.Canary(model=model_id, share=share, sites=sites)
    told(registry.set_canary(folder, canary, by=operator(), at=_now(), reason=reason))


def operator() -> str:
    """Return who sits at the command line, as far as the machine knows."""
    return os.environ.get("USER") or os.environ.get("USERNAME") or "command-line"


def _now() -> datetime:
    return datetime.now(UTC)


def told(change: registry.Change) -> None:
    """Say on standard output what was changed."""
    click.echo(f"{change.action}: {change.before or OFF} -> {change.after or OFF}")


@cli.group("catalogue")
def catalogue_group() -> None:
    """Show and check hazards, clauses, guidance and checklists."""


@catalogue_group.command("check")
def catalogue_check() -> None:
    """Check the catalogue, the checklists and the codes that rules use."""
    catalogue = load_catalogue()
    today = datetime.now(UTC).astimezone().date()
    problems = check_catalogue(catalogue, rule_codes=RULE_CODES | CHANGE_CODES, today=today)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise CatalogueInvalid(f"{len(problems)} problems in the catalogue")
    unverified, clauses = unverified_count(catalogue)
    click.echo(
        f"{len(catalogue.hazards)} hazards, {len(catalogue.checklists)} checklists, "
        f"{clauses} clauses ({unverified} unverified): no problems"
    )


@catalogue_group.command("show")
@click.argument("code")
@lang_option
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the inspection; today.")
def catalogue_show(code: str, lang: str | None, on: datetime | None) -> None:
    """Show one hazard with the clauses in force on a day."""
    catalogue = load_catalogue()
    day = (on or datetime.now(UTC).astimezone()).date()
    click.echo(hazard_text(catalogue.hazard(code), catalogue, language(lang), day))


def run(group: click.Group) -> None:
    """Run a command line: an expected error is one line on stderr and exit status 1."""
    locale.setlocale(locale.LC_CTYPE, "")
    try:
        status = group.main(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status if isinstance(status, int) else 0)
    except WsaiError as error:
        click.echo(f"wsai: {error}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader went away, as `head` does; that is no error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
