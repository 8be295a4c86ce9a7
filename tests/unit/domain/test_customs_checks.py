"""Routes and customs data that a carrier does not declare are refused; the message lists the accepted ones."""

from dataclasses import replace
from typing import Any

import pytest

from domain.customs import CustomsDefaults, Lane
from domain.json_values import from_json
from domain.postal.limits import Letters, ShipmentLimits
from domain.vendors.catalogue import CARRIERS
from domain.vendors.customs import HOME_LANES, CustomsField, CustomsSupport, ServiceLane
from domain.vendors.customs_checks import find_customs_problems, find_default_problems
from domain.vendors.profile import CarrierProfile, TextForm
from tests.fixtures.builders import PARCEL, SHIP_TO, Json, build_shipment_request
from tests.fixtures.customs import APO, GUAM, PARIS, SAN_JUAN, TORONTO, build_customs, build_item


def declare(field: str, choices: str = "", **limits: Any) -> CustomsField:
    values = {choice: choice.upper() for choice in choices.split()}
    return CustomsField(field=field, vendor_field=field, choices=values, **limits)


SUPPORT = CustomsSupport(
    fields=(
        declare("contents", "merchandise gift other"),
        declare("contents_explanation", max_length=10),
        declare("incoterm", "DAP DDP", lanes=(Lane.INTERNATIONAL,)),
        declare("signer", is_required=True),
        declare("sender_tax_ids", "vat eori", max_length=5, max_count=1),
        declare("non_delivery", "return", services=("AIR",)),
        declare("export_declaration.itn"),
        declare("duties", "recipient sender"),
        declare("duties", "third_party", needs=("postal_code",)),
        *(declare(f"items.{name}") for name in ("quantity", "value", "weight", "origin")),
        declare("items.description", max_length=20),
        declare("items.hs_code", is_required=True, lanes=(Lane.INTERNATIONAL,)),
        declare("items.hs_code", lanes=(Lane.TERRITORY, Lane.MILITARY)),
    ),
    max_items=2,
    currencies=("USD", "EUR"),
    formats=("PDF",),
    phones=("ship_to",),
)
MADE = CarrierProfile(
    name="made",
    adapter="made:Made",
    title="Made",
    base_url="https://made.example",
    credentials=(),
    sandbox_credentials={},
    services=("GROUND", "AIR", "MAIL"),
    limits=ShipmentLimits(name=9, company=9, street_lines=1, street=9, city=9, letters=Letters.ASCII),
    lanes=(
        ServiceLane(services=("GROUND",), lanes=HOME_LANES),
        ServiceLane(services=("GROUND",), lanes=(Lane.INTERNATIONAL,), origins=("US", "CA"), destinations=("US", "CA")),
        ServiceLane(services=("AIR",), lanes=(Lane.INTERNATIONAL,)),
    ),
    customs=SUPPORT,
)
AGGREGATOR = replace(
    MADE,
    services=(),
    service_form=TextForm(r".+", "any"),
    lanes=(
        ServiceLane(services=("a.Home*",), lanes=HOME_LANES),
        ServiceLane(services=("a.World*",), lanes=(Lane.INTERNATIONAL,)),
    ),
)
SIGNED = build_customs(signer="Ada Lovelace")


def find(service: str = "AIR", *, profile: CarrierProfile = MADE, **shipment: Any) -> dict[str, str]:
    """Return the problems of a shipment to Paris, by path."""
    request = build_shipment_request(service, **{"ship_to": PARIS, "customs": SIGNED, **shipment})
    return {".".join(map(str, problem.path)): problem.message for problem in find_customs_problems(profile, request)}


def find_with(**customs: Any) -> dict[str, str]:
    """Return the problems of customs data on a shipment to Paris, by path."""
    return find(customs={**SIGNED, **customs})


def test_a_domestic_shipment_without_customs_data_passes() -> None:
    assert find("GROUND", ship_to=SHIP_TO, customs=None) == {}
    for profile in CARRIERS.values():
        assert (
            find(profile.services[0] if profile.services else "", profile=profile, ship_to=SHIP_TO, customs=None) == {}
        )


@pytest.mark.parametrize(
    ("service", "ship_to", "fitting"),
    [
        ("AIR", PARIS, ""),
        ("GROUND", TORONTO, ""),
        ("GROUND", APO, ""),
        ("MAIL", GUAM, ""),
        ("GROUND", PARIS, "from US to FR. Services that do: AIR"),
        ("MAIL", TORONTO, "from US to CA. Services that do: GROUND, AIR"),
        ("AIR", SAN_JUAN, "from US to PR. Services that do: GROUND, MAIL"),
    ],
)
def test_a_service_that_does_not_cover_the_route_is_refused(service: str, ship_to: Json, fitting: str) -> None:
    found = find(service, ship_to=ship_to)
    assert found == ({"service": f"does not go {fitting}"} if fitting else {})


def test_a_route_that_no_service_covers_is_refused() -> None:
    home = replace(MADE, lanes=(ServiceLane(services=("*",), lanes=HOME_LANES),))
    for service in ("AIR", ""):
        found = find(service, profile=home)
        assert found == {"ship_to.country": "is not served: Made has no service here from US to FR"}


def test_a_carrier_without_customs_data_is_refused_abroad() -> None:
    assert list(find(profile=replace(MADE, customs=None))) == ["ship_to.country"]
    assert list(find("GROUND", profile=replace(MADE, customs=None), ship_to=GUAM)) == ["customs"]
    assert find("GROUND", profile=replace(MADE, customs=None), ship_to=GUAM, customs=None) == {}


def test_an_aggregators_unknown_service_covers_every_route() -> None:
    """The patterns of the declared services are listed."""
    assert find("b.Air", profile=AGGREGATOR) == {}
    assert find("a.HomeDay", profile=AGGREGATOR) == {"service": "does not go from US to FR. Services that do: a.World*"}


@pytest.mark.parametrize("ship_to", [PARIS, APO, GUAM])
def test_missing_customs_data_are_refused(ship_to: Json) -> None:
    service = "AIR" if ship_to is PARIS else "GROUND"
    assert find(service, ship_to=ship_to, customs=None) == {"customs": "is required by Made for this route"}
    assert find("", ship_to=ship_to, customs=None) == {}
    needing = replace(MADE, customs=replace(SUPPORT, is_needed_for_rates=True))
    assert list(find("", profile=needing, ship_to=ship_to, customs=None)) == ["customs"]


def test_customs_data_are_optional_to_a_free_territory() -> None:
    assert find("GROUND", ship_to=SAN_JUAN, customs=None) == {}
    assert find("GROUND", ship_to=SAN_JUAN) == {}


def test_customs_data_within_a_country_are_refused() -> None:
    assert list(find("GROUND", ship_to=SHIP_TO)) == ["customs"]
    mail = replace(MADE, customs=replace(SUPPORT, lanes=(Lane.MILITARY,)))
    assert list(find(profile=mail)) == ["customs"]


@pytest.mark.parametrize(
    ("customs", "path", "part"),
    [
        ({"contents": "sample"}, "contents", "Supported: merchandise, gift, other"),
        ({"contents": "other"}, "contents_explanation", "is required if contents is other"),
        ({"contents_explanation": "Rather long"}, "contents_explanation", "at most 10 characters with Made"),
        ({"contents_explanation": "\ue000"}, "contents_explanation", "U+E000"),
        ({"invoice_number": "1"}, "invoice_number", "Supported fields: contents, contents_explanation, incoterm"),
        ({"incoterm": "FOB"}, "incoterm", "Supported: DAP, DDP"),
        ({"signer": None}, "signer", "is required by Made"),
        ({"recipient_tax_ids": [{"type": "vat", "number": "1", "country": "FR"}]}, "recipient_tax_ids.0", "fields"),
        ({"sender_tax_ids": [{"type": "ein", "number": "1", "country": "US"}]}, "sender_tax_ids.0.type", "vat, eori"),
        ({"sender_tax_ids": [{"type": "vat", "number": "123456", "country": "FR"}]}, "sender_tax_ids.0.number", "5"),
        ({"sender_tax_ids": [{"type": "vat", "number": "1", "country": "FR"}] * 2}, "sender_tax_ids", "at most 1 tax"),
        ({"non_delivery": "abandon"}, "non_delivery", "Supported: return"),
        ({"export_declaration": {"exemption": "NOEEI 30.36"}}, "export_declaration.exemption", "Supported fields"),
        ({"items": [build_item(value="2000")]}, "export_declaration", "610910 are worth 4000.00 USD"),
        ({"items": [build_item(hs_code=None)]}, "items.0.hs_code", "is required by Made"),
        ({"items": [build_item(sku="T")]}, "items.0.sku", "Supported fields"),
        ({"items": [build_item(description="x" * 21)]}, "items.0.description", "at most 20"),
        ({"items": [build_item()] * 3}, "items", "must have at most 2 items with Made"),
        ({"items": [build_item(currency="CAD")]}, "items.0.currency", "must be USD or EUR with Made"),
        ({"items": [build_item(), build_item(currency="EUR")]}, "items.1.currency", "must be USD, like"),
        ({"items": [build_item(weight="2")]}, "items", "weigh 4.00 lb together, but the parcels only 2.50 lb"),
        ({"duties": {"payer": "third_party", "account": "1"}}, "duties.postal_code", "is required by Made"),
        ({"incoterm": "DDP", "duties": {"payer": "recipient"}}, "duties.payer", "can't be recipient with DDP"),
        ({"incoterm": "DAP", "duties": {"payer": "sender"}}, "duties.payer", "can't be sender with DAP"),
    ],
)
def test_customs_data_that_the_carrier_does_not_accept_are_refused(customs: Json, path: str, part: str) -> None:
    found = find_with(**customs)
    assert list(found) == [f"customs.{path}"]
    assert part in found[f"customs.{path}"]


def test_all_problems_are_reported() -> None:
    found = find_with(signer=None, invoice_number="1", items=[build_item(currency="CAD", weight="9")])
    assert set(found) == {"customs.signer", "customs.invoice_number", "customs.items.0.currency", "customs.items"}


def test_a_field_of_another_service_or_route_is_refused() -> None:
    assert find_with(non_delivery="return") == {}
    assert list(find("GROUND", ship_to=TORONTO, customs={**SIGNED, "non_delivery": "return"})) == [
        "customs.non_delivery"
    ]
    assert list(find("GROUND", ship_to=GUAM, customs={**SIGNED, "incoterm": "DDP"})) == ["customs.incoterm"]
    without_code = {**SIGNED, "items": [build_item(hs_code=None)]}
    assert find("GROUND", ship_to=GUAM, customs=without_code) == {}


def test_items_may_weigh_as_much_as_the_parcels() -> None:
    pound = build_item(weight="1", quantity=1, weight_unit="kg")
    exact = {**PARCEL, "weight": "1", "weight_unit": "kg"}
    assert find(customs={**SIGNED, "items": [pound]}, parcels=[exact]) == {}
    assert (
        find(customs={**SIGNED, "items": [pound]}, parcels=[{**exact, "weight": "35.274", "weight_unit": "oz"}]) == {}
    )


def test_a_label_format_and_a_missing_phone_are_refused() -> None:
    assert list(find(label_format="ZPL")) == ["label_format"]
    without = {name: value for name, value in PARIS.items() if name != "phone"}
    assert list(find(ship_to=without)) == ["ship_to.phone"]


def test_a_default_that_the_carrier_does_not_support_is_refused() -> None:
    def find_wrong(**defaults: Any) -> list[str]:
        found = find_default_problems(MADE, from_json(CustomsDefaults, defaults))
        return [".".join(map(str, problem.path)) for problem in found]

    assert find_wrong(contents="gift", signer="Ada", non_delivery="return") == []
    assert find_wrong(contents="sample") == ["customs.contents"]
    assert find_wrong(incoterm="DDP", duties={"payer": "recipient"}) == ["customs.duties.payer"]
    [problem] = find_default_problems(replace(MADE, customs=None), CustomsDefaults(signer="Ada"))
    assert problem.path == ("customs",)


def test_a_declaration_names_a_known_field() -> None:
    with pytest.raises(ValueError, match="is not a field"):
        declare("colour")
