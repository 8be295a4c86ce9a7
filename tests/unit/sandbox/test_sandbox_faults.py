"""Fault scripts are parsed strictly and used in order."""

from types import SimpleNamespace
from typing import cast

import pytest

from sandbox.carriers.sales import SoldLabel, choose_void_outcome
from sandbox.faults import OK, TARGETS, Fault, FaultError, FaultScript, parse_fault, valid_faults


@pytest.mark.parametrize("target", TARGETS)
def test_every_fault_listed_for_a_target_can_be_scripted(target: str) -> None:
    for text in valid_faults(target):
        scripted = text.replace(":N", ":2")
        assert parse_fault(target, scripted).text == scripted


def test_a_number_follows_the_colon() -> None:
    assert parse_fault("labels.create", "slow:2.5") == Fault("slow", 2.5, "slow:2.5")
    assert parse_fault("orders.get", "rate_limited:2") == Fault("rate_limited", 2.0, "rate_limited:2")


@pytest.mark.parametrize(
    "text",
    # `slow:٣` ends with an Arabic digit, which float() would accept.
    ["slow", "slow:", "slow:x", "slow:-1", "slow:1.2.3", "slow:nan", "slow:86401", "slow:٣", "rate_limited:0.5"],
)
def test_a_malformed_number_is_refused(text: str) -> None:
    with pytest.raises(FaultError, match="malformed number"):
        parse_fault("labels.create", text)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("labels.create", "explode"),
        ("labels.create", "drop:2"),
        ("labels.create", "absent"),
        ("labels.create", "too_late"),
        ("fulfillments.cancel", "refund_pending"),
        ("fulfillments.answer", "drop"),
        ("labels.create", ""),
    ],
)
def test_the_refusal_of_an_unknown_fault_lists_the_valid_ones(target: str, text: str) -> None:
    with pytest.raises(FaultError) as refusal:
        parse_fault(target, text)
    assert all(valid in str(refusal.value) for valid in valid_faults(target))


def test_the_refusal_of_an_unknown_target_lists_the_valid_ones() -> None:
    with pytest.raises(FaultError) as refusal:
        parse_fault("labels.buy", "drop")
    assert all(target in str(refusal.value) for target in TARGETS)


def test_scripted_faults_are_used_once_in_order() -> None:
    script = FaultScript()
    script.append("labels.create", [Fault("drop", text="drop")])
    script.append("labels.create", [Fault("garbage", text="garbage")])
    assert script.remaining() == [{"target": "labels.create", "faults": ["drop", "garbage"]}]
    assert script.take("labels.void") is OK
    assert [script.take("labels.create").kind for _ in range(3)] == ["drop", "garbage", "ok"]
    assert script.remaining() == []


def test_a_fault_of_a_reference_waits_for_its_call() -> None:
    """Calls with other references neither get it nor use it up."""
    script = FaultScript()
    script.append("labels.track", [Fault("drop", text="drop")], "REF1")
    script.append("labels.track", [Fault("garbage", text="garbage")])
    assert script.remaining()[0] == {"target": "labels.track", "faults": ["drop"], "reference": "REF1"}
    calls = ["REF2", None, "REF1", "REF1"]
    assert [script.take("labels.track", reference).kind for reference in calls] == ["garbage", "ok", "drop", "ok"]
    assert script.remaining() == []


def test_clear_removes_the_faults_of_every_target() -> None:
    script = FaultScript()
    script.append("labels.create", [Fault("drop")])
    script.append("orders.get", [Fault("drop")])
    script.clear()
    assert script.take("labels.create") is OK
    assert script.take("orders.get") is OK


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("live", "too_late"),
        ("voided", "already_voided"),
        ("refund_rejected", "already_voided"),
        ("refund_pending", "refund_pending"),
    ],
)
def test_a_fault_does_not_contradict_the_labels_status(status: str, outcome: str) -> None:
    label = cast(SoldLabel, SimpleNamespace(status=status))
    assert choose_void_outcome(label, Fault("too_late")) == outcome
