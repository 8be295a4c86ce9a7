"""UPS's customs data over borders, and the rules of its simulator about them."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.ups import requests
from bootstrap.vendors import check_request
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from sandbox.carriers.ups.contracts import RateCall, ShipCall
from sandbox.carriers.ups.customs import find_customs_problem
from sandbox.carriers.ups.mapping import rates_response
from tests.fixtures.builders import REFERENCE, Json, build_shipment_request
from tests.fixtures.customs import GUAM, PARIS, SAN_JUAN, TORONTO, build_customs, build_item

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ACCOUNT = "A1B2C3"


def build_request(service: str = "SAVER", ship_to: Json = PARIS, **customs: Any) -> ShipmentRequest:
    return replace(build_shipment_request(service, ship_to=ship_to, customs=build_customs(**customs)), asked_at=NOW)


def build_body(*args: Any, **customs: Any) -> Json:
    return requests.build_purchase(REFERENCE, build_request(*args, **customs), ACCOUNT)


def build_shipment(*args: Any, **customs: Any) -> Json:
    shipment: Json = build_body(*args, **customs)["ShipmentRequest"]["Shipment"]
    return shipment


def refuse(request: ShipmentRequest) -> str | None:
    with pytest.raises(Rejected) as refused:
        check_request("ups", request)
    return refused.value.field


def test_a_purchase_over_a_border_has_an_invoice() -> None:
    """The invoice has the day of the purchase, and our reference as its number."""
    shipment = build_shipment()

    forms = shipment["ShipmentServiceOptions"]["InternationalForms"]
    assert forms.pop("Contacts")["SoldTo"]["Address"]["CountryCode"] == "FR"
    assert forms == {
        "FormType": ["01"],
        "Product": [
            {
                "Description": ["Cotton T-shirt"],
                "Unit": {"Number": "2", "UnitOfMeasurement": {"Code": "EA"}, "Value": "19.00"},
                "CommodityCode": "610910",
                "OriginCountryCode": "PT",
                "ProductWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "0.8"},
            }
        ],
        "InvoiceNumber": REFERENCE,
        "InvoiceDate": "20261201",
        "ReasonForExport": "SALE",
        "CurrencyCode": "USD",
    }
    assert shipment["Description"] == "Cotton T-shirt"
    assert shipment["ReferenceNumber"] == [{"Value": REFERENCE}]
    assert "InvoiceLineTotal" not in shipment
    assert [charge["Type"] for charge in shipment["PaymentInformation"]["ShipmentCharge"]] == ["01"]


def test_a_shipment_to_canada_has_the_value_of_its_goods() -> None:
    shipment = build_shipment("STANDARD", TORONTO)

    assert shipment["InvoiceLineTotal"] == {"CurrencyCode": "USD", "MonetaryValue": "38.00"}


def test_the_sender_pays_duties_with_ddp_except_within_the_customs_area() -> None:
    charges = build_shipment(incoterm="DDP")["PaymentInformation"]["ShipmentCharge"]
    assert charges[1] == {"Type": "02", "BillShipper": {"AccountNumber": ACCOUNT}}

    charges = build_shipment("GROUND", SAN_JUAN, incoterm="DDP")["PaymentInformation"]["ShipmentCharge"]
    assert [charge["Type"] for charge in charges] == ["01"]


def test_a_long_description_has_three_lines() -> None:
    """Words that do not fit are broken."""
    words = "Hand-knitted sweater of merino wool with buttons of horn, for adults"
    [product] = build_shipment(items=[build_item(description=words)])["ShipmentServiceOptions"]["InternationalForms"][
        "Product"
    ]
    assert product["Description"] == ["Hand-knitted sweater of merino wool", "with buttons of horn, for adults"]


def test_an_ioss_number_is_the_registration_of_the_sender() -> None:
    ids = [{"type": "ioss", "number": "IM0123456789", "country": "FR"}, {"type": "vat", "number": "1", "country": "US"}]
    shipment = build_shipment(sender_tax_ids=ids)

    number = {"VendorCollectIDTypeCode": "0356", "VendorCollectIDNumber": "IM0123456789"}
    assert shipment["ShipFrom"]["VendorInfo"] == number
    [agent] = shipment["GlobalTaxInformation"]["AgentTaxIdentificationNumber"]
    assert (agent["AgentRole"], len(agent["TaxIdentificationNumber"])) == ("20", 1)
    assert refuse(build_request(sender_tax_ids=[ids[0], {**ids[0], "type": "voec"}])) == "customs.sender_tax_ids"


@pytest.mark.parametrize(
    ("service", "ship_to", "field"),
    [
        ("GROUND", PARIS, "service"),
        ("STANDARD", PARIS, "service"),
        ("STANDARD", TORONTO, None),
        ("EXPEDITED", TORONTO, None),
        ("EXPRESS_PLUS", PARIS, None),
        ("SAVER", GUAM, None),
    ],
)
def test_each_service_has_its_routes(service: str, ship_to: Json, field: str | None) -> None:
    request = build_request(service, ship_to)
    if field is not None:
        assert refuse(request) == field
        return
    check_request("ups", request)
    call = ShipCall.model_validate(requests.build_purchase(REFERENCE, request, ACCOUNT))
    assert find_customs_problem(call.ShipmentRequest.Shipment) is None


@pytest.mark.parametrize(
    ("customs", "field"),
    [
        ({"signer": "Ada"}, "customs.signer"),
        ({"export_declaration": {"itn": "X20260101123456"}}, "customs.export_declaration.itn"),
        ({"duties": {"payer": "recipient"}}, "customs.duties.account"),
        ({"duties": {"payer": "recipient", "account": "12345"}}, "customs.duties.account"),
        ({"duties": {"payer": "third_party", "account": "123456", "postal_code": "?"}}, "customs.duties.postal_code"),
        ({"incoterm": "DPU"}, "customs.incoterm"),
    ],
)
def test_customs_data_that_ups_would_refuse_name_the_field(customs: Json, field: str) -> None:
    assert refuse(build_request(**customs)) == field


def test_prices_over_a_border_need_no_customs_data() -> None:
    request = build_shipment_request("", ship_to=PARIS)
    check_request("ups", request)
    shipment = RateCall.model_validate(requests.build_rate_request(request, ACCOUNT)).RateRequest.Shipment

    rated = rates_response(shipment)["RateResponse"]["RatedShipment"]
    assert sorted(rate["Service"]["Code"] for rate in rated) == ["07", "08", "54", "65"]


def test_prices_of_a_pak_to_another_country_have_the_value_of_the_goods() -> None:
    request = replace(
        build_request(""),
        shipping_options=build_shipment_request(shipping_options={"packaging": "pak"}).shipping_options,
    )
    shipment = requests.build_rate_request(request, ACCOUNT)["RateRequest"]["Shipment"]

    assert shipment["InvoiceLineTotal"] == {"CurrencyCode": "USD", "MonetaryValue": "38.00"}


FORMS = ("ShipmentServiceOptions", "InternationalForms")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("InvoiceLineTotal", "MonetaryValue"), "39.00", "InvoiceLineTotal: the value"),
        (("InvoiceLineTotal", "CurrencyCode"), "CAD", "InvoiceLineTotal: the currency"),
        ((*FORMS, "Contacts", "SoldTo", "Address", "CountryCode"), "FR", "SoldTo"),
        ((*FORMS, "Product", 0, "Unit", "Value"), "0", "Product"),
        (("Service", "Code"), "03", "service is unavailable"),
    ],
)
def test_the_simulator_refuses_customs_data_that_contradict_each_other(path: Any, value: Any, words: str) -> None:
    body = deepcopy(build_body("STANDARD", TORONTO))
    part = body["ShipmentRequest"]["Shipment"]
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    problem = find_customs_problem(ShipCall.model_validate(body).ShipmentRequest.Shipment)

    assert problem is not None
    assert words in problem[1]
