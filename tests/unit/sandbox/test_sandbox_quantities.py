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


@pytest.mark.parametrize(
    ("requested", "code"),
    [
        ([FulfilledLine(id="1", quantity=3)], "QUANTITY.EXCEEDS_REMAINING"),
        ([FulfilledLine(id="1", quantity=1), FulfilledLine(id="1", quantity=2)], "QUANTITY.EXCEEDS_REMAINING"),
        ([FulfilledLine(sku="B", quantity=6)], "QUANTITY.EXCEEDS_REMAINING"),
        ([FulfilledLine(id="9", quantity=1)], "FIELD.INVALID"),
    ],
)
def test_too_many_items_or_an_unknown_line_are_refused(requested: list[FulfilledLine], code: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        take(ORDERED, {"1": 2, "2": 3, "3": 5}, requested)
    assert refusal.value.answer.status == 422
    assert refusal.value.answer.body["error"]["code"] == code


def test_an_order_without_remaining_items_refuses_a_fulfillment() -> None:
    with pytest.raises(RefusedError) as refusal:
        take(ORDERED, {"1": 0, "2": 0, "3": 0}, None)
    assert refusal.value.answer.body["error"]["code"] == "QUANTITY.EXCEEDS_REMAINING"
