"""EasyPost's customs data, and their comparison with those of a shipment that an earlier delivery created."""

from copy import deepcopy
from typing import Any

import pytest

from adapters.carriers.easypost import customs, requests
from domain.errors import Rejected
from tests.fixtures.builders import REFERENCE, Json, build_shipment_request
from tests.fixtures.customs import PARIS, build_customs

TAX_ID = {"type": "vat", "number": "FR123", "country": "FR"}
SERVICE = "USPS.PriorityMailInternational"


def build_body(**changes: Any) -> Json:
    made = build_customs(signer="Ada Lovelace", recipient_tax_ids=[TAX_ID])
    request = build_shipment_request(SERVICE, ship_to=PARIS, **{"customs": made, **changes})
    return requests.build_shipment(request, None, REFERENCE)


def show(body: Json) -> Json:
    """Return the customs data of a shipment as EasyPost shows them: with its defaults, and in its notation."""
    shipment = deepcopy(body["shipment"])
    info = {"id": "cstinfo_1", "contents_explanation": "", "non_delivery_option": "return", **shipment["customs_info"]}
    items = [{**item, "value": str(item["value"]), "code": None, "eccn": None} for item in info["customs_items"]]
    tax_ids = [{**tax_id, "tax_id": "HIDDEN"} for tax_id in shipment["tax_identifiers"]]
    return {**shipment, "customs_info": {**info, "customs_items": items}, "tax_identifiers": tax_ids}


def test_the_shipment_of_an_earlier_delivery_has_the_same_customs_data() -> None:
    assert customs.find_other_customs(show(build_body()), build_body()) is None
    plain = build_body(customs=None)
    assert customs.find_other_customs({"customs_info": None}, plain) is None
    assert customs.find_other_customs({}, plain) is None


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (("customs_info", "contents_type"), "gift", "customs data"),
        (("customs_info", "eel_pfc"), "AES X20260101123456", "customs data"),
        (("customs_info", "customs_items", 0, "value"), "39.0", "customs item"),
        (("customs_info", "customs_items", 0, "weight"), 12.9, "customs item"),
        (("customs_info", "customs_items", 0, "hs_tariff_number"), "610990", "customs item"),
        (("customs_info", "customs_items"), [], "customs item"),
        (("tax_identifiers", 0, "issuing_country"), "DE", "tax id"),
        (("tax_identifiers",), [], "tax id"),
        (("customs_info",), None, "customs data"),
    ],
)
def test_a_difference_of_the_customs_data_is_named(path: tuple[str | int, ...], value: Any, name: str) -> None:
    shipment = show(build_body())
    *parents, last = path
    place: Any = shipment
    for parent in parents:
        place = place[parent]
    place[last] = value
    assert customs.find_other_customs(shipment, build_body()) == name


def test_customs_data_that_the_operation_does_not_have_are_a_difference() -> None:
    assert customs.find_other_customs(show(build_body()), build_body(customs=None)) == "customs data"


def test_two_different_invoice_numbers_are_refused() -> None:
    """EasyPost has one field for both."""
    made = build_customs(signer="Ada", invoice_number="INV-1")
    same = build_body(customs=made, shipping_options={"references": {"invoice": "INV-1"}})
    assert same["shipment"]["options"]["invoice_number"] == "INV-1"
    with pytest.raises(Rejected) as refused:
        build_body(customs=made, shipping_options={"references": {"invoice": "INV-2"}})
    assert refused.value.field == "customs.invoice_number"
