"""Values of options that a carrier's own rules refuse are named before anything is sent."""

from typing import Any

import pytest

from bootstrap.vendors import check_request
from domain.errors import Rejected
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import SHIP_FROM, build_shipment_request
from tests.fixtures.option_cases import list_services

THIRD_PARTY = {"payer": "third_party", "account": "A1B2C3"}


@pytest.mark.parametrize(
    ("carrier", "options", "field"),
    [
        ("fedex", {"hold_at_location": {"location_id": "é"}}, "hold_at_location.location_id"),
        ("fedex", {"hold_at_location": {"location_id": "x" * 21}}, "hold_at_location.location_id"),
        ("fedex", {"return_address": {**SHIP_FROM, "phone": None}}, "return_address.phone"),
        ("ups", {"billing": {**THIRD_PARTY, "postal_code": "1" * 10}}, "billing.postal_code"),
        ("ups", {"billing": {**THIRD_PARTY, "postal_code": "é"}}, "billing.postal_code"),
        *(
            (name, {"return_address": {**SHIP_FROM, "country": "DE"}}, "return_address.country")
            for name, profile in CARRIERS.items()
            if profile.list_support("return_address")
        ),
    ],
)
def test_a_value_that_the_carrier_refuses_is_named(carrier: str, options: dict[str, Any], field: str) -> None:
    service = list_services(CARRIERS[carrier])[0]
    with pytest.raises(Rejected) as refused:
        check_request(carrier, build_shipment_request(service, shipping_options=options))
    assert refused.value.field == f"shipping_options.{field}"
