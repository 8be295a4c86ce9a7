"""Buying a label: what the carrier is asked for is the same each time that the ledger lets it be sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.carrier import CarrierActivities
from activities.payloads import StepInput
from domain.effects import EffectState
from domain.errors import Ambiguous
from domain.parcels import Address, Parcel
from domain.ports.carrier import Carriers
from domain.ports.ledger import ActivityReads, Ledger
from domain.shipping import ConnectionSettings, RawAnswer, ShipmentRequest
from tests.unit.activities.test_send_once import MemoryLedger
from tests.unit.domain.test_transitions import an_effect

OPENED = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
PLACE = Address("Ada", "1 Way", "Portland", "97201", "US")
PARCEL = Parcel(Decimal(1), "lb")


class Carrier:
    """Keeps what it was asked for, and answers what nobody can read."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ShipmentRequest]] = []

    def open(self, _connection: object) -> "Carrier":
        return self

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        self.asked.append((reference, request))
        return RawAnswer(200, b"<html>")

    def read_label(self, _answer: RawAnswer, _request: ShipmentRequest) -> None:
        raise Ambiguous("HTML")


async def _shipping(*_: Any) -> SimpleNamespace:
    plan, settings = {"service": "GROUND"}, ConnectionSettings(ship_from=PLACE, default_parcel=PARCEL)
    return SimpleNamespace(
        operation=SimpleNamespace(input={}, plan=plan),
        order=SimpleNamespace(ship_to=PLACE),
        connection=SimpleNamespace(active=True, limits=None, settings=settings),
    )


async def test_a_purchase_that_is_sent_again_was_asked_for_at_the_same_time() -> None:
    """However much later: a carrier that replays by a key knows the same body only."""
    first = replace(an_effect(EffectState.SENT), created_at=OPENED, sent_at=OPENED)
    again = replace(first, attempts=2, sent_at=OPENED + timedelta(days=1), updated_at=OPENED + timedelta(days=1))
    carrier = Carrier()
    reads = cast(ActivityReads, SimpleNamespace(shipping=_shipping))
    step = StepInput(organization_id=uuid4(), operation_id=uuid4(), run=1, step="buy_label", position=1)

    for effect in (first, again):
        activities = CarrierActivities(cast(Ledger, MemoryLedger(effect)), reads, cast(Carriers, carrier))
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(activities.buy_label, step)

    assert [request.asked_at for _, request in carrier.asked] == [OPENED, OPENED]
    assert carrier.asked[0] == carrier.asked[1]
