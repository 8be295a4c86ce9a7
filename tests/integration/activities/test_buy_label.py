"""The carrier gets the same request each time a purchase is sent."""

from typing import cast
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.carrier import CarrierActivities
from activities.order_check import OrderCheck
from bootstrap.container import Container
from domain.errors import Ambiguous, Rejected
from domain.json_values import to_json
from domain.ports.carrier import Carriers
from domain.shipping import CarrierCapabilities, RawAnswer, SafetyClass, ShipmentRequest
from tests.fixtures.builders import build_account_settings
from tests.fixtures.rows import Rows
from tests.integration.activities.conftest import OpenRun

OPTIONS = {"shipping_options": {"signature": "adult"}}


class UnreadableCarrier:
    """Records the requests and returns an unreadable answer."""

    capabilities = CarrierCapabilities(SafetyClass.KEYED, settle_seconds=5.0, look_for_seconds=0.0)

    def __init__(self) -> None:
        self.requests: list[tuple[str, ShipmentRequest]] = []

    def open(self, _connection: object) -> "UnreadableCarrier":
        return self

    def check(self, _carrier: str, _request: object) -> tuple[str, ...]:
        return ()

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        self.requests.append((reference, request))
        return RawAnswer(200, b"<html>")

    def read_label(self, _answer: RawAnswer, _request: ShipmentRequest) -> None:
        raise Ambiguous("HTML")


class StrictCarrier(UnreadableCarrier):
    """Refuses every request after the first purchase, as if its ship date had passed."""

    def check(self, _carrier: str, _request: object) -> tuple[str, ...]:
        if self.requests:
            raise Rejected("shipping_options.ship_date is past")
        return ()


def open_purchase(rows: Rows, container: Container, account_id: UUID) -> OpenRun:
    """Return the first run of a purchase at an account."""
    plan = {"carrier_account_id": str(account_id), "carrier": "fedex", "service": "GROUND"}
    operation_id = rows.insert_operation(
        "executing", type="create_shipment", order_id=rows.insert_order(), plan=plan, input=OPTIONS, current_run=1
    )
    rows.insert_run(operation_id)
    return OpenRun(rows, container, operation_id)


def build_activities(container: Container, carrier: UnreadableCarrier) -> CarrierActivities:
    return CarrierActivities(container.ledger, container.reads, cast(Carriers, carrier), container.channels)


async def test_a_repeated_purchase_has_the_same_request(rows: Rows, container: Container) -> None:
    """A carrier with idempotency keys accepts only the same body: the time and the options of the first request."""
    defaults = {"references": {"department": "Toys"}}
    account_id = rows.insert_account(settings=build_account_settings(shipping_defaults=defaults))
    run, carrier = open_purchase(rows, container, account_id), UnreadableCarrier()
    activities = build_activities(container, carrier)

    for step in (run.step(), run.step(resend_of=1)):
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(activities.buy_label, step)
        rows.update("carrier_accounts", account_id, settings=build_account_settings())

    first, again = carrier.requests
    assert first == again
    assert first[1].asked_at == run.effect()["created_at"]
    assert to_json(first[1].shipping_options) == {"signature": "adult", **defaults}


async def test_a_repeated_purchase_is_not_checked_again(rows: Rows, container: Container) -> None:
    """The stored request is sent although a new one would be refused, because the first one may have been accepted."""
    carrier = StrictCarrier()
    account_id = rows.insert_account(settings=build_account_settings())
    run, activities = open_purchase(rows, container, account_id), build_activities(container, carrier)

    for step in (run.step(), run.step(resend_of=1)):
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(activities.buy_label, step)

    first, again = carrier.requests
    assert first == again
    assert run.effect()["attempts"] == 2


async def test_the_stored_request_of_a_purchase_that_was_not_sent_is_not_sent(rows: Rows, container: Container) -> None:
    """A purchase without a possible earlier send is checked, also if the step is to be repeated."""
    carrier = StrictCarrier()
    account_id = rows.insert_account(settings=build_account_settings())
    run, activities = open_purchase(rows, container, account_id), build_activities(container, carrier)
    with pytest.raises(ApplicationError):
        await ActivityEnvironment().run(activities.buy_label, run.step())
    rows.update("effects", run.effect()["id"], state="prepared", answered_at=None)

    with pytest.raises(ApplicationError, match="rejected"):
        await ActivityEnvironment().run(activities.buy_label, run.step(resend_of=1))

    assert len(carrier.requests) == 1
    assert run.effect()["error"]["message"] == "shipping_options.ship_date is past"


async def test_a_request_is_not_sent_if_the_effect_was_closed_after_it_was_read(
    rows: Rows, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another delivery can learn in the meantime that the first request was not sent; the next one makes a new one."""
    carrier = StrictCarrier()
    run = open_purchase(rows, container, rows.insert_account(settings=build_account_settings()))
    activities = build_activities(container, carrier)
    with pytest.raises(ApplicationError):
        await ActivityEnvironment().run(activities.buy_label, run.step(needs_open_order=True))

    async def close_effect(*_: object) -> None:
        rows.update("effects", run.effect()["id"], state="prepared", answered_at=None)

    monkeypatch.setattr(OrderCheck, "before_purchase", close_effect)
    with pytest.raises(ApplicationError, match="not_sent"):
        await ActivityEnvironment().run(activities.buy_label, run.step(needs_open_order=True, resend_of=1))

    assert len(carrier.requests) == 1
    assert run.effect()["state"] == "prepared"
