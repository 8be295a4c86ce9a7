"""What an earlier delivery was told by a channel that answers later, and could not tell: the next one says the same."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.channel import ChannelActivities
from activities.payloads import StepInput, StepOutput
from domain.effects import Effect, EffectState
from domain.operations import OperationError
from domain.ports.channel import Channels
from domain.ports.ledger import ActivityReads, Ledger
from tests.unit.domain.test_transitions import an_effect

PUSHED = {"fulfillment_id": "F1"}


async def _await(effect: Effect | None) -> StepOutput:
    async def latest(*_: Any) -> Effect | None:
        return effect

    ledger = cast(Ledger, SimpleNamespace(latest=latest))
    activities = ChannelActivities(ledger, cast(ActivityReads, None), cast(Channels, None))
    step = StepInput(organization_id=uuid4(), operation_id=uuid4(), run=1, step="push_fulfillment", position=1)
    return cast(StepOutput, await ActivityEnvironment().run(activities.await_fulfillment, step))


async def test_it_was_accepted() -> None:
    done = replace(an_effect(EffectState.DONE), result=PUSHED, reversed_at=None)
    assert (await _await(done)).result == PUSHED


async def test_it_was_refused() -> None:
    """The row keeps what the push was answered at first: that is no success."""
    error = OperationError("rejected", "out of stock", vendor_code="E7")
    refused = replace(an_effect(EffectState.REJECTED), result=PUSHED, error=error)
    with pytest.raises(ApplicationError) as told:
        await _await(refused)
    assert (told.value.type, told.value.non_retryable) == ("rejected", True)


async def test_it_is_gone() -> None:
    with pytest.raises(ApplicationError):
        await _await(None)
