"""How a vendor's protocol recognizes its callers, and words the refusals that are not about the call itself."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from sandbox.answers import Answer

REJECTED = "rejected, as the fault script has it"


@dataclass(frozen=True, slots=True)
class VendorAuth:
    """One vendor's.

    Attributes:
        is_authorized: whether the call may be made with what it carries.
        error: makes an error answer of a refusal's values and headers.
        refusals: the values by kind: reject, auth_failed, rate_limited, unavailable, server_error and, for vendors
            that are asked by reference, no_lookup; insufficient_funds and try_later for those whose accounts hold
            money, the others reject then.
    """

    is_authorized: Callable[[Request], bool]
    error: Callable[..., Answer]
    refusals: Mapping[str, tuple[Any, ...]]

    def refuse(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - some vendors' need it
        return self.error(*self.refusals.get(kind, self.refusals["reject"]), headers=headers)


def has_bearer(prefix: str) -> Callable[[Request], bool]:
    """Lets calls through whose bearer token begins so: tokens are good for ever, and so outlive the simulator."""
    return lambda request: request.headers.get("Authorization", "").startswith(f"Bearer {prefix}")


def has_secret(header: str) -> Callable[[Request], bool]:
    """Lets calls through that carry any secret but `invalid` in the header."""
    return lambda request: request.headers.get(header, "invalid") not in ("", "invalid")


def anybody(_: Request) -> bool:
    return True


def basic_pair(authorization: str) -> tuple[str, str] | None:
    """Reads the name and the password of basic authorization; None if there are none."""
    scheme, _, value = authorization.partition(" ")
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if scheme == "Basic" and colon else None
