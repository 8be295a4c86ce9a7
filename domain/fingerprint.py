"""The fingerprint of the connection that an effect was sent through: a look-up through another one proves nothing."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Values that stay the same while a connection leads to the same account of the same vendor.

    Attributes:
        vendor: the vendor's name.
        address: SHA-256 of the vendor and the base URL of its calls.
        identity: SHA-256 of the vendor and the values that name the account. It includes no secret, so a rotated key
            changes nothing.
    """

    vendor: str
    address: str
    identity: str

    def find_change(self, now: "Fingerprint") -> str | None:
        """Name the parts that differ from the connection's current fingerprint; None if none differs."""
        if now.vendor != self.vendor:
            return "vendor"
        changes = {
            "address (settings.base_url)": self.address != now.address,
            "identity (such as the account number)": self.identity != now.identity,
        }
        return " and the ".join(name for name, is_other in changes.items() if is_other) or None


def digest(*parts: str) -> str:
    """Return the SHA-256 of several strings, in hexadecimal."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
