"""A carrier's refusal of a compensation: when it counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import DOUBTED_REFUSAL_SECONDS
from domain.effects import Effect, UndoOutcome
from domain.errors import AuthFailed, EffectError, MayBeDone, Rejected, StillWaiting
from domain.shipping import Connection, ConnectionSettings, Mode
from tests.fixtures.rows import now
from tests.integration.activities.conftest import OpenRun

ACCOUNT = Connection(uuid4(), "fedex", Mode.LIVE, True, datetime.now(UTC), ConnectionSettings(), {})
MINUTES = DOUBTED_REFUSAL_SECONDS + 1


def insert_purchase(open_run: OpenRun, seconds_since_void: float | None) -> UUID:
    """Insert a label, and its void if an earlier delivery sent one; return the label's effect."""
    bought = open_run.insert_effect(result={})
    if seconds_since_void is not None:
        sent_at = now() - timedelta(seconds=seconds_since_void)
        open_run.insert_effect(direction="undo", undoes=bought, state="sent", sent_at=sent_at)
    return bought


async def compensate(open_run: OpenRun, bought: UUID, error: Rejected) -> None:
    """Deliver the compensation to a carrier that refuses it."""

    async def reach(_target: Effect) -> Connection:
        return ACCOUNT

    async def reverse(_target: Effect, _account: Connection) -> tuple[UndoOutcome, str]:
        raise error

    async def run() -> None:
        await open_run.effects.compensate(open_run.compensation(bought), reach, reverse)

    await ActivityEnvironment().run(run)


async def test_a_refusal_after_an_earlier_delivery_is_doubted(open_run: OpenRun) -> None:
    """The label may already be voided: nothing is recorded, and the next delivery asks again."""
    bought = insert_purchase(open_run, 1)

    with pytest.raises(StillWaiting):
        await compensate(open_run, bought, MayBeDone("no"))

    assert open_run.rows.select_one("effects", direction="undo")["state"] == "sent"


@pytest.mark.parametrize(
    ("seconds_since_void", "error"),
    [
        (None, MayBeDone("no")),
        (MINUTES, MayBeDone("no")),
        (1, Rejected("the account has no such label")),
        (1, AuthFailed("who are you?")),
    ],
    ids=["the first delivery", "minutes later", "a certain refusal", "refused credentials"],
)
async def test_any_other_refusal_fails_the_compensation(
    open_run: OpenRun, seconds_since_void: float | None, error: Rejected
) -> None:
    bought = insert_purchase(open_run, seconds_since_void)

    with pytest.raises(EffectError) as raised:
        await compensate(open_run, bought, error)

    assert raised.value is error
    undo = open_run.rows.select_one("effects", direction="undo")
    assert (undo["state"], undo["error"]["code"]) == ("rejected", error.code)
