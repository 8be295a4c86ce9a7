"""EasyPost's webhooks: verify the signature and return the parcels."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping

from adapters.http.json import parse_json
from domain.errors import WebhookRefused
from domain.shipping import Connection

SIGNATURE = "x-hmac-signature"
SCHEME = "hmac-sha256-hex="


def read_tracking_numbers(account: Connection, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Return the tracking numbers of a webhook; none if its event is not about a tracker.

    Args:
        account: its `webhook_secret` is the key of EasyPost's signature.
        headers: by lower-case name.
        body: the raw bytes, which the signature covers.

    Raises:
        WebhookRefused: the account has no `webhook_secret`, or the signature does not match.
    """
    secret = account.credentials.get("webhook_secret")
    claimed = headers.get(SIGNATURE, "")
    if not secret or not hmac.compare_digest(claimed.encode(), sign(secret, body).encode()):
        raise WebhookRefused
    return _parse_numbers(body)


def sign(secret: str, body: bytes) -> str:
    """Sign a body as EasyPost does: the key is the secret in Unicode's compatibility decomposition (NFKD)."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return SCHEME + hmac.new(key, body, hashlib.sha256).hexdigest()


def _parse_numbers(body: bytes) -> list[str]:
    try:
        event = parse_json(body)
    except ValueError:
        return []
    result = event.get("result") if isinstance(event, dict) else None
    if not isinstance(result, dict) or result.get("object") != "Tracker":
        return []
    number = result.get("tracking_code")
    return [number] if isinstance(number, str) else []
