"""Every endpoint that needs a key, with its scope, and a call that is valid except for the id."""

from typing import Any

import httpx

from tests.fixtures.api import Api

SOME = "550e8400-e29b-41d4-a716-446655440000"

ENDPOINTS = [
    ("GET", "/api/operations", "operations:read"),
    ("GET", f"/api/operations/{SOME}", "operations:read"),
    ("GET", f"/api/operations/{SOME}/undo", "operations:read"),
    ("GET", "/api/operations/types", "operations:read"),
    ("GET", "/api/operations/types/create_shipment", "operations:read"),
    ("POST", "/api/operations", "operations:write"),
    ("POST", "/api/operations/batch", "operations:write"),
    ("POST", "/api/operations/execute", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/execute", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/cancel", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/undo", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/retry", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/resolve", "operations:execute"),
    ("GET", "/api/bulk-actions", "operations:read"),
    ("GET", f"/api/bulk-actions/{SOME}", "operations:read"),
    ("GET", f"/api/bulk-actions/{SOME}/items", "operations:read"),
    ("POST", "/api/bulk-actions", "operations:execute"),
    ("POST", f"/api/bulk-actions/{SOME}/stop", "operations:execute"),
    ("GET", "/api/orders", "orders:read"),
    ("GET", f"/api/orders/{SOME}", "orders:read"),
    ("POST", "/api/orders", "orders:write"),
    ("PATCH", f"/api/orders/{SOME}", "orders:write"),
    ("POST", f"/api/orders/{SOME}/erase", "orders:write"),
    ("GET", "/api/shipments", "shipments:read"),
    ("GET", f"/api/shipments/{SOME}", "shipments:read"),
    ("GET", f"/api/shipments/{SOME}/label", "shipments:read"),
    ("GET", f"/api/shipments/{SOME}/tracking", "shipments:read"),
    ("POST", f"/api/shipments/{SOME}/tracking", "shipments:read"),
    ("POST", "/api/labels/merge", "shipments:read"),
    ("POST", "/api/rates", "shipments:read"),
    ("GET", "/api/carriers", "carrier-accounts:read"),
    ("GET", "/api/carriers/fedex", "carrier-accounts:read"),
    ("GET", "/api/carrier-accounts", "carrier-accounts:read"),
    ("GET", f"/api/carrier-accounts/{SOME}", "carrier-accounts:read"),
    ("POST", "/api/carrier-accounts", "carrier-accounts:write"),
    ("PATCH", f"/api/carrier-accounts/{SOME}", "carrier-accounts:write"),
    ("DELETE", f"/api/carrier-accounts/{SOME}", "carrier-accounts:write"),
    ("POST", f"/api/carrier-accounts/{SOME}/pause", "carrier-accounts:write"),
    ("POST", f"/api/carrier-accounts/{SOME}/resume", "carrier-accounts:write"),
    ("POST", f"/api/carrier-accounts/{SOME}/test", "carrier-accounts:write"),
    ("GET", "/api/bridges", "bridges:read"),
    ("GET", f"/api/bridges/{SOME}", "bridges:read"),
    ("POST", "/api/bridges", "bridges:write"),
    ("PATCH", f"/api/bridges/{SOME}", "bridges:write"),
    ("DELETE", f"/api/bridges/{SOME}", "bridges:write"),
    ("POST", f"/api/bridges/{SOME}/pause", "bridges:write"),
    ("POST", f"/api/bridges/{SOME}/resume", "bridges:write"),
    ("GET", "/api/events", "events:read"),
    ("GET", f"/api/events/{SOME}", "events:read"),
    ("GET", "/api/events/stream?subject=refused", "events:read"),
    ("GET", "/api/organization", "organization:manage"),
    ("PATCH", "/api/organization", "organization:manage"),
    ("GET", "/api/users", "users:read"),
    ("GET", f"/api/users/{SOME}", "users:read"),
    ("POST", "/api/users", "users:write"),
    ("PATCH", f"/api/users/{SOME}", "users:write"),
    ("DELETE", f"/api/users/{SOME}", "users:write"),
    ("GET", "/api/api-keys", "api-keys:manage"),
    ("POST", "/api/api-keys", "api-keys:manage"),
    ("GET", f"/api/api-keys/{SOME}", "api-keys:manage"),
    ("DELETE", f"/api/api-keys/{SOME}", "api-keys:manage"),
    ("GET", "/api/webhook-endpoints", "webhooks:read"),
    ("GET", f"/api/webhook-endpoints/{SOME}", "webhooks:read"),
    ("GET", f"/api/webhook-endpoints/{SOME}/deliveries", "webhooks:read"),
    ("GET", f"/api/webhook-endpoints/{SOME}/deliveries/{SOME}", "webhooks:read"),
    ("POST", "/api/webhook-endpoints", "webhooks:write"),
    ("PATCH", f"/api/webhook-endpoints/{SOME}", "webhooks:write"),
    ("DELETE", f"/api/webhook-endpoints/{SOME}", "webhooks:write"),
    ("POST", f"/api/webhook-endpoints/{SOME}/rotate-secret", "webhooks:write"),
    ("POST", f"/api/webhook-endpoints/{SOME}/test", "webhooks:write"),
    ("POST", f"/api/webhook-endpoints/{SOME}/replay", "webhooks:write"),
]  # fmt: skip

WITH_ID = [(method, path) for method, path, _ in ENDPOINTS if SOME in path]

BODIES: dict[str, Any] = {
    "pause": {"reason": "r"},
    "resume": {"reason": "r"},
    "erase": {"reason": "r"},
    "resolve": {"outcome": "happened", "reason": "seen"},
    "replay": {"ids": [SOME]},
    "merge": {"ids": [SOME]},
}


def send(api: Api, method: str, path: str, key: str | None = None) -> httpx.Response:
    """Send a request with a valid body, so that only the tested part is wrong."""
    body = BODIES.get(path.rsplit("/", 1)[1], {}) if method in ("POST", "PATCH") else None
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return api.http.request(method, path, json=body, headers=headers)
