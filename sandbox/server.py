"""HTTP server of the sandbox."""

import asyncio
import gc
import socket
import sys

import uvicorn

from sandbox.app import create_app
from sandbox.connections import ClosableProtocol
from sandbox.settings import SandboxSettings


class _Server(uvicorn.Server):
    """uvicorn's server, which prints its URL and releases held calls when it ends."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            sys.stdout.write(f"{_url(listener)}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


def run(settings: SandboxSettings) -> None:
    """Serve until SIGTERM or SIGINT, then stop within a second; print the URL when ready.

    Raises:
        OSError: the port is in use, or the host is not an address of this machine.
        sqlite3.Error: the store cannot be opened.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=512)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=ClosableProtocol,
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        # Longer than any client keeps idle connections: closing one while a client reuses it would lose an answer
        # unscripted.
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    # Scanning the loaded modules would hold every call in progress for 50 to 80 ms, every two seconds under load.
    gc.collect()
    gc.freeze()
    _Server(config, app.state.closing).run(sockets=[listener])


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
