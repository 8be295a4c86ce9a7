"""Cursors: where a page of a list ends, for the client to hand back as it is.

A cursor holds the last row's place in the list and a checksum over it and over the list: what it was altered to, or the
cursor of another list, is refused. It grants nothing, so it needs no secret: every list is the caller's organization's.
Anybody can make one whose checksum is right: its parts are held to their types before they reach a statement.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from domain.ports.stores import After

FIRST = "first"
"""The cursor of the first page."""

CHECKSUM_BYTES = 12
"""Bytes."""

MAX_PAGE = 10**12
"""No list has so many."""


class InvalidCursor(ValueError):
    """It was altered, or belongs to another list."""


class ListedRow(Protocol):
    """A row of any list."""

    @property
    def id(self) -> UUID:
        """Its id."""

    @property
    def created_at(self) -> datetime:
        """When it was made."""


def write_cursor(page: int, last: ListedRow, sort: str, of: Mapping[str, Any]) -> str:
    """Return the cursor of the page with that number, which follows the row `last`.

    `of` is the list: its name, its filters, its sort and direction.
    """
    value = getattr(last, sort)
    sort_value = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    place = json.dumps([page, sort_value, last.created_at.astimezone(UTC).isoformat(), str(last.id)]).encode()
    return base64.urlsafe_b64encode(_compute_checksum(place, of) + place).decode().rstrip("=")


def read_cursor(cursor: str, sort: str, of: Mapping[str, Any]) -> tuple[int, After]:
    """Return a page's number, and the row that it follows.

    Raises:
        InvalidCursor: it was not made by `write_cursor` for this list.
    """
    try:
        return _read(cursor, sort, of)
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursor from None


def _read(cursor: str, sort: str, of: Mapping[str, Any]) -> tuple[int, After]:
    decoded = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    checksum, place = decoded[:CHECKSUM_BYTES], decoded[CHECKSUM_BYTES:]
    if checksum != _compute_checksum(place, of):
        raise InvalidCursor
    page, value, created_at, ident = json.loads(place)
    if type(page) is not int or not 1 <= page <= MAX_PAGE:
        raise InvalidCursor
    if value is not None:
        value = _parse_time(value) if sort.endswith("_at") else _parse_text(value)
    return page, After(value, _parse_time(created_at), UUID(ident))


def _parse_text(value: Any) -> str:
    """Return what a column of text can be compared with."""
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
