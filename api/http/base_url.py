"""Rules for base URLs that clients set: they must not lead into the service's own network.

These rules only check the text of the URL; `adapters/http/guarded_network.py` checks the address of every connection.
"""

import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from domain.addresses import AddressRule, literal

INTERNAL_SUFFIXES = (".localhost", ".localdomain", ".local", ".internal", ".lan", ".home.arpa")

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*(?!\d+$){_LABEL}")
"""A host name: labels of at most 63 characters, the last of them not a number."""


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """`allow_loopback`: base URLs may point to this machine, with http as well; for the sandbox."""

    allow_loopback: bool = False

    def find_problem(self, url: str, *, allow_query: bool = False) -> str | None:
        """Return the problem of a base URL, or None; the URL of a webhook endpoint may have a query."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").removesuffix("."), parts.port
        except ValueError:
            return "is not a URL"
        if not host or port == 0 or any(ord(char) <= ord(" ") or ord(char) > ord("~") for char in url):
            return "is not a URL"
        return _find_decoration(parts, allow_query=allow_query) or self._find_wrong_place(parts.scheme, host)

    def _find_wrong_place(self, scheme: str, host: str) -> str | None:
        address = literal(host)
        if host == "localhost" or (address is not None and address.is_loopback):
            if not self.allow_loopback:
                return "points to this machine, which is not allowed here"
            return None if scheme in ("http", "https") else "must start with http:// or https://"
        if scheme != "https":
            return "must start with https://"
        if address is not None:
            return AddressRule().problem(address)
        if _is_internal(host):
            return "points to a private network"
        return None if _NAME.fullmatch(host) else "is not a URL"


def _find_decoration(parts: SplitResult, *, allow_query: bool) -> str | None:
    if parts.username is not None or parts.password is not None:
        return "must not contain a user name or a password"
    if (parts.query and not allow_query) or parts.fragment:
        return "must not contain a fragment" if allow_query else "must not contain a query or a fragment"
    return None


def _is_internal(host: str) -> bool:
    return host.endswith(INTERNAL_SUFFIXES) or "." not in host or _is_odd_number(host)


def _is_odd_number(host: str) -> bool:
    """Return True if resolvers read the host as an IPv4 address in an unusual notation, such as 0x7f.1."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True
