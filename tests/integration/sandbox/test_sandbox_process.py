"""The process: its books outlive it, it ends at once, it says what is wrong."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.integration.sandbox.process import TOKEN, SandboxProcess, label_request, wait_until

pytestmark = pytest.mark.alone


def test_purchases_and_quantities_survive_a_kill(own_sandbox: SandboxProcess, reference: str) -> None:
    own_sandbox.put_order(reference, A=2)
    own_sandbox.fulfill(reference, reference, line_items=[{"sku": "A", "quantity": 1}])
    for fault in ("ok", "accept_then_drop"):
        own_sandbox.script("labels.create", fault)
    label = own_sandbox.buy(reference).json()
    with pytest.raises(httpx.RemoteProtocolError):
        own_sandbox.buy(reference)
    before = {book: own_sandbox.ledger(book, reference) for book in ("labels", "fulfillments", "requests")}
    assert len(before["labels"]) == 2

    own_sandbox.kill()
    own_sandbox.start()

    assert {book: own_sandbox.ledger(book, reference) for book in before} == before
    assert own_sandbox.remaining(reference) == {"A": 1}
    path = f"/carriers/fedex/labels/{label['label_id']}"
    assert own_sandbox.http.get(f"{path}/document").content.startswith(b"%PDF")
    assert own_sandbox.http.post(f"{path}/void").json()["outcome"] == "voided"


def test_an_idempotency_key_is_known_after_a_kill(own_sandbox: SandboxProcess, reference: str) -> None:
    def buy() -> httpx.Response:
        return own_sandbox.http.post(
            "/carriers/ups/labels", json=label_request(reference), headers={"Idempotency-Key": reference}
        )

    first = buy().json()
    own_sandbox.kill()
    own_sandbox.start()
    assert buy().json() == {**first, "replayed": True}


def test_pending_answers_come_true_after_a_kill(own_sandbox: SandboxProcess, reference: str) -> None:
    own_sandbox.put_order(reference, A=1, B=1)
    own_sandbox.script("fulfillments.answer", "ok", "reject")
    accepted = [
        own_sandbox.fulfill(
            reference, reference, line_items=[{"sku": sku, "quantity": 1}], answer_after_seconds=2
        ).json()
        for sku in ("A", "B")
    ]
    assert [each["status"] for each in accepted] == ["pending", "pending"]

    own_sandbox.kill()
    own_sandbox.start()

    def statuses() -> list[str]:
        return [each["status"] for each in own_sandbox.ledger("fulfillments", reference)]

    wait_until(lambda: statuses() == ["live", "rejected"])
    assert own_sandbox.remaining(reference) == {"A": 0, "B": 1}


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_while_calls_are_held_open(
    own_sandbox: SandboxProcess, reference: str, signal_number: int
) -> None:
    own_sandbox.script("labels.create", "accept_then_stall", "slow:60")

    def buy() -> str:
        try:
            httpx.post(
                f"{own_sandbox.url}/carriers/fedex/labels",
                json=label_request(reference),
                headers=TOKEN,
                timeout=30,
            )
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
        assert far.buy(reference).status_code == 201
        bought = time.monotonic()
        assert len(far.ledger("labels", reference)) == 1
        assert bought - began >= 0.3
        assert time.monotonic() - bought < 0.3
    finally:
        far.close()


def test_simultaneous_purchases_get_tracking_numbers_of_their_own(sandbox: SandboxProcess, reference: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: sandbox.buy(reference).json()["tracking_number"], range(40)))
    assert len(set(numbers)) == 40


def test_simultaneous_purchases_with_one_key_buy_once(sandbox: SandboxProcess, reference: str) -> None:
    def buy(_: int) -> int:
        headers = {"Idempotency-Key": reference}
        body = label_request(reference)
        return sandbox.http.post("/carriers/fedex/labels", json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(buy, range(16))) == [200] * 15 + [201]
    assert len(sandbox.ledger("labels", reference)) == 1


def test_a_port_in_use_is_one_clear_line(sandbox: SandboxProcess, tmp_path: Path) -> None:
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
