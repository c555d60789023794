"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text

from serving.dependencies import PartsDep, ReaderDep

router = APIRouter(tags=["health"])


@router.get("/livez")
def livez() -> dict[str, str]:
    """Return that the process answers."""
    return {"status": "alive"}


@router.get("/readyz")
def readyz(session: ReaderDep, parts: PartsDep) -> dict[str, str]:
    """Return that database and model are there; 503 while the database is away."""
    session.execute(text("SELECT 1"))
    return {"status": "ready", "model": parts.detector.model_id}


@router.get("/metrics", response_class=Response)
def metrics(parts: PartsDep) -> Response:
    """Return the counters in Prometheus' text format."""
    return Response(parts.metrics.text(), media_type=CONTENT_TYPE_LATEST)
