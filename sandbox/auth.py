"""Authentication of a vendor's protocol, and its error answers that do not depend on the call."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from sandbox.answers import Answer

REJECTED = "rejected by the fault script"


@dataclass(frozen=True, slots=True)
class VendorAuth:
    """The authentication and refusals of one vendor.

    Attributes:
        is_authorized: returns True if the call's credentials are valid.
        error: makes an error answer from a refusal's values and headers.
        refusals: the values by kind: reject, auth_failed, rate_limited, unavailable, server_error; no_lookup for
            vendors with a lookup by reference; insufficient_funds and try_later for vendors whose accounts hold money.
            Other vendors use reject instead.
    """

    is_authorized: Callable[[Request], bool]
    error: Callable[..., Answer]
    refusals: Mapping[str, tuple[Any, ...]]

    def refuse(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - some vendors need it
        return self.error(*self.refusals.get(kind, self.refusals["reject"]), headers=headers)


def has_bearer(prefix: str) -> Callable[[Request], bool]:
    """Accept bearer tokens with the prefix. Tokens never expire, so they survive a restart of the simulator."""
    return lambda request: request.headers.get("Authorization", "").startswith(f"Bearer {prefix}")


def has_secret(header: str) -> Callable[[Request], bool]:
    """Accept any secret except `invalid` in the header."""
    return lambda request: request.headers.get(header, "invalid") not in ("", "invalid")


def allow_all(_: Request) -> bool:
    return True


def basic_pair(authorization: str) -> tuple[str, str] | None:
    """Return the name and password of basic authorization; None if it is missing or malformed."""
    scheme, _, value = authorization.partition(" ")
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if scheme == "Basic" and colon else None
