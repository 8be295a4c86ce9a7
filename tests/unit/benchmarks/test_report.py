"""The page holds every figure, and no word of it is left without one."""

from benchmarks import report
from benchmarks.load import Run
from benchmarks.measure import BATCH, BUYS, MANY, ROUTES, WAITS, Effort, Results


def a_run(clients: int, per_second: float, p50: float, **cpu: float) -> Run:
    return Run(clients, 100, per_second, p50, p50 * 1.5, {"api": 11.0, "temporal": 17.0, **cpu})


def some_results() -> Results:
    results = Results(Effort(2, 100, 600, 2000), ready_seconds=[6.5, 3.25], completed=1234, labels=1234)
    for name, speed in ((WAITS, 1.0), (BUYS, 0.4), (report.OURS, 0.8)):
        results.alone[name] = [a_run(1, 50.0 * speed, 20.0 / speed) for _ in range(2)]
        results.many[name] = [a_run(MANY, rate * speed, 900.0) for rate in (60.0, 64.0)]
    for route in ROUTES:
        results.routes[route] = [a_run(16, 500.0, 30.0)] * 2
        results.bare_routes[route] = [a_run(16, 1000.0, 15.0, bare=0.9)] * 2
    results.singles = [a_run(1, 100.0, 10.0, postgres=2.0)] * 2
    results.batches = [a_run(1, 5.0, 200.0, api=100.0, temporal=0.0, postgres=50.0)] * 2
    results.idle_megabytes = {"api": 100.4, "temporal": 200.0}
    results.loaded_megabytes = {"api": 120.0, "temporal": 300.0}
    return results


def test_the_page_shows_medians_with_their_spread_and_ratios_to_each_bare_workflow() -> None:
    page = report.document(some_results())
    assert "| create_shipment | 49.6 [48.0-51.2] | 1.50 | 25.0 | 37.5 |" in page
    assert f"| create_shipment : {WAITS} | 0.80 | 1.25 | 1.25 | 1.00 |" in page
    assert f"| create_shipment : {BUYS} | 2.00 | 0.50 | 0.50 | 1.00 |" in page
    assert "1234 operations completed, 1234 labels" in page


def test_the_page_tells_how_much_faster_a_batch_is() -> None:
    page = report.document(some_results())
    assert "| one by one | 100 | 11.00 | 2.00 |" in page
    assert f"| {BATCH} by one call | 2500 | 0.20 | 0.10 |" in page
    assert "| ratio | 25.0 | CPU in all: 0.010 |" in page


def test_the_page_sums_memory_and_tells_both_starts() -> None:
    page = report.document(some_results())
    assert "| in all | 300 | 420 |" in page
    assert "6.5 s at the first start, 3.2 s at the second" in page
    assert "$" not in page


def test_a_busy_machine_is_named_on_the_page() -> None:
    results = some_results()
    assert "BUSY" not in report.document(results)
    results.load_before = 3.0
    assert "3.0 (load average before the start): BUSY" in report.document(results)
