"""What Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one app; each app has its own registry, so tests do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.request_seconds = Histogram(
            "wsai_request_seconds",
            "Time from request to answer",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=SECONDS,
        )
        self.diagnosis_seconds = Histogram(
            "wsai_diagnosis_seconds",
            "Time from bytes to findings",
            registry=self.registry,
            buckets=SECONDS,
        )
        self.photos = Counter(
            "wsai_photos_total", "Photos received", ["new"], registry=self.registry
        )
        self.findings = Counter(
            "wsai_findings_total",
            "Findings of new photos",
            ["code", "verdict"],
            registry=self.registry,
        )
        self.decisions = Counter(
            "wsai_decisions_total",
            "Findings decided by people",
            ["code", "decision"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """Return the figures in Prometheus' text format."""
        return generate_latest(self.registry)
