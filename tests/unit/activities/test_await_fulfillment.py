"""Waiting for a channel's answer: what ends the wait, and what says nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.channel import ChannelActivities
from activities.effects import MAX_SEND_DELAY_SECONDS
from activities.payloads import StepInput
from domain.channels import ChannelCapabilities, Fulfillment, FulfillmentStatus
from domain.effects import Effect, EffectState
from domain.errors import Ambiguous, AuthFailed, Rejected
from domain.ports.channel import Channels
from domain.ports.ledger import ActivityReads, Ledger
from domain.shipping import SafetyClass
from tests.unit.activities.test_send_once import MemoryLedger
from tests.unit.domain.test_transitions import an_effect

SETTLE_SECONDS = 10.0
LONG_AGO = SETTLE_SECONDS + MAX_SEND_DELAY_SECONDS + 1
STEP = StepInput(organization_id=uuid4(), operation_id=uuid4(), run=1, step="push_fulfillment", position=1)
LIVE = Fulfillment("f", FulfillmentStatus.LIVE, "1Z", notified=False, message=None)


class WaitingLedger(MemoryLedger):
    """Has a push that the channel took some time ago."""

    def __init__(self, seconds_ago: float) -> None:
        taken_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        pushed = {"fulfillment_id": "f", "notified": True}
        super().__init__(replace(an_effect(EffectState.SENT), result=pushed, sent_at=taken_at))

    async def latest(self, *_: Any) -> Effect:
        return self.begun.effect


class Channel:
    """Says of every fulfillment what it is told to say."""

    def __init__(self, said: Fulfillment | Exception | None, safety: SafetyClass) -> None:
        self._said = said
        self.capabilities = ChannelCapabilities(True, safety, SETTLE_SECONDS, 0.0)

    def open(self, _connection: object) -> "Channel":
        return self

    async def status(self, _fulfillment_id: str) -> Fulfillment | None:
        if isinstance(self._said, Exception):
            raise self._said
        return self._said


class KnownReads:
    """What a push needs; keeps which credentials were refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def push(self, *_: Any) -> SimpleNamespace:
        return SimpleNamespace(connection=None, bridge=SimpleNamespace(id=uuid4()))

    async def auth_failed(self, _connection: object, _organization_id: object, reason: str) -> None:
        self.refused.append(reason)


async def _asked(
    said: Fulfillment | Exception | None,
    seconds_ago: float = LONG_AGO,
    safety: SafetyClass = SafetyClass.LOOKUP_STRONG,
    reads: KnownReads | None = None,
) -> tuple[str, list[str]]:
    """Return `done` or the code of the error, and what the ledger was told."""
    ledger, channel = WaitingLedger(seconds_ago), Channel(said, safety)
    activities = ChannelActivities(
        cast(Ledger, ledger), cast(ActivityReads, reads or KnownReads()), cast(Channels, channel)
    )
    try:
        output = await ActivityEnvironment().run(activities.await_fulfillment, STEP)
    except ApplicationError as error:
        return str(error.type), ledger.said
    assert output.result["notified"] is True
    return "done", ledger.said


async def test_an_answer_ends_the_wait() -> None:
    """Whichever it is."""
    assert await _asked(LIVE) == ("done", ["record_done"])
    for status in (FulfillmentStatus.REJECTED, FulfillmentStatus.CANCELLED):
        assert await _asked(replace(LIVE, status=status)) == ("rejected", ["record_rejected"])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (replace(LIVE, status=FulfillmentStatus.PENDING), "still_waiting"),
        (Rejected("404 of a proxy"), "still_waiting"),
        (Rejected("the shop is frozen", vendor_code="402"), "still_waiting"),
        (AuthFailed("who are you?"), "still_waiting"),
        (Ambiguous("500"), "outcome_unknown"),
    ],
    ids=["pending", "404", "402", "401", "500"],
)
async def test_whoever_does_not_tell_ends_nothing(said: Fulfillment | Exception, code: str) -> None:
    """The channel has taken it: the ledger stays as it is, and the channel is asked again."""
    assert await _asked(said) == (code, [])


async def test_refused_credentials_pause_the_bridge() -> None:
    """And the wait goes on."""
    reads = KnownReads()
    assert await _asked(AuthFailed("who are you?"), reads=reads) == ("still_waiting", [])
    assert reads.refused == ["who are you?"]


async def test_a_fulfillment_that_is_gone_is_refused_once_that_is_sure() -> None:
    """A read may lag behind the push; a weak one proves nothing, ever."""
    assert await _asked(None, seconds_ago=1) == ("still_waiting", [])
    assert await _asked(None, safety=SafetyClass.LOOKUP_WEAK) == ("still_waiting", [])
    assert await _asked(None) == ("rejected", ["record_rejected"])
