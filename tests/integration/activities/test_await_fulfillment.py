"""The wait for a channel's answer: which answers end it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.channel import ChannelActivities
from activities.effects import MAX_SEND_DELAY_SECONDS
from activities.payloads import StepOutput
from bootstrap.container import Container
from domain.channels import ChannelCapabilities, Fulfillment, FulfillmentStatus
from domain.errors import Ambiguous, AuthFailed, Rejected
from domain.ports.channel import Channels
from domain.shipping import SafetyClass
from tests.fixtures.rows import Rows, now
from tests.integration.activities.conftest import OpenRun

SETTLE_SECONDS = 10.0
LONG_AGO = SETTLE_SECONDS + MAX_SEND_DELAY_SECONDS + 1
PUSHED = {"fulfillment_id": "f", "bridge_id": str(uuid4()), "tracking_number": "1Z", "notified": True}
LIVE = Fulfillment("f", FulfillmentStatus.LIVE, "1Z", notified=False, message=None)


class Channel:
    """Gives the same answer about every fulfillment."""

    def __init__(self, answer: Fulfillment | Exception | None, safety: SafetyClass) -> None:
        self._answer = answer
        self.capabilities = ChannelCapabilities(True, safety, SETTLE_SECONDS, 0.0)

    def open(self, _connection: object) -> "Channel":
        return self

    async def status(self, _fulfillment_id: str) -> Fulfillment | None:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.fixture
def push(rows: Rows, container: Container) -> OpenRun:
    """A run whose push was sent to a bridge."""
    bridge_id = rows.insert_bridge(updated_at=now() - timedelta(hours=1))
    plan = {"bridge_id": str(bridge_id), "carrier": "fedex"}
    operation_id = rows.insert_operation(
        "executing", type="push_fulfillment", order_id=rows.insert_order(), plan=plan, current_run=1
    )
    rows.insert_run(operation_id)
    return OpenRun(rows, container, operation_id, "push_fulfillment")


async def deliver(
    push: OpenRun, answer: Fulfillment | Exception | None, safety: SafetyClass = SafetyClass.LOOKUP_STRONG
) -> StepOutput:
    """Deliver the activity; the channel returns or raises the answer."""
    channels = cast(Channels, Channel(answer, safety))
    activities = ChannelActivities(push.container.ledger, push.container.reads, channels)
    return cast(StepOutput, await ActivityEnvironment().run(activities.await_fulfillment, push.step()))


async def ask(
    push: OpenRun, answer: Fulfillment | Exception | None, safety: SafetyClass = SafetyClass.LOOKUP_STRONG
) -> tuple[str, str]:
    """Return `done` or the error code, and the effect's state."""
    try:
        output = await deliver(push, answer, safety)
    except ApplicationError as error:
        return str(error.type), push.effect()["state"]
    assert output.result["notified"] is True
    return "done", push.effect()["state"]


def insert_push(push: OpenRun, seconds_ago: float = LONG_AGO, **columns: Any) -> None:
    """Insert a push that the channel accepted some time ago."""
    sent_at = now() - timedelta(seconds=seconds_ago)
    push.insert_effect(**{"state": "sent", "result": PUSHED, "sent_at": sent_at, **columns})


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (FulfillmentStatus.LIVE, ("done", "done")),
        (FulfillmentStatus.REJECTED, ("rejected", "rejected")),
        (FulfillmentStatus.CANCELLED, ("rejected", "rejected")),
    ],
)
async def test_an_answer_ends_the_wait(push: OpenRun, status: FulfillmentStatus, expected: tuple[str, str]) -> None:
    insert_push(push)

    assert await ask(push, replace(LIVE, status=status)) == expected


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (replace(LIVE, status=FulfillmentStatus.PENDING), "still_waiting"),
        (Rejected("404 of a proxy"), "still_waiting"),
        (Rejected("the shop is frozen", vendor_code="402"), "still_waiting"),
        (Ambiguous("500"), "outcome_unknown"),
    ],
    ids=["pending", "404", "402", "500"],
)
async def test_the_wait_continues_without_a_clear_answer(
    push: OpenRun, answer: Fulfillment | Exception, code: str
) -> None:
    insert_push(push)

    assert await ask(push, answer) == (code, "sent")


async def test_refused_credentials_pause_the_bridge(push: OpenRun) -> None:
    """The wait continues."""
    insert_push(push)

    assert await ask(push, AuthFailed("who are you?")) == ("still_waiting", "sent")

    bridge = push.rows.select_one("bridges")
    assert (bridge["status"], bridge["status_reason"]) == ("auth_failed", "who are you?")


@pytest.mark.parametrize(
    ("seconds_ago", "safety", "expected"),
    [
        (1, SafetyClass.LOOKUP_STRONG, ("still_waiting", "sent")),
        (LONG_AGO, SafetyClass.LOOKUP_WEAK, ("still_waiting", "sent")),
        (LONG_AGO, SafetyClass.LOOKUP_STRONG, ("rejected", "rejected")),
    ],
    ids=["soon", "weak", "strong"],
)
async def test_a_missing_fulfillment_is_rejected_once_it_is_certain(
    push: OpenRun, seconds_ago: float, safety: SafetyClass, expected: tuple[str, str]
) -> None:
    """A read may be older than the push, and a weak lookup proves nothing."""
    insert_push(push, seconds_ago)

    assert await ask(push, None, safety) == expected


async def test_a_second_delivery_returns_the_acceptance(push: OpenRun) -> None:
    insert_push(push, state="done")

    assert await ask(push, AssertionError("it was asked")) == ("done", "done")


async def test_a_second_delivery_raises_the_refusal(push: OpenRun) -> None:
    """The row still has the result of the push, but it is no success."""
    error = {"code": "rejected", "message": "out of stock", "vendor_code": "E7", "field": None}
    insert_push(push, state="rejected", error=error)

    assert await ask(push, AssertionError("it was asked")) == ("rejected", "rejected")


async def test_a_missing_effect_is_an_error(push: OpenRun) -> None:
    with pytest.raises(ApplicationError):
        await deliver(push, LIVE)
