"""What Prometheus reads."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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
        self.models_running = Gauge(
            "wsai_model_running",
            "1 for each model that runs",
            ["role", "model"],
            registry=self.registry,
        )
        self.models_refused = Gauge(
            "wsai_models_refused",
            "Models that are asked for and cannot be loaded",
            registry=self.registry,
        )
        self.model_switches = Counter(
            "wsai_model_switches_total",
            "Exchanges of models, done and refused",
            ["outcome"],
            registry=self.registry,
        )
        self.shadow_photos = Counter(
            "wsai_shadow_photos_total",
            "Photos for the shadow model: compared, failed, or dropped because it lags behind",
            ["outcome"],
            registry=self.registry,
        )

    def show_models(self, roles: Mapping[str, str]) -> None:
        """Show which models run: role to model id."""
        self.models_running.clear()
        for role, model_id in roles.items():
            self.models_running.labels(role, model_id).set(1)

    def text(self) -> bytes:
        """Return the figures in Prometheus' text format."""
        return generate_latest(self.registry)
