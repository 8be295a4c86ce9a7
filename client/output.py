"""Shows results: tables on a terminal, plain lines in a pipe, or JSON."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from client.text import make_visible

Row = Mapping[str, Any]
Cell = Callable[[Row], Any]
FLUSH_ROWS = 200
"""Rows of one table, so that a long list shows its start before its end is read."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list; `read` returns its value from a row, by default the field `name`."""

    name: str
    read: Cell | None = None

    def value(self, row: Row) -> str:
        """Return the text of the column in a row."""
        found = row.get(self.name) if self.read is None else self.read(row)
        return to_text(found)


def to_text(value: Any) -> str:
    """Return one line of text without characters that a terminal would interpret."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return make_visible(str(value))
    return make_visible(json.dumps(value, ensure_ascii=False))


class Output:
    """The output of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads standard output."""
        return not self.as_json and sys.stdout.isatty()

    def show_list(self, columns: Sequence[Column], rows: Iterable[Row]) -> int:
        """Show rows as they arrive, and return their number."""
        if self.is_terminal:
            return self._show_table(columns, rows)
        number = 0
        for row in rows:
            number += 1
            self.show_line(row, "\t".join(column.value(row) for column in columns))
        return number

    def show_line(self, item: Any, line: str) -> None:
        """Show one item at once: as a line of text, or of JSON."""
        click.echo(json.dumps(item) if self.as_json else line)

    def show_fields(self, item: Row, columns: Sequence[Column]) -> None:
        """Show one item: a line for each field that is set."""
        if self.as_json:
            click.echo(json.dumps(item))
            return
        shown = [(column.name, column.value(item)) for column in columns]
        width = max(len(name) for name, _ in shown) + 2 if self.is_terminal else 0
        for name, text in shown:
            if text:
                click.echo(f"{name:<{width}}{text}" if width else f"{name}\t{text}")

    def show_part(self, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Show a part of an item below its fields; JSON has it already."""
        if self.as_json or not rows:
            return
        click.echo(f"\n{title}")
        self.show_list(columns, rows)

    def _show_table(self, columns: Sequence[Column], rows: Iterable[Row]) -> int:
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        console, number = Console(), 0
        for part in _in_parts(rows, FLUSH_ROWS):
            table = Table(box=None, pad_edge=False, header_style="bold")
            for column in columns:
                table.add_column(column.name.upper(), overflow="fold")
            for row in part:
                # Text, because a value such as [red] is no markup.
                table.add_row(*(Text(column.value(row)) for column in columns))
            console.print(table)
            number += len(part)
        if number == 0:
            console.print("none")
        return number


@contextmanager
def show_progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error while a person watches; yield the function that sets the position."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=total)
        yield lambda position: progress.update(task, completed=position)


def _in_parts(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
