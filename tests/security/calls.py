"""Every call of the API with another organization's ids, wherever the call has an id."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi.routing import APIRoute

from api.app import ROUTERS
from api.http.auth import Require
from tests.fixtures.api import LABEL
from tests.fixtures.builders import Json

Ids = dict[str, str]
HOOK = "webhook-endpoints"
KINDS = (
    "orders", "carrier-accounts", "bridges", "shipments", "api-keys", "users", "bulk-actions", "events",
    "webhook-endpoints", "webhook-deliveries", "pending", "completed", "failed", "unknown",
)  # fmt: skip
"""The kinds of ids; operations in the four states that calls could change."""

PATCH_ORDER = {"status": "cancelled"}
PAUSE = {"reason": "says a stranger"}
VERBS = ("pause", "resume")
RENAME = {"name": "taken over"}
RESOLVE = {"outcome": "did_not_happen", "reason": "says a stranger"}


@dataclass(frozen=True)
class Call:
    """One call; `{kind}` in path, query and body is replaced by an id. A scope of None means that it needs no key.

    An unknown id gives 404 or 422, and an empty list; the answer of other calls contains `expected_text`.
    """

    method: str
    route: str
    scope: str | None
    kind: str | None = None
    body: Any = None
    query: tuple[tuple[str, str], ...] = ()
    expected_text: str | None = None

    def request(self, ids: Ids, own: Ids) -> tuple[str, str, Json]:
        """Return method, path and the other arguments; `own` are the attacker's ids, for `{own:kind}`."""
        known = {**ids, **{f"own:{kind}": ident for kind, ident in own.items()}}
        ident = known.get(self.kind or "", "create_shipment")
        endpoint = known.get(HOOK, ident) if self.kind == "webhook-deliveries" else ident
        path = re.sub(r"\{\w+\}", ident, self.route.replace("{webhook_endpoint_id}", endpoint))
        rest: Json = {"params": {name: _fill(value, known) for name, value in self.query}}
        if self.body is not None:
            rest["json"] = json.loads(_fill(json.dumps(self.body), known))
        return self.method, path, rest

    @property
    def has_foreign_id(self) -> bool:
        """Return whether the call contains another organization's id."""
        return self.kind is not None or any("{" + kind + "}" in json.dumps([self.body, self.query]) for kind in KINDS)


def _fill(text: str, ids: Ids) -> str:
    for kind, ident in ids.items():
        text = text.replace("{" + kind + "}", ident)
    return text


def build_operation(kind: str, order: str | None, **fields: Any) -> Json:
    return {"type": kind, "order_id": order, "input": fields}


SERVICE = {"service": LABEL["service"]}
PUSH = {"tracking_number": "1Z", "carrier": "ups"}
OPERATION = "/api/operations/{operation_id}"
DOCUMENT = "/api/shipments/{shipment_id}/documents/{document_id}"
ACCOUNT, BRIDGE = "/api/carrier-accounts/{carrier_account_id}", "/api/bridges/{bridge_id}"
BATCH, EXECUTE, BULK = "/api/operations/batch", "/api/operations/execute", "/api/bulk-actions"
OWN_ORDER, OWN_BRIDGE = "{own:orders}", "{own:bridges}"

OPERATION_BODIES = (
    build_operation("update_order_status", "{orders}", status="shipped"),
    build_operation("create_shipment", "{orders}", **LABEL),
    build_operation("create_shipment", OWN_ORDER, carrier_account_id="{carrier-accounts}", **SERVICE),
    build_operation("push_fulfillment", OWN_ORDER, bridge_id="{bridges}", **PUSH),
    build_operation("push_fulfillment", OWN_ORDER, bridge_id=OWN_BRIDGE, shipment_id="{shipments}"),
    build_operation(
        "fulfill_order", OWN_ORDER, carrier_account_id="{carrier-accounts}", bridge_id=OWN_BRIDGE, **SERVICE
    ),
    build_operation("fulfill_order", OWN_ORDER, bridge_id="{bridges}", **LABEL),
    build_operation("fulfill_order", "{orders}", bridge_id=OWN_BRIDGE, **LABEL),
    build_operation("void_shipment", None, shipment_id="{shipments}"),
    build_operation("void_shipment", OWN_ORDER, shipment_id="{shipments}"),
)  # fmt: skip

RATE_BODIES = (
    {"order_id": "{orders}", "carrier": LABEL["carrier"]},
    {"order_id": OWN_ORDER, "carrier_account_id": "{carrier-accounts}"},
)
WEBHOOK = "/webhooks/carriers/{carrier_account_id}"
EVENT = {"object": "Event", "result": {"object": "Tracker", "tracking_code": "1Z"}}

ENDPOINT = "/api/webhook-endpoints/{webhook_endpoint_id}"
READ_HOOKS, WRITE_HOOKS = "webhooks:read", "webhooks:write"
REPLAY = {"filter": {"state": "failed"}, "expected_count": 0}

ON_OWN = build_operation("update_order_status", OWN_ORDER, status="shipped")
OF_ORDER = {"order_id": "{orders}"}
OF_ACTION = {"bulk_action_id": "{bulk-actions}"}
BULK_BODIES = (
    ({"action": "cancel", "ids": ["{pending}"]}, '"operation_not_found"'),
    ({"action": "cancel", "filter": OF_ORDER, "dry_run": True}, '{"count":0}'),
    ({"action": "undo", "filter": OF_ORDER, "expected_count": 1}, '"count_changed"'),
    ({"action": "retry", "filter": OF_ACTION, "dry_run": True}, '{"count":0}'),
)

CALLS = (
    # before the calls that void the label
    Call("POST", "/api/labels/merge", "shipments:read", body={"ids": ["{shipments}"]}),
    Call("GET", "/healthz", None),
    Call("GET", "/readyz", None),
    Call("GET", "/api/operations/types", "operations:read"),
    Call("GET", "/api/operations/types/{operation_type}", "operations:read"),
    Call("GET", "/api/operations", "operations:read", query=(("order_id", "{orders}"),)),
    Call("GET", OPERATION, "operations:read", "completed"),
    Call("GET", OPERATION + "/undo", "operations:read", "completed"),
    *(Call("POST", "/api/operations", "operations:write", body=body) for body in OPERATION_BODIES),
    *(Call("POST", BATCH, "operations:write", body={"operations": [ON_OWN, body]}) for body in OPERATION_BODIES),
    Call("POST", EXECUTE, "operations:execute", body={"ids": ["{pending}"]}, expected_text='"result":"not_found"'),
    Call(
        "POST", EXECUTE, "operations:execute", body={"filter": OF_ORDER, "dry_run": True}, expected_text='{"count":0}'
    ),
    Call(
        "POST",
        EXECUTE,
        "operations:execute",
        body={"filter": OF_ORDER, "expected_count": 1},
        expected_text='"count_changed"',
    ),
    Call("POST", OPERATION + "/execute", "operations:execute", "pending"),
    Call("POST", OPERATION + "/cancel", "operations:execute", "pending"),
    Call("POST", OPERATION + "/undo", "operations:execute", "completed", {}),
    Call("POST", OPERATION + "/undo", "operations:execute", "completed", {"force": True, "reason": "a stranger"}),
    Call("POST", OPERATION + "/retry", "operations:execute", "failed"),
    Call("POST", OPERATION + "/resolve", "operations:execute", "unknown", RESOLVE),
    *(Call("POST", BULK, "operations:execute", body=body, expected_text=text) for body, text in BULK_BODIES),
    Call("GET", BULK, "operations:read"),
    Call("GET", BULK + "/{bulk_action_id}", "operations:read", "bulk-actions"),
    Call("POST", BULK + "/{bulk_action_id}/stop", "operations:execute", "bulk-actions"),
    Call("GET", BULK + "/{bulk_action_id}/items", "operations:read", "bulk-actions"),
    Call("GET", "/api/operations", "operations:read", query=(("carrier_account_id", "{carrier-accounts}"),)),
    Call("GET", "/api/operations", "operations:read", query=(("bridge_id", "{bridges}"),)),
    Call("GET", "/api/orders", "orders:read", query=(("bridge_id", "{bridges}"),)),
    Call("GET", "/api/orders/{order_id}", "orders:read", "orders"),
    Call("POST", "/api/orders", "orders:write", body={"external_id": "stolen", "bridge_id": "{bridges}"}),
    Call("PATCH", "/api/orders/{order_id}", "orders:write", "orders", PATCH_ORDER),
    Call("POST", "/api/orders/{order_id}/erase", "orders:write", "orders", PAUSE),
    Call("PATCH", "/api/orders/{order_id}", "orders:write", "own:orders", {"bridge_id": "{bridges}"}),
    Call("GET", "/api/shipments", "shipments:read", query=(("order_id", "{orders}"),)),
    Call("GET", "/api/shipments", "shipments:read", query=(("operation_id", "{completed}"),)),
    Call("GET", "/api/shipments", "shipments:read", query=(("carrier_account_id", "{carrier-accounts}"),)),
    Call("GET", "/api/shipments/{shipment_id}", "shipments:read", "shipments"),
    Call("GET", "/api/shipments/{shipment_id}/label", "shipments:read", "shipments"),
    Call("GET", "/api/shipments/{shipment_id}/documents", "shipments:read", "shipments"),
    Call("GET", DOCUMENT, "shipments:read", "shipments"),
    Call("GET", "/api/shipments/{shipment_id}/tracking", "shipments:read", "shipments"),
    Call("POST", "/api/shipments/{shipment_id}/tracking", "shipments:read", "shipments"),
    *(Call("POST", "/api/rates", "shipments:read", body=body) for body in RATE_BODIES),
    Call("POST", WEBHOOK, None, "carrier-accounts", EVENT, expected_text='"webhook_refused"'),
    Call("GET", "/api/carriers", "carrier-accounts:read"),
    Call("GET", "/api/carriers/{carrier}", "carrier-accounts:read"),
    Call("GET", "/api/carrier-accounts", "carrier-accounts:read"),
    Call("POST", "/api/carrier-accounts", "carrier-accounts:write", body={"carrier": "none"}),
    Call("GET", "/api/carrier-accounts/{carrier_account_id}", "carrier-accounts:read", "carrier-accounts"),
    Call("PATCH", "/api/carrier-accounts/{carrier_account_id}", "carrier-accounts:write", "carrier-accounts", RENAME),
    *(Call("POST", f"{ACCOUNT}/{verb}", "carrier-accounts:write", "carrier-accounts", PAUSE) for verb in VERBS),
    Call("POST", "/api/carrier-accounts/{carrier_account_id}/test", "carrier-accounts:write", "carrier-accounts"),
    Call("DELETE", "/api/carrier-accounts/{carrier_account_id}", "carrier-accounts:write", "carrier-accounts"),
    Call("GET", "/api/bridges", "bridges:read"),
    Call("POST", "/api/bridges", "bridges:write", body={"channel": "none"}),
    Call("GET", "/api/bridges/{bridge_id}", "bridges:read", "bridges"),
    Call("PATCH", "/api/bridges/{bridge_id}", "bridges:write", "bridges", RENAME),
    *(Call("POST", f"{BRIDGE}/{verb}", "bridges:write", "bridges", PAUSE) for verb in VERBS),
    Call("DELETE", "/api/bridges/{bridge_id}", "bridges:write", "bridges"),
    Call("GET", "/api/events", "events:read", query=(("subject_id", "{orders}"),)),
    Call("GET", "/api/events/{event_id}", "events:read", "events"),
    Call("GET", "/api/events/stream", "events:read", query=(("subject", "{orders}"),), expected_text='"subject"'),
    Call("GET", "/api/organization", "organization:manage"),
    Call("PATCH", "/api/organization", "organization:manage", body={"settings": {}}),
    Call("GET", "/api/users", "users:read"),
    Call("POST", "/api/users", "users:write", body={"email": "x"}),
    Call("GET", "/api/users/{user_id}", "users:read", "users"),
    Call("PATCH", "/api/users/{user_id}", "users:write", "users", {"role": "viewer"}),
    Call("DELETE", "/api/users/{user_id}", "users:write", "users"),
    Call("GET", "/api/api-keys", "api-keys:manage", query=(("user_id", "{users}"),)),
    Call(
        "POST",
        "/api/api-keys",
        "api-keys:manage",
        body={"name": "x", "scopes": ["api-keys:manage"], "user_id": "{users}"},
    ),
    Call("GET", "/api/api-keys", "api-keys:manage"),
    Call("POST", "/api/api-keys", "api-keys:manage", body={"name": ""}),
    Call("GET", "/api/api-keys/{api_key_id}", "api-keys:manage", "api-keys"),
    Call("DELETE", "/api/api-keys/{api_key_id}", "api-keys:manage", "api-keys"),
    Call("GET", "/api/webhook-endpoints", READ_HOOKS),
    Call("POST", "/api/webhook-endpoints", WRITE_HOOKS, body={"url": ""}),
    Call("GET", ENDPOINT, READ_HOOKS, HOOK),
    Call("PATCH", ENDPOINT, WRITE_HOOKS, HOOK, {"enabled": False}),
    Call("POST", ENDPOINT + "/rotate-secret", WRITE_HOOKS, HOOK),
    Call("POST", ENDPOINT + "/test", WRITE_HOOKS, HOOK),
    Call("POST", ENDPOINT + "/replay", WRITE_HOOKS, HOOK, REPLAY),
    Call("GET", ENDPOINT + "/deliveries", READ_HOOKS, HOOK),
    Call("GET", ENDPOINT + "/deliveries", READ_HOOKS, f"own:{HOOK}", query=(("event_id", "{events}"),)),
    Call("GET", ENDPOINT + "/deliveries/{webhook_delivery_id}", READ_HOOKS, "webhook-deliveries"),
    Call("DELETE", ENDPOINT, WRITE_HOOKS, HOOK),
)
SCOPED_CALLS = tuple(call for call in CALLS if call.scope is not None)
FOREIGN_ID_CALLS = tuple(call for call in CALLS if call.has_foreign_id)


def routes() -> Iterator[tuple[str, str, str | None]]:
    """Return method, path and scope of every route of the app."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            scopes = [
                dependency.call.scope.value
                for dependency in route.dependant.dependencies
                if isinstance(dependency.call, Require)
            ]
            assert len(scopes) <= 1, route.path
            for method in route.methods or ():
                yield method, route.path, scopes[0] if scopes else None


def unknown_ids() -> Ids:
    """Return ids that do not exist."""
    return {kind: str(uuid4()) for kind in KINDS}


def describe(answer: httpx.Response, ids: Ids) -> tuple[int, str, dict[str, str]]:
    """Return status, body and headers of an answer, with the request's id and the given ids masked."""
    request_id = answer.headers["X-Request-Id"]
    text = answer.text.replace(request_id, "<request>")
    for kind, ident in ids.items():
        text = text.replace(ident, f"<{kind}>")
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
    return answer.status_code, text, headers
