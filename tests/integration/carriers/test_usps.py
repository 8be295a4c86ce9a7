"""Differences of USPS: its idempotency key, its payment authorization, and cancels that become refunds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.carriers.usps import answers, requests
from bootstrap.vendors import OpenCarrier
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.ids import effect_reference
from domain.operations import OperationStatus
from domain.ports.rows import PageQuery
from domain.shipping import AccountStatus, PurchaseAttempt, RawAnswer
from tests.faults.run_scenario import ENDS, Result, check_live_items, check_no_duplicates, run_scenario
from tests.faults.scenario import READ_SECONDS, End, Scenario
from tests.fixtures.builders import build_shipment_request
from tests.fixtures.engine import Rig
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import open_adapter, open_shop
from tests.integration.carriers.vendors import BY_NAME

pytestmark = pytest.mark.timeout(240)

USPS = BY_NAME["usps"]
OPTIONS = {
    "signature": "adult",
    "insurance": {"amount": "600.00", "currency": "USD"},
    "references": {"po": "4711"},
    "label": {"dpi": 300},
    "carrier_options": {"extraServices": "955"},
}
LABEL = {"carrier": "usps", "service": "PRIORITY_MAIL", "label_format": "ZPL", "shipping_options": OPTIONS}
"""The simulator refuses a repeat whose body differs in any option."""
REQUEST = build_shipment_request("PRIORITY_MAIL", asked_at=datetime.now(UTC))
FIRST = PageQuery(page=1, limit=1, sort="created_at", descending=False)
UNREADABLE = (("labels.create", "garbage"),) * 3
UNKNOWN = (("labels.create", "error_500"),) * 3


def _cell(what: str, end: End, *before: tuple[str, str]) -> Scenario:
    return Scenario("create_shipment", what, end, before, safety="keyed")


AFTER_A_LABEL: dict[str, End] = {
    "reject": "attention",
    "absent": "completed",
    "accept_then_drop": "completed",
    "garbage": "completed",
    "rate_limited:1": "completed",
    "auth_failed": "completed",
}
"""Ends by the fault of the reprint that looks for the label."""
PAYING: dict[str, End] = {
    "reject": "failed",
    "auth_failed": "completed",
    "rate_limited:1": "completed",
    "unavailable:1": "completed",
    "error_500": "completed",
    "drop": "completed",
    "accept_then_drop": "completed",
    "garbage": "completed",
    "truncated": "completed",
    "empty": "completed",
    "wrong_shape": "completed",
}
"""Ends by the fault of the payment authorization."""
CELLS = {
    "bought": _cell("labels.create-garbage", "completed", *UNREADABLE),
    "not bought": _cell("labels.create-error_500", "completed", *UNKNOWN),
    **{
        f"bought, {fault}": _cell(f"labels.find-{fault}", end, *UNREADABLE, ("labels.find", fault))
        for fault, end in AFTER_A_LABEL.items()
    },
    **{
        f"payment {fault}": _cell(f"payments.create-{fault}", end, ("payments.create", fault))
        for fault, end in PAYING.items()
    },
}


async def _run(rig: Rig, sandboxes: Sandboxes, cell: Scenario) -> Result:
    async def shop(sandbox: Sandbox) -> Shop:
        return await open_shop(rig, sandbox, USPS, read_timeout_seconds=READ_SECONDS)

    return await run_scenario(rig, sandboxes, cell, shop, fields=LABEL)


async def test_a_reprint_shows_the_outcome_of_a_lost_purchase(rig: Rig, sandboxes: Sandboxes) -> None:
    """Three purchases are unanswered; without a payment authorization nothing was sent."""
    results = await asyncio.gather(*(_run(rig, sandboxes, cell) for cell in CELLS.values()))

    for (name, cell), result in zip(CELLS.items(), results, strict=True):
        operation = result.record.operation
        assert result.unused == [], name
        assert ENDS[cell.end](result.record), (name, operation.status, operation.error, operation.attention)
        check_no_duplicates(result)
        check_live_items(result, cell)
        if name == "bought":
            assert "it is a reprint, 4x6 with 203 dpi" in str(result.record.logs)
        if name.startswith("payment"):
            assert len(result.purchases) == (0 if cell.end == "failed" else 1), name


@pytest.fixture
async def shop(rig: Rig, sandbox: Sandbox) -> Shop:
    """A shop with USPS as its carrier."""
    return await open_shop(rig, sandbox, USPS)


@pytest.fixture
async def usps(rig: Rig, shop: Shop) -> AsyncIterator[OpenCarrier]:
    """The adapter without the engine."""
    async with open_adapter(rig, shop) as adapter:
        yield adapter


async def test_a_key_with_the_same_request_gives_the_same_label(usps: OpenCarrier, sandbox: Sandbox) -> None:
    """The label is complete and bought once."""
    labels = [usps.read_label(await usps.buy("A" * 26, REQUEST), REQUEST) for _ in range(2)]

    assert labels[0] == labels[1]
    assert (labels[0].document or b"").startswith(b"%PDF")
    assert len(await sandbox.labels("A" * 26)) == 1


async def test_a_multipart_label_is_the_same_label(usps: OpenCarrier, sandbox: Sandbox) -> None:
    """USPS answers in parts to a client that does not ask for its JSON."""
    bought = usps.read_label(await usps.buy("A" * 26, REQUEST), REQUEST)
    headers = {
        "Authorization": "Bearer sim-usps-test",
        "X-Payment-Authorization-Token": "sim-usps-payment-test",
        "X-Idempotency-Key": requests.make_key("A" * 26),
    }
    body = requests.build_purchase("A" * 26, REQUEST, datetime.now(UTC))
    async with httpx.AsyncClient(base_url=f"{sandbox.url}/sim/usps", headers=headers) as http:
        answer = await http.post("/labels/v3/label", json=body)

    assert answer.headers["content-type"].startswith("multipart/form-data")
    assert answers.parse_purchase(RawAnswer(answer.status_code, answer.content), REQUEST.service, "PDF") == bought


async def test_a_mailing_date_in_the_past_is_refused(usps: OpenCarrier) -> None:
    """The error quotes USPS."""
    late = replace(REQUEST, asked_at=datetime.now(UTC) - timedelta(days=3))
    with pytest.raises(Rejected) as refused:
        usps.read_label(await usps.buy("A" * 26, late), late)
    assert (refused.value.vendor_code, "cannot be in the past" in refused.value.message) == ("160001", True)


async def test_a_cancel_can_be_repeated_many_times(usps: OpenCarrier, sandbox: Sandbox) -> None:
    """The refusals of further cancels show the label's state; an unknown label does not exist."""
    cancelled = usps.read_label(await usps.buy("B" * 26, REQUEST), REQUEST).carrier_shipment_id
    outcomes = [(await usps.void(cancelled)).outcome for _ in range(2)]
    disputed = usps.read_label(await usps.buy("C" * 26, REQUEST), REQUEST).carrier_shipment_id
    await sandbox.script("labels.void", "refund_pending")
    outcomes += [(await usps.void(disputed)).outcome for _ in range(2)]
    scanned = usps.read_label(await usps.buy("D" * 26, REQUEST), REQUEST).carrier_shipment_id
    await sandbox.scan(scanned, "in_transit")
    outcomes += [(await usps.void(scanned)).outcome, (await usps.void("9400100000000000000000")).outcome]

    assert outcomes == [
        UndoOutcome.VOIDED,
        UndoOutcome.ALREADY_VOIDED,
        UndoOutcome.REFUND_PENDING,
        UndoOutcome.REFUND_PENDING,
        UndoOutcome.TOO_LATE,
        UndoOutcome.NOT_FOUND,
    ]


async def test_a_key_that_bought_nothing_has_no_label(usps: OpenCarrier) -> None:
    """USPS answers with a code and status 400; after 45 days that proves nothing."""
    now = datetime.now(UTC)
    assert await usps.find_labels("E" * 26, PurchaseAttempt(now, now)) == []
    with pytest.raises(Ambiguous):
        await usps.find_labels("E" * 26, PurchaseAttempt(now - timedelta(days=50), now))


async def test_a_key_with_another_request_is_an_unknown_outcome(usps: OpenCarrier, sandbox: Sandbox) -> None:
    """A reprint shows the label that the key bought, if any."""
    bought = usps.read_label(await usps.buy("A" * 26, REQUEST), REQUEST)
    other = replace(REQUEST, service="GROUND_ADVANTAGE")

    with pytest.raises(Ambiguous):
        usps.read_label(await usps.buy("A" * 26, other), other)

    assert await usps.find_labels("A" * 26, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC))) == [bought]
    assert await usps.find_labels("B" * 26, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC))) == []
    assert len(await sandbox.labels("A" * 26)) == 1


async def test_a_refused_reprint_proves_nothing(usps: OpenCarrier) -> None:
    """Not even three refusals, or the refusal of a cancelled label."""
    now = datetime.now(UTC)
    usps.read_label(await usps.buy("A" * 26, REQUEST), REQUEST)
    cancelled = usps.read_label(await usps.buy("B" * 26, REQUEST), REQUEST)
    await usps.void(cancelled.carrier_shipment_id)
    for _ in range(3):
        assert len(await usps.find_labels("A" * 26, PurchaseAttempt(now, now))) == 1

    for reference in ("A" * 26, "B" * 26):
        with pytest.raises(Rejected):
            await usps.find_labels(reference, PurchaseAttempt(now, now))
    with pytest.raises(Ambiguous):
        usps.read_label(await usps.buy("B" * 26, REQUEST), REQUEST)


async def test_a_repeated_cancel_keeps_its_outcome(usps: OpenCarrier, sandbox: Sandbox) -> None:
    """A cancelled label stays cancelled and a requested refund stays requested; tracking shows the rest."""
    first, second, third = [
        usps.read_label(await usps.buy(letter * 26, REQUEST), REQUEST).carrier_shipment_id for letter in "ABC"
    ]

    assert [(await usps.void(first)).outcome for _ in range(2)] == [UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED]
    await sandbox.script("labels.void", "refund_pending")
    pending = await usps.void(second)
    assert (pending.outcome, pending.ticket) == (UndoOutcome.REFUND_PENDING, "104660")
    assert (await usps.void(second)).outcome is UndoOutcome.REFUND_PENDING
    await sandbox.script("labels.void", "too_late")
    assert (await usps.void(third)).outcome is UndoOutcome.TOO_LATE
    assert (await usps.void("9400100000000000000000")).outcome is UndoOutcome.NOT_FOUND


async def test_a_label_that_the_ledger_lost_is_adopted(rig: Rig, shop: Shop, sandbox: Sandbox) -> None:
    """After a restore the key comes again with another mailing date: USPS refuses, and the label is found."""
    operation = await rig.create(shop, "create_shipment", **LABEL)
    reference = effect_reference(operation.id, "buy_label", "do", 1)
    async with open_adapter(rig, shop) as usps:
        lost = replace(REQUEST, asked_at=datetime.now(UTC) + timedelta(days=2))
        bought = usps.read_label(await usps.buy(reference, lost), lost)

    record = await rig.execute(shop, operation)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    assert (record.operation.output or {})["tracking_number"] == bought.tracking_number
    assert len(await sandbox.labels(reference)) == 1
    assert len(await sandbox.requests("labels.find", reference)) == 1
    async with rig.data(shop) as data:
        shipment = (await data.shipments.list_({}, FIRST))[0][0]
        found = await data.shipments.label(shipment.id)
    assert shipment.label_format == "PDF"
    assert (found or [b""])[0].startswith(b"%PDF")


async def test_an_expired_authorization_is_renewed(rig: Rig, shop: Shop, sandbox: Sandbox) -> None:
    """The account is not paused, and the purchase is made once."""
    await rig.execute(shop, await rig.create(shop, "create_shipment", **LABEL))
    for _ in range(2):
        await sandbox.script("labels.create", "auth_failed")

    record = await rig.execute(shop, await rig.create(shop, "create_shipment", **LABEL))

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    assert len(await sandbox.requests("payments.create")) == 2
    assert len(await sandbox.labels(record.effects[0].reference)) == 1
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status is AccountStatus.ACTIVE
