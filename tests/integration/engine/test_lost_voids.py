"""Faults during a `void_shipment`: the records agree, and a person is asked if the outcome stays unknown."""

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


async def test_a_refused_login_after_a_lost_void_asks_a_person(rig: Rig, sandboxes: Sandboxes) -> None:
    """The account is paused, and the log names the reason."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.execute()
        await void.check_unknown(record)
        assert "step.recovery_refused" in [log.event for log in record.logs]
        async with rig.data(void.shop) as data:
            account = await data.carrier_accounts.get(void.shop.account_id)
        assert account is not None
        assert account.status == "auth_failed"


async def test_a_login_refused_once_after_a_lost_void_is_retried(rig: Rig, sandboxes: Sandboxes) -> None:
    """The end of the run asks again and finds the outcome."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed")
        await void.check_voided(await void.execute(), UndoOutcome.ALREADY_VOIDED)


async def test_a_refused_login_of_the_first_void_fails_the_operation(rig: Rig, sandboxes: Sandboxes) -> None:
    """Nothing was sent before, so no person is asked."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "auth_failed")
        await void.check_live(await void.execute(), "auth_failed")


async def test_an_outage_after_a_lost_void_asks_a_person_in_the_end(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, *["error_500"] * 40)
        await void.check_unknown(await void.execute())


async def test_an_unknown_label_after_a_lost_void_asks_a_person(rig: Rig, sandboxes: Sandboxes) -> None:
    """The carrier may have forgotten a voided label, or the label may be another account's."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "absent", "absent")
        await void.check_unknown(await void.execute())


async def test_a_firewalls_refusal_after_a_lost_void_asks_a_person(rig: Rig, sandboxes: Sandboxes) -> None:
    """A firewall's 403 is not the carrier's answer."""
    async with sandboxes.one() as sandbox, answering(lambda _: (403, b"Forbidden"), []) as firewall:
        void = await Void.new(rig, sandbox, LOST, "error_500", "error_500")
        await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 60.0, "the void is sent")
        async with rig.data(void.shop) as data:
            account = await data.carrier_accounts.get(void.shop.account_id)
        assert account is not None
        await void.account(settings=replace(account.settings, base_url=firewall))
        await void.check_unknown(await rig.wait_closed(void.shop, void.operation))


async def test_a_person_resolves_a_lost_void_as_happened(rig: Rig, sandboxes: Sandboxes) -> None:
    """The shipment is voided as well, and nothing is sent."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.execute()
        sent = len(await sandbox.requests(TARGET))
        await void.check_voided(await void.resolve(record, happened=True), UndoOutcome.DONE_BY_HAND)
        assert len(await sandbox.requests(TARGET)) == sent


async def test_a_retry_corrects_a_wrongly_denied_void(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.resolve(await void.execute(), happened=False)
        assert present(record.operation.error).code == "did_not_happen"
        await void.account(status="active")
        await void.check_voided(await void.retry(), UndoOutcome.ALREADY_VOIDED)


async def test_a_person_resolves_a_void_without_usable_credentials(rig: Rig, sandboxes: Sandboxes) -> None:
    """The stored credentials cannot be decrypted."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        await void.check_unknown(await void.execute())
        async with rig.container.database.transaction(void.shop.organization_id) as transaction:
            sealed = "update carrier_accounts set credentials = 'lost' where organization_id = %(org)s and id = %(id)s"
            assert await transaction.execute(sealed, id=void.shop.account_id) == 1
        await void.check_voided(await void.resolve_by_api("happened"), UndoOutcome.DONE_BY_HAND)


async def test_a_delayed_refund_after_a_shipengine_void_is_awaited(rig: Rig, sandboxes: Sandboxes) -> None:
    """ShipEngine voids the label and then refunds it: a rate-limited refund does not mean that the label is live."""
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
        await void.check_voided(await void.execute(), UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED)
        assert "step.not_sent" not in [log.event for log in (await rig.record(shop, void.operation)).logs]
        assert (await rig.record(shop, void.operation)).effects[-1].attempts > 1
