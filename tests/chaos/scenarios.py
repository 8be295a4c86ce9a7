"""Scenarios of clients: each is one operation, from its creation to its end."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from domain.orders import OrderStatus
from tests.chaos.client_log import Json
from tests.chaos.world import Bridge, World
from tests.fixtures.builders import SHIP_FROM

KINDS = {
    "create_shipment": 35,
    "push_fulfillment": 20,
    "update_order_status": 15,
    "fulfill_order": 22,
    "void_shipment": 8,
}
KEY_PROBABILITY = 0.7
"""Probability that a scenario's calls have an Idempotency-Key."""


@dataclass(frozen=True)
class Scenario:
    """One operation; its input contains `name`, so that the checker finds it without the client's log."""

    name: str
    body: Json
    has_keys: bool

    def key(self, verb: str) -> str | None:
        """Return the idempotency key of a call."""
        return f"{self.name}-{verb}" if self.has_keys else None


@dataclass
class ScenarioGenerator:
    """Generates scenarios. `shipments` has the latest (shipment, order) pairs of completed operations."""

    world: World
    rng: random.Random
    prefix: str
    shipments: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=50))
    _pushed: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def next_scenario(self) -> Scenario:
        """Return the next scenario."""
        kind = self.rng.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "void_shipment" and not self.shipments:
            kind = "create_shipment"
        name = f"{self.prefix}.{next(self._numbers)}"
        order = self.rng.choice(self.world.orders)
        body = {"type": kind, "order_id": order, **getattr(self, f"_{kind}")(name)}
        return Scenario(name, body, self.rng.random() < KEY_PROBABILITY)

    def _create_shipment(self, name: str) -> Json:
        return {"input": self._label(name)}

    def _label(self, name: str) -> Json:
        account = self.rng.choice(self.world.accounts)
        return {
            "carrier_account_id": account.id,
            "service": self.rng.choice(account.services),
            "label_format": self.rng.choice(account.formats),
            "ship_from": {**SHIP_FROM, "company": name},
        }

    def _push_fulfillment(self, name: str) -> Json:
        fields: Json = {"tracking_number": name, "carrier": "ups"}
        bridge = self.rng.choice(self.world.bridges)
        order_field = self._order_at(bridge)
        own = [pair for pair in self.shipments if pair[1] in bridge.orders and pair[0] not in self._pushed]
        if own and self.rng.random() < 0.4:
            shipment, order = self.rng.choice(own)
            self._pushed.add(shipment)
            fields, order_field = {"shipment_id": shipment}, {"order_id": order}
        notify = self.rng.random() < 0.5
        items = [{"id": "1", "quantity": 1}]
        return {
            "input": {**fields, "bridge_id": bridge.id, "line_items": items, "notify_customer": notify},
            **order_field,
        }

    def _update_order_status(self, name: str) -> Json:
        return {"input": {"status": self.rng.choice(list(OrderStatus)).value, "reason": name}}

    def _fulfill_order(self, name: str) -> Json:
        bridge = self.rng.choice(self.world.bridges)
        items = [{"sku": "TEE", "quantity": 1}]
        return {"input": {**self._label(name), "bridge_id": bridge.id, "line_items": items}, **self._order_at(bridge)}

    def _order_at(self, bridge: Bridge) -> Json:
        return {"order_id": self.rng.choice(bridge.orders)}

    def _void_shipment(self, _name: str) -> Json:
        shipment, order = self.rng.choice(self.shipments)
        return {"input": {"shipment_id": shipment}, "order_id": order}
