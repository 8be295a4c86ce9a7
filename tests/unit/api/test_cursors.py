"""Only cursors that the service wrote are accepted, even if a client computes a valid checksum."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from api.http.cursors import InvalidCursor, _compute_checksum, read_cursor, write_cursor
from domain.ports.rows import After

QUERY = {"list": "OperationQuery", "sort": "status", "order": "desc"}
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
IDENT = UUID("01900000-0000-7000-8000-000000000001")


@dataclass(frozen=True)
class Row:
    """A row of a list."""

    id: UUID = IDENT
    created_at: datetime = AT
    status: str = "pending"
    executed_at: datetime | None = None


def forge_cursor(place: str) -> str:
    """Return a cursor with a valid checksum, which needs no secret."""
    content = place.encode()
    return base64.urlsafe_b64encode(_compute_checksum(content, QUERY) + content).decode().rstrip("=")


@pytest.mark.parametrize("sort", ["created_at", "status", "executed_at"])
@pytest.mark.parametrize("executed_at", [None, AT, AT.astimezone(timezone(timedelta(hours=5)))])
@pytest.mark.parametrize("is_capped", [False, True])
def test_a_cursor_is_read_as_it_was_written(sort: str, executed_at: datetime | None, is_capped: bool) -> None:
    """Values and times survive, to the microsecond."""
    row = Row(executed_at=executed_at)
    cursor = write_cursor(7, row, sort, QUERY, is_capped=is_capped)
    assert read_cursor(cursor, sort, QUERY) == (7, After(getattr(row, sort), AT, IDENT, is_capped))


def test_a_cursor_of_another_query_or_with_a_changed_letter_is_invalid() -> None:
    cursor = write_cursor(2, Row(), "status", QUERY)
    with pytest.raises(InvalidCursor):
        read_cursor(cursor, "status", {**QUERY, "type": "void_shipment"})
    for place, letter in enumerate(cursor[:-1]):
        altered = cursor[:place] + ("A" if letter != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(InvalidCursor):
            read_cursor(altered, "status", QUERY)


@pytest.mark.parametrize(
    "change",
    [
        {0: 1.5}, {0: True}, {0: "1"}, {0: None}, {0: float("inf")}, {0: float("nan")}, {0: 0}, {0: -3}, {0: 10**400},
        {1: 5}, {1: {"a": 1}}, {1: ["a"]}, {1: "a\0"}, {1: "\ud800"}, {1: True},
        {2: None}, {2: 5}, {2: "yesterday"}, {2: "2026-01-01"}, {3: None}, {3: 7}, {3: "x"},
        {4: None}, {4: 0}, {4: "true"},
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_cursor_with_a_strange_value_is_invalid(change: dict[int, Any]) -> None:
    """Wrong types, text that Postgres can't store and numbers out of bounds are refused despite a valid checksum."""
    place = [1, "pending", AT.isoformat(), str(IDENT), True]
    assert read_cursor(forge_cursor(json.dumps(place)), "status", QUERY)
    for index, value in change.items():
        place[index] = value
    with pytest.raises(InvalidCursor):
        read_cursor(forge_cursor(json.dumps(place)), "status", QUERY)


@pytest.mark.parametrize("place", ["", "7", "null", "{}", "[]", "[" * 700, '{"a":1,"b":2,"c":3,"d":4,"e":5}'])
def test_a_forged_cursor_of_another_shape_is_invalid(place: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(forge_cursor(place), "status", QUERY)
