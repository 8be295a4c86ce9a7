"""Addresses, phones and weights: the data that each carrier's simulator receives."""

import pytest

from tests.fixtures.builders import PARCEL, SHIP_FROM, Json
from tests.fixtures.customs import build_customs
from tests.fixtures.in_process_api import refused_paths
from tests.integration.carriers.buyer import AGGREGATORS, CARRIERS, Buyer


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
async def test_a_phone_extension_goes_into_the_carriers_field(
    buyer: Buyer, carrier: str, phone: str, number: str, extension: str | None
) -> None:
    """FedEx allows six digits and UPS four; a longer extension is dropped, as is any extension for other carriers."""
    _, label = await buyer.buy(carrier, {"phone": phone})

    assert (label["ship_to"]["phone"], label["ship_to"]["phone_extension"]) == (number, extension)


async def test_fedex_needs_a_phone_or_a_default_phone(buyer: Buyer) -> None:
    """The purchase is rejected at its creation."""
    assert await buyer.refuse("fedex", {"phone": None}) == ["order.ship_to.phone"]
    assert await buyer.refuse("fedex", {"phone": "n/a"}) == ["order.ship_to.phone"]
    without = {name: value for name, value in SHIP_FROM.items() if name != "phone"}
    assert await buyer.refuse("fedex", {}, ship_from=without) == ["input.ship_from.phone"]
    await buyer.account("fedex", default_phone="+1 919 555 0100 x7")

    _, label = await buyer.buy("fedex", {"phone": None}, ship_from=without)

    for side in ("ship_to", "ship_from"):
        assert (label[side]["phone"], label[side]["phone_extension"]) == ("9195550100", "7")


CUSTOMS: dict[str, Json] = {"easypost": {"signer": "Ada Lovelace"}}
"""Customs data that a carrier needs beside the goods for labels to Guam and to the freely associated states."""
TERRITORIES = {"PR": "00901", "GU": "96910", "VI": "00802", "AS": "96799", "MP": "96950", "FM": "96941", "MH": "96960"}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("territory", ["PR", "GU", "FM"])
@pytest.mark.parametrize("form", ["country", "country_and_state", "state"])
async def test_a_territory_has_the_carriers_own_form(buyer: Buyer, carrier: str, territory: str, form: str) -> None:
    """USPS and aggregators expect a state of the US, FedEx and UPS a country; all but Puerto Rico need customs data."""
    forms: dict[str, Json] = {
        "country": {"country": territory, "state": None},
        "country_and_state": {"country": territory, "state": territory},
        "state": {"country": "US", "state": territory},
    }
    place = {**forms[form], "city": "San Juan", "postal_code": TERRITORIES[territory], "phone": "787-555-0123"}
    goods = {"customs": build_customs(**CUSTOMS.get(carrier, {}))} if territory != "PR" else {}
    _, label = await buyer.buy(carrier, place, **goods)

    is_country = carrier in ("fedex", "ups")
    assert label["ship_to"]["country"] == (territory if is_country else "US")
    assert label["ship_to"]["state"] == (territory if not is_country or territory == "PR" else None)


async def test_ups_gets_the_goods_value_for_puerto_rico(buyer: Buyer) -> None:
    """The simulator refuses a shipment to Puerto Rico without InvoiceLineTotal."""
    _, label = await buyer.buy("ups", {"country": "PR", "state": None, "postal_code": "00901", "city": "San Juan"})

    assert label["invoice_total"] == {"CurrencyCode": "USD", "MonetaryValue": "49.90"}


async def test_ups_needs_a_phone_for_puerto_rico(buyer: Buyer) -> None:
    """UPS treats such a shipment as international."""
    to_san_juan = {"country": "PR", "state": None, "postal_code": "00901", "phone": None}
    assert await buyer.refuse("ups", to_san_juan) == ["order.ship_to.phone"]


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_characters_are_converted_to_those_the_carrier_prints(buyer: Buyer, carrier: str) -> None:
    street, name = "2365 Ka\u02bbanapali Pkwy \u2022 12\u201134", "Łucja\u200b Müller"
    _, label = await buyer.buy(carrier, {"street1": street, "name": name, "postal_code": "97201\u20111234"})

    assert label["ship_to"]["street1"] == "2365 Ka'anapali Pkwy * 12-34"
    names = {"usps": "Lucja Muller", "fedex": "Lucja Müller", "ups": "Lucja Müller"}
    assert label["ship_to"]["name"] == names.get(carrier, "Łucja Müller")
    assert label["ship_to"]["postal_code"].replace("-", "") == "972011234"


async def test_a_long_street_is_wrapped_and_long_names_are_shortened(buyer: Buyer) -> None:
    """The order keeps the client's address; the log names the shortened fields."""
    street, company = "18450 Northeast Doctor Martin King Boulevard", "The International Widget Trading Company Ltd."
    name = "Maximiliana Konstantinopolitanskaya-Smythe"
    fields = {"street1": street, "company": company, "name": name}

    operation, label = await buyer.buy("ups", fields)

    sent = label["ship_to"]
    assert f"{sent['street1']} {sent['street2']}" == street
    assert (sent["company"], sent["name"]) == ("The International Widget Trading", "Maximiliana")
    [bought] = [entry["message"] for entry in operation["logs"] if " bought" in entry["message"]]
    assert "ship_to.company is shortened from 45 to 32 characters" in bought
    assert "ship_to.name is shortened from 42 to 11 characters" in bought
    stored = (await buyer.shop.data("GET", f"/api/orders/{operation['order_id']}"))["ship_to"]
    assert (stored["street1"], stored["company"], stored["name"]) == (street, company, name)


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_states_and_zip_codes_are_completed(buyer: Buyer, carrier: str) -> None:
    for fields, state, postal_code in (
        ({"state": "Tennessee", "postal_code": "38103"}, "TN", "38103"),
        ({"state": "Mass.", "postal_code": "2108"}, "MA", "02108"),
        ({"state": None, "postal_code": "97201 1234"}, "OR", "972011234"),
    ):
        _, label = await buyer.buy(carrier, fields)
        assert (label["ship_to"]["state"], label["ship_to"]["postal_code"].replace("-", "")) == (state, postal_code)


@pytest.mark.parametrize("carrier", ["usps", "easypost", "shipengine"])
@pytest.mark.parametrize(("weight", "unit"), [("450", "g"), ("0.45", "kg"), ("15.9", "oz"), ("15.999", "oz")])
async def test_a_parcel_below_a_pound_costs_as_much_as_one_pound(
    buyer: Buyer, carrier: str, weight: str, unit: str
) -> None:
    parcel = {**PARCEL, "weight": weight, "weight_unit": unit}
    operation, label = await buyer.buy(carrier, {}, parcels=[parcel])

    assert operation["output"]["cost"] == {"easypost": "5.20"}.get(carrier, "5.15")  # with EasyPost's fee
    sent = label["parcels"][0]
    ounces = float(sent["weight"]) * (16 if sent["weight_unit"] == "lb" else 1)
    assert 15.85 < ounces <= 15.999


@pytest.mark.parametrize(("residential", "cost"), [(True, "17.43"), (False, "11.43"), (None, "11.43")])
async def test_ups_gets_the_residential_flag(buyer: Buyer, residential: bool | None, cost: str) -> None:
    """UPS charges more for a residence; an unset flag is not sent."""
    operation, label = await buyer.buy("ups", {"residential": residential})

    assert label["ship_to"]["residential"] is (residential is True)
    assert operation["output"]["cost"] == cost
    assert (await buyer.rates("ups", {"residential": residential}))["GROUND"] == cost


@pytest.mark.parametrize("carrier", AGGREGATORS)
@pytest.mark.parametrize("residential", [True, False, None])
async def test_aggregators_get_the_residential_flag(buyer: Buyer, carrier: str, residential: bool | None) -> None:
    _, label = await buyer.buy(carrier, {"residential": residential})

    assert label["ship_to"]["residential"] is residential


async def test_fedex_sells_home_delivery_only_to_residences(buyer: Buyer) -> None:
    """Rates follow the flag. Home Delivery treats an address without the flag as a residence."""
    assert "GROUND" not in await buyer.rates("fedex", {"residential": True})
    assert "GROUND_HOME_DELIVERY" not in await buyer.rates("fedex", {"residential": False})
    for residential in (True, None):
        _, label = await buyer.buy("fedex", {"residential": residential}, service="GROUND_HOME_DELIVERY")
        assert label["ship_to"]["residential"] is True
    _, label = await buyer.buy("fedex", {"residential": True}, service="FEDEX_2_DAY")
    assert label["ship_to"]["residential"] is True

    order_id = await buyer.order(residential=False)
    refused = await buyer.record("fedex", order_id, service="GROUND_HOME_DELIVERY")
    assert refused_paths(refused) == ["input.service"]
