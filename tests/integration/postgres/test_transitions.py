"""The database refuses what the transition table does not have."""

from itertools import permutations
from uuid import uuid4

import psycopg
import pytest

from domain.operations import TRANSITIONS, OperationStatus
from tests.fixtures.rows import Rows


def test_the_trigger_is_the_transition_table(rows: Rows) -> None:
    """Each pair of statuses is allowed by the trigger exactly where the domain allows it."""
    change = "update operations set status = %s where id = %s"
    for current, following in permutations(OperationStatus, 2):
        operation = rows.insert_operation(current)
        if following in TRANSITIONS[current]:
            rows.run(change, following.value, operation)
        else:
            with pytest.raises(psycopg.IntegrityError, match="can not become"):
                rows.run(change, following.value, operation)


@pytest.mark.parametrize(
    ("column", "value"),
    [("id", uuid4()), ("organization_id", uuid4()), ("type", "other"), ("input", '{"x": 1}'), ("order_id", uuid4())],
)
def test_what_was_asked_for_cant_be_changed(rows: Rows, column: str, value: object) -> None:
    """Whoever tries, the superuser included."""
    operation = rows.insert_operation(OperationStatus.PENDING)
    with pytest.raises(psycopg.IntegrityError, match="can not be changed"):
        rows.run(f"update operations set {column} = %s where id = %s", value, operation)


def test_a_status_must_be_one_of_the_six(rows: Rows) -> None:
    """An insert is held by a check, which no trigger sees."""
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.run(
            "insert into operations (id, organization_id, type, status, input, plan, undo_status, current_run)"
            " values (%s, %s, 't', 'paused', '{}', '{}', 'none', 0)",
            uuid4(),
            rows.organization_id,
        )
