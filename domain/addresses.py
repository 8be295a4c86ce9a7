"""Which network addresses the service may be sent to by the people who use it: not into its own network."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

NOT_GLOBAL = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10",
    )
)  # fmt: skip
"""What `is_global` lets through, in some version of Python: protocol assignments, IPv6 addresses that lead to an IPv4
address within them (compatible ones, NAT64, Teredo, 6to4), and site-local ones."""


@dataclass(frozen=True, slots=True)
class AddressRule:
    """`allow_loopback` lets calls go to this machine, too: for the sandbox."""

    allow_loopback: bool = False

    def problem(self, address: Address) -> str | None:
        """Say why nothing may be sent to an address; None where it may."""
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain.is_loopback:
            return None if self.allow_loopback else "points to this machine, which is not allowed here"
        if plain.is_multicast or not plain.is_global or any(plain in network for network in NOT_GLOBAL):
            return "points into a private network"
        return None


def literal(host: str) -> Address | None:
    """Read a host that is an address in its usual notation; None where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
