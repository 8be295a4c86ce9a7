"""The rules of the channels' simulators: each with an accepted and a refused request, in the vendor's format."""

from typing import Any

import httpx
import pytest

from tests.integration.sandbox.process import SandboxProcess

BIGCOMMERCE = "/sim/bigcommerce/stores/abc/v2/orders"
AMAZON = "/sim/amazon/orders"
WOOCOMMERCE = "/sim/woocommerce/wp-json"
SHOPIFY = "/sim/shopify/admin/api/2026-10/graphql.json"
SHIPMENT = {"order_address_id": 1, "items": [{"order_product_id": 1, "quantity": 1}]}


@pytest.fixture
def order(sandbox: SandboxProcess, reference: str) -> str:
    sandbox.put_order(reference, 5, 5)
    return reference


def change(sandbox: SandboxProcess, order: str, **changes: Any) -> httpx.Response:
    return sandbox.http.patch(f"/_sandbox/orders/{order}", json=changes)


def pieces(line: str, quantity: int) -> list[dict[str, Any]]:
    return [{"id": line, "quantity": quantity}]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"shipping_provider": "usps"}, 201),
        ({"shipping_provider": ""}, 201),
        ({"shipping_provider": "carrier_12"}, 201),
        ({"shipping_provider": "easypost"}, 400),
        ({"tracking_carrier": "ontrac"}, 201),
        ({"tracking_carrier": "On Trac"}, 400),
        ({"tracking_number": "9" * 50}, 201),
        ({"tracking_number": "9" * 51}, 400),
        ({"carrier": "usps"}, 400),
    ],
)
def test_bigcommerce_shipments_follow_its_rules(
    sandbox: SandboxProcess, order: str, fields: dict[str, Any], status: int
) -> None:
    """The documentation of `orderShipment_Post`."""
    answer = sandbox.http.post(f"{BIGCOMMERCE}/{order}/shipments", json={**SHIPMENT, **fields})

    assert answer.status_code == status, answer.text
    assert status == 201 or answer.json()[0]["status"] == 400


def _confirmation(**fields: Any) -> dict[str, Any]:
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "USPS",
        "trackingNumber": "94001",
        "shipDate": "2026-11-30T08:00:00Z",
        "orderItems": [{"orderItemId": "1", "quantity": 1}],
    }
    return {"marketplaceId": "ATVPDKIKX0DER", "packageDetail": {**detail, **fields}}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 204),
        ({"carrierCode": "EasyPost"}, 400),
        ({"carrierCode": "Other", "carrierName": "Our Van"}, 204),
        ({"carrierCode": "Other"}, 400),
        ({"packageReferenceId": 1}, 400),
        ({"orderItems": [{"orderItemId": "1", "quantity": 6}]}, 400),
        ({"carrier": "USPS"}, 400),
    ],
)
def test_amazon_confirmations_follow_its_rules(
    sandbox: SandboxProcess, order: str, fields: dict[str, Any], status: int
) -> None:
    """The documentation of `confirmShipment`, and Seller Central's list of carriers."""
    path = f"{AMAZON}/v0/orders/{order}/shipmentConfirmation"
    answer = sandbox.http.post(path, json=_confirmation(**fields), headers={"x-amz-access-token": "Atza|sim-1"})

    assert answer.status_code == status, answer.text
    assert status == 204 or answer.json()["errors"][0]["code"] == "InvalidInput"


def test_amazon_returns_only_requested_data_sets(sandbox: SandboxProcess, order: str) -> None:
    """An unknown data set is refused."""

    def read(included: str) -> httpx.Response:
        headers = {"x-amz-access-token": "Atza|sim-1"}
        return sandbox.http.get(
            f"{AMAZON}/2026-01-01/orders/{order}", params={"includedData": included}, headers=headers
        )

    packages = read("PACKAGES").json()["order"]
    assert "fulfillment" not in packages
    assert "fulfillment" not in packages["orderItems"][0]
    both = read("FULFILLMENT,PACKAGES").json()["order"]
    assert both["fulfillment"] == {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}
    assert both["packages"] == []
    assert read("SHIPMENTS").status_code == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"tracking_provider": "USPS"}, 201),
        ({"tracking_provider": "easypost"}, 400),
        ({"custom_tracking_provider": "Our Van"}, 201),
        ({}, 400),
    ],
)
def test_woocommerce_trackings_follow_the_plugins_rules(
    sandbox: SandboxProcess, order: str, fields: dict[str, str], status: int
) -> None:
    """The provider must be known to the plugin, or a custom one."""
    path = f"{WOOCOMMERCE}/wc-shipment-tracking/v3/orders/{order}/shipment-trackings"
    answer = sandbox.http.post(path, json={"tracking_number": "1", **fields}, auth=("ck_1", "cs_1"))

    assert answer.status_code == status, answer.text
    assert status == 201 or answer.json()["code"] == "rest_invalid_param"


def test_shopify_refuses_an_unknown_field(sandbox: SandboxProcess, order: str) -> None:
    """The error is a GraphQL validation error of the schema."""

    def ask(field: str) -> Any:
        query = f'{{ order(id: "gid://shopify/Order/{order}") {{ {field} }} }}'
        return sandbox.http.post(SHOPIFY, json={"query": query}, headers={"X-Shopify-Access-Token": "t"}).json()

    assert ask("displayFinancialStatus")["data"] == {"order": {"displayFinancialStatus": "PAID"}}
    assert "Cannot query field" in ask("state")["errors"][0]["message"]


def test_an_order_can_be_changed_as_by_its_merchant(sandbox: SandboxProcess, order: str) -> None:
    """Quantities reduce the remaining ones; a list replaces the previous list."""
    assert change(
        sandbox, order, refunded=[{"id": "1", "quantity": 2}], cancelled=[{"id": "2", "quantity": 1}]
    ).is_success
    assert sandbox.remaining(order) == [3, 4]
    assert change(
        sandbox, order, refunded=[{"id": "1", "quantity": 1}], shipped=[{"id": "1", "quantity": 4}]
    ).is_success
    assert sandbox.remaining(order) == [0, 4]
    assert change(sandbox, order, state="cancelled").json()["data"]["state"] == "cancelled"
    assert sandbox.http.get(f"{BIGCOMMERCE}/{order}").json()["status"] == "Cancelled"


@pytest.mark.parametrize("wrong", [{"state": "gone"}, {"refunded": [{"id": "9", "quantity": 1}]}, {"status": "x"}])
def test_an_invalid_change_of_an_order_is_rejected(sandbox: SandboxProcess, order: str, wrong: dict[str, Any]) -> None:
    """An unknown state, line item or field."""
    answer = change(sandbox, order, **wrong)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "FIELD.INVALID")
