"""Addresses, phones and weights through HTTP, at each carrier's simulator: what it received, and what is refused."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from domain.ids import effect_reference
from tests.fixtures.builders import (
    PARCEL,
    SHIP_FROM,
    SHIP_TO,
    Json,
    build_account,
    build_account_settings,
    build_order,
    build_ship_to,
)
from tests.fixtures.in_process_api import refused_paths
from tests.fixtures.real_service import LiveShop

SERVICES = {
    "fedex": "GROUND",
    "ups": "GROUND",
    "usps": "GROUND_ADVANTAGE",
    "easypost": "USPS.GroundAdvantage",
    "shipengine": "usps_ground_advantage",
}
CARRIERS = tuple(SERVICES)
OWN = ("fedex", "ups", "usps")
AGGREGATORS = ("easypost", "shipengine")


@dataclass
class Rehearsal:
    """One organization with an account at each simulator."""

    shop: LiveShop

    async def account(self, carrier: str, **settings: Any) -> str:
        """Create the carrier's default account."""
        body = build_account(carrier, settings=build_account_settings(label_format="ZPL", **settings))
        return str((await self.shop.data("POST", "/api/carrier-accounts", body))["id"])

    async def order(self, **changed: Any) -> str:
        """Create an order whose ship-to differs so from the usual one."""
        body = build_order(
            external_id=secrets.token_hex(8), total="49.90", ship_to=build_ship_to(**changed), line_items=[]
        )
        return str((await self.shop.data("POST", "/api/orders", body))["id"])

    async def record(self, carrier: str, order_id: str, **given: Any) -> Any:
        """Return the answer to recording a purchase."""
        wanted = {"carrier": carrier, "service": SERVICES[carrier], **given}
        body = {"type": "create_shipment", "order_id": order_id, "input": wanted}
        return await self.shop.call("POST", "/api/operations", body)

    async def buy(self, carrier: str, order: Json, **given: Any) -> tuple[Json, Json]:
        """Buy a label, and return the operation and what the simulator received."""
        response = await self.record(carrier, await self.order(**order), **given)
        assert response.status_code == 201, response.text
        operation = await self.shop.execute(response.json()["data"]["id"])
        assert operation["status"] == "completed", operation["error"]
        [label] = await self.shop.sandbox.labels(effect_reference(UUID(operation["id"]), "buy_label", "do", 1))
        return operation, label

    async def refuse(self, carrier: str, order: Json, **given: Any) -> list[str]:
        """Return the fields that a purchase is refused for; nothing is recorded."""
        response = await self.record(carrier, await self.order(**order), **given)
        assert response.status_code == 422, response.text
        listed = await self.shop.call("GET", "/api/operations")
        assert listed.json()["pagination"]["total"] == 0
        return refused_paths(response)

    async def rates(self, carrier: str, order: Json) -> dict[str, str]:
        """Return the prices of a carrier's services."""
        body = {"carrier": carrier, "order_id": await self.order(**order)}
        return {rate["service"]: rate["amount"] for rate in await self.shop.data("POST", "/api/rates", body)}


@pytest.fixture
async def rehearsal(live_shop: LiveShop) -> Rehearsal:
    rehearsal = Rehearsal(live_shop)
    for carrier in CARRIERS:
        await rehearsal.account(carrier)
    return rehearsal


@pytest.mark.parametrize(
    ("carrier", "phone", "number", "extension"),
    [
        ("fedex", "+1 415-555-0136 ext. 51023", "4155550136", "51023"),
        ("fedex", "(901) 555-0123 x45", "9015550123", "45"),
        ("ups", "(901) 555-0123 x45", "9015550123", "45"),
        ("ups", "+1 415-555-0136 ext. 51023", "4155550136", None),
        ("easypost", "+1 415-555-0136 ext. 51023", "4155550136", None),
        ("shipengine", "(901) 555-0123 x45", "9015550123", None),
    ],
)
async def test_an_extension_goes_into_the_carriers_field(
    rehearsal: Rehearsal, carrier: str, phone: str, number: str, extension: str | None
) -> None:
    """FedEx takes six digits and UPS four; a longer one is dropped, and so is any where there is no field."""
    _, label = await rehearsal.buy(carrier, {"phone": phone})

    assert (label["ship_to"]["phone"], label["ship_to"]["phone_extension"]) == (number, extension)


async def test_fedex_needs_a_phone_or_a_default_one(rehearsal: Rehearsal) -> None:
    """Without either the purchase is refused before it is recorded."""
    assert await rehearsal.refuse("fedex", {"phone": None}) == ["order.ship_to.phone"]
    assert await rehearsal.refuse("fedex", {"phone": "n/a"}) == ["order.ship_to.phone"]
    without = {name: value for name, value in SHIP_FROM.items() if name != "phone"}
    assert await rehearsal.refuse("fedex", {}, ship_from=without) == ["input.ship_from.phone"]
    await rehearsal.account("fedex", default_phone="+1 919 555 0100 x7")

    _, label = await rehearsal.buy("fedex", {"phone": None}, ship_from=without)

    for side in ("ship_to", "ship_from"):
        assert (label[side]["phone"], label[side]["phone_extension"]) == ("9195550100", "7")


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"default_phone": "call me"}, "settings.default_phone"),
        ({"ship_from": {**SHIP_FROM, "state": "Pluto"}}, "settings.ship_from.state"),
        ({"ship_from": {**SHIP_FROM, "state": "TN"}}, "settings.ship_from.postal_code"),
    ],
)
async def test_an_accounts_phone_and_address_are_checked_with_it(
    rehearsal: Rehearsal, settings: Json, path: str
) -> None:
    body = build_account(settings=settings)
    assert refused_paths(await rehearsal.shop.call("POST", "/api/carrier-accounts", body)) == [path]


TERRITORIES = {"PR": "00901", "GU": "96910", "VI": "00802", "AS": "96799", "MP": "96950", "FM": "96941", "MH": "96960"}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("territory", ["PR", "GU", "FM"])
@pytest.mark.parametrize("form", ["country", "country_and_state", "state"])
async def test_a_territory_has_the_carriers_own_form(
    rehearsal: Rehearsal, carrier: str, territory: str, form: str
) -> None:
    """USPS and aggregators have a state of the US, FedEx and UPS a country."""
    forms: dict[str, Json] = {
        "country": {"country": territory, "state": None},
        "country_and_state": {"country": territory, "state": territory},
        "state": {"country": "US", "state": territory},
    }
    place = {**forms[form], "city": "San Juan", "postal_code": TERRITORIES[territory], "phone": "787-555-0123"}
    _, label = await rehearsal.buy(carrier, place)

    is_country = carrier in ("fedex", "ups")
    assert label["ship_to"]["country"] == (territory if is_country else "US")
    assert label["ship_to"]["state"] == (territory if not is_country or territory == "PR" else None)


async def test_ups_gets_the_goods_value_for_puerto_rico(rehearsal: Rehearsal) -> None:
    """The simulator refuses a shipment to Puerto Rico without InvoiceLineTotal."""
    _, label = await rehearsal.buy("ups", {"country": "PR", "state": None, "postal_code": "00901", "city": "San Juan"})

    assert label["invoice_total"] == {"CurrencyCode": "USD", "MonetaryValue": "49.90"}


async def test_ups_needs_a_phone_for_puerto_rico(rehearsal: Rehearsal) -> None:
    """UPS takes the lane for an international one."""
    to_san_juan = {"country": "PR", "state": None, "postal_code": "00901", "phone": None}
    assert await rehearsal.refuse("ups", to_san_juan) == ["order.ship_to.phone"]


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_letters_are_written_as_the_carrier_prints_them(rehearsal: Rehearsal, carrier: str) -> None:
    street, name = "2365 Ka\u02bbanapali Pkwy \u2022 12\u201134", "Łucja\u200b Müller"
    _, label = await rehearsal.buy(carrier, {"street1": street, "name": name, "postal_code": "97201\u20111234"})

    assert label["ship_to"]["street1"] == "2365 Ka'anapali Pkwy * 12-34"
    names = {"usps": "Lucja Muller", "fedex": "Lucja Müller", "ups": "Lucja Müller"}
    assert label["ship_to"]["name"] == names.get(carrier, "Łucja Müller")
    assert label["ship_to"]["postal_code"].replace("-", "") == "972011234"


@pytest.mark.parametrize("carrier", OWN)
async def test_a_letter_without_a_latin_form_is_named(rehearsal: Rehearsal, carrier: str) -> None:
    order_id = await rehearsal.order(name="Ada 😀")
    refused = await rehearsal.record(carrier, order_id)

    assert refused_paths(refused) == ["order.ship_to.name"]
    assert "😀 (U+1F600)" in refused.text


async def test_a_long_street_is_wrapped_and_long_names_are_shortened(rehearsal: Rehearsal) -> None:
    """The order keeps what the client sent; the log says what was shortened."""
    street, company = "18450 Northeast Doctor Martin King Boulevard", "The International Widget Trading Company Ltd."
    name = "Maximiliana Konstantinopolitanskaya-Smythe"
    given = {"street1": street, "company": company, "name": name}

    operation, label = await rehearsal.buy("ups", given)

    sent = label["ship_to"]
    assert f"{sent['street1']} {sent['street2']}" == street
    assert (sent["company"], sent["name"]) == ("The International Widget Trading", "Maximiliana")
    [bought] = [entry["message"] for entry in operation["logs"] if " bought" in entry["message"]]
    assert "ship_to.company is shortened from 45 to 32 characters" in bought
    assert "ship_to.name is shortened from 42 to 11 characters" in bought
    stored = (await rehearsal.shop.data("GET", f"/api/orders/{operation['order_id']}"))["ship_to"]
    assert (stored["street1"], stored["company"], stored["name"]) == (street, company, name)


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_states_and_zip_codes_are_completed(rehearsal: Rehearsal, carrier: str) -> None:
    for given, state, postal_code in (
        ({"state": "Tennessee", "postal_code": "38103"}, "TN", "38103"),
        ({"state": "Mass.", "postal_code": "2108"}, "MA", "02108"),
        ({"state": None, "postal_code": "97201 1234"}, "OR", "972011234"),
    ):
        _, label = await rehearsal.buy(carrier, given)
        assert (label["ship_to"]["state"], label["ship_to"]["postal_code"].replace("-", "")) == (state, postal_code)


REFUSED: tuple[tuple[tuple[str, ...], Json, Json, str], ...] = (
    (CARRIERS, {"state": "TN", "postal_code": "97201"}, {}, "order.ship_to.postal_code"),
    (CARRIERS, {"state": "Tennesee"}, {}, "order.ship_to.state"),
    (CARRIERS, {"state": None, "postal_code": "2108"}, {}, "order.ship_to.postal_code"),
    (CARRIERS, {"country": "FR", "state": None, "postal_code": "75001"}, {}, "order.ship_to.country"),
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
    ("carrier", "order", "given", "path"),
    [(carrier, *rest) for carriers, *rest in REFUSED for carrier in carriers],
)
async def test_what_can_be_known_is_refused_before_it_is_recorded(
    rehearsal: Rehearsal, carrier: str, order: Json, given: Json, path: str
) -> None:
    assert await rehearsal.refuse(carrier, order, **given) == [path]


@pytest.mark.parametrize("carrier", ["fedex", "ups", "usps"])
async def test_a_domestic_service_of_another_country_is_refused(rehearsal: Rehearsal, carrier: str) -> None:
    paris = {"country": "FR", "state": None, "postal_code": "75001", "city": "Paris", "phone": "01 42 68 53 00"}
    ship_from = {**SHIP_FROM, "country": "FR", "postal_code": "69001", "city": "Lyon"}
    del ship_from["state"]
    assert await rehearsal.refuse(carrier, paris, ship_from=ship_from) == ["order.ship_to.country"]


async def test_the_accounts_own_settings_are_named(rehearsal: Rehearsal) -> None:
    """A bad ship-from or default parcel is the account's: the path leads there."""
    await rehearsal.account("usps", ship_from={**SHIP_FROM, "street1": "x" * 60})
    assert await rehearsal.refuse("usps", {}) == ["carrier_account.settings.ship_from.street1"]
    await rehearsal.account("usps", default_parcel={"weight": "1", "weight_unit": "lb"})
    assert await rehearsal.refuse("usps", {}) == ["carrier_account.settings.default_parcel.length"]


async def test_every_way_of_recording_refuses_alike(rehearsal: Rehearsal) -> None:
    """One operation, a batch, fulfill_order and rates have the same checks, each with its own path."""
    order_id = await rehearsal.order(state="Tennesee")
    wanted = {"carrier": "ups", "service": "GROUND"}
    one = {"type": "create_shipment", "order_id": order_id, "input": wanted}
    whole = {**one, "type": "fulfill_order", "input": {**wanted, "bridge_id": rehearsal.shop.bridge_id}}

    async def refused(path: str, body: Json) -> list[str]:
        return refused_paths(await rehearsal.shop.call("POST", path, body))

    assert await refused("/api/operations", whole) == ["order.ship_to.state"]
    assert await refused("/api/operations/batch", {"operations": [one]}) == ["operations.0.order.ship_to.state"]
    assert await refused("/api/rates", {"carrier": "ups", "order_id": order_id}) == ["order.ship_to.state"]
    body = {"carrier": "ups", "ship_to": build_ship_to(state="Tennesee"), "parcels": [{**PARCEL, "weight": "151"}]}
    assert await refused("/api/rates", body) == ["ship_to.state"]
    body = {"carrier": "ups", "ship_to": SHIP_TO, "parcels": [{**PARCEL, "weight": "151"}]}
    assert await refused("/api/rates", body) == ["parcels.0.weight"]


async def test_an_order_that_changes_is_refused_before_anything_is_sent(rehearsal: Rehearsal) -> None:
    """The checks run again before the purchase."""
    order_id = await rehearsal.order()
    operation_id = (await rehearsal.record("ups", order_id)).json()["data"]["id"]
    await rehearsal.shop.data("PATCH", f"/api/orders/{order_id}", {"ship_to": build_ship_to(state="Tennesee")})

    operation = await rehearsal.shop.execute(operation_id)

    assert (operation["status"], operation["error"]["field"]) == ("failed", "ship_to.state")
    reference = effect_reference(UUID(operation_id), "buy_label", "do", 1)
    assert await rehearsal.shop.sandbox.requests("labels.create", reference) == []


@pytest.mark.parametrize("carrier", ["usps", "easypost", "shipengine"])
@pytest.mark.parametrize(("weight", "unit"), [("450", "g"), ("0.45", "kg"), ("15.9", "oz"), ("15.999", "oz")])
async def test_a_parcel_below_a_pound_has_the_price_of_one(
    rehearsal: Rehearsal, carrier: str, weight: str, unit: str
) -> None:
    parcel = {**PARCEL, "weight": weight, "weight_unit": unit}
    operation, label = await rehearsal.buy(carrier, {}, parcels=[parcel])

    assert operation["output"]["cost"] == {"easypost": "5.20"}.get(carrier, "5.15")  # with EasyPost's fee
    sent = label["parcels"][0]
    ounces = float(sent["weight"]) * (16 if sent["weight_unit"] == "lb" else 1)
    assert 15.85 < ounces <= 15.999


@pytest.mark.parametrize(("residential", "cost"), [(True, "17.43"), (False, "11.43"), (None, "11.43")])
async def test_ups_is_told_of_a_residence(rehearsal: Rehearsal, residential: bool | None, cost: str) -> None:
    """UPS charges more for one; unset is not told."""
    operation, label = await rehearsal.buy("ups", {"residential": residential})

    assert label["ship_to"]["residential"] is (residential is True)
    assert operation["output"]["cost"] == cost
    assert (await rehearsal.rates("ups", {"residential": residential}))["GROUND"] == cost


@pytest.mark.parametrize("carrier", AGGREGATORS)
@pytest.mark.parametrize("residential", [True, False, None])
async def test_aggregators_are_told_of_a_residence(
    rehearsal: Rehearsal, carrier: str, residential: bool | None
) -> None:
    _, label = await rehearsal.buy(carrier, {"residential": residential})

    assert label["ship_to"]["residential"] is residential


async def test_fedex_sells_home_delivery_to_residences(rehearsal: Rehearsal) -> None:
    """Rates follow the address; so does Home Delivery, for which an address is one unless it says that it is not."""
    assert "GROUND" not in await rehearsal.rates("fedex", {"residential": True})
    assert "GROUND_HOME_DELIVERY" not in await rehearsal.rates("fedex", {"residential": False})
    for residential in (True, None):
        _, label = await rehearsal.buy("fedex", {"residential": residential}, service="GROUND_HOME_DELIVERY")
        assert label["ship_to"]["residential"] is True
    _, label = await rehearsal.buy("fedex", {"residential": True}, service="FEDEX_2_DAY")
    assert label["ship_to"]["residential"] is True

    order_id = await rehearsal.order(residential=False)
    refused = await rehearsal.record("fedex", order_id, service="GROUND_HOME_DELIVERY")
    assert refused_paths(refused) == ["input.service"]
