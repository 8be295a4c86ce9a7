"""Names are resolved side by side, each once at a time."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.http.resolver import SystemResolver

HANGS = "hangs.example.com"


class NameServer:
    """Answers every name except the hanging ones, which hang until it is stopped."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stop = threading.Event()

    def look_up(self, host: str, port: int, **_: object) -> list[Any]:
        self.asked.append(host)
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


async def test_each_address_is_named_once(resolver: SystemResolver) -> None:
    assert await resolver("example.com", 443) == ["192.0.2.1", "192.0.2.2"]


async def test_names_that_hang_keep_no_other_name_waiting(resolver: SystemResolver) -> None:
    waiting = [asyncio.ensure_future(resolver(f"{number}.{HANGS}", 443)) for number in range(100)]
    assert await asyncio.wait_for(resolver("example.com", 443), 20)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_name_is_asked_about_once_at_a_time(resolver: SystemResolver, server: NameServer) -> None:
    """However many calls need it; that one of them gives up disturbs no other."""
    waiting = [asyncio.ensure_future(resolver(HANGS, 443)) for _ in range(100)]
    await asyncio.sleep(0)
    waiting.pop().cancel()
    server.stop.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(answer) for answer in answers} == {socket.gaierror}
    assert server.asked == [HANGS]
    assert await resolver("example.com", 443)
