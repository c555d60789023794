"""Structured logs: for people on a terminal, as JSON for machines."""

from __future__ import annotations

import logging

import structlog


def set_up_logs(*, as_json: bool) -> None:
    """Send all logs to stderr in one form; request lines of uvicorn stay out."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=None),
    )
    logging.basicConfig(level=logging.WARNING)
