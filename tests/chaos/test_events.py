"""The checker compares each resource with its last event."""

from typing import Any

import pytest

from tests.chaos.client_log import Json
from tests.chaos.events import last_events_match_resources
from tests.chaos.records import Records

ORDER: Json = {"id": "o", "status": "shipped", "updated_at": "2"}
STATE: Json = {
    "subject": "order", "id": "o", "now": ORDER, "last_type": "order.status_changed",
    "last_data": {**ORDER, "updated_at": "1"},
}  # fmt: skip


def check(**changes: Any) -> list[str]:
    """Check one resource."""
    records = Records({}, {}, {}, {}, {}, {}, {}, [], [], [], {}, {}, 60, states=[{**STATE, **changes}])
    return [violation.what for violation in last_events_match_resources(records)]


@pytest.mark.parametrize("changes", [{}, {"now": None, "last_type": "order.deleted"}])
def test_matching_events_have_no_violation(changes: dict[str, Any]) -> None:
    """`updated_at` alone may differ."""
    assert check(**changes) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"last_type": None, "last_data": None}, "has no event"),
        ({"now": None}, "is gone"),
        ({"now": {**ORDER, "status": "pending"}}, "differs from its last event"),
        ({"last_data": None}, "differs from its last event"),
    ],
)
def test_a_change_without_its_event_is_found(changes: dict[str, Any], what: str) -> None:
    (found,) = check(**changes)
    assert what in found
