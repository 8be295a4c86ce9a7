"""Hash of a purchase: equal for the same order, service, parcels and items."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from domain.measures import INCHES, POUNDS
from domain.parcels import Parcel
from domain.plan import Plan


def hash_purchase(order_id: UUID | None, request: BaseModel, plan: Plan, default_parcels: Sequence[Parcel]) -> str:
    """Return a hash that is equal for equal purchases, however their inputs are written.

    An input without parcels uses the account's `default_parcels`; 2 lb and 32 oz are the same weight.
    """
    parcels = getattr(request, "parcels", None) or default_parcels
    bought = {
        "order": str(order_id),
        "carrier": plan.carrier,
        "service": plan.service,
        "parcels": sorted(_measure(parcel) for parcel in parcels),
        "items": _normalize(getattr(request, "line_items", None)),
    }
    return hashlib.sha256(json.dumps(bought, sort_keys=True).encode()).hexdigest()


def _measure(parcel: Any) -> str:
    """Return a parcel's weight in pounds and its sides in inches, as text."""
    pounds = parcel.weight * POUNDS[parcel.weight_unit]
    sides = (parcel.length, parcel.width, parcel.height)
    inches = [side * INCHES[parcel.dimension_unit] for side in sides if side is not None]
    return " ".join(f"{size:.2f}" for size in (pounds, *inches))


def _normalize(value: Any) -> Any:
    """Return a value as JSON in a normal form: lists sorted, numbers without trailing zeros."""
    if isinstance(value, BaseModel):
        return {name: _normalize(item) for name, item in value if item is not None}
    if isinstance(value, list | tuple):
        return sorted((_normalize(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, Mapping):
        return {name: _normalize(item) for name, item in value.items()}
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
