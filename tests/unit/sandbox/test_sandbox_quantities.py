"""Remaining quantities are the ordered ones minus those of live or pending fulfillments."""

import pytest

from sandbox.answers import RefusedError
from sandbox.channel.contracts import FulfilledLine
from sandbox.channel.quantities import remaining, take

ORDERED = [
    {"id": "1", "sku": "A", "name": None, "quantity": 2},
    {"id": "2", "sku": "B", "name": None, "quantity": 3},
    {"id": "3", "sku": "B", "name": None, "quantity": 5},
]


def test_fulfilled_quantities_are_subtracted() -> None:
    fulfillments = [[{"id": "1", "sku": "A", "quantity": 2}], [{"id": "gone", "sku": "X", "quantity": 9}]]
    assert remaining(ORDERED, fulfillments) == {"1": 0, "2": 3, "3": 5}


def test_a_reduced_order_has_no_negative_remaining_quantity() -> None:
    assert remaining(ORDERED, [[{"id": "1", "sku": "A", "quantity": 7}]])["1"] == 0


def test_a_request_without_lines_takes_all_remaining_items() -> None:
    assert take(ORDERED, {"1": 0, "2": 3, "3": 1}, None) == [
        {"id": "2", "sku": "B", "quantity": 3},
        {"id": "3", "sku": "B", "quantity": 1},
    ]


def test_the_first_line_of_a_sku_with_enough_left_is_taken() -> None:
    requested = [FulfilledLine(sku="B", quantity=4), FulfilledLine(sku="B", quantity=2)]
    lines = take(ORDERED, {"1": 2, "2": 3, "3": 5}, requested)
    assert [(line["id"], line["quantity"]) for line in lines] == [("3", 4), ("2", 2)]


def refuse_to_take(requested: list[FulfilledLine]) -> str:
    """Take from an order without fulfillments, and return the code of the refusal."""
    with pytest.raises(RefusedError) as refusal:
        take(ORDERED, {"1": 2, "2": 3, "3": 5}, requested)
    assert refusal.value.answer.status == 422
    return str(refusal.value.answer.body["error"]["code"])


@pytest.mark.parametrize(
    "requested",
    [
        [FulfilledLine(id="1", quantity=3)],
        [FulfilledLine(id="1", quantity=1), FulfilledLine(id="1", quantity=2)],
        [FulfilledLine(sku="B", quantity=6)],
    ],
)
def test_a_quantity_above_the_remaining_one_is_refused(requested: list[FulfilledLine]) -> None:
    assert refuse_to_take(requested) == "QUANTITY.EXCEEDS_REMAINING"


def test_an_unknown_line_is_refused() -> None:
    assert refuse_to_take([FulfilledLine(id="9", quantity=1)]) == "FIELD.INVALID"


def test_an_order_without_remaining_items_refuses_a_fulfillment() -> None:
    with pytest.raises(RefusedError) as refusal:
        take(ORDERED, {"1": 0, "2": 0, "3": 0}, None)
    assert refusal.value.answer.body["error"]["code"] == "QUANTITY.EXCEEDS_REMAINING"
