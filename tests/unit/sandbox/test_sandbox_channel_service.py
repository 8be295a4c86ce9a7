"""The channel service has orders, remaining quantities and fulfillments with immediate or later answers."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.answers import RefusedError
from sandbox.channel.channel_service import ChannelService
from sandbox.faults import OK, Fault, FaultScript, parse_fault
from sandbox.store import Store


@pytest.fixture
def faults() -> FaultScript:
    return FaultScript()


@pytest.fixture
def channel(tmp_path: Path, faults: FaultScript) -> Iterator[ChannelService]:
    store = Store(tmp_path)
    yield ChannelService(store, faults)
    store.close()


def put_order(channel: ChannelService, **quantities: int) -> None:
    lines = [{"id": f"line-{sku}", "sku": sku, "quantity": count} for sku, count in quantities.items()]
    channel.put_order("1", {"line_items": lines})


def read_remaining(channel: ChannelService) -> dict[str, int]:
    return {line["sku"]: line["remaining"] for line in channel.lines("1")}


def push(channel: ChannelService, key: str | None = None, **changes: Any) -> dict[str, Any]:
    request = {"reference": "R", "tracking_number": "986578788855", "carrier": "fedex", "notify_customer": True}
    return channel.fulfill("1", {**request, **changes}, key, may_wait=True)


def refuse_push(channel: ChannelService, **changes: Any) -> dict[str, Any]:
    with pytest.raises(RefusedError) as refusal:
        push(channel, **changes)
    error: dict[str, Any] = refusal.value.answer.body["error"]
    return error


def test_a_fulfillment_without_lines_takes_all_remaining_items(channel: ChannelService) -> None:
    put_order(channel, A=2, B=1)
    part = push(channel, line_items=[{"sku": "A", "quantity": 1}])
    assert part["line_items"] == [{"id": "line-A", "sku": "A", "quantity": 1}]
    assert read_remaining(channel) == {"A": 1, "B": 1}
    rest = push(channel)
    assert [(line["sku"], line["quantity"]) for line in rest["line_items"]] == [("A", 1), ("B", 1)]
    assert (rest["status"], rest["notified"], rest["external_id"]) == ("live", True, "1")
    assert read_remaining(channel) == {"A": 0, "B": 0}


def test_a_fulfillment_beyond_the_remaining_quantity_is_refused(channel: ChannelService) -> None:
    put_order(channel, A=2)
    assert refuse_push(channel, line_items=[{"id": "line-A", "quantity": 3}])["code"] == "QUANTITY.EXCEEDS_REMAINING"
    assert read_remaining(channel) == {"A": 2}
    push(channel)
    assert refuse_push(channel)["code"] == "QUANTITY.EXCEEDS_REMAINING"
    assert len(channel.ledger("R")) == 1


def test_a_changed_order_keeps_its_fulfillments(channel: ChannelService) -> None:
    put_order(channel, A=5)
    push(channel, line_items=[{"sku": "A", "quantity": 2}])
    put_order(channel, A=5, B=1)
    assert read_remaining(channel) == {"A": 3, "B": 1}


def test_a_cancellation_restores_the_quantities_once(channel: ChannelService) -> None:
    put_order(channel, A=2)
    ident = push(channel)["fulfillment_id"]
    assert channel.cancel(ident, Fault("too_late")) == "too_late"
    assert channel.cancel(ident, OK) == "cancelled"
    assert channel.cancel(ident, OK) == "already_cancelled"
    assert channel.cancel(ident, Fault("too_late")) == "already_cancelled"
    assert read_remaining(channel) == {"A": 2}
    assert channel.entries(fulfillment_id=ident)[0]["status"] == "cancelled"
    with pytest.raises(RefusedError):
        channel.cancel("ful_none", OK)


def test_an_idempotency_key_fulfills_once(channel: ChannelService) -> None:
    put_order(channel, A=2)
    assert push(channel, key="K") == push(channel, key="K")
    assert len(channel.ledger(None)) == 1


def test_a_pending_fulfillment_reserves_and_goes_live_later(channel: ChannelService) -> None:
    put_order(channel, A=1)
    channel.answer_after_seconds = 0.3
    accepted = push(channel)
    assert (accepted["status"], accepted["notified"]) == ("pending", False)
    assert read_remaining(channel) == {"A": 0}
    assert wait_for_answer(channel) == "live"
    assert channel.ledger("R")[0]["notified"] is True


def test_pending_answers_survive_a_restart(tmp_path: Path, faults: FaultScript) -> None:
    """They take effect at their time, even if the sandbox was down."""
    store = Store(tmp_path)
    channel = ChannelService(store, faults)
    put_order(channel, A=1, B=1)
    faults.append("fulfillments.answer", [OK, parse_fault("fulfillments.answer", "reject")])
    channel.answer_after_seconds = 0.3
    for sku in ("A", "B"):
        push(channel, line_items=[{"sku": sku, "quantity": 1}])
    assert [entry["status"] for entry in channel.ledger("R")] == ["pending", "pending"]
    store.close()
    reopened_store = Store(tmp_path)
    restarted = ChannelService(reopened_store, FaultScript())
    wait_for_answer(restarted)
    assert [entry["status"] for entry in restarted.ledger("R")] == ["live", "rejected"]
    assert read_remaining(restarted) == {"A": 0, "B": 1}
    reopened_store.close()


def test_a_channel_that_does_not_wait_answers_at_once(channel: ChannelService) -> None:
    put_order(channel, A=1)
    channel.answer_after_seconds = 3600
    request = {"reference": "R", "tracking_number": "1", "carrier": "fedex"}
    assert channel.fulfill("1", request)["status"] == "live"


def test_a_later_answer_can_be_a_rejection(channel: ChannelService, faults: FaultScript) -> None:
    put_order(channel, A=1)
    faults.append("fulfillments.answer", [parse_fault("fulfillments.answer", "reject")])
    channel.answer_after_seconds = 0.3
    accepted = push(channel)
    assert accepted["status"] == "pending"
    assert wait_for_answer(channel) == "rejected"
    (rejected,) = channel.ledger("R")
    assert rejected["message"]
    assert rejected["notified"] is False
    assert read_remaining(channel) == {"A": 1}
    assert channel.cancel(accepted["fulfillment_id"], OK) == "already_cancelled"


def test_a_pending_fulfillment_can_be_cancelled(channel: ChannelService) -> None:
    put_order(channel, A=1)
    channel.answer_after_seconds = 3600
    assert channel.cancel(push(channel)["fulfillment_id"], OK) == "cancelled"
    assert read_remaining(channel) == {"A": 1}
    assert channel.ledger("R")[0]["notified"] is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": None}, "reference"),
        ({"tracking_number": ""}, "tracking_number"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"quantity": 1}]}, "line_items.0"),
        ({"line_items": [{"sku": "A", "quantity": 0}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "Z", "quantity": 1}]}, "line_items.0"),
    ],
)
def test_an_invalid_field_is_named(channel: ChannelService, changes: dict[str, Any], field: str) -> None:
    put_order(channel, A=1)
    error = refuse_push(channel, **changes)
    assert (error["code"], error["field"]) == ("FIELD.INVALID", field)
    assert read_remaining(channel) == {"A": 1}


def wait_for_answer(channel: ChannelService) -> str:
    deadline = time.monotonic() + 10
    while any(entry["status"] == "pending" for entry in channel.ledger("R")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return str(channel.ledger("R")[0]["status"])
