"""USPS's labels to other countries, and its customs forms."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.usps import answers, requests
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from tests.fixtures.builders import REFERENCE, Json, build_raw_answer, build_shipment_request
from tests.fixtures.customs import APO, GUAM, PARIS, TORONTO, build_customs, build_item

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_CLASS, PRIORITY = "FIRST_CLASS_PACKAGE_INTERNATIONAL", "PRIORITY_MAIL_INTERNATIONAL"
METADATA: Json = {
    "trackingNumber": "CP910000058US",
    "SKU": "IPXX0XXXXB01040",
    "postage": 53.3,
    "weight": 2.5,
    "weightUOM": "lb",
}


def build_request(service: str = PRIORITY, ship_to: Json = PARIS, **changes: Any) -> ShipmentRequest:
    defaults: Json = {"customs": build_customs(), "asked_at": NOW}
    return build_shipment_request(service, ship_to=ship_to, **{**defaults, **changes})


def build_body(*args: Any, **changes: Any) -> Json:
    return requests.build_purchase(REFERENCE, build_request(*args, **changes), NOW)


def refused_field(*args: Any, **changes: Any) -> str | None:
    with pytest.raises(Rejected) as refused:
        build_body(*args, **changes)
    return refused.value.field


def test_a_label_to_another_country_has_the_fields_of_international_labels() -> None:
    """Items count with all their pieces, and their weight is rounded down."""
    body = build_body()
    assert body["toAddress"] == {
        "firstName": "Grace",
        "lastName": "Hopper",
        "phone": "33142685300",
        "streetAddress": "12 Rue de Rivoli",
        "city": "Paris",
        "postalCode": "75004",
        "country": "FR",
        "countryISOAlpha2Code": "FR",
    }
    assert body["packageDescription"]["mailClass"] == "PRIORITY_MAIL_INTERNATIONAL"
    assert body["customsForm"] == {
        "customsContentType": "MERCHANDISE",
        "AESITN": "NOEEI 30.37(a)",
        "contents": [
            {
                "itemDescription": "Cotton T-shirt",
                "itemQuantity": 2,
                "itemTotalValue": 38.0,
                "itemTotalWeight": 0.8,
                "weightUOM": "lb",
                "HSTariffNumber": "610910",
                "countryofOrigin": "PT",
            }
        ],
    }


def test_goods_to_canada_have_another_exemption() -> None:
    body = build_body(ship_to=TORONTO)
    assert (body["customsForm"]["AESITN"], body["toAddress"]["province"]) == ("NOEEI 30.36", "ON")


@pytest.mark.parametrize("ship_to", [APO, GUAM])
def test_a_customs_form_within_the_us_names_a_firm_as_sender(ship_to: Json) -> None:
    """The rest of the body is that of a domestic label."""
    body = build_body("PRIORITY_MAIL", ship_to)
    plain = build_body("PRIORITY_MAIL", ship_to, customs=None)
    assert body.pop("customsForm")["contents"]
    assert body["fromAddress"].pop("firm") == "Warehouse Zwei"
    assert body == plain


@pytest.mark.parametrize(
    ("service", "ship_to", "changes", "field"),
    [
        (PRIORITY, PARIS, {"items": [build_item(description="Gift")]}, "customs.items.0.description"),
        (PRIORITY, PARIS, {"items": [build_item(weight="1.252")]}, "customs.items"),
        (FIRST_CLASS, PARIS, {"items": [build_item(value="200.01")]}, "customs.items"),
        (
            PRIORITY,
            PARIS,
            {"duties": {"payer": "sender"}, "sender_tax_ids": [{"type": "vat", "number": "1", "country": "US"}]},
            "customs.duties.payer",
        ),
    ],
)
def test_customs_data_that_usps_would_refuse_name_the_field(
    service: str, ship_to: Json, changes: Json, field: str
) -> None:
    assert refused_field(service, ship_to, customs=build_customs(**changes)) == field


@pytest.mark.parametrize(
    ("ship_to", "options", "field"),
    [
        (APO, {"signature": "direct"}, "signature"),
        (APO, {"insurance": {"amount": "501", "currency": "USD"}}, "insurance"),
        (APO, {"carrier_options": {"extraServices": "480"}}, "carrier_options.extraServices"),
        (APO, {"label": {"size": "4x5"}}, "label.size"),
        (APO, {"references": {"po": "1", "order": "2"}}, "references"),
        ({**GUAM, "state": "FM", "postal_code": "96941"}, {"signature": "adult"}, "signature"),
    ],
)
def test_an_option_that_a_customs_form_or_its_address_excludes_is_refused(
    ship_to: Json, options: Json, field: str
) -> None:
    assert refused_field("PRIORITY_MAIL", ship_to, shipping_options=options) == f"shipping_options.{field}"


def test_a_heavy_parcel_is_refused_for_first_class_mail() -> None:
    parcel = {"weight": "5", "weight_unit": "lb", "length": "9", "width": "6", "height": "4", "dimension_unit": "in"}
    assert refused_field(FIRST_CLASS, parcels=[parcel]) == "parcels.0.weight"


def test_prices_to_another_country_are_those_of_international_mail() -> None:
    """First-class mail has no insurance, so its price is left out with one."""
    request = build_request("", shipping_options={"insurance": {"amount": "100", "currency": "USD"}})
    found = requests.build_rate_requests(request, NOW)
    assert [service for service, _ in found] == [PRIORITY, "PRIORITY_MAIL_EXPRESS_INTERNATIONAL"]
    extra = requests.build_extra_rate_request(request, *found[0])
    assert extra is not None
    assert (extra["extraService"], extra["itemValue"], extra["destinationCountryCode"]) == (930, 100.0, "FR")
    assert len(requests.build_rate_requests(build_request(""), NOW)) == 3


def test_prepaid_duties_are_part_of_the_cost() -> None:
    prepaid = {"packageFee": 2.5, "itemCosts": [{"dutyPrice": 5.0, "taxPrice": 0.25}]}
    address = {"labelAddress": {"postalCode": "75004"}}
    answer = build_raw_answer(200, {**METADATA, **address, "prepaidDutiesTaxesFees": prepaid})
    label = answers.parse_purchase(answer, PRIORITY, "PDF")
    assert (label.cost, label.echo.postal_code) == ("61.05", "75004")
    assert [part.name for part in label.cost_parts] == ["postage", "duties fee", "duties", "taxes"]


def test_a_reprint_names_the_international_service_by_its_sku() -> None:
    assert answers.parse_reprint(build_raw_answer(200, {"labelMetadata": METADATA})).service == PRIORITY
