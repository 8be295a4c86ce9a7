"""The report shows every figure with its aim."""

from pathlib import Path
from xml.etree import ElementTree

from benchmarks.opponents.tutorial.opponent import Tutorial
from benchmarks.report.drawings import drawings
from benchmarks.report.page import build_details, build_summary, write_pages
from benchmarks.results import Results
from benchmarks.routes import BATCH
from benchmarks.stored import Stored
from benchmarks.subjects import BUYS, ONE_CALL, WAITS
from tests.unit.benchmarks.results import build_aging, build_results, build_stored, build_tables


def test_the_page_shows_medians_with_their_spread_and_ratios() -> None:
    page = build_details(build_results(), Stored())
    assert "| create_shipment | 49.6 [48.0-51.2] | 1.50 | 25.0 | 37.5 |" in page
    assert f"| create_shipment : {WAITS} | 0.80 | 1.25 | 1.25 | 1.00 |" in page
    assert f"| create_shipment : {BUYS} | 2.00 | 0.50 | 0.50 | 1.00 |" in page
    assert f"| create_shipment : {Tutorial.name} | 8.00 | 0.12 | 0.12 | 1.00 |" in page


def test_runs_with_many_clients_take_longer() -> None:
    effort = build_results().effort
    assert (effort.seconds, effort.seconds_of(64), effort.seconds_of(256)) == (1, 1, 2)
    assert "2 repetitions; runs of 1, 1 s or more at 1, 64 clients" in build_details(build_results(), Stored())


def test_the_page_names_versions_work_and_skipped_opponents() -> None:
    page = build_details(build_results(), Stored())
    assert "| the service's own stack | Temporal 1 | 1234 = 1234 |" in page
    assert "| Restate | skipped: npm is not installed | - |" in page


def test_the_page_compares_every_figure_with_its_aim() -> None:
    page = build_details(build_results(), build_stored())
    assert f'| throughput at 64 clients : "{Tutorial.name}" | >= 4.6 | 8.00 | yes |' in page
    assert f'| one call: throughput at 64 clients : "{WAITS}" | >= 1.05 | 0.90 | **no** |' in page
    assert f'| CPU of the Temporal server at 64 clients : "{WAITS}" | <= 0.65 | 1.00 | **no** |' in page
    assert "| fulfill_order, p50 at 1 client : create_shipment | <= 1.5 | 1.75 | **no** |" in page
    assert "| undo with wait, p50 at 1 client : execute with wait | <= 1 | 0.75 | yes |" in page
    assert "| round trips of SQL per operation | <= 8.6 | 12.9 | **no** |" in page
    assert "| an operation : a carrier that takes 2 s, p50, ms longer | <= 100 | 50 | yes |" in page
    assert "| create : a bare route | >= 0.72 | 0.50 | **no** |" in page
    assert "| CPU outside the Temporal server at 64 clients, ms | <= 18 | 5.0 | yes |" in page
    assert "| ratio | 1.50 | 2.50 | 0.50 |" in page
    assert "| a single operation next to another organization's bulk work : alone, p50 | <= 2 | 1.50 | yes |" in page
    assert "| a single operation next to another organization's bulk work : alone, p95 | <= 2 | 2.50 | **no** |" in page
    assert "| speed of the last part : the first | >= 0.85 | 0.90 | yes |" in page
    assert "| memory of api, its growth over the second half | <= 0.1 | 0.20 | **no** |" in page
    assert "| the worst of those, p95 : p95 (type=fulfill_order) | <= 1.5 | 1.75 | **no** |" in page
    cut = "the 1 of them with a full page in the large table only, cut to as many rows, p95 : p95"
    assert f"| {cut} | <= 1.5 | 1.40 | yes |" in page
    assert "| the deepest page of 5,000,000 rows by offset, p95, ms, over 1 sorts | <= 200 | 2.5 | yes |" in page
    assert "| the slowest page of 5,000,000 rows by offset, one in the middle, p95, ms | <= 200 | 150 | yes |" in page
    assert (
        "| from `make up` in a clean clone to a ready API, pip's cache filled, s | <= 60 | 31 [30-32] | yes |" in page
    )
    assert "| create in 5,000,000 rows : in an empty table, p95 | <= 1.2 | 1.10 | yes |" in page
    assert "| the worst of those, p95 : p95 (actor of most) | <= 1.5 | 1.60 | **no** |" in page
    total = "the slowest first page with its total of 5,000,000 rows, p95, ms (actor of none)"
    assert f"| {total} | <= 200 | 150.0 | yes |" in page


def test_the_page_shows_a_bridge_and_the_bare_workflow_for_each_aim() -> None:
    page = build_details(build_results(), Stored())
    assert f'| throughput at 64 clients : "{WAITS}" | >= 0.92 | 0.80 | 0.50 | 1.00 |' in page
    assert "| CPU outside the Temporal server at 64 clients, ms | <= 18 | 5.0 | 5.0 | 0.5 |" in page
    assert f'| throughput at 64 clients : "{Tutorial.name}" | >= 4.6 | 8.00 | 5.00 | 10.00 |' in page
    assert f'| p50 at 1 client : "{Tutorial.name}" | <= 0.19 | 0.12 | 0.20 | 0.10 |' in page


def test_the_page_shows_the_calls_at_one_client() -> None:
    page = build_details(build_results(), Stored())
    assert "| fulfill_order | 35.0 | 52.5 | 1.75 |" in page
    assert "| 2 | 50 | 1.025 |" in page
    assert "| create_shipment | 12.9 | 34.0 |" in page


def test_the_page_compares_a_batch_with_single_calls() -> None:
    page = build_details(build_results(), Stored())
    assert "| one by one | 100 | 11.00 | 2.00 |" in page
    assert f"| {BATCH} by one call | 2500 | 0.20 | 0.10 |" in page
    assert "| ratio | 25.0 | CPU in all: 0.023 |" in page


def test_the_page_shows_total_memory_and_both_start_times() -> None:
    page = build_details(build_results(), Stored())
    assert "| in all | 300 | 420 |" in page
    assert "6.5 s at the first start, 3.2 s at later ones" in page
    assert "$" not in page


def test_the_page_shows_the_temporal_servers_share_of_the_cpu() -> None:
    page = build_details(build_results(), Stored())
    assert "67 % of the CPU of a create_shipment" in page  # 17 of 4 + 17 + 1 + 3 + 0.5 ms


def test_the_page_names_missing_measurements() -> None:
    page = build_details(build_results(), Stored())
    assert "Not measured yet: `python -m benchmarks.aging` does it." in page
    assert "## Growing tables\n\nNot measured yet.\n" in page
    assert "Not measured yet: `python -m benchmarks.tables.filters --keep` does it." in page
    assert "Not measured yet: `python -m benchmarks.set_up` does it." in page


def test_older_figures_are_shown_with_their_date() -> None:
    page = build_details(build_results(), build_stored())
    assert "date 2026-11-01" in page
    assert "| 4,000 | 45.0 | 120 | 20 |" in page
    assert "date 2026-11-02" in page
    assert "| create | 2.00 | - | 2.20 |" in page
    assert "| actor of most | 2.00 | 4.00 | 2.00 | 1.00 | 1.60 | 1.60 |" in page
    assert "| actor of none | 1.00 | 150.00 | 150.00 | - | - | - |" in page


def test_the_page_reports_a_busy_machine() -> None:
    results = build_results()
    assert "BUSY" not in build_details(results, Stored())
    results.load_before = 3.0
    assert "3.0 (load average before the start): BUSY" in build_details(results, Stored())


def test_stored_results_give_the_same_page(tmp_path: Path) -> None:
    results = build_results()
    results.write(tmp_path / "suite.json")
    assert build_details(Results.read(tmp_path / "suite.json"), Stored()) == build_details(results, Stored())


def test_the_page_shows_every_chart_that_is_written(tmp_path: Path) -> None:
    write_pages(build_results(), tmp_path)
    page = (tmp_path / "benchmarks-details.md").read_text()
    charts = sorted((tmp_path / "benchmarks").glob("*.svg"))
    assert charts
    for chart in charts:
        assert f"(benchmarks/{chart.name})" in page
        assert ElementTree.parse(chart).getroot().tag.endswith("svg")  # noqa: S314 - our own


def test_a_chart_has_a_line_for_every_opponent() -> None:
    charts = dict(drawings(build_results(), build_aging(), build_tables()))
    assert sorted(charts) == ["aging", "aging-memory", "latency-1", "latency-64", "tables", "throughput"]
    names = ["create_shipment", ONE_CALL, WAITS, BUYS, Tutorial.name]
    assert [line.name for line in charts["throughput"].lines] == names
    assert [line.points for line in charts["throughput"].lines][4] == [(1.0, 5.0), (64.0, 6.2)]


def test_the_summary_names_the_missed_aims_and_shows_the_ratios() -> None:
    page = build_summary(build_results(), build_stored())
    assert "aims are met. These are not:" in page
    assert "| create : a bare route | >= 0.72 | 0.50 |" in page
    assert f'| throughput at 64 clients : "{Tutorial.name}" |' not in page
    assert "p50 1.50 times, p95 2.50 times" in page
    assert "| 25.0 times |" in page
    assert "$" not in page


def test_the_summary_has_fewer_than_900_words() -> None:
    page = build_summary(build_results(), build_stored())
    assert len(page.split()) < 900
