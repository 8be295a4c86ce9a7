"""A sandbox as a process of its own, spoken to over real HTTP."""

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

ADDRESS = {
    "name": "Jane Doe",
    "company": "Acme",
    "street1": "500 Main St",
    "city": "Memphis",
    "state": "TN",
    "postal_code": "38103",
    "country": "US",
}
TOKEN = {"Authorization": "Bearer any-token"}


def label_request(reference: str, **changed: Any) -> dict[str, Any]:
    parcel = {"weight": "2.5", "weight_unit": "lb", "length": "10", "width": 8, "height": 4, "dimension_unit": "in"}
    return {
        "reference": reference,
        "service": "GROUND",
        "label_format": "PDF",
        "ship_from": ADDRESS,
        "ship_to": ADDRESS,
        "parcels": [parcel],
        **changed,
    }


def fulfillment_request(reference: str, **changed: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": True,
        **changed,
    }


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


class SandboxProcess:
    """`python -m sandbox` on a free port; `stop` or `kill` it, then `start` it again on the same books."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self._options = options
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--data-dir", str(self.data_dir / "books")]
        self._log = (self.data_dir / "stderr.log").open("ab")
        self._process = subprocess.Popen(
            [*command, *self._options],
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.url = self._first_line()
        self.http = httpx.Client(base_url=self.url, headers=TOKEN, timeout=10)

    def _first_line(self) -> str:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(timeout=20), "the sandbox did not say where it is"
        return self._process.stdout.readline().decode().strip()

    def stop(self, signal_number: int = signal.SIGTERM) -> tuple[int, float]:
        """Ends it by the signal; its exit code and the seconds it took."""
        began = time.monotonic()
        self._process.send_signal(signal_number)
        code = self._process.wait(timeout=10)
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

    def buy(self, reference: str, carrier: str = "fedex", **changed: Any) -> httpx.Response:
        return self.http.post(f"/carriers/{carrier}/labels", json=label_request(reference, **changed))

    def put_order(self, external_id: str, **quantities: int) -> None:
        lines = [{"id": f"line-{sku}", "sku": sku, "quantity": count} for sku, count in quantities.items()]
        answer = self.http.put(f"/channel/orders/{external_id}", json={"order_number": "#1", "line_items": lines})
        assert answer.status_code == 200, answer.text

    def remaining(self, external_id: str) -> dict[str, int]:
        lines = self.http.get(f"/channel/orders/{external_id}").json()["line_items"]
        return {line["sku"]: line["remaining"] for line in lines}

    def fulfill(self, external_id: str, reference: str, **changed: Any) -> httpx.Response:
        path = f"/channel/orders/{external_id}/fulfillments"
        return self.http.post(path, json=fulfillment_request(reference, **changed))

    def ledger(self, book: str, reference: str) -> list[dict[str, Any]]:
        data: list[dict[str, Any]] = self.http.get(f"/_sandbox/{book}", params={"reference": reference}).json()["data"]
        return data
