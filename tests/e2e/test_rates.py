"""Rates equal the cost of a label, and the API reports a carrier that quotes none."""

from typing import Any

import pytest

from tests.fixtures.api import LABEL, Api, data, refused
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json


def get_rates(api: Api, **fields: Any) -> list[Json]:
    found: Any = data(api.http.post("/api/rates", json=fields))
    assert isinstance(found, list)
    return found


def test_rates_equal_the_cost_of_a_label(api: Api) -> None:
    """The defaults are the order's address and the account's parcel; the cheapest rate is first; no label is bought."""
    order = api.order()["id"]
    before = len(api.sandbox.labels())

    rates = get_rates(api, order_id=order, carrier="fedex")
    fields = {"ship_to": SHIP_TO, "ship_from": SHIP_FROM, "parcels": [PARCEL], "carrier": "fedex"}

    assert get_rates(api, **fields) == rates
    assert [float(rate["amount"]) for rate in rates] == sorted(float(rate["amount"]) for rate in rates)
    assert len(api.sandbox.labels()) == before
    cheapest = rates[0]
    label = {name: cheapest[name] for name in ("carrier_account_id", "service")}
    assert api.done(api.create("create_shipment", order, **label))["output"]["cost"] == cheapest["amount"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("reject", 422, "carrier_refused"),
        ("auth_failed", 422, "carrier_auth_failed"),
        ("rate_limited:7", 503, "carrier_rate_limited"),
        ("drop", 502, "carrier_unavailable"),
        ("error_500", 502, "carrier_unavailable"),
        ("garbage", 502, "carrier_unavailable"),
        ("wrong_shape", 502, "carrier_unavailable"),
    ],
)
def test_a_carriers_failure_to_quote_is_reported(api: Api, fault: str, status: int, code: str) -> None:
    """The account stays active, because its credentials may still be valid for labels."""
    api.sandbox.script("labels.rates", fault)

    answer = api.http.post("/api/rates", json={"ship_to": SHIP_TO, "carrier": LABEL["carrier"]})

    error = refused(answer, status, code)
    if fault == "reject":
        assert error["details"]["vendor_code"] == "unspecified"
    if status == 503:
        assert answer.headers["Retry-After"] == "7"
    accounts = api.http.get("/api/carrier-accounts", params={"limit": "100"}).json()["data"]
    assert {account["status"] for account in accounts} == {"active"}
