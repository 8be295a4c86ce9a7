"""The request for a label has the operation's options and the account's defaults."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.errors import Rejected
from domain.json_values import from_json, to_json
from domain.label_request import make_label_request
from domain.orders import Order
from tests.fixtures.builders import (
    PARCEL,
    SHIP_FROM,
    SHIP_TO,
    build_connection_settings,
    build_order_columns,
)

NOW = datetime.now(UTC).isoformat()
ORDER = from_json(
    Order,
    {
        **build_order_columns(ship_to=SHIP_TO),
        "id": str(UUID(int=1)),
        "organization_id": str(UUID(int=2)),
        "created_at": NOW,
        "updated_at": NOW,
        "fulfilled": {},
        "metadata": {},
        "line_items": [],
        "total": "5.00",
        "currency": "USD",
    },
)
SETTINGS = build_connection_settings(ship_from=SHIP_FROM, shipping_defaults={"signature": "direct", "packaging": "pak"})
INPUT = {"parcels": [PARCEL]}


def test_the_defaults_of_the_account_fill_in_the_options() -> None:
    made = make_label_request({**INPUT, "shipping_options": {"signature": "adult"}}, ORDER, SETTINGS, "GROUND")
    assert to_json(made.shipping_options) == {"signature": "adult", "packaging": "pak"}


@pytest.mark.parametrize(
    "erased",
    [
        {"shipping_options": {"billing": {}}},
        {"shipping_options": {"insurance": {"amount": "1"}}},
        {"ship_from": {"name": "A"}},
        {"customs": {"items": [{"quantity": 2}]}},
        {"parcels": [{}]},
    ],
)
def test_an_erased_input_is_rejected(erased: dict[str, Any]) -> None:
    """An order can get a new address after the erasure, but the operation's own data is gone."""
    with pytest.raises(Rejected, match="were removed"):
        make_label_request({**INPUT, **erased}, ORDER, SETTINGS, "GROUND")
