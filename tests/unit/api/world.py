"""An API on in-memory stores, and the things that tests put into it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.http.auth import Scope, hash_secret, new_secret, shown_prefix
from api.http.base_url import OutgoingRules
from api.http.context import ApiContext, ApiLimits
from domain.effects import Direction, Effect, EffectState
from domain.json_values import from_json
from domain.operations import Operation, OperationStatus, Run, UndoStatus
from domain.orders import LineItem, Order, OrderStatus
from domain.parcels import Address
from domain.ports.stores import ApiKey
from domain.shipping import Shipment, ShipmentStatus
from domain.tracking import TrackingStatus
from tests.fixtures.fake_stores import FakeChanges, FakeDatabase, FakeDesk, FakeDispatch, Rows, now
from workflows.registry import load_types

ADDRESS = {"name": "Ada", "street1": "1600 Pine Street", "city": "Boulder", "postal_code": "80302", "country": "US"}
PARCEL = {"weight": 2.5, "weight_unit": "lb"}
ACCOUNT = {
    "carrier": "fedex",
    "name": "FedEx",
    "is_default": True,
    "settings": {"base_url": "http://127.0.0.1:8090", "ship_from": ADDRESS, "default_parcel": PARCEL},
    "credentials": {"api_key": "hush-hush"},
}


@dataclass
class World:
    """The parts, the client, and a key with every scope."""

    app: FastAPI
    database: FakeDatabase
    dispatch: FakeDispatch
    changes: FakeChanges
    desk: FakeDesk
    http: httpx.AsyncClient
    organization_id: UUID
    secret: str

    @property
    def rows(self) -> Rows:
        return self.database.rows(self.organization_id)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.secret}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.http.request(method, path, json=body, headers=sent)

    async def data(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = await self.call(method, path, body, **headers)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def key(self, *scopes: Scope, organization_id: UUID | None = None, **changes: Any) -> str:
        secret = new_secret()
        owner = organization_id or self.organization_id
        key = ApiKey(uuid4(), owner, "test", shown_prefix(secret), [one.value for one in scopes], None, None, now())
        self.database.rows(owner).keys[key.id] = replace(key, **changes)
        self.database.secrets[hash_secret(secret)] = (owner, key.id)
        return secret

    def order(self, **changes: Any) -> Order:
        order = Order(
            id=uuid4(),
            organization_id=self.organization_id,
            external_id="1001",
            order_number=None,
            status=OrderStatus.PENDING,
            currency="USD",
            total="10.00",
            customer=None,
            ship_to=from_json(Address, ADDRESS),
            line_items=(LineItem(2, "1", "MUG"),),
            bridge_id=None,
            created_at=now(),
            updated_at=now(),
        )
        order = replace(order, **changes)
        self.rows.orders[order.id] = order
        return order

    def operation(self, **changes: Any) -> Operation:
        operation = Operation(
            id=uuid4(),
            organization_id=self.organization_id,
            type="update_order_status",
            status=OperationStatus.PENDING,
            order_id=None,
            input={"status": "shipped"},
            plan={"status": "shipped"},
            output=None,
            error=None,
            attention=None,
            undo_status=UndoStatus.NONE,
            undo_error=None,
            undo_at=None,
            current_run=0,
            executed_at=None,
            completed_at=None,
            created_at=now(),
            updated_at=now(),
        )
        operation = replace(operation, **changes)
        self.rows.operations[operation.id] = operation
        return operation

    def effect(self, operation: Operation, step: str, **changes: Any) -> Effect:
        effect = Effect(
            id=uuid4(),
            organization_id=self.organization_id,
            operation_id=operation.id,
            run=1,
            round=1,
            position=1,
            step=step,
            direction=Direction.DO,
            undoes=None,
            state=EffectState.DONE,
            reference="R" * 26,
            attempts=1,
            sent_at=now(),
            answered_at=now(),
            answer=None,
            answer_status=None,
            answer_digest=None,
            result={},
            error=None,
            outcome=None,
            compensation="take_back",
            recovery=None,
            reversed_at=None,
            created_at=now(),
            updated_at=now(),
        )
        effect = replace(effect, **changes)
        self.rows.effects.setdefault(operation.id, []).append(effect)
        return effect

    def shipment(self, **changes: Any) -> Shipment:
        shipment = Shipment(
            id=uuid4(),
            organization_id=self.organization_id,
            order_id=None,
            operation_id=uuid4(),
            carrier_account_id=uuid4(),
            carrier="fedex",
            service="GROUND",
            status=ShipmentStatus.LABEL_CREATED,
            reference="R" * 26,
            carrier_shipment_id="shp_1",
            tracking_number="794644790132",
            label_format="PDF",
            cost="8.75",
            currency="USD",
            void_until=now(),
            voided_at=None,
            tracking_status=TrackingStatus.UNKNOWN,
            tracked_at=None,
            scanned_at=None,
            tracking_checked_at=None,
            tracking_problem=None,
            track_at=now(),
            created_at=now(),
            updated_at=now(),
        )
        shipment = replace(shipment, **changes)
        self.rows.shipments[shipment.id] = shipment
        return shipment

    def bought(self, *, days: int, shipment: Shipment | None = None, **changes: Any) -> Operation:
        """A completed create_shipment whose label can be voided for so many days more."""
        until = (now() + timedelta(days=days)).isoformat()
        shipment_id = shipment.id if shipment is not None else uuid4()
        result = {"shipment_id": str(shipment_id), "tracking_number": "794644790132", "void_until": until}
        completed = {"type": "create_shipment", "status": OperationStatus.COMPLETED, "output": result, "current_run": 1}
        operation = self.operation(**(completed | changes))
        self.effect(operation, "buy_label", result=result)
        if shipment is not None:
            self.rows.shipments[shipment.id] = replace(shipment, operation_id=operation.id)
        return operation

    def close(self, run: Run, **changes: Any) -> None:
        """Play the mirror: the run is over, and this is what it left."""
        operation = self.rows.operations[run.operation_id]
        self.rows.operations[run.operation_id] = replace(operation, **changes)
        runs = self.rows.runs[run.operation_id]
        runs[-1] = replace(runs[-1], closed_at=now())
        self.changes.tell(run.operation_id)


async def ready() -> bool:
    return True


def new_world(limits: ApiLimits | None = None) -> World:
    database, dispatch, changes, desk = FakeDatabase(), FakeDispatch(), FakeChanges(), FakeDesk()
    context = ApiContext(
        database=database,
        notifications=changes,
        dispatch=dispatch,
        carrier_queries=desk,
        registry=load_types(),
        temporal_ready=ready,
        temporal_ui_url="http://127.0.0.1:8233",
        outgoing=OutgoingRules(allow_loopback=True),
        limits=limits or ApiLimits(),
    )
    app = create_app(context)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")
    world = World(app, database, dispatch, changes, desk, http, uuid4(), "")
    world.secret = world.key(*Scope)
    return world
