"""The resolver of host names: a name server that never answers delays no other name."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

THREADS = 256
"""More than one organization's calls in flight: each of them may wait for another name."""

Lookup = Callable[..., list[Any]]


class SystemResolver:
    """Resolves names with the system's resolver, in its own threads, each host once at a time.

    The event loop has few threads for this, and a name server that never answers occupies one for half a minute.
    """

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(THREADS, "resolver")
        self._asking: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return a host's addresses; raises OSError if it has none."""
        key = (host, port)
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._ask(host, port))
            self._asking[key].add_done_callback(lambda task: self._forget(key, task))
        return await asyncio.shield(self._asking[key])

    async def _ask(self, host: str, port: int) -> list[str]:
        def look_up() -> list[Any]:
            return self._lookup(host, port, type=socket.SOCK_STREAM)

        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def _forget(self, key: tuple[str, int], task: "asyncio.Task[list[str]]") -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # if every caller has given up, asyncio would log the exception as never retrieved
