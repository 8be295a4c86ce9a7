"""Example events for the reference, one of each type."""

from collections.abc import Mapping
from typing import Any

from domain.events import ACCOUNT, API_KEY, BRIDGE, ENDPOINT, OPERATION, ORDER, ORGANIZATION, SHIPMENT, USER, EventType
from domain.json_values import Json
from domain.operations import AttentionReason
from workflows.registry import BUILT_IN

PURCHASE = BUILT_IN[0]
"""The operation type of the examples."""

AT = "2026-11-30T09:15:00.123456Z"
ORDER_ID, OPERATION_ID = "0197c3a0-5b1e-7c44-9a2e-5d1f6b7c8d9e", "0197c3a0-6c2f-7d55-8b3f-6e2a7c8d9eaf"
SHIPMENT_ID, ACCOUNT_ID = "0197c3a0-7d30-7e66-9c40-7f3b8d9eafb0", "0197c39f-8e41-7f77-8d51-804c9eafb0c1"
BRIDGE_ID, KEY_ID = "0197c39f-9f52-7088-9e62-915dafb0c1d2", "0197c39e-a063-7199-8f73-a26eb0c1d2e3"
USER_ID, ORGANIZATION_ID = "0197c39e-b174-72aa-9084-b37fc1d2e3f4", "0197c39d-c285-73bb-a195-c480d2e3f405"
ENDPOINT_ID = "0197c39d-d396-74cc-b2a6-d591e3f40516"

TIMES = {"created_at": AT, "updated_at": AT}
PAUSE = {"cause": "person", "actor": f"key:{KEY_ID}", "since": AT}

DATA: Mapping[str, Json] = {
    OPERATION: {
        "id": OPERATION_ID, "type": PURCHASE.name, "status": "executing", "order_id": ORDER_ID, "output": None,
        "error": None, "attention": None, "progress": None, "undo": {"status": "none"}, "executed_at": AT,
        "completed_at": None, "undo_at": None, **TIMES,
    },
    ORDER: {
        "id": ORDER_ID, "external_id": "gid://shopify/Order/1001", "order_number": "#1001", "mode": "live",
        "status": "pending", "currency": "USD", "total": "25.50", "bridge_id": BRIDGE_ID, "erased_at": None, **TIMES,
    },
    SHIPMENT: {
        "id": SHIPMENT_ID, "order_id": ORDER_ID, "operation_id": OPERATION_ID, "carrier_account_id": ACCOUNT_ID,
        "carrier": "ups", "shipping_carrier": "ups", "service": "03", "status": "label_created",
        "reference": "ord-6c2f7d558b3f", "carrier_shipment_id": "1Z12345E0291980793",
        "tracking_number": "1Z12345E0291980793", "label_format": "PDF", "cost": "12.40", "currency": "USD",
        "void_until": None, "voided_at": None, "refund": None,
        "tracking": {"status": "unknown", "at": None, "scanned_at": None}, **TIMES,
    },
    ACCOUNT: {
        "id": ACCOUNT_ID, "carrier": "ups", "mode": "live", "status": "active", "pause": None, "is_default": True,
        **TIMES,
    },
    BRIDGE: {"id": BRIDGE_ID, "channel": "shopify", "mode": "live", "status": "active", "pause": None, **TIMES},
    API_KEY: {
        "id": KEY_ID, "user_id": None, "scopes": ["operations:read"], "expires_at": None, "revoked_at": None,
        "created_at": AT,
    },
    USER: {"id": USER_ID, "role": "operator", "disabled_at": None, "removed_at": None, **TIMES},
    ORGANIZATION: {"id": ORGANIZATION_ID, "settings": {"duplicate_guard_seconds": 0}, "created_at": AT},
    ENDPOINT: {
        "id": ENDPOINT_ID, "event_types": ["operation.*"], "enabled": True, "disabled_reason": None, **TIMES,
    },
}  # fmt: skip

AFTER: Mapping[str, Json] = {
    "operation.cancelled": {"status": "cancelled"},
    "operation.completed": {
        "status": "completed", "completed_at": AT,
        "output": {"shipment_id": SHIPMENT_ID, "tracking_number": "1Z12345E0291980793"},
    },
    "operation.failed": {
        "status": "failed", "completed_at": AT,
        "error": {"code": "rejected", "step": PURCHASE.steps[0].name, "retryable": False, "rolled_back": True,
                  "vendor_code": "120100"},
    },
    "operation.attention": {
        "attention": {"reason": AttentionReason.OUTCOME_UNKNOWN.value, "step": PURCHASE.steps[0].name,
                      "choices": [*AttentionReason.OUTCOME_UNKNOWN.choices], "since": AT, "not_before": None},
    },
    "operation.undo_started": {"status": "completed", "undo": {"status": "in_progress"}},
    "operation.undone": {"status": "undone", "undo": {"status": "done"}, "undo_at": AT},
    "operation.undo_failed": {"status": "completed", "undo": {"status": "failed"}},
    "order.status_changed": {"status": "shipped"},
    "order.erased": {"erased_at": AT},
    "shipment.voided": {"status": "voided", "voided_at": AT},
    "shipment.refund_pending": {"status": "refund_pending", "refund": {"status": "pending"}},
    "shipment.refund_settled": {"status": "voided", "refund": {"status": "settled"}},
    "shipment.refund_rejected": {"status": "refund_rejected", "refund": {"status": "rejected"}},
    "shipment.tracking_changed": {"tracking": {"status": "in_transit", "at": AT, "scanned_at": AT}},
    "api_key.revoked": {"revoked_at": AT},
    "user.changed": {"role": "admin"},
    "user.disabled": {"disabled_at": AT},
    "user.removed": {"removed_at": AT},
    "organization.changed": {"settings": {"duplicate_guard_seconds": 3600}},
    "webhook_endpoint.disabled": {"enabled": False, "disabled_reason": "gone"},
    **{f"{connection}.paused": {"status": "paused", "pause": PAUSE} for connection in (ACCOUNT, BRIDGE)},
    **{f"{connection}.probe_failed": {"status": "paused", "pause": PAUSE} for connection in (ACCOUNT, BRIDGE)},
    **{f"{connection}.auth_failed": {"status": "auth_failed"} for connection in (ACCOUNT, BRIDGE)},
}  # fmt: skip
"""The fields of `data` that differ in the example of a type."""

BEFORE: Mapping[str, Any] = {
    "operation.executing": {"status": "pending"},
    "operation.retry_started": {"status": "failed"},
    "operation.undone": {"status": "completed", "undo": {"status": "in_progress"}},
    "operation.undo_failed": {"undo": {"status": "in_progress"}},
    "order.changed": {"order_number": "1001"},
    "shipment.refund_settled": {"status": "refund_pending", "refund": {"status": "pending"}},
    "shipment.refund_rejected": {"status": "refund_pending", "refund": {"status": "pending"}},
    "shipment.changed": {"tracking_number": "1Z12345E0291980001"},
    "api_key.changed": {"scopes": ["operations:read", "operations:write"]},
    "user.enabled": {"disabled_at": AT},
    "webhook_endpoint.changed": {"event_types": ["*"]},
    "webhook_endpoint.enabled": {"enabled": False},
    **{f"{connection}.resumed": {"status": "paused", "pause": PAUSE} for connection in (ACCOUNT, BRIDGE)},
}
"""The values before the change, if they are not those of `DATA`."""


def make_example(event_type: EventType) -> Json:
    """Return an event of the type, as the API shows it."""
    base = DATA[event_type.subject]
    data = {**base, **AFTER.get(event_type.name, {})}
    before = {**base, **BEFORE.get(event_type.name, {})}
    changes = [_change(field, before, data) for field in event_type.fields]
    return {
        "id": "0197c3a1-e4a7-75dd-83b7-e6a2f4051627",
        "type": event_type.name,
        "created_at": AT,
        "organization_id": ORGANIZATION_ID,
        "actor": f"key:{KEY_ID}",
        "request_id": "5f0c8e2a9b7d4c1e8f6a3b2d1c0e9f8a",
        "subject": {"type": event_type.subject, "id": base["id"]},
        "sequence": 1 if event_type.name.endswith(".created") else 2,
        "data": data,
        "changes": changes or None,
    }


def _change(field: str, before: Json, after: Json) -> Json:
    name, _, part = field.partition(".")
    if name not in after:
        return {"field": field}
    values = (before[name][part], after[name][part]) if part else (before[name], after[name])
    return {"field": field} if values[0] == values[1] else dict(zip(("field", "before", "after"), (field, *values)))  # noqa: B905
