"""Reads orders from a CSV file, and finds the bad lines."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from client.errors import UsageError

ORDER_FIELDS = ("external_id", "order_number", "status", "currency", "total", "bridge_id")
PARTS: Mapping[str, Sequence[str]] = {
    "customer": ("name", "email"),
    "ship_to": ("name", "company", "street1", "street2", "city", "state", "postal_code", "country", "phone"),
    "line_items": ("id", "sku", "name", "quantity", "price"),
}
COLUMNS = (*ORDER_FIELDS, *(f"{part}.{name}" for part, names in PARTS.items() for name in names))
"""The accepted columns, besides `metadata.KEY` for any key."""

ERROR = "error"
"""The column that the file of errors has in addition; an import ignores it."""

DELIMITERS = ",;\t|"
MAX_CELL = 100_000
_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_QUANTITY = re.compile(r"\d{1,7}")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line; `field` is a column, or empty for the whole line."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row; `number` is the line on which it starts, because a cell may contain line breaks."""

    number: int
    cells: Sequence[str]


@dataclass(slots=True)
class FileOrder:
    """An order of the file: the body to send, and its lines, one for each line item."""

    body: dict[str, Any]
    lines: list[Line] = field(default_factory=list)
    item_lines: list[int] = field(default_factory=list)

    def find_line(self, path: Sequence[Any]) -> int:
        """Return the line of a field that the API refused."""
        if len(path) > 1 and path[0] == "line_items" and isinstance(path[1], int) and path[1] < len(self.item_lines):
            return self.item_lines[path[1]]
        return self.lines[0].number


@dataclass(slots=True)
class OrderFile:
    """The orders of a file, in its order, and its bad lines. An order with a bad line is not among the orders."""

    header: Sequence[str]
    delimiter: str
    orders: list[FileOrder]
    problems: list[Problem]
    bad_lines: dict[int, Line]


def read_orders(content: bytes, delimiter: str | None = None) -> OrderFile:
    """Read a file of UTF-8 text, with or without a byte order mark.

    Args:
        content: the file.
        delimiter: what separates the cells; None chooses the character that the first line has most often.

    Raises:
        UsageError: the file has no usable header, or is no text.
    """
    text = _decode(content)
    delimiter = delimiter or _find_delimiter(text)
    rows = _read_rows(text, delimiter)
    header = [name.strip() for name in next(rows, Line(1, ())).cells]
    _check_header(header)
    found = OrderFile(header, delimiter, [], [], {})
    by_id: dict[tuple[str, str], FileOrder] = {}
    for line in rows:
        if any(cell.strip() for cell in line.cells):
            _add_line(found, by_id, line)
    at = header.index("external_id")
    bad_ids = {line.cells[at].strip() for line in found.bad_lines.values() if at < len(line.cells)}
    for order in by_id.values():
        if order.body["external_id"] in bad_ids:
            found.bad_lines.update({line.number: line for line in order.lines})
        else:
            found.orders.append(order)
    return found


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"line {line} is not UTF-8: save the file as CSV UTF-8") from None


def _find_delimiter(text: str) -> str:
    head = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    return max(DELIMITERS, key=head.count)


def _read_rows(text: str, delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageError(f"line {start} is not CSV: {error}") from None
        yield Line(start, cells)


def _check_header(header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in (*COLUMNS, ERROR) and not re.fullmatch(r"metadata\..+", name)]
    repeated = sorted({name for name in header if header.count(name) > 1})
    problems = [f"{name or 'empty name'}: unknown column" for name in unknown]
    problems += [f"{name}: occurs twice" for name in repeated]
    if "external_id" not in header:
        problems.append("external_id: this column is missing")
    if problems:
        accepted = f"accepted: {', '.join(COLUMNS)}, metadata.KEY"
        raise UsageError("the first line must name the columns", [*problems, accepted])


def _add_line(found: OrderFile, by_id: dict[tuple[str, str], FileOrder], line: Line) -> None:
    """Add a row to its order, or to the problems."""
    problems: list[Problem] = []
    if len(line.cells) != len(found.header):
        message = f"has {len(line.cells)} cells instead of {len(found.header)}"
        problems.append(Problem(line.number, "", message))
        values: dict[str, str] = {}
    else:
        stripped = {name: cell.strip() for name, cell in zip(found.header, line.cells, strict=True)}
        values = {name: cell for name, cell in stripped.items() if cell and name != ERROR}
        problems += [Problem(line.number, name, message) for name, message in _check_values(values)]
    if not problems:
        body, item = _to_body(values)
        order = by_id.setdefault((values["external_id"], values.get("bridge_id", "")), FileOrder(body))
        problems += [
            Problem(line.number, name, f"differs from line {order.lines[0].number} of the same order")
            for name in find_differences(order.body, body)
        ]
        order.lines.append(line)
        if item:
            order.body.setdefault("line_items", []).append(item)
            order.item_lines.append(line.number)
    if problems:
        found.problems += problems
        found.bad_lines[line.number] = line


def _check_values(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each bad column with its problem; the API checks everything else."""
    if "external_id" not in values:
        yield "external_id", "is required"
    for name in ("total", "line_items.price"):
        if name in values and not _AMOUNT.fullmatch(values[name]):
            yield name, "must be an amount such as 12.50"
    has_item = any(name.startswith("line_items.") for name in values)
    if has_item and not _QUANTITY.fullmatch(values.get("line_items.quantity", "")):
        yield "line_items.quantity", "must be a whole number"


def _to_body(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the order, and those of the line item."""
    body: dict[str, Any] = {}
    item: dict[str, Any] = {}
    for name, value in values.items():
        part, dot, inner = name.partition(".")
        if not dot:
            body[name] = value
        elif part == "line_items":
            item[inner] = int(value) if inner == "quantity" else value
        else:
            body.setdefault(part, {})[inner] = value
    return body, item


def find_differences(first: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the columns whose values contradict those of the order's first line; missing values do not."""
    found: list[str] = []
    for name, value in other.items():
        known = first.get(name)
        if isinstance(value, dict):
            parts = known if isinstance(known, dict) else {}
            found += [f"{name}.{key}" for key, text in value.items() if parts.get(key) != text]
        elif known != value:
            found.append(name)
    return found
