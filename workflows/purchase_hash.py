"""Whether two operations buy the same: the same order, service, parcels and items."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from domain.plan import Plan


def hash_purchase(order_id: UUID | None, request: BaseModel, plan: Plan) -> str:
    """Return a hash that is the same for the same purchase, however its input is written.

    What the input leaves out is the same only if the other one leaves it out, too.
    """
    bought = {
        "order": str(order_id),
        "carrier": plan.carrier,
        "service": plan.service,
        "parcels": _normalize(getattr(request, "parcels", None)),
        "items": _normalize(getattr(request, "line_items", None)),
    }
    return hashlib.sha256(json.dumps(bought, sort_keys=True).encode()).hexdigest()


def _normalize(value: Any) -> Any:
    """Return a value as JSON: a list in order of its items, a number without trailing zeros."""
    if isinstance(value, BaseModel):
        return {name: _normalize(item) for name, item in value if item is not None}
    if isinstance(value, list | tuple):
        return sorted((_normalize(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, Mapping):
        return {name: _normalize(item) for name, item in value.items()}
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
