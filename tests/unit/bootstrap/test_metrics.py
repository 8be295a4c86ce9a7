"""The metrics: every label from the start, none that anybody's data can get into."""

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.postgres.maintenance.metrics import Metric
from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports
from bootstrap.runtime.metrics import LABELS, Metrics
from domain.drift import Drift

Samples = dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def served() -> tuple[Metrics, str]:
    """Metrics on a port, and their URL."""
    port = choose_ports([PortRequest("port", LOOPBACK, 0)], {})["port"]
    metrics = Metrics()
    metrics.serve(LOOPBACK, port)
    return metrics, f"http://{LOOPBACK}:{port}/metrics"


def scraped(url: str) -> Samples:
    """Read the metrics as Prometheus does: by name and label value."""
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (the test's own URL)
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


def test_everything_is_told_from_the_start(served: tuple[Metrics, str]) -> None:
    """An alert on a kind that was never seen has a 0 to compare with."""
    found = scraped(served[1])
    for kind in Drift:
        assert found["orderly_drift_total", kind.value] == 0
    for name, values in LABELS.items():
        for value in values:
            assert found[f"orderly_{name}", str(value)] == 0
    assert found["orderly_oldest_run_age_seconds", "waiting"] == 0
    assert found["orderly_figures_read_timestamp_seconds", ""] == 0


def test_what_was_read_is_shown(served: tuple[Metrics, str]) -> None:
    """Figures replace those of before; findings add up."""
    metrics, url = served
    metrics.show([Metric("runs", "open", 3, 12.5), Metric("attention", "drift", 2, 0)], orphans=4)
    metrics.drift(Drift.TERMINATED)
    metrics.drift(Drift.TERMINATED)
    found = scraped(url)
    assert found["orderly_runs", "open"] == 3
    assert found["orderly_oldest_run_age_seconds", "open"] == 12.5
    assert found["orderly_attention", "drift"] == 2
    assert found["orderly_orphaned_runs", ""] == 4
    assert found["orderly_drift_total", "terminated"] == 2
    assert found["orderly_figures_read_timestamp_seconds", ""] > 0
    metrics.show([Metric("runs", "waiting", 1, 1)], orphans=0)
    found = scraped(url)
    assert (found["orderly_runs", "open"], found["orderly_attention", "drift"]) == (0, 0)
    assert found["orderly_oldest_run_age_seconds", "open"] == 0


def test_a_label_that_nobody_knows_is_left_out(served: tuple[Metrics, str]) -> None:
    """Whatever is in the database, the set of labels is fixed."""
    metrics, url = served
    before = scraped(url).keys()
    metrics.show([Metric("attention", "01a20978-a624-785c-9714-58f716b1259e", 1, 0)], orphans=0)
    assert scraped(url).keys() == before


def test_a_port_that_is_taken_is_no_reason_to_stop(
    served: tuple[Metrics, str], caplog: pytest.LogCaptureFixture
) -> None:
    """The worker works without metrics, and says so."""
    Metrics().serve(LOOPBACK, int(served[1].rpartition(":")[2].partition("/")[0]))
    assert "metrics are not served" in caplog.text
