"""The database rejects transitions that the transition table does not have."""

from itertools import permutations
from uuid import uuid4

import psycopg
import pytest

from domain.operations import TRANSITIONS, OperationStatus
from tests.fixtures.rows import Rows


def test_the_trigger_allows_exactly_the_domains_transitions(rows: Rows) -> None:
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
def test_an_operations_request_cannot_be_changed(rows: Rows, column: str, value: object) -> None:
    """Not even by the superuser."""
    operation = rows.insert_operation(OperationStatus.PENDING)
    with pytest.raises(psycopg.IntegrityError, match="can not be changed"):
        rows.run(f"update operations set {column} = %s where id = %s", value, operation)


def test_an_inserted_status_must_be_a_known_one(rows: Rows) -> None:
    """A check covers inserts, which the trigger does not see."""
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.run(
            "insert into operations (id, organization_id, type, status, input, plan, undo_status, current_run)"
            " values (%s, %s, 't', 'paused', '{}', '{}', 'none', 0)",
            uuid4(),
            rows.organization_id,
        )
