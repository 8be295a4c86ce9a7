"""Valid request bodies of every create endpoint, and functions that change one value in them."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from tests.fixtures.api import Api
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json
from tests.fixtures.stack import Stack

OPERATIONS = "/api/operations"

JSON = {"Content-Type": "application/json"}

BODIES = (
    OPERATIONS, "/api/orders", "/api/carrier-accounts", "/api/bridges", "/api/api-keys", "/api/users",
    "/api/webhook-endpoints",
)  # fmt: skip

GOOD: dict[str, Json] = {
    OPERATIONS: {"type": "update_order_status", "input": {"status": "shipped"}},
    "/api/orders": {
        "external_id": "bad-1", "order_number": "1", "status": "pending", "currency": "USD", "total": "1.00",
        "customer": {"name": "A", "email": "a@example.com"}, "ship_to": SHIP_TO,
        "line_items": [{"id": "1", "sku": "A", "name": "A", "quantity": 1, "price": "1.00"}],
    },
    "/api/carrier-accounts": {
        "carrier": "fedex", "name": "A", "mode": "test", "is_default": False,
        "credentials": {"client_id": "x", "client_secret": "x", "account_number": "740561073"},
        "settings": {
            "base_url": "http://127.0.0.1:9", "ship_from": SHIP_FROM, "default_parcel": PARCEL, "label_format": "PDF",
            "read_timeout_seconds": 5, "recover_for_seconds": 1,
        },
    },
    "/api/bridges": {
        "channel": "shopify", "name": "A", "mode": "test", "credentials": {"access_token": "x"},
        "settings": {"base_url": "http://127.0.0.1:9", "can_cancel": True},
    },
    "/api/users": {"email": "a@example.com", "role": "viewer", "name": "A"},
    "/api/webhook-endpoints": {
        "url": "https://hooks.example.com/a", "event_types": ["order.*"], "description": "A", "enabled": False,
    },
    "/api/api-keys": {"name": "A", "scopes": ["operations:read"], "expires_at": "2099-01-01T00:00:00Z"},
}  # fmt: skip


def post(api: Api, path: str, content: bytes, **headers: str) -> httpx.Response:
    """Send raw bytes as JSON."""
    return api.http.post(path, content=content, headers={**JSON, **headers})


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return the path of every value in a body, containers included."""
    if place:
        yield place
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from leaves(child, (*place, name))


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    """Return the value at a path."""
    for step in place:
        value = value[step]
    return value


def texts(body: Json) -> list[tuple[str | int, ...]]:
    """Return the paths of all strings in a body."""
    return [place for place in leaves(body) if isinstance(at(body, place), str)]


def changed(body: Json, place: tuple[str | int, ...], value: Any) -> Json:
    """Return a copy of a body with another value at one path."""
    copy: Json = json.loads(json.dumps(body))
    at(copy, place[:-1])[place[-1]] = value
    return copy


def assert_no_internal_error(stack: Stack) -> None:
    """Check that the stack's API has logged no exception: it logs every response with status 500."""
    log = (stack.data_dir / "logs" / "api.log").read_text()
    assert "Traceback" not in log
    assert "Error in " not in log, log[-3000:]
