"""Remaining quantities are what was ordered less what is live or pending."""

import pytest

from sandbox.answers import RefusedError
from sandbox.channel.contracts import FulfilledLine
from sandbox.channel.quantities import remaining, take

ORDERED = [
    {"id": "1", "sku": "A", "name": None, "quantity": 2},
    {"id": "2", "sku": "B", "name": None, "quantity": 3},
    {"id": "3", "sku": "B", "name": None, "quantity": 5},
]


def test_fulfilled_quantities_are_subtracted_and_old_lines_skipped() -> None:
    fulfilled = [[{"id": "1", "sku": "A", "quantity": 2}], [{"id": "gone", "sku": "X", "quantity": 9}]]
    assert remaining(ORDERED, fulfilled) == {"1": 0, "2": 3, "3": 5}


def test_an_order_cut_below_what_was_fulfilled_has_nothing_remaining() -> None:
    assert remaining(ORDERED, [[{"id": "1", "sku": "A", "quantity": 7}]])["1"] == 0


def test_no_lines_asked_for_means_all_that_remain() -> None:
    assert take(ORDERED, {"1": 0, "2": 3, "3": 1}, None) == [
        {"id": "2", "sku": "B", "quantity": 3},
        {"id": "3", "sku": "B", "quantity": 1},
    ]


def test_of_lines_that_share_a_sku_the_first_with_enough_left_is_taken() -> None:
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
def test_more_than_remains_or_an_unknown_line_is_refused(requested: list[FulfilledLine], code: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        take(ORDERED, {"1": 2, "2": 3, "3": 5}, requested)
    assert refusal.value.answer.status == 422
    assert refusal.value.answer.body["error"]["code"] == code


def test_nothing_remaining_refuses_a_fulfillment_of_all() -> None:
    with pytest.raises(RefusedError) as refusal:
        take(ORDERED, {"1": 0, "2": 0, "3": 0}, None)
    assert refusal.value.answer.body["error"]["code"] == "QUANTITY.EXCEEDS_REMAINING"
