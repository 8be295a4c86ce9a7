"""What vendors answer, read."""

from typing import Any

import pytest

from adapters.carriers.sandbox.mapping import label, rates, tracking
from adapters.channels.sandbox.mapping import fulfillment
from domain.errors import Ambiguous
from domain.shipping import MAX_CHARACTERS

LABEL = {
    "label_id": "lbl_1",
    "tracking_number": "9865",
    "service": "GROUND",
    "status": "live",
    "cost": {"amount": "9.80", "currency": "USD"},
}
FULFILLMENT = {"fulfillment_id": "ful_1", "status": "live", "tracking_number": "9865", "notified": False}


def test_what_is_as_it_should_be_is_read() -> None:
    """Up to the longest that anything may be called; a label may come without its price."""
    longest = "9" * MAX_CHARACTERS
    assert label({**LABEL, "tracking_number": longest}, "PDF").tracking_number == longest
    assert fulfillment({**FULFILLMENT, "fulfillment_id": longest}).fulfillment_id == longest
    bare = label({key: value for key, value in LABEL.items() if key != "cost"}, "PDF")
    assert (bare.cost, bare.currency) == (None, None)


@pytest.mark.parametrize("name", ["label_id", "tracking_number", "service"])
@pytest.mark.parametrize("word", ["", "9" * (MAX_CHARACTERS + 1)])
def test_a_label_with_an_endless_name_is_no_answer(name: str, word: str) -> None:
    """It would not fit into an index, nor, longer still, into a workflow's history."""
    with pytest.raises(Ambiguous):
        label({**LABEL, name: word}, "PDF")


@pytest.mark.parametrize("cost", [{"amount": "9" * 256, "currency": "USD"}, {"amount": "9.80"}])
def test_a_label_with_half_a_price_is_no_answer(cost: dict[str, Any]) -> None:
    """Nor one with an endless price."""
    with pytest.raises(Ambiguous):
        label({**LABEL, "cost": cost}, "PDF")


@pytest.mark.parametrize("name", ["fulfillment_id", "tracking_number"])
@pytest.mark.parametrize("word", ["", "9" * (MAX_CHARACTERS + 1)])
def test_a_fulfillment_with_an_endless_name_is_no_answer(name: str, word: str) -> None:
    """As for labels."""
    with pytest.raises(Ambiguous):
        fulfillment({**FULFILLMENT, name: word})


@pytest.mark.parametrize("amount", ["NaN", "-Infinity", "", "much", None])
def test_a_price_that_is_no_number_is_no_answer(amount: str | None) -> None:
    """Prices are put in order, and these have none."""
    with pytest.raises(Ambiguous):
        rates({"rates": [{"service": "GROUND", "amount": amount, "currency": "USD"}]})


def test_a_time_without_its_zone_is_no_time() -> None:
    """It can't be compared with the purchase; the event counts all the same."""
    event = {"at": "2026-11-25T10:00:00", "status": "in_transit", "description": "Picked up"}

    (read,) = tracking({"status": "in_transit", "events": [event]}, "9865").events

    assert (read.at, read.status) == (None, "in_transit")
