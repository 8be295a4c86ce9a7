"""Host names are resolved concurrently, and each name once at a time."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.http.resolver import SystemResolver

HANGS = "hangs.example.com"


class NameServer:
    """Answers every name at once, except hanging names, which wait for `stop`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.stop = threading.Event()

    def look_up(self, host: str, port: int, **_: object) -> list[Any]:
        self.names.append(host)
        if host.endswith(HANGS):
            self.stop.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return [(None, None, None, "", (address, port)) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")]


@pytest.fixture
def server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.stop.set()


@pytest.fixture
def resolver(server: NameServer) -> SystemResolver:
    return SystemResolver(server.look_up)


async def test_each_address_is_returned_once(resolver: SystemResolver) -> None:
    assert await resolver("example.com", 443) == ["192.0.2.1", "192.0.2.2"]


async def test_hanging_names_do_not_delay_other_names(resolver: SystemResolver) -> None:
    tasks = [asyncio.ensure_future(resolver(f"{number}.{HANGS}", 443)) for number in range(100)]
    assert await asyncio.wait_for(resolver("example.com", 443), 20)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_name_is_looked_up_once_at_a_time(resolver: SystemResolver, server: NameServer) -> None:
    """All callers share the lookup, even after one of them is cancelled."""
    tasks = [asyncio.ensure_future(resolver(HANGS, 443)) for _ in range(100)]
    await asyncio.sleep(0)
    tasks.pop().cancel()
    server.stop.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(answer) for answer in answers} == {socket.gaierror}
    assert server.names == [HANGS]
    assert await resolver("example.com", 443)
