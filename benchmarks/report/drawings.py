"""The charts of the benchmark pages."""

import statistics
from collections.abc import Iterator

from benchmarks.pictures.chart import Chart, Line
from benchmarks.pictures.scale import Axis
from benchmarks.report.executions import ALONE, MANY, charted_subjects
from benchmarks.results import Results
from benchmarks.stored import Aging, Tables

REST = "Medians of the repetitions, all from one run on one machine."
THOUSAND = 1000


def drawings(results: Results, aging: Aging | None, tables: Tables | None) -> Iterator[tuple[str, Chart]]:
    """Yield all charts with their file names."""
    yield "latency-1", latency(results, ALONE)
    yield "latency-64", latency(results, MANY)
    yield "throughput", throughput(results)
    if aging is not None:
        yield "aging", aging_speed(aging)
        yield "aging-memory", aging_memory(aging)
    if tables is not None:
        yield "tables", table_growth(tables)


def latency(results: Results, clients: int) -> Chart:
    """Return the chart of completed operations by time since creation."""
    lines = []
    for name in charted_subjects(results):
        runs = results.executions[name][clients]
        curve = [statistics.median(run.latencies[percent] for run in runs) for percent in range(100)]
        lines.append(Line(name, [(ms, percent + 1.0) for percent, ms in enumerate(curve)]))
    return Chart(
        f"Latency of one operation, {clients} client{'s' if clients > 1 else ''}",
        f"{REST} Further left is faster; steeper is more even.",
        Axis("created, executed and done after so many ms (logarithmic)", logarithmic=True),
        Axis("operations done, %", ticks=(0, 25, 50, 75, 95, 100)),
        lines,
        marked=False,
    )


def throughput(results: Results) -> Chart:
    """Return the chart of operations per second by number of clients."""
    lines = []
    for name in charted_subjects(results):
        spreads = [results.over(name, clients, lambda run: run.per_second) for clients in results.effort.clients]
        points = [
            (float(clients), spread.median) for clients, spread in zip(results.effort.clients, spreads, strict=True)
        ]
        lines.append(Line(name, points, [(spread.low, spread.high) for spread in spreads]))
    return Chart(
        "Throughput against clients",
        f"{REST} Bars: the lowest and the highest.",
        Axis("clients (logarithmic)", logarithmic=True, ticks=tuple(map(float, results.effort.clients))),
        Axis("operations per second"),
        lines,
    )


def aging_speed(aging: Aging) -> Chart:
    """Return the chart of speed by completed operations."""
    points = [(at, rate) for at, rate in zip(_done(aging), aging.per_second, strict=True)]
    return Chart(
        "Speed over operations in a row",
        f"One stack, {aging.clients} clients, mean of each {aging.part:,}.",
        Axis("operations done, thousands"),
        Axis("operations per second"),
        [Line("create_shipment", points)],
    )


def aging_memory(aging: Aging) -> Chart:
    """Return the chart of each process's memory by completed operations."""
    names = sorted(aging.megabytes[0], key=lambda name: -aging.megabytes[-1][name])
    return Chart(
        "Memory over operations in a row",
        f"One stack, {aging.clients} clients, at the end of each {aging.part:,}.",
        Axis("operations done, thousands"),
        Axis("PSS, MB"),
        [Line(name, list(zip(_done(aging), (each[name] for each in aging.megabytes), strict=True))) for name in names],
    )


def table_growth(tables: Tables) -> Chart:
    """Return the chart of a call's cost by number of rows."""
    return Chart(
        "Cost against the size of the table",
        "p95 of one call.",
        Axis("operations in the organization (logarithmic)", logarithmic=True),
        Axis("p95, ms"),
        [Line(name, points) for name, points in tables.lines.items()],
    )


def _done(aging: Aging) -> list[float]:
    return [(number + 1) * aging.part / THOUSAND for number in range(len(aging.per_second))]
