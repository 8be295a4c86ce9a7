"""The carrier gets the same request each time a purchase is sent."""

from typing import cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.carrier import CarrierActivities
from bootstrap.container import Container
from domain.errors import Ambiguous
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


async def test_a_repeated_purchase_has_the_same_request(rows: Rows, container: Container) -> None:
    """A carrier with idempotency keys accepts only the same body: the time and the options of the first request."""
    defaults = {"references": {"department": "Toys"}}
    account_id = rows.insert_account(settings=build_account_settings(shipping_defaults=defaults))
    plan = {"carrier_account_id": str(account_id), "carrier": "fedex", "service": "GROUND"}
    operation_id = rows.insert_operation(
        "executing", type="create_shipment", order_id=rows.insert_order(), plan=plan, input=OPTIONS, current_run=1
    )
    rows.insert_run(operation_id)
    run, carrier = OpenRun(rows, container, operation_id), UnreadableCarrier()
    activities = CarrierActivities(container.ledger, container.reads, cast(Carriers, carrier), container.channels)

    for step in (run.step(), run.step(resend_of=1)):
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(activities.buy_label, step)
        rows.update("carrier_accounts", account_id, settings=build_account_settings())

    first, again = carrier.requests
    assert first == again
    assert first[1].asked_at == run.effect()["created_at"]
    assert to_json(first[1].shipping_options) == {"signature": "adult", **defaults}
