"""Network addresses that an account or bridge may name: not those of the service's own network."""

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
"""Networks that `is_global` accepts in some versions of Python: protocol assignments, IPv6 addresses that embed an IPv4
address (compatible, NAT64, Teredo, 6to4), and site-local addresses."""


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Decides which addresses calls may go to; the sandbox needs `allow_loopback`."""

    allow_loopback: bool = False

    def problem(self, address: Address) -> str | None:
        """Return why calls to an address are not allowed; None if they are."""
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain.is_loopback:
            return None if self.allow_loopback else "points to this machine, which is not allowed here"
        if plain.is_multicast or not plain.is_global or any(plain in network for network in NOT_GLOBAL):
            return "points to a private network"
        return None


def literal(host: str) -> Address | None:
    """Parse a host that is a literal IP address; None if it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
