"""Webhooks of carriers have the carrier's signature and no API key."""

import time
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.carriers.easypost.webhooks import sign
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows, now

SECRET = "secret-of-the-hook"
BODY = b'{ "object" :"Event", "result": {"object": "Tracker", "tracking_code": "1Z"}}'


@pytest.fixture
async def account_id(client: ApiClient) -> UUID:
    """A live account at EasyPost."""
    body = {
        "carrier": "easypost",
        "name": "EasyPost",
        "mode": "live",
        "credentials": {"api_key": "k", "webhook_secret": SECRET},
    }
    return UUID((await client.data("POST", "/api/carrier-accounts", body))["id"])


def path_of(account_id: object) -> str:
    return f"/webhooks/carriers/{account_id}"


async def test_a_signed_webhook_schedules_a_tracking_call(client: ApiClient, rows: Rows, account_id: UUID) -> None:
    """The signature covers every byte of the body."""
    rows.insert_shipment(carrier_account_id=account_id, tracking_number="1Z")

    response = await client.http.post(
        path_of(account_id), content=BODY, headers={"X-Hmac-Signature": sign(SECRET, BODY)}
    )

    assert (response.status_code, response.json()) == (202, {"data": {"shipments": 1}})
    assert rows.select_one("shipments")["track_at"] <= now()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Hmac-Signature", sign("other", BODY))],
        [("X-Hmac-Signature", sign(SECRET, BODY)), ("X-Hmac-Signature", sign(SECRET, BODY))],
    ],
    ids=["no signature", "another secret", "two signatures"],
)
async def test_a_webhook_without_a_signature_is_rejected(
    client: ApiClient, account_id: UUID, headers: list[tuple[str, str]]
) -> None:
    """A repeated header counts as missing, because a proxy may have checked the other one."""
    response = await client.http.post(path_of(account_id), content=BODY, headers=headers)

    assert (response.status_code, response.json()["error"]["code"]) == (403, "webhook_refused")


async def test_a_webhook_for_an_unknown_account_is_rejected(client: ApiClient) -> None:
    refused = await client.http.post(path_of(uuid4()), content=b"{}")
    nowhere = await client.http.post(path_of("no-id"), content=b"{}")
    huge = await client.http.post(path_of(uuid4()), content=b" " * 2_000_000)

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "webhook_refused")
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "carrier_account_not_found")
    assert (huge.status_code, huge.json()["error"]["code"]) == (413, "body_too_large")


async def test_a_webhook_with_thousands_of_headers_costs_little(client: ApiClient) -> None:
    """Comparing every header with every other would take 15 seconds."""
    headers = [("A", "")] * 16_000
    request = httpx.Request("POST", f"http://api.test{path_of(uuid4())}", headers=headers, content=b"{}")
    start = time.process_time()

    response = await client.http.send(request)

    assert response.status_code == 403
    assert time.process_time() - start < 2
