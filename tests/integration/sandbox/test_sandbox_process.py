"""The sandbox's process: a persistent store, a quick end, and clear errors."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.integration.sandbox.process import BUY, TOKENS, SandboxProcess, label_request, piece_of, wait_until

pytestmark = pytest.mark.alone


def test_purchases_and_quantities_survive_a_kill(own_sandbox: SandboxProcess, reference: str) -> None:
    own_sandbox.put_order(reference, 2)
    own_sandbox.fulfill(reference, 1)
    for fault in ("ok", "accept_then_drop"):
        own_sandbox.script("labels.create", fault)
    number = piece_of(own_sandbox.buy(reference))["trackingNumber"]
    with pytest.raises(httpx.RemoteProtocolError):
        own_sandbox.buy(reference)
    before = {name: own_sandbox.ledger(name, reference) for name in ("labels", "fulfillments", "requests")}
    assert len(before["labels"]) == 2

    own_sandbox.kill()
    own_sandbox.start()

    assert {name: own_sandbox.ledger(name, reference) for name in before} == before
    assert own_sandbox.remaining(reference) == [1]
    assert own_sandbox.void(number).status_code == 200


def keyed_purchase(url: str, reference: str) -> httpx.Response:
    """Buy in ShipEngine's protocol, which accepts a reference once."""
    address = {"name": "Jane Doe", "phone": "9015550100", "address_line1": "500 Main St", "city_locality": "Memphis"}
    address |= {"state_province": "TN", "postal_code": "38103", "country_code": "US"}
    shipment = {
        "carrier_id": "se-123890",
        "service_code": "usps_ground_advantage",
        "external_shipment_id": reference,
        "ship_from": address,
        "ship_to": address,
        "packages": [{"weight": {"value": 2.5, "unit": "pound"}}],
    }
    label = {"label_format": "zpl", "label_layout": "4x6", "label_download_type": "inline"}
    body = {"shipment": shipment, "validate_address": "no_validation", **label}
    return httpx.post(f"{url}/sim/shipengine/v1/labels", json=body, headers={"API-Key": "any"})


def test_an_idempotency_key_is_known_after_a_kill(own_sandbox: SandboxProcess, reference: str) -> None:
    assert keyed_purchase(own_sandbox.url, reference).status_code == 200
    own_sandbox.kill()
    own_sandbox.start()
    assert keyed_purchase(own_sandbox.url, reference).json()["errors"][0]["error_code"] == "identifier_conflict"
    assert len(own_sandbox.ledger("labels", reference)) == 1


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_despite_open_calls(
    own_sandbox: SandboxProcess, reference: str, signal_number: int
) -> None:
    own_sandbox.script("labels.create", "accept_then_stall", "slow:60")

    def buy() -> str:
        try:
            httpx.post(f"{own_sandbox.url}{BUY}", json=label_request(reference), headers=TOKENS, timeout=30)
        except httpx.HTTPError as problem:
            return type(problem).__name__
        return "answered"

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(buy) for _ in range(2)]
        wait_until(lambda: len(own_sandbox.ledger("labels", reference)) == 2)
        code, took = own_sandbox.stop(signal_number)
        ends = sorted(call.result() for call in calls)
    assert code == 0
    assert took < 1.0
    assert ends[0] == "RemoteProtocolError"
    assert own_sandbox.log == ""


def test_latency_is_added_to_carrier_calls_only(tmp_path: Path, reference: str) -> None:
    far = SandboxProcess(tmp_path, "--latency-ms", "300")
    try:
        began = time.monotonic()
        assert far.buy(reference).status_code == 200
        bought = time.monotonic()
        assert len(far.ledger("labels", reference)) == 1
        assert bought - began >= 0.3
        assert time.monotonic() - bought < 0.3
    finally:
        far.close()


def test_simultaneous_purchases_get_different_tracking_numbers(sandbox: SandboxProcess, reference: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: piece_of(sandbox.buy(reference))["trackingNumber"], range(40)))
    assert len(set(numbers)) == 40


def test_simultaneous_purchases_with_one_key_buy_once(sandbox: SandboxProcess, reference: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: keyed_purchase(sandbox.url, reference).status_code, range(16)))
    assert statuses == [200] + [400] * 15
    assert len(sandbox.ledger("labels", reference)) == 1


def test_a_port_in_use_is_reported_in_one_line(sandbox: SandboxProcess, tmp_path: Path) -> None:
    port = str(httpx.URL(sandbox.url).port)
    second = subprocess.run(
        [sys.executable, "-m", "sandbox", "--port", port, "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "in use" in second.stderr
    assert port in second.stderr


def test_health_needs_no_token(sandbox: SandboxProcess) -> None:
    assert httpx.get(f"{sandbox.url}/healthz").json() == {"status": "ok"}
