"""EasyPost's webhooks: only what it signed is listened to, and only for a tracking number."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adapters.carriers.easypost.webhooks import read_tracking_numbers, sign
from domain.errors import WebhookRefused
from domain.shipping import Connection, ConnectionSettings, Mode

SECRET = "sécret-of-the-hook"
EVENT = {
    "object": "Event",
    "description": "tracker.updated",
    "result": {"object": "Tracker", "tracking_code": "9400", "status": "delivered"},
}
BODY = json.dumps(EVENT).encode()


def account(**credentials: str) -> Connection:
    return Connection(
        uuid4(), "easypost", Mode.LIVE, True, datetime.now(UTC), ConnectionSettings(), {"api_key": "k", **credentials}
    )


def test_what_easypost_signed_names_its_parcel() -> None:
    signed = {"x-hmac-signature": sign(SECRET, BODY)}

    assert read_tracking_numbers(account(webhook_secret=SECRET), signed, BODY) == ["9400"]


def test_the_signature_is_the_one_that_is_documented() -> None:
    """Checked against one that was worked out by other means: `openssl dgst -sha256 -hmac`."""
    assert sign("sécret", b'{"a": 1}') == (
        "hmac-sha256-hex=679266551a73a772813493a884430bf874c8ee15bdcfc7359166191fd27c6202"
    )
    assert sign("s\u00e9cret", BODY) == sign("se\u0301cret", BODY)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "hmac-sha256-hex=",
        "hmac-sha256-hex=" + "0" * 64,
        sign("another secret, as long", BODY),
        sign(SECRET, BODY + b" "),
        sign(SECRET, BODY).upper(),
        sign(SECRET, BODY).removeprefix("hmac-sha256-hex="),
        "hmac-sha256-hex=ß",
    ],
)
def test_what_is_not_signed_so_is_refused(given: str | None) -> None:
    headers = {} if given is None else {"x-hmac-signature": given}

    with pytest.raises(WebhookRefused):
        read_tracking_numbers(account(webhook_secret=SECRET), headers, BODY)


def test_an_account_without_a_secret_hears_nothing() -> None:
    """Not even what is signed with nothing."""
    for credentials in ({}, {"webhook_secret": ""}):
        with pytest.raises(WebhookRefused):
            read_tracking_numbers(account(**credentials), {"x-hmac-signature": sign("", BODY)}, BODY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"result": null}',
        b'{"result": {"object": "Batch", "tracking_code": "9400"}}',
        b'{"result": {"object": "Tracker", "tracking_code": 9400}}',
        b'{"result": {"object": "Tracker"}}',
    ],
)
def test_what_is_about_no_parcel_is_about_none(body: bytes) -> None:
    """Signed, and yet of any shape: nothing breaks on it."""
    signed = {"x-hmac-signature": sign(SECRET, body)}

    assert read_tracking_numbers(account(webhook_secret=SECRET), signed, body) == []
