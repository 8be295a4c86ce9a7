"""Addresses and parcels that a carrier would refuse are rejected when an operation is created."""

from uuid import UUID

import pytest

from domain.ids import effect_reference
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json, build_account, build_ship_to
from tests.fixtures.in_process_api import refused_paths
from tests.integration.carriers.buyer import CARRIERS, OWN, Buyer


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"default_phone": "call me"}, "settings.default_phone"),
        ({"ship_from": {**SHIP_FROM, "state": "Pluto"}}, "settings.ship_from.state"),
        ({"ship_from": {**SHIP_FROM, "state": "TN"}}, "settings.ship_from.postal_code"),
    ],
)
async def test_an_accounts_phone_and_address_are_validated(buyer: Buyer, settings: Json, path: str) -> None:
    body = build_account(settings=settings)
    assert refused_paths(await buyer.shop.call("POST", "/api/carrier-accounts", body)) == [path]


@pytest.mark.parametrize("carrier", OWN)
async def test_a_character_without_a_latin_form_is_named(buyer: Buyer, carrier: str) -> None:
    order_id = await buyer.order(name="Ada 😀")
    refused = await buyer.record(carrier, order_id)

    assert refused_paths(refused) == ["order.ship_to.name"]
    assert "😀 (U+1F600)" in refused.text


REFUSED: tuple[tuple[tuple[str, ...], Json, Json, str], ...] = (
    (CARRIERS, {"state": "TN", "postal_code": "97201"}, {}, "order.ship_to.postal_code"),
    (CARRIERS, {"state": "Tennesee"}, {}, "order.ship_to.state"),
    (CARRIERS, {"state": None, "postal_code": "2108"}, {}, "order.ship_to.postal_code"),
    (OWN, {"country": "FR", "state": None, "postal_code": "75001"}, {}, "input.service"),
    (("fedex", "ups"), {"state": "AE", "city": "APO", "postal_code": "09012"}, {}, "order.ship_to.state"),
    (("fedex", "ups"), {"street1": "PO Box 12"}, {}, "order.ship_to.street1"),
    (OWN, {"street1": "x" * 60}, {}, "order.ship_to.street1"),
    (OWN, {"city": "x" * 36}, {}, "order.ship_to.city"),
    (("usps",), {}, {"parcels": [{"weight": "1", "weight_unit": "lb"}]}, "input.parcels.0.length"),
    (("usps",), {}, {"parcels": [{**PARCEL, "weight": "71"}]}, "input.parcels.0.weight"),
    (("fedex", "ups"), {}, {"parcels": [{**PARCEL, "weight": "70", "weight_unit": "kg"}]}, "input.parcels.0.weight"),
    (("ups",), {}, {"parcels": [{**PARCEL, "width": "900"}]}, "input.parcels.0.width"),
    (CARRIERS, {}, {"ship_from": {**SHIP_FROM, "state": "Pluto"}}, "input.ship_from.state"),
)


@pytest.mark.parametrize(
    ("carrier", "order", "fields", "path"),
    [(carrier, *rest) for carriers, *rest in REFUSED for carrier in carriers],
)
async def test_foreseeable_refusals_are_rejected_at_creation(
    buyer: Buyer, carrier: str, order: Json, fields: Json, path: str
) -> None:
    assert await buyer.refuse(carrier, order, **fields) == [path]


@pytest.mark.parametrize("carrier", ["fedex", "ups", "usps"])
async def test_a_domestic_service_of_another_country_is_rejected(buyer: Buyer, carrier: str) -> None:
    paris = {"country": "FR", "state": None, "postal_code": "75001", "city": "Paris", "phone": "01 42 68 53 00"}
    ship_from = {**SHIP_FROM, "country": "FR", "postal_code": "69001", "city": "Lyon"}
    del ship_from["state"]
    assert await buyer.refuse(carrier, paris, ship_from=ship_from) == ["order.ship_to.country"]


async def test_an_error_in_the_accounts_settings_has_their_path(buyer: Buyer) -> None:
    await buyer.account("usps", ship_from={**SHIP_FROM, "street1": "x" * 60})
    assert await buyer.refuse("usps", {}) == ["carrier_account.settings.ship_from.street1"]
    await buyer.account("usps", default_parcel={"weight": "1", "weight_unit": "lb"})
    assert await buyer.refuse("usps", {}) == ["carrier_account.settings.default_parcel.length"]


async def test_every_endpoint_makes_the_same_checks(buyer: Buyer) -> None:
    """A single operation, a batch, fulfill_order and rates, each with its own path."""
    order_id = await buyer.order(state="Tennesee")
    wanted = {"carrier": "ups", "service": "GROUND"}
    one = {"type": "create_shipment", "order_id": order_id, "input": wanted}
    whole = {**one, "type": "fulfill_order", "input": {**wanted, "bridge_id": buyer.shop.bridge_id}}

    async def refused(path: str, body: Json) -> list[str]:
        return refused_paths(await buyer.shop.call("POST", path, body))

    assert await refused("/api/operations", whole) == ["order.ship_to.state"]
    assert await refused("/api/operations/batch", {"operations": [one]}) == ["operations.0.order.ship_to.state"]
    assert await refused("/api/rates", {"carrier": "ups", "order_id": order_id}) == ["order.ship_to.state"]
    body = {"carrier": "ups", "ship_to": build_ship_to(state="Tennesee"), "parcels": [{**PARCEL, "weight": "151"}]}
    assert await refused("/api/rates", body) == ["ship_to.state"]
    body = {"carrier": "ups", "ship_to": SHIP_TO, "parcels": [{**PARCEL, "weight": "151"}]}
    assert await refused("/api/rates", body) == ["parcels.0.weight"]


async def test_a_changed_order_is_checked_again_before_the_purchase(buyer: Buyer) -> None:
    order_id = await buyer.order()
    operation_id = (await buyer.record("ups", order_id)).json()["data"]["id"]
    await buyer.shop.data("PATCH", f"/api/orders/{order_id}", {"ship_to": build_ship_to(state="Tennesee")})

    operation = await buyer.shop.execute(operation_id)

    assert (operation["status"], operation["error"]["field"]) == ("failed", "ship_to.state")
    reference = effect_reference(UUID(operation_id), "buy_label", "do", 1)
    assert await buyer.shop.sandbox.requests("labels.create", reference) == []
