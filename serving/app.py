"""Putting the service together; the one place that reads settings."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata, resources
from pathlib import Path
from threading import BoundedSemaphore

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from serving import health
from serving.access.endpoints import router as access_router
from serving.access.oidc import Provider
from serving.audit.endpoints import router as audit_router
from serving.campaigns.endpoints import router as campaigns_router
from serving.catalogue.endpoints import router as catalogue_router
from serving.checkpoints.endpoints import router as checkpoints_router
from serving.dependencies import Parts
from serving.documents.endpoints import router as documents_router
from serving.enterprises.endpoints import router as enterprises_router
from serving.findings.endpoints import router as findings_router
from serving.grading.endpoints import router as grading_router
from serving.grids.endpoints import router as grids_router
from serving.guards import MULTIPART_OVERHEAD_BYTES, BodyLimit, Headed
from serving.hazards.endpoints import router as hazards_router
from serving.inspections.endpoints import router as inspections_router
from serving.metrics import Metrics
from serving.models.endpoints import router as models_router
from serving.models.live import LiveModels, Running, open_models
from serving.models.shadow import ShadowRunner
from serving.park.endpoints import router as park_router
from serving.photos.baselines import Baselines
from serving.photos.endpoints import router as photos_router
from serving.problems import RESPONSES, install_problems
from serving.records.endpoints import router as records_router
from serving.risks.endpoints import router as risks_router
from serving.settings import Settings, read_settings
from serving.statistics.endpoints import router as statistics_router
from wsai.catalogue.catalogue import load_catalogue
from wsai.clock import Clock, SystemClock
from wsai.diagnosis.diagnose import Detector
from wsai.errors import SettingsInvalid
from wsai.perception.models import models_dir
from wsai.storage.database import open_database, session_maker, upgrade
from wsai.storage.files import FileStore
from wsai.storage.notices import evidence_digests
from wsai.storage.photos import PhotoRepository

STATIC = Path(str(resources.files("serving.web") / "static"))
SWEPT_AFTER_S = 3600.0
PARALLEL_HASHES = 2
ROOT_FILES = ("sw.js", "manifest.webmanifest", "favicon.ico", "icon.svg")


def ready_database(settings: Settings) -> None:
    """Create the data folder and the database, or bring it to the newest shape.

    Raises:
        SettingsInvalid: The folder cannot be made or the database cannot be used.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsInvalid(
            f"WSAI_DATA_DIR: {settings.data_dir} cannot be used: {error.strerror}"
        ) from error
    upgrade(settings.database)


def build_parts(
    settings: Settings, *, detector: Detector | None = None, clock: Clock | None = None
) -> Parts:
    """Return everything the service needs, the database brought up to date.

    Raises:
        ModelUnavailable: The model is missing or damaged.
        SettingsInvalid: The database cannot be used.
    """
    ready_database(settings)
    metrics = Metrics()
    if detector is not None:
        models = LiveModels(Running(detector), metrics=metrics, folder=models_dir(), pinned=True)
    else:
        models = open_models(
            models_dir(),
            pinned_to=settings.model,
            threads=settings.inference_threads,
            runtime=settings.runtime,
            metrics=metrics,
        )
    engine = open_database(settings.database)
    sessions, readers = session_maker(engine), session_maker(engine, read_only=True)
    files, catalogue = FileStore(settings.data_dir / "files"), load_catalogue()
    told_time = clock or SystemClock()
    return Parts(
        settings=settings,
        engine=engine,
        sessions=sessions,
        readers=readers,
        files=files,
        models=models,
        shadow=ShadowRunner(
            models,
            sessions=sessions,
            readers=readers,
            files=files,
            catalogue=catalogue,
            clock=told_time,
            metrics=metrics,
            limits=settings.image_limits,
        ),
        catalogue=catalogue,
        clock=told_time,
        metrics=metrics,
        inference=BoundedSemaphore(settings.parallel_photos),
        hashing=BoundedSemaphore(PARALLEL_HASHES),
        baselines=Baselines(files, settings.image_limits, settings.inference_threads),
        identity=Provider(settings) if settings.oidc_issuer else None,
    )


def sweep_files(parts: Parts) -> int:
    """Remove what crashes left on the disk: half-written files, files without a row.

    Returns:
        How many files were removed.
    """
    with parts.readers() as session:
        known = PhotoRepository(session).digests() | evidence_digests(session)
    return parts.files.sweep(
        known.__contains__, older_than_s=SWEPT_AFTER_S, now=parts.clock.now().timestamp()
    )


def create_app(
    settings: Settings | None = None,
    *,
    detector: Detector | None = None,
    clock: Clock | None = None,
    parts: Parts | None = None,
) -> FastAPI:
    """Return the service.

    Args:
        settings: Read from the environment when ``None``.
        detector: The active model's when ``None``.
        clock: The machine's when ``None``.
        parts: Everything put together already; the other arguments are then not used.

    Raises:
        SettingsInvalid: A setting cannot work.
        ModelUnavailable: The model is missing or damaged.
    """
    built = parts or build_parts(settings or read_settings(), detector=detector, clock=clock)
    app = FastAPI(
        title="WSAI 工作场所人工智能安全诊疗系统",
        version=metadata.version("wsai"),
        docs_url=None,  # its page loads scripts from outside; many sites have no internet
        redoc_url=None,
        responses=RESPONSES,
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
    )
    app.state.parts = built
    install_problems(app)
    v1 = APIRouter(prefix="/v1")
    for router in (
        access_router,
        photos_router,
        findings_router,
        hazards_router,
        records_router,
        grids_router,
        enterprises_router,
        checkpoints_router,
        inspections_router,
        campaigns_router,
        risks_router,
        grading_router,
        park_router,
        statistics_router,
        documents_router,
        catalogue_router,
        models_router,
        audit_router,
    ):
        v1.include_router(router)
    app.include_router(v1)
    app.include_router(health.router)
    _serve_page(app)
    most = built.settings.max_upload_bytes + MULTIPART_OVERHEAD_BYTES
    app.add_middleware(BodyLimit, most_upload_bytes=most)
    app.add_middleware(Headed, metrics=built.metrics)
    return app


def _serve_page(app: FastAPI) -> None:
    """Serve the page at ``/`` and what belongs to it."""
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    for name in ROOT_FILES:
        if (STATIC / name).is_file():
            app.add_api_route(
                f"/{name}", _file_answer(STATIC / name), include_in_schema=False, methods=["GET"]
            )


def _file_answer(path: Path) -> Callable[[], FileResponse]:
    def answer() -> FileResponse:
        return FileResponse(path, headers={"Cache-Control": "no-cache"})

    return answer
