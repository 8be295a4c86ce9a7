"""Every label of the metrics exists from the start, and no label contains data of users."""

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.postgres.maintenance.metrics import Metric
from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports
from bootstrap.runtime.metrics import LABELS, Metrics
from domain.drift import Drift

Samples = dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def server() -> tuple[Metrics, str]:
    """Serve metrics on a port, and return their URL."""
    port = choose_ports([PortRequest("port", LOOPBACK, 0)], {})["port"]
    metrics = Metrics()
    metrics.serve(LOOPBACK, port)
    return metrics, f"http://{LOOPBACK}:{port}/metrics"


def scrape(url: str) -> Samples:
    """Read the metrics as Prometheus does, by name and label value."""
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (the test's own URL)
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_label_exists_from_the_start(server: tuple[Metrics, str]) -> None:
    """Alerts compare the first value with the 0 before it."""
    samples = scrape(server[1])
    for kind in Drift:
        assert samples["orderly_drift_total", kind.value] == 0
    for name, values in LABELS.items():
        for value in values:
            assert samples[f"orderly_{name}", str(value)] == 0
    assert samples["orderly_oldest_run_age_seconds", "waiting"] == 0
    assert samples["orderly_oldest_delivery_age_seconds", "waiting"] == 0
    assert samples["orderly_figures_read_timestamp_seconds", ""] == 0


def test_the_newest_figures_are_shown(server: tuple[Metrics, str]) -> None:
    """Figures replace older ones, and drift adds up."""
    metrics, url = server
    figures = [
        Metric("runs", "open", 3, 12.5),
        Metric("attention", "drift", 2, 0),
        Metric("deliveries", "waiting", 5, 60),
    ]
    metrics.show(figures, orphans=4)
    metrics.drift(Drift.TERMINATED)
    metrics.drift(Drift.TERMINATED)
    samples = scrape(url)
    assert samples["orderly_runs", "open"] == 3
    assert samples["orderly_oldest_run_age_seconds", "open"] == 12.5
    assert (samples["orderly_deliveries", "waiting"], samples["orderly_oldest_delivery_age_seconds", "waiting"]) == (
        5,
        60,
    )
    assert samples["orderly_attention", "drift"] == 2
    assert samples["orderly_orphaned_runs", ""] == 4
    assert samples["orderly_drift_total", "terminated"] == 2
    assert samples["orderly_figures_read_timestamp_seconds", ""] > 0
    metrics.show([Metric("runs", "waiting", 1, 1)], orphans=0)
    samples = scrape(url)
    assert (samples["orderly_runs", "open"], samples["orderly_attention", "drift"]) == (0, 0)
    assert samples["orderly_oldest_run_age_seconds", "open"] == 0


def test_an_unknown_label_is_left_out(server: tuple[Metrics, str]) -> None:
    """The set of labels is fixed and does not depend on the database."""
    metrics, url = server
    before = scrape(url).keys()
    metrics.show([Metric("attention", "01a20978-a624-785c-9714-58f716b1259e", 1, 0)], orphans=0)
    assert scrape(url).keys() == before


def test_a_port_in_use_does_not_stop_the_worker(server: tuple[Metrics, str], caplog: pytest.LogCaptureFixture) -> None:
    """The worker runs without metrics and logs it."""
    Metrics().serve(LOOPBACK, int(server[1].rpartition(":")[2].partition("/")[0]))
    assert "metrics are not served" in caplog.text
