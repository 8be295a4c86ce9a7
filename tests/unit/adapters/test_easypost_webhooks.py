"""EasyPost webhooks are accepted only with a valid signature, and only for a tracking number."""

import json

import pytest

from adapters.carriers.easypost.webhooks import read_tracking_numbers, sign
from domain.errors import WebhookRefused
from domain.shipping import Connection
from tests.fixtures.builders import build_connection

SECRET = "sécret-of-the-hook"
EVENT = {
    "object": "Event",
    "description": "tracker.updated",
    "result": {"object": "Tracker", "tracking_code": "9400", "status": "delivered"},
}
BODY = json.dumps(EVENT).encode()


def build_account(**credentials: str) -> Connection:
    return build_connection("easypost", {"api_key": "k", **credentials})


def test_a_signed_webhook_returns_its_tracking_number() -> None:
    signed = {"x-hmac-signature": sign(SECRET, BODY)}

    assert read_tracking_numbers(build_account(webhook_secret=SECRET), signed, BODY) == ["9400"]


def test_the_signature_is_the_documented_hmac() -> None:
    """The expected value comes from `openssl dgst -sha256 -hmac`."""
    assert sign("sécret", b'{"a": 1}') == (
        "hmac-sha256-hex=679266551a73a772813493a884430bf874c8ee15bdcfc7359166191fd27c6202"
    )
    assert sign("s\u00e9cret", BODY) == sign("se\u0301cret", BODY)


@pytest.mark.parametrize(
    "signature",
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
def test_a_webhook_without_a_valid_signature_is_refused(signature: str | None) -> None:
    headers = {} if signature is None else {"x-hmac-signature": signature}

    with pytest.raises(WebhookRefused):
        read_tracking_numbers(build_account(webhook_secret=SECRET), headers, BODY)


def test_an_account_without_a_secret_refuses_every_webhook() -> None:
    """A signature with an empty key is refused too."""
    for credentials in ({}, {"webhook_secret": ""}):
        with pytest.raises(WebhookRefused):
            read_tracking_numbers(build_account(**credentials), {"x-hmac-signature": sign("", BODY)}, BODY)


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
def test_a_signed_webhook_without_a_tracking_number_is_ignored(body: bytes) -> None:
    """Its body may have any shape."""
    signed = {"x-hmac-signature": sign(SECRET, body)}

    assert read_tracking_numbers(build_account(webhook_secret=SECRET), signed, body) == []
