"""FedEx's customs data over borders, and the rules of its simulator about them."""

from copy import deepcopy
from typing import Any

import pytest

from adapters.carriers.fedex import requests
from adapters.carriers.fedex.errors import field_of
from bootstrap.vendors import check_request
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from sandbox.carriers.fedex.contracts import RateRequest, ShipRequest
from sandbox.carriers.fedex.customs import find_rate_problem
from sandbox.carriers.fedex.mapping import rates_response
from sandbox.carriers.fedex.rules import find_purchase_problem
from tests.fixtures.builders import REFERENCE, Json, build_shipment_request
from tests.fixtures.customs import GUAM, PARIS, TORONTO, build_customs, build_item

ACCOUNT = "740561073"


def build_request(
    service: str = "FEDEX_INTERNATIONAL_PRIORITY", ship_to: Json = PARIS, **customs: Any
) -> ShipmentRequest:
    return build_shipment_request(service, ship_to=ship_to, customs=build_customs(**customs))


def build_purchase(**changes: Any) -> Json:
    shipment: Json = requests.build_purchase(REFERENCE, build_request(**changes), ACCOUNT, None)["requestedShipment"]
    return shipment


def refuse(request: ShipmentRequest) -> str | None:
    with pytest.raises(Rejected) as refused:
        check_request("fedex", request)
    return refused.value.field


def test_a_purchase_over_a_border_has_metric_units_and_an_invoice() -> None:
    """A commodity has kilograms, and FedEx refuses packages in other units."""
    shipment = build_purchase()

    [package] = shipment["requestedPackageLineItems"]
    assert package["weight"] == {"units": "KG", "value": 1.14}
    assert package["dimensions"] == {"length": 31, "width": 23, "height": 11, "units": "CM"}
    assert shipment["totalWeight"] == 2.5  # in pounds, as the description says
    assert shipment["customsClearanceDetail"] == {
        "dutiesPayment": {"paymentType": "RECIPIENT"},
        "totalCustomsValue": {"amount": 38.0, "currency": "USD"},
        "commodities": [
            {
                "description": "Cotton T-shirt",
                "numberOfPieces": 2,
                "quantity": 2,
                "quantityUnits": "EA",
                "unitPrice": {"amount": 19.0, "currency": "USD"},
                "customsValue": {"amount": 38.0, "currency": "USD"},
                "weight": {"units": "KG", "value": 0.362},
                "countryOfManufacture": "PT",
                "harmonizedCode": "610910",
            }
        ],
        "commercialInvoice": {"shipmentPurpose": "SOLD"},
        "exportDetail": {"exportComplianceStatement": "NOEEI 30.37(a)"},
    }
    assert shipment["shippingDocumentSpecification"]["shippingDocumentTypes"] == ["COMMERCIAL_INVOICE"]
    assert "stateOrProvinceCode" not in shipment["recipients"][0]["address"]


def test_the_sender_pays_duties_with_the_account_of_the_purchase() -> None:
    clearance = build_purchase(incoterm="DDP")["customsClearanceDetail"]

    payer = {"responsibleParty": {"accountNumber": {"value": ACCOUNT}}}
    assert clearance["dutiesPayment"] == {"paymentType": "SENDER", "payor": payer}
    assert clearance["commercialInvoice"]["termsOfSale"] == "DDP"


def test_documents_have_no_invoice() -> None:
    shipment = build_purchase(contents="documents")

    assert shipment["customsClearanceDetail"]["isDocumentOnly"] is True
    assert "shippingDocumentSpecification" not in shipment


@pytest.mark.parametrize(
    ("service", "ship_to", "field"),
    [
        ("FEDEX_2_DAY", PARIS, "service"),
        ("GROUND", PARIS, "service"),
        ("GROUND", TORONTO, None),
        ("INTERNATIONAL_ECONOMY", TORONTO, None),
        ("FEDEX_INTERNATIONAL_PRIORITY", GUAM, None),
    ],
)
def test_each_service_has_its_routes(service: str, ship_to: Json, field: str | None) -> None:
    request = build_request(service, ship_to)
    if field is not None:
        assert refuse(request) == field
        return
    check_request("fedex", request)
    shipment = ShipRequest.model_validate(requests.build_purchase(REFERENCE, request, ACCOUNT, None)).requestedShipment
    assert find_purchase_problem(shipment) is None


@pytest.mark.parametrize(
    ("customs", "field"),
    [
        ({"items": [build_item(quantity=10_000, weight="0.0001", value="0.01")]}, "customs.items.0.quantity"),
        ({"items": [build_item(value="50000")], "export_declaration": {"itn": "X20260101123456"}}, "customs.items"),
        ({"duties": {"payer": "third_party", "account": "12345"}}, "customs.duties.account"),
        ({"items": [build_item(description="Shirt \ue000")]}, "customs.items.0.description"),
        ({"non_delivery": "return"}, "customs.non_delivery"),
    ],
)
def test_customs_data_that_fedex_would_refuse_name_the_field(customs: Json, field: str) -> None:
    assert refuse(build_request(**customs)) == field


def test_prices_over_a_border_need_customs_data() -> None:
    assert refuse(build_shipment_request("", ship_to=PARIS)) == "customs"
    body = requests.build_rate_request(build_request(""), ACCOUNT, None)
    shipment = RateRequest.model_validate(body).requestedShipment

    assert find_rate_problem(shipment) is None
    replies = rates_response(shipment)["output"]["rateReplyDetails"]
    assert {reply["serviceType"] for reply in replies} == {
        "FEDEX_INTERNATIONAL_PRIORITY",
        "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS",
        "FEDEX_INTERNATIONAL_CONNECT_PLUS",
        "INTERNATIONAL_ECONOMY",
        "INTERNATIONAL_FIRST",
    }


CLEARANCE = "customsClearanceDetail"


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ((CLEARANCE,), None, "COMMODITIES.REQUIRED"),
        ((CLEARANCE, "totalCustomsValue", "amount"), 39.0, "TOTALCUSTOMSVALUE.MISMATCH"),
        ((CLEARANCE, "commodities", 0, "unitPrice", "amount"), 20.0, "COMMODITY.CUSTOMSVALUE.INVALID"),
        ((CLEARANCE, "commodities", 0, "weight", "value"), 2.0, "COMMODITY.WEIGHT.EXCEEDED"),
        (("requestedPackageLineItems", 0, "weight", "units"), "LB", "COMMODITY.WEIGHTUNITS.INVALID"),
        ((CLEARANCE, "dutiesPayment"), None, "DUTIESPAYMENT.REQUIRED"),
        (("serviceType",), "FEDEX_GROUND", "SERVICETYPE.DESTINATION.INVALID"),
    ],
)
def test_the_simulator_refuses_customs_data_that_contradict_each_other(path: Any, value: Any, code: str) -> None:
    shipment = deepcopy(build_purchase())
    part = shipment
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    body = {"labelResponseOptions": "LABEL", "accountNumber": {"value": ACCOUNT}, "requestedShipment": shipment}
    problem = find_purchase_problem(ShipRequest.model_validate(body).requestedShipment)

    assert problem is not None
    assert problem[0] == code


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("RATE.CUSTOMSVALUE.INVALID", "customs.items"),
        ("COMMODITY.WEIGHT.EXCEEDED", "customs.items"),
        ("DUTIESPAYMENT.PAYOR.REQUIRED", "customs.duties"),
        ("DECLAREDVALUE.AMOUNT.EXCEEDED", "shipping_options.declared_value"),
    ],
)
def test_a_refusal_of_customs_data_names_the_field(code: str, field: str) -> None:
    assert field_of(code) == field
