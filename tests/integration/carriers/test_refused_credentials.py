"""Refused credentials pause the account; a refused lookup does not."""

import logging

import pytest

from domain.operations import OperationStatus
from domain.ports.stores import OperationRecord
from domain.shipping import AccountStatus
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import (
    FOUND_BY_REFERENCE,
    buy_label,
    each,
    each_carrier,
    each_that_signs_in,
    open_shop,
)
from tests.integration.carriers.vendors import Carrier

each_with_one_key_for_all = each([carrier for carrier in FOUND_BY_REFERENCE if not carrier.signs_in])
each_asked_by_its_tracking = each([carrier for carrier in FOUND_BY_REFERENCE if carrier.signs_in])


@each_carrier
async def test_refused_credentials_pause_the_account(
    rig: Rig, sandbox: Sandbox, carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is bought, the account shows the reason, and no secret appears anywhere."""
    caplog.set_level(logging.DEBUG)
    refused = carrier.account(credentials=carrier.refused)
    shop = await rig.shop(sandbox, account=refused, carrier=carrier.settings(sandbox.url))

    record = await buy_label(rig, shop, carrier)

    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "auth_failed"
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status is AccountStatus.AUTH_FAILED
    assert account.status_reason
    everything = f"{record} {account} {caplog.text}"
    assert not any(secret in everything for secret in carrier.refused.values() if secret != "invalid")


REFUSED_FOR_GOOD = ["auth_failed"] * 4
"""More refusals than any adapter fetches new tokens."""


@each_carrier
async def test_credentials_refused_for_a_void_pause_the_account(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The label stays, and a person is asked."""
    shop = await open_shop(rig, sandbox, carrier)
    record = await buy_label(rig, shop, carrier)
    await sandbox.script("labels.void", *REFUSED_FOR_GOOD)

    undone = await rig.undo(shop, record.operation)

    await _expect_paused(rig, shop, undone)


@each_with_one_key_for_all
async def test_credentials_refused_for_a_lookup_pause_the_account(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The purchase has an unknown outcome, and a person is asked."""
    shop = await open_shop(rig, sandbox, carrier)
    await sandbox.script("labels.create", "accept_then_drop")
    await sandbox.script("labels.find", *REFUSED_FOR_GOOD)

    record = await buy_label(rig, shop, carrier)

    await _expect_paused(rig, shop, record)


@each_asked_by_its_tracking
async def test_tracking_outside_the_contract_does_not_pause_the_account(
    rig: Rig, sandbox: Sandbox, carrier: Carrier
) -> None:
    """Only the carrier's tracking refuses the new token: a person is asked, and the next label is bought."""
    shop = await open_shop(rig, sandbox, carrier)
    await sandbox.script("labels.create", "accept_then_drop")
    await sandbox.script("labels.find", "auth_failed", "auth_failed")

    record = await buy_label(rig, shop, carrier)

    assert present(record.operation.attention).reason == "outcome_unknown"
    assert "step.recovery_refused" in [entry.event for entry in record.logs]
    assert (await buy_label(rig, shop, carrier)).operation.status is OperationStatus.COMPLETED


@each_that_signs_in
async def test_a_refused_void_without_tracking_does_not_pause_the_account(
    rig: Rig, sandbox: Sandbox, carrier: Carrier
) -> None:
    """The undo fails with the carrier's refusal, and the next label is bought."""
    shop = await open_shop(rig, sandbox, carrier)
    record = await buy_label(rig, shop, carrier)
    reference = record.effects[0].reference
    await sandbox.script("labels.void", "reject", reference=reference)
    await sandbox.script("labels.track", "auth_failed", "auth_failed", reference=reference)

    undone = await rig.undo(shop, record.operation)

    assert present(undone.operation.undo_error).code == "rejected"
    assert await sandbox.unused() == []
    assert (await buy_label(rig, shop, carrier)).operation.status is OperationStatus.COMPLETED


async def _expect_paused(rig: Rig, shop: Shop, record: OperationRecord) -> None:
    assert record.operation.attention is not None
    assert count_live(await shop.sandbox.labels(record.effects[0].reference)) == 1
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status is AccountStatus.AUTH_FAILED
