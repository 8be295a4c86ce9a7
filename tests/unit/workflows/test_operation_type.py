"""An operation type derives the accounts and the reversibility of its operations from its steps."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.plan import Plan
from domain.results import StatusResult
from workflows.operation_type import OperationType
from workflows.operations.create_shipment import CREATE_SHIPMENT
from workflows.operations.fulfill_order import FULFILL_ORDER
from workflows.operations.update_order_status import UPDATE_ORDER_STATUS
from workflows.operations.void_shipment import VOID_SHIPMENT
from workflows.step import Step

ACCOUNT, BRIDGE = uuid4(), uuid4()
PLAN = Plan(carrier_account_id=ACCOUNT, bridge_id=BRIDGE, extra={"pickup_account_id": str(ACCOUNT), "desk_id": None})


@pytest.mark.parametrize(
    ("kind", "touches"),
    [(CREATE_SHIPMENT, (ACCOUNT,)), (FULFILL_ORDER, (ACCOUNT, BRIDGE)), (UPDATE_ORDER_STATUS, ())],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_operation_touches_the_accounts_of_its_steps(kind: OperationType, touches: tuple[object, ...]) -> None:
    """The order of the steps is kept, so that the same accounts always make the same queue."""
    assert kind.new_operation(None, {}, PLAN).touches == touches


def test_a_step_may_name_its_account_by_another_key() -> None:
    """Each account counts once; a key without an account is ignored."""
    steps = [
        Step(key, "do", None, None, StatusResult, touches=(key,)) for key in ("pickup_account_id", "desk_id", "none_id")
    ]
    kind = replace(CREATE_SHIPMENT, steps=(*CREATE_SHIPMENT.steps, *steps))

    assert kind.new_operation(None, {}, PLAN).touches == (ACCOUNT,)


@pytest.mark.parametrize(
    ("steps", "is_irreversible"),
    [
        (VOID_SHIPMENT.steps, True),
        (CREATE_SHIPMENT.steps, False),
        ((Step("tell", "tell", None, None, StatusResult),), False),
        ((*VOID_SHIPMENT.steps, *CREATE_SHIPMENT.steps), False),
    ],
    ids=["a void", "a label", "nothing finds it", "more than one step"],
)
def test_a_type_with_one_uncompensated_step_is_irreversible(
    steps: tuple[Step[Any], ...], is_irreversible: bool
) -> None:
    kind = replace(CREATE_SHIPMENT, steps=steps)
    assert kind.is_irreversible is is_irreversible
    assert kind.new_operation(None, {}, Plan()).is_irreversible is is_irreversible
