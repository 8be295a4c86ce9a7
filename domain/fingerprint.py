"""Which connection an effect was sent through: a look-up through another one proves nothing about it."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What stays the same while a connection leads to the same account of the same vendor.

    Attributes:
        vendor: the vendor's name.
        address: SHA-256 of the vendor and of where its calls go.
        identity: SHA-256 of the vendor and of the values that name the account. No secret is among them, so that
            a rotated key changes nothing.
    """

    vendor: str
    address: str
    identity: str

    def find_change(self, now: "Fingerprint") -> str | None:
        """Name what differs in the connection as it is now; None if nothing does."""
        if now.vendor != self.vendor:
            return "vendor"
        changes = {
            "address (settings.base_url)": self.address != now.address,
            "identity (such as the account number)": self.identity != now.identity,
        }
        return " and the ".join(name for name, is_other in changes.items() if is_other) or None


def digest(*parts: str) -> str:
    """Return the SHA-256 of some texts, in hexadecimal."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
