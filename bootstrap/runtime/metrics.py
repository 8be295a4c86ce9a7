"""Metrics in Prometheus' text format; no label holds an id, a name or other data of an organization."""

import logging
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from adapters.postgres.maintenance.metrics import Metric
from domain.drift import Drift
from domain.effects import EffectState
from domain.operations import AttentionReason, OperationStatus

LOG = logging.getLogger(__name__)

LABELS = {
    "runs": ("waiting", "open"),
    "attention": tuple(AttentionReason),
    "effects": (EffectState.PREPARED, EffectState.SENT, EffectState.UNKNOWN),
    "operations": tuple(OperationStatus),
    "deliveries": ("waiting", "disabled"),
    "webhook_endpoints": ("healthy", "failing", "disabled"),
}
"""All possible labels. Each is exported from the start, as 0, so that alerts have a value to compare."""


class Metrics:
    """One process's metrics. Figures from Postgres are the same in every process."""

    def __init__(self) -> None:
        self._served = False
        registry = self._registry = CollectorRegistry()
        self._drift = Counter(
            "orderly_drift",
            "Runs whose outcome the reconciler resolved, by kind of difference.",
            ["kind"],
            registry=registry,
        )
        self._gauges = {
            "runs": Gauge("orderly_runs", "Runs that are not closed.", ["state"], registry=registry),
            "attention": Gauge("orderly_attention", "Operations that need a person.", ["reason"], registry=registry),
            "effects": Gauge("orderly_effects", "Effects without a final outcome.", ["state"], registry=registry),
            "operations": Gauge("orderly_operations", "Operations by status.", ["status"], registry=registry),
            "deliveries": Gauge("orderly_deliveries", "Webhooks that wait.", ["state"], registry=registry),
            "webhook_endpoints": Gauge("orderly_webhook_endpoints", "Endpoints.", ["state"], registry=registry),
        }
        self._oldest = {
            "runs": Gauge(
                "orderly_oldest_run_age_seconds",
                "Age of the oldest run in each state; 0 if there is none.",
                ["state"],
                registry=registry,
            ),
            "deliveries": Gauge(
                "orderly_oldest_delivery_age_seconds",
                "Age of the oldest webhook in each state; 0 if there is none.",
                ["state"],
                registry=registry,
            ),
        }
        self._orphans = Gauge(
            "orderly_orphaned_runs", "Runs in Temporal whose operation is not in the database.", registry=registry
        )
        self._read_at = Gauge(
            "orderly_figures_read_timestamp_seconds", "Time of the last read from the database.", registry=registry
        )
        for kind in Drift:
            self._drift.labels(kind.value)
        self.show([], orphans=0)

    def drift(self, kind: Drift) -> None:
        self._drift.labels(kind.value).inc()

    def show(self, figures: Sequence[Metric], *, orphans: int) -> None:
        """Set the figures read from Postgres and Temporal."""
        found = {(figure.name, figure.label): figure for figure in figures}
        for name, gauge in self._gauges.items():
            for label in LABELS[name]:
                figure = found.get((name, str(label)))
                gauge.labels(str(label)).set(figure.value if figure else 0)
        for name, gauge in self._oldest.items():
            for state in LABELS[name]:
                figure = found.get((name, str(state)))
                gauge.labels(str(state)).set(figure.oldest_seconds if figure else 0)
        self._orphans.set(orphans)
        if figures:
            self._read_at.set_to_current_time()

    def serve(self, host: str, port: int) -> None:
        """Serve `GET /metrics` in a thread until the process ends; log an error if the port is in use."""
        if self._served:
            return
        try:
            start_http_server(port, host, self._registry)
        except OSError as error:
            LOG.error("metrics are not served: can't listen on port %s of %s: %s", port, host, error.strerror)
        self._served = True
