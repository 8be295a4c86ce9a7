"""The rules of the simulators for shipping options: one accepted and one refused request each.

The rules of ShipEngine and EasyPost are those of the carrier that the simulator sells, USPS.
"""

from typing import Any

import httpx
import pytest

from tests.integration.sandbox.carrier_requests import HEADERS, REQUESTS, change_request, renew_request
from tests.integration.sandbox.process import SandboxProcess

Rule = tuple[str, str, tuple[str | int, ...], Any, Any, str]
"""The vendor, the rule with its source, the field, an accepted value, a refused value, and the error code."""
PACKAGE, SHIPMENT = ("packageDescription",), ("shipment",)
OPTIONS, ADVANCED = (*SHIPMENT, "options"), (*SHIPMENT, "advanced_options")
BOX = (*SHIPMENT, "packages", 0)
ENVELOPE = {"package_code": "flat_rate_envelope", "weight": {"value": 20, "unit": "ounce"}}
INVALID, PARAMETER = "invalid_field_value", "PARAMETER.INVALID"
THIRD_PARTY = {"type": "THIRD_PARTY", "account": "A1", "country": "US", "postal_code": "97201"}
PAYER = {"bill_to_party": "third_party", "bill_to_account": "A1", "bill_to_country_code": "US"}
USPS_RULES: list[Rule] = [
    ("usps", "error list, 160013: containers", (*PACKAGE, "rateIndicator"), "FB", "E4", "160013"),
    ("usps", "Labels v3: rate indicators", (*PACKAGE, "rateIndicator"), "CP", "CX", "160013"),
    ("usps", "Labels v3: extra services", (*PACKAGE, "extraServices"), [921, 955], [999], "400"),
    ("usps", "Labels v3: five extra services", (*PACKAGE, "extraServices"), [480, 481, 955, 957], [480] * 6, "400"),
    ("usps", "one signature service", (*PACKAGE, "extraServices"), [922], [921, 922], "400"),
    ("usps", "981 is for Priority Mail Express", (*PACKAGE, "extraServices"), [921], [981], "400"),
    ("usps", "930 insures up to 500 USD", (*PACKAGE, "extraServices"), [930], [931], "400"),
    ("usps", "Labels v3: carrierRelease", (*PACKAGE, "carrierRelease"), True, "yes", "400"),
    ("usps", "Labels v3: mailing date", (*PACKAGE, "mailingDate"), "", "2099-01-01", "160001"),
    ("usps", "Labels v3: contents", (*PACKAGE, "packageOptions"), {"contentType": "FRUITS"}, {"contentType": "X"}, ""),
    ("usps", "Labels v3: label types", ("imageInfo", "labelType"), "6X4LABEL", "6X6LABEL", "400"),
    ("usps", "Labels v3: ignoreBadAddress", ("toAddress", "ignoreBadAddress"), False, "off", "400"),
    ("usps", "Labels v3: return address", ("returnAddress",), None, {"firm": "Returns"}, "400"),
]
EASYPOST_RULES: list[Rule] = [
    ("easypost", "confirmations", (*OPTIONS, "delivery_confirmation"), "SIGNATURE", "signature", PARAMETER),
    ("easypost", "label sizes", (*OPTIONS, "label_size"), "8.5x11", "letter", PARAMETER),
    ("easypost", "dates with offset", (*OPTIONS, "label_date"), "2026-12-01T12:00:00Z", "2026-12-01", PARAMETER),
    ("easypost", "payments", (*OPTIONS, "payment"), THIRD_PARTY, {"type": "THIRD_PARTY"}, PARAMETER),
    ("easypost", "known options", (*OPTIONS, "print_custom_1"), "O-1", 7, PARAMETER),
    ("easypost", "endorsements", (*OPTIONS, "endorsement"), "RETURN_SERVICE_REQUESTED", "RETURN", PARAMETER),
    (
        "easypost",
        "predefined packages",
        (*SHIPMENT, "parcel"),
        {"weight": 1, "predefined_package": "FlatRateEnvelope"},
        {"weight": 1, "predefined_package": "Envelope"},
        PARAMETER,
    ),
]
SHIPENGINE_RULES: list[Rule] = [
    ("shipengine", "confirmations", (*SHIPMENT, "confirmation"), "adult_signature", "adult", INVALID),
    (
        "shipengine",
        "direct_signature is FedEx's",
        (*SHIPMENT, "confirmation"),
        "signature",
        "direct_signature",
        "confirmation_not_supported",
    ),
    ("shipengine", "packages of the service", BOX, ENVELOPE, {**ENVELOPE, "package_code": "fedex_pak"}, INVALID),
    (
        "shipengine",
        "insured_value requires insurance_provider",
        BOX,
        {**ENVELOPE, "insured_value": None},
        {**ENVELOPE, "insured_value": {"currency": "USD", "amount": 100.0}},
        INVALID,
    ),
    (
        "shipengine",
        "three label messages of 60",
        BOX,
        {**ENVELOPE, "label_messages": {"reference1": "x" * 60, "reference2": None, "reference3": None}},
        {**ENVELOPE, "label_messages": {"reference1": "x" * 61, "reference2": None, "reference3": None}},
        INVALID,
    ),
    ("shipengine", "third party", ADVANCED, {**PAYER, "bill_to_postal_code": "97201"}, PAYER, INVALID),
    ("shipengine", "advanced options", ADVANCED, {"saturday_delivery": True}, {"saturday": True}, INVALID),
    ("shipengine", "dates", (*SHIPMENT, "ship_date"), "2026-12-01", "tomorrow", INVALID),
    ("shipengine", "layouts", ("label_layout",), "letter", "4x8", INVALID),
]


@pytest.mark.parametrize("rules", [USPS_RULES, EASYPOST_RULES, SHIPENGINE_RULES], ids=lambda rules: rules[0][0])
def test_a_rule_accepts_one_request_and_refuses_another(sandbox: SandboxProcess, rules: list[Rule]) -> None:
    for vendor, name, path, good, bad, code in rules:
        route, body = REQUESTS[vendor]
        with httpx.Client(base_url=f"{sandbox.url}/sim/{vendor}", headers=HEADERS[vendor]) as http:
            taken, refused = (
                http.post(route, json=renew_request(vendor, change_request(body, path, value))) for value in (good, bad)
            )
        assert taken.status_code in (200, 201), (name, taken.text)
        assert refused.status_code in (400, 422), (name, refused.text)
        assert code in refused.text, (name, refused.text)
