"""Cursors: the end of a list's page, which the client sends back to get the next page.

A cursor holds the position of the last row, and a checksum over the position and the list. An altered cursor, or one of
another list, is refused. A cursor needs no secret, because it grants nothing: every list is limited to the caller's
organization. A client can compute a valid checksum, so the types of a cursor's parts are checked before they reach SQL.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from domain.ports.rows import After

FIRST = "first"
"""The cursor of the first page."""

CHECKSUM_BYTES = 12
"""Length of the checksum."""

MAX_PAGE = 10**12
"""Larger than any list."""


class InvalidCursor(ValueError):
    """The cursor was altered, or belongs to another list."""


class ListedRow(Protocol):
    """A row of any list."""

    @property
    def id(self) -> UUID:
        """The row's id."""

    @property
    def created_at(self) -> datetime:
        """When the row was created."""


def write_cursor(page: int, last: ListedRow, sort: str, of: Mapping[str, Any], *, is_capped: bool = False) -> str:
    """Return the cursor of page number `page`, which follows the row `last`.

    `of` describes the list: its name, filters, sort and direction. `is_capped`: its total was capped.
    """
    value = getattr(last, sort)
    sort_value = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    place = [page, sort_value, last.created_at.astimezone(UTC).isoformat(), str(last.id), is_capped]
    return seal(json.dumps(place).encode(), of)


def seal(place: bytes, of: Mapping[str, Any]) -> str:
    """Return a place in the list that `of` describes as a cursor."""
    return base64.urlsafe_b64encode(_compute_checksum(place, of) + place).decode().rstrip("=")


def unseal(cursor: str, of: Mapping[str, Any]) -> bytes:
    """Return the place of a cursor.

    Raises:
        InvalidCursor: it was not made by `seal` for this list.
    """
    try:
        decoded = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidCursor from None
    checksum, place = decoded[:CHECKSUM_BYTES], decoded[CHECKSUM_BYTES:]
    if checksum != _compute_checksum(place, of):
        raise InvalidCursor
    return place


def read_cursor(cursor: str, sort: str, of: Mapping[str, Any]) -> tuple[int, After]:
    """Return the page's number, and the row that precedes it.

    Raises:
        InvalidCursor: it was not made by `write_cursor` for this list.
    """
    try:
        return _read(cursor, sort, of)
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursor from None


def _read(cursor: str, sort: str, of: Mapping[str, Any]) -> tuple[int, After]:
    page, value, created_at, ident, is_capped = json.loads(unseal(cursor, of))
    if type(page) is not int or not 1 <= page <= MAX_PAGE or type(is_capped) is not bool:
        raise InvalidCursor
    if value is not None:
        value = _parse_time(value) if sort.endswith("_at") else _parse_text(value)
    return page, After(value, _parse_time(created_at), UUID(ident), is_capped)


def _parse_text(value: Any) -> str:
    """Return a text that can be compared with a column."""
    if not isinstance(value, str) or not value.isprintable():
        raise InvalidCursor
    return value


def _parse_time(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise InvalidCursor
    return at


def _compute_checksum(place: bytes, of: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode() + b"\n" + place).digest()[:CHECKSUM_BYTES]
