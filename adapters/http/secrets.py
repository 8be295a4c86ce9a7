"""Masks our secrets in vendors' answers, because the ledger stores answers and errors quote them."""

import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.profile import WHOLE

MIN_SECRET = 8
"""A shorter value may occur in an answer by chance."""
MASK = b"[secret]"
SIGNING_HEADERS = ("authorization", "token")
"""Parts of the names of authentication headers."""


def find_secrets(vendor: str, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secret credentials: all except those that the vendor's profile marks as identity."""
    profile = CARRIERS.get(vendor) or CHANNELS.get(vendor)
    fields = profile.credentials if profile is not None else ()
    public = {field.name for field in fields if field.identity == WHOLE}
    return tuple(value for name, value in credentials.items() if name not in public)


def find_signature(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of a request's authentication headers, without their scheme."""
    signing = [value for name, value in headers.items() if any(part in name.lower() for part in SIGNING_HEADERS)]
    return tuple(value.rpartition(" ")[2] for value in signing)


def mask_secrets(body: bytes, secrets: Iterable[str]) -> bytes:
    """Replace each secret in an answer, also in its JSON and URL encodings."""
    for secret in secrets:
        if len(secret) < MIN_SECRET:
            continue
        for spelling in {secret, json.dumps(secret)[1:-1], secret.replace("/", "\\/"), quote(secret, safe="")}:
            body = body.replace(spelling.encode(), MASK)
    return body
