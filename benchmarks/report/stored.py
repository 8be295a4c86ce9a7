"""Parts of the benchmark pages with figures from separate commands."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.figures import Spread
from benchmarks.report.markdown import table
from benchmarks.stored import Aging, Facts, Filters, SetUp, Tables


def describe_aging(aging: Aging | None) -> str:
    """Return tables and charts of aging, or a note that it was not measured."""
    if aging is None:
        return "Not measured yet: `python -m benchmarks.aging` does it."
    names = list(aging.megabytes[0])
    files = list(aging.files[0])
    rows = [
        [
            f"{(number + 1) * aging.part:,}",
            f"{rate:.1f}",
            *(f"{memory[name]:.0f}" for name in names),
            *(f"{disk[name]:.0f}" for name in files),
        ]
        for number, (rate, memory, disk) in enumerate(zip(aging.per_second, aging.megabytes, aging.files, strict=True))
    ]
    head = ("operations", "per second", *(f"{name}, MB" for name in names), *(f"{name} on disk, MB" for name in files))
    return "\n\n".join(
        [
            describe_measurement(aging.facts),
            f"{len(rows) * aging.part:,} operations in a row, {aging.clients} clients, in parts of {aging.part:,}. "
            f"The last part runs at {aging.speed_ratio:.2f} of the first one's speed.",
            "![Speed over operations in a row](benchmarks/aging.svg)",
            "![Memory over operations in a row](benchmarks/aging-memory.svg)",
            table(head, rows),
        ]
    )


def describe_tables(tables: Tables | None) -> str:
    """Return the chart and table of growing tables, or a note that they were not measured."""
    if tables is None:
        return "Not measured yet."
    sizes = sorted({rows for points in tables.lines.values() for rows, _ in points})
    rows = [
        [name, *(f"{dict(points)[size]:.2f}" if size in dict(points) else "-" for size in sizes)]
        for name, points in tables.lines.items()
    ]
    head = ("p95 in ms", *(f"{size:,.0f} rows" for size in sizes))
    picture = "![Cost against the size of the table](benchmarks/tables.svg)"
    return "\n\n".join([describe_measurement(tables.facts), picture, table(head, rows)])


def describe_filters(filters: Filters | None) -> str:
    """Return the table of lists with filters, or a note that they were not measured."""
    if filters is None:
        return "Not measured yet: `python -m benchmarks.tables.filters --keep` does it."
    later = {row["name"]: row for row in filters.later}
    rows = [[row["name"], *_compare(row), *_compare(later.get(row["name"]))] for row in filters.first]
    sizes = ("10,000", f"{filters.rows:,}", "ratio")
    head = ("p95 in ms", *(f"first page, {size}" for size in sizes), *(f"later page, {size}" for size in sizes))
    return "\n\n".join([describe_measurement(filters.facts), table(head, rows)])


def _compare(row: Mapping[str, Any] | None) -> Sequence[str]:
    if row is None:
        return "-", "-", "-"
    return f"{row['small']['p95']:.2f}", f"{row['large']['p95']:.2f}", f"{row['ratio_p95']:.2f}"


def describe_set_up(set_up: SetUp | None) -> str:
    """Describe the duration of the first set-up, or return a note that it was not measured."""
    if set_up is None:
        return "Not measured yet: `python -m benchmarks.set_up` does it."
    shown = Spread.of(set_up.seconds).format()
    what = "From `make up` in a clean clone to a ready API, with pip's cache filled"
    return f"{what}: {shown} s. {describe_measurement(set_up.facts)}"


def describe_measurement(facts: Facts) -> str:
    """Describe the separate measurement of stored figures, such as its date and machine."""
    return "Measured separately: " + ", ".join(f"{name} {value}" for name, value in facts) + "."
