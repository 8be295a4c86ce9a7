"""Chooses the ports of the stack."""

import contextlib
import errno
import random
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bootstrap.embedded.errors import StackError

LOOPBACK = "127.0.0.1"
QUIET_PORTS = range(20_000, 32_000)
"""Below the ports for outgoing connections of Linux, macOS and Windows (from 32768, and from 49152)."""
TRIES = 20


@dataclass(frozen=True)
class PortRequest:
    """One port to find; with `wanted` 0 any free port will do, and the remembered one is tried first."""

    flag: str
    host: str
    wanted: int


def choose_ports(requests: Iterable[PortRequest], remembered: Mapping[str, int]) -> dict[str, int]:
    """Return a free port for each request, by flag.

    All ports stay bound until the last is found, so that no two are the same.

    Raises:
        StackError: a requested port is in use, or its host is not an address of this machine.
    """
    ports: dict[str, int] = {}
    with contextlib.ExitStack() as listeners:
        for request in requests:
            listener = _claim(request, remembered.get(request.flag, 0))
            listeners.enter_context(listener)
            ports[request.flag] = listener.getsockname()[1]
    return ports


def _claim(request: PortRequest, remembered: int) -> socket.socket:
    if request.wanted == 0 and remembered:
        with contextlib.suppress(OSError):
            return _bind(request.host, remembered)
    if request.wanted == 0:
        # Not a port from the system: it may assign the same one to a connection before our server listens.
        for port in random.sample(QUIET_PORTS, TRIES):
            with contextlib.suppress(OSError):
                return _bind(request.host, port)
    try:
        return _bind(request.host, request.wanted)
    except OSError as error:
        raise StackError(_explain(request, error)) from error


def _explain(request: PortRequest, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {request.wanted} is in use: stop its process or choose another with {request.flag} (0: any)"
    reason = error.strerror or str(error)
    if request.wanted == 0:
        return f"can't listen on {request.host}: {reason}; choose another with --host"
    return f"can't listen on {request.host}:{request.wanted}: {reason}; choose others with --host and {request.flag}"


def _bind(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Linux lets two sockets with SO_REUSEADDR bind the same port; only listening fails.
        listener.listen(1)
    except OSError:
        listener.close()
        raise
    return listener


def make_url(host: str, port: int) -> str:
    """Return the URL of a server that listens on `host`, for clients on this machine."""
    reachable = reachable_host(host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def reachable_host(host: str) -> str:
    """Return the address of a server that listens on `host`, for clients on this machine."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 (compared, never bound)
