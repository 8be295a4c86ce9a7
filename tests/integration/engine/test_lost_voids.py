"""A `void_shipment` of which something was lost: the books agree, and a person is asked where nobody else can tell."""

from dataclasses import replace

import pytest

from domain.effects import UndoOutcome
from tests.fixtures.answering import answering
from tests.fixtures.builders import SHIP_FROM, Json
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.integration.engine.voids import LOST, TARGET, Void


@pytest.fixture(scope="module")
def engine_settings() -> Json:
    """The engine gives up a step after a few seconds."""
    return {"retry_for_seconds": 6}


async def test_the_login_is_refused_afterwards(rig: Rig, sandboxes: Sandboxes) -> None:
    """The account is paused, and a person is asked, and told why."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.execute()
        await void.is_asked_about(record)
        assert "step.recovery_refused" in [log.event for log in record.logs]
        async with rig.data(void.shop) as data:
            account = await data.carrier_accounts.get(void.shop.account_id)
        assert account is not None
        assert account.status == "auth_failed"


async def test_the_login_is_refused_once(rig: Rig, sandboxes: Sandboxes) -> None:
    """The end of the run asks once more, and finds out."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed")
        await void.is_gone(await void.execute(), UndoOutcome.ALREADY_VOIDED)


async def test_the_login_of_a_first_void_is_refused(rig: Rig, sandboxes: Sandboxes) -> None:
    """Nothing was sent before: nobody needs to be asked."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "auth_failed")
        await void.stands(await void.execute(), "auth_failed")


async def test_the_carrier_is_away_to_the_end(rig: Rig, sandboxes: Sandboxes) -> None:
    """It is asked for as long as everything is, and then a person is."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, *["error_500"] * 40)
        await void.is_asked_about(await void.execute())


async def test_the_carrier_does_not_know_the_label_any_more(rig: Rig, sandboxes: Sandboxes) -> None:
    """It may forget what was voided; it may be another account's, too: a person looks."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "absent", "absent")
        await void.is_asked_about(await void.execute())


async def test_somebody_between_refuses_afterwards(rig: Rig, sandboxes: Sandboxes) -> None:
    """A firewall's 403 is no word of the carrier's."""
    async with sandboxes.one() as sandbox, answering(lambda _: (403, b"Forbidden"), []) as firewall:
        void = await Void.new(rig, sandbox, LOST, "error_500", "error_500")
        await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        async with rig.data(void.shop) as data:
            account = await data.carrier_accounts.get(void.shop.account_id)
        assert account is not None
        await void.account(settings=replace(account.settings, base_url=firewall))
        await void.is_asked_about(await rig.settled(void.shop, void.operation))


async def test_a_person_tells_that_it_happened(rig: Rig, sandboxes: Sandboxes) -> None:
    """The shipment is told, too, and nothing is sent."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.execute()
        sent = len(await sandbox.requests(TARGET))
        await void.is_gone(await void.resolve(record, happened=True), UndoOutcome.DONE_BY_HAND)
        assert len(await sandbox.requests(TARGET)) == sent


async def test_a_person_tells_that_it_did_not_and_tries_again(rig: Rig, sandboxes: Sandboxes) -> None:
    """What the person got wrong is put right: voiding again tells."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.resolve(await void.execute(), happened=False)
        assert present(record.operation.error).code == "did_not_happen"
        await void.account(status="active")
        await void.is_gone(await void.retried(), UndoOutcome.ALREADY_VOIDED)


async def test_a_person_tells_of_an_account_that_nobody_can_open(rig: Rig, sandboxes: Sandboxes) -> None:
    """Its key is lost: the word is recorded all the same."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        await void.is_asked_about(await void.execute())
        async with rig.container.database.transaction(void.shop.organization_id) as transaction:
            sealed = "update carrier_accounts set credentials = 'lost' where organization_id = %(org)s and id = %(id)s"
            assert await transaction.execute(sealed, id=void.shop.account_id) == 1
        await void.is_gone(await void.resolved("happened"), UndoOutcome.DONE_BY_HAND)


async def test_shipengine_says_yes_and_then_to_wait(rig: Rig, sandboxes: Sandboxes) -> None:
    """The refund is asked for when the label is void: that it can't be says nothing against that."""
    async with sandboxes.one() as sandbox:
        settings = {
            "base_url": f"{sandbox.url}/sim/shipengine",
            "options": {"carrier_id": "se-123890"},
            "ship_from": SHIP_FROM,
        }
        real = {"carrier": "shipengine", "mode": "live", "credentials": {"api_key": "k"}}
        shop = await rig.shop(sandbox, account=real, carrier=settings)
        label = await rig.create(shop, "create_shipment", carrier="shipengine", service="usps_ground_advantage")
        void = await Void.of(rig, shop, await rig.execute(shop, label))
        await sandbox.script("labels.document", "rate_limited:1")
        await void.is_gone(await void.execute(), UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED)
        assert "step.not_sent" not in [log.event for log in (await rig.record(shop, void.operation)).logs]
        assert (await rig.record(shop, void.operation)).effects[-1].attempts > 1
