"""A sandbox in its own process, called over HTTP."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.fixtures.builders import Json

BUY = "/sim/fedex/ship/v1/shipments"
PARTY = {
    "contact": {"personName": "Jane Doe", "companyName": "Acme", "phoneNumber": "9015550100"},
    "address": {
        "streetLines": ["500 Main St"],
        "city": "Memphis",
        "stateOrProvinceCode": "TN",
        "postalCode": "38103",
        "countryCode": "US",
    },
}
TOKENS = {"Authorization": "Bearer sim-fedex-any", "X-Auth-Token": "any"}
"""Headers for FedEx and BigCommerce."""


def label_request(reference: str, label_format: str = "PDF", **changed: Any) -> Json:
    """Return a purchase in FedEx's protocol, which has no idempotency keys."""
    parcel = {
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}],
        "weight": {"units": "LB", "value": 2.5},
        "dimensions": {"length": 10, "width": 8, "height": 4, "units": "IN"},
    }
    shipment = {
        "shipper": PARTY,
        "recipients": [PARTY],
        "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
        "serviceType": "FEDEX_GROUND",
        "packagingType": "YOUR_PACKAGING",
        "totalWeight": 2.5,
        "shippingChargesPayment": {"paymentType": "SENDER"},
        "labelSpecification": {"imageType": label_format, "labelStockType": "PAPER_4X6"},
        "requestedPackageLineItems": [parcel],
    }
    if label_format == "ZPLII":
        shipment["labelSpecification"] = {"imageType": label_format, "labelStockType": "STOCK_4X6"}
    account = {"value": "740561073"}
    return {"labelResponseOptions": "LABEL", "accountNumber": account, "requestedShipment": {**shipment, **changed}}


def piece_of(answer: httpx.Response) -> Json:
    """Return the tracking number and document of a purchase."""
    shipment = answer.json()["output"]["transactionShipments"][0]
    piece: Json = shipment["pieceResponses"][0]
    return piece


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


class SandboxProcess:
    """`python -m sandbox` on a free port; after `stop` or `kill`, `start` runs it again with the same store."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self._options = options
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--data-dir", str(self.data_dir / "store")]
        self._log = (self.data_dir / "stderr.log").open("ab")
        self._process = subprocess.Popen(
            [*command, *self._options],
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.url = self._first_line()
        self.http = httpx.Client(base_url=self.url, headers=TOKENS, timeout=60)

    def _first_line(self) -> str:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(timeout=60), "the sandbox did not say where it is"
        return self._process.stdout.readline().decode().strip()

    def stop(self, signal_number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send the signal; return the exit code and the duration in seconds."""
        began = time.monotonic()
        self._process.send_signal(signal_number)
        code = self._process.wait(timeout=60)
        took = time.monotonic() - began
        self._put_away()
        return code, took

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def close(self) -> None:
        if self._process.poll() is None:
            self.stop()

    def _put_away(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        self.http.close()

    @property
    def log(self) -> str:
        return (self.data_dir / "stderr.log").read_text()

    def script(self, target: str, *faults: str) -> None:
        answer = self.http.post("/_sandbox/faults", json={"target": target, "faults": list(faults)})
        assert answer.status_code == 200, answer.text

    def buy(self, reference: str, **changed: Any) -> httpx.Response:
        """Buy one label in FedEx's protocol."""
        return self.http.post(BUY, json=label_request(reference, **changed))

    def find(self, reference: str) -> httpx.Response:
        """Find labels by reference in FedEx's protocol."""
        information = {
            "type": "CUSTOMER_REFERENCE",
            "value": reference,
            "accountNumber": "740561073",
            "shipDateBegin": "2000-01-01",
            "shipDateEndDate": "2999-12-31",
        }
        return self.http.post("/sim/fedex/track/v1/referencenumbers", json={"referencesInformation": information})

    def void(self, tracking_number: str) -> httpx.Response:
        """Cancel a label in FedEx's protocol."""
        body = {"accountNumber": {"value": "740561073"}, "deletionControl": "DELETE_ALL_PACKAGES"}
        return self.http.put(f"{BUY}/cancel", json={**body, "trackingNumber": tracking_number})

    def put_order(self, order_id: str, *quantities: int) -> None:
        """Create an order in the sandbox's shop, with line items numbered from 1."""
        lines = [
            {"id": str(number), "sku": f"S{number}", "quantity": count} for number, count in enumerate(quantities, 1)
        ]
        answer = self.http.put(f"/_sandbox/orders/{order_id}", json={"order_number": "#1", "line_items": lines})
        assert answer.status_code == 200, answer.text

    def remaining(self, order_id: str) -> list[int]:
        lines = self.http.get(f"/_sandbox/orders/{order_id}").json()["data"]["line_items"]
        return [line["remaining"] for line in lines]

    def fulfill(self, order_id: str, *quantities: int) -> httpx.Response:
        """Push one fulfillment in BigCommerce's protocol; the tracking number is the order's id."""
        items = [{"order_product_id": number, "quantity": count} for number, count in enumerate(quantities, 1) if count]
        body = {"order_address_id": 1, "tracking_number": order_id, "shipping_provider": "fedex", "items": items}
        return self.http.post(self._shipments(order_id), json=body)

    def fulfillment(self, method: str, order_id: str, shipment_id: int) -> httpx.Response:
        """Read or delete a fulfillment in BigCommerce's protocol."""
        return self.http.request(method, f"{self._shipments(order_id)}/{shipment_id}")

    def fulfillments(self, order_id: str) -> httpx.Response:
        """List an order's fulfillments in BigCommerce's protocol."""
        return self.http.get(self._shipments(order_id))

    def _shipments(self, order_id: str) -> str:
        return f"/sim/bigcommerce/stores/abc/v2/orders/{order_id}/shipments"

    def ledger(self, name: str, reference: str) -> list[Json]:
        data: list[Json] = self.http.get(f"/_sandbox/{name}", params={"reference": reference}).json()["data"]
        return data
