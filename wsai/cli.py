"""The commands of ``wsai`` that need no database."""

from __future__ import annotations

import glob
import json
import locale
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from wsai.catalogue.catalogue import Catalogue, load_catalogue
from wsai.catalogue.check import check_catalogue, unverified_count
from wsai.catalogue.hazards import Lang
from wsai.catalogue.show import hazard_text
from wsai.diagnosis.diagnose import Detector, Diagnosis, diagnose_image
from wsai.diagnosis.marks import marked
from wsai.diagnosis.report import diagnosis_json
from wsai.diagnosis.rules import RULE_CODES
from wsai.diagnosis.text import diagnosis_text
from wsai.errors import CatalogueInvalid, ImageUnreadable, InvalidRequest, WsaiError
from wsai.perception import models
from wsai.perception.onnx_detector import open_detector
from wsai.vision.drawing import encode_jpeg
from wsai.vision.images import decode
from wsai.vision.labels import Label
from wsai.vision.zones import Zone, load_zones

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".tif", ".tiff", ".gif"}
)
DEFAULT_MIN_SCORE = 0.1
MANY = 3
INTERRUPTED = 130
SHOWN_PX = 1600

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wsai")
def cli() -> None:
    """WSAI 工作场所人工智能安全诊疗系统: from a picture to what is unsafe, and what to do."""


@dataclass(frozen=True, slots=True)
class Work:
    """What ``diagnose`` does with each picture."""

    detector: Detector
    catalogue: Catalogue
    zones: tuple[Zone, ...]
    min_score: float
    lang: Lang
    annotate_to: Path | None
    on: date

    def line(self, path: Path, shown: str) -> tuple[dict[str, Any], Diagnosis]:
        """Return the JSON of one picture and its diagnosis; draws it where that is asked for.

        Raises:
            WsaiError: The file cannot be read or diagnosed.
        """
        began = time.perf_counter()
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ImageUnreadable(f"The file cannot be read: {error.strerror}.") from error
        needed_px = SHOWN_PX if self.annotate_to is not None else self.detector.input_px
        picture = decode(data, at_least_px=needed_px)
        diagnosis = diagnose_image(
            picture,
            detector=self.detector,
            catalogue=self.catalogue,
            zones=self.zones,
            min_score=min(self.min_score, DEFAULT_MIN_SCORE),
        )
        kept = diagnosis.detections.take(diagnosis.detections.scores >= self.min_score)
        elapsed_ms = round((time.perf_counter() - began) * 1000, 1)
        if self.annotate_to is not None:
            drawn = marked(picture, diagnosis, catalogue=self.catalogue, lang=self.lang)
            target = self.annotate_to / f"{path.stem}.wsai.jpg"
            number = 2
            while target.exists():
                target, number = self.annotate_to / f"{path.stem}-{number}.wsai.jpg", number + 1
            target.write_bytes(encode_jpeg(drawn))
        said = Diagnosis(
            diagnosis.width, diagnosis.height, diagnosis.model_id, kept, diagnosis.findings
        )
        report = diagnosis_json(said, catalogue=self.catalogue, lang=self.lang, on=self.on)
        return {"path": shown, **report, "elapsed_ms": elapsed_ms}, said


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


def error_line(path: Path, error: WsaiError) -> dict[str, Any]:
    """Return the JSON line of a file that could not be diagnosed."""
    return {"path": str(path), "error": {"code": error.code, "message": str(error)}}


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
    lang: str | None,
) -> None:
    """Say what is unsafe in pictures: files, folders or globs."""
    files = pictures_of(paths)
    if annotate_to is not None:
        annotate_to.mkdir(parents=True, exist_ok=True)
    detector = context.obj if context.obj is not None else open_detector(model_id)
    work = Work(
        detector,
        load_catalogue(),
        load_zones(zones_file) if zones_file else (),
        min_score,
        language(lang),
        annotate_to,
        datetime.now(UTC).astimezone().date(),
    )
    failed = False
    for path in _with_progress(files):
        try:
            line, said = work.line(path, str(path))
        except WsaiError as error:
            failed = True
            line = error_line(path, error)
            if style == "text":
                click.echo(f"{path}\n  ✗ {error}\n")
        else:
            if style == "text":
                click.echo(diagnosis_text(str(path), said, work.catalogue, work.lang, work.on))
        if style == "jsonl":
            click.echo(json.dumps(line, ensure_ascii=False))
    if failed:
        context.exit(1)


def _with_progress(files: list[Path]) -> Iterator[Path]:
    """Yield the files; with a bar when there are many and the answers go elsewhere."""
    shows = len(files) > MANY and sys.stderr.isatty() and not sys.stdout.isatty()
    bar = click.progressbar(files, file=sys.stderr, show_pos=True) if shows else nullcontext(files)
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
    """Show the registry of models."""


@models_group.command("list")
def models_list() -> None:
    """List the models; the active one has a star."""
    folder = models.models_dir()
    active = models.active_id(folder)
    for card in models.list_cards(folder):
        star = "*" if card.id == active else " "
        click.echo(
            f"{star} {card.id}\t{card.architecture}\t{card.precision}\t{card.created.date()}"
        )


@models_group.command("show")
@click.argument("model_id")
def models_show(model_id: str) -> None:
    """Show the card of one model."""
    folder = models.models_dir()
    card = models.find_card(folder, model_id)
    click.echo((folder / card.id / "README.md").read_text(encoding="utf-8"))


@models_group.command("verify")
@click.argument("model_id", required=False)
def models_verify(model_id: str | None) -> None:
    """Check the files of one model, or of all, against their hashes."""
    folder = models.models_dir()
    cards = [models.find_card(folder, model_id)] if model_id else models.list_cards(folder)
    for card in cards:
        models.verify(folder / card.id, card)
        click.echo(f"{card.id}: {len(card.files)} files are as their card says")


@cli.group("catalogue")
def catalogue_group() -> None:
    """Show and check hazards, clauses, guidance and checklists."""


@catalogue_group.command("check")
def catalogue_check() -> None:
    """Check the catalogue, the checklists and the codes that rules use."""
    catalogue = load_catalogue()
    today = datetime.now(UTC).astimezone().date()
    problems = check_catalogue(catalogue, rule_codes=RULE_CODES, today=today)
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
