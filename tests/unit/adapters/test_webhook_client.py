"""The webhook client and bad receivers: each attempt ends in time, with a reason."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from adapters.http.guarded_network import GuardedNetwork
from adapters.http.webhook_client import ATTEMPT_SECONDS, HttpWebhookClient
from domain.addresses import AddressRule
from domain.webhooks import AttemptResult, DeliveryError
from tests.fixtures.receiver import Answer, Received, Receiver, receiving, status

SECONDS = 0.3

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


@contextlib.asynccontextmanager
async def client_of(network: GuardedNetwork) -> AsyncIterator[HttpWebhookClient]:
    client = HttpWebhookClient(network, 8, SECONDS)
    yield client
    await client.aclose()


async def attempt(answer: Answer) -> tuple[AttemptResult, Receiver]:
    """Send one request to a receiver with this answer."""
    async with receiving() as receiver, client_of(GuardedNetwork(AddressRule(allow_loopback=True))) as client:
        receiver.answer = answer
        return await client.post(receiver.url, {}, b"{}"), receiver


async def never(_: Received, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def one_byte_at_a_time(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(SECONDS / 10)


async def without_end(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def one_byte_of_the_head_at_a_time(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(SECONDS / 10)


async def head_without_end(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def never_a_final_status(_: Received, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(SECONDS / 10)


async def half_an_answer(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    writer.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (never, DeliveryError.TIMEOUT),
        (one_byte_at_a_time, DeliveryError.TIMEOUT),
        (one_byte_of_the_head_at_a_time, DeliveryError.TIMEOUT),
        (never_a_final_status, DeliveryError.TIMEOUT),
        (head_without_end, DeliveryError.INCOMPLETE),
        (half_an_answer, DeliveryError.INCOMPLETE),
        (status(500), DeliveryError.STATUS),
        (status(304), DeliveryError.REDIRECT),
        (status(307, "Location: https://hooks.example.com/"), DeliveryError.REDIRECT),
    ],
)
async def test_a_bad_answer_is_a_failure(answer: Answer, error: DeliveryError) -> None:
    result, receiver = await attempt(answer)
    assert result.error is error
    assert len(receiver.received) == 1


def test_an_attempt_takes_at_most_15_seconds() -> None:
    """An answer that comes later is a failure: the other tests only shorten this limit."""
    assert ATTEMPT_SECONDS == 15


async def test_a_huge_answer_is_cut() -> None:
    """The first kB is kept, and the connection is closed without reading the rest."""
    result, _ = await attempt(without_end)
    assert (result.error, result.status, result.answer) == (None, 200, "x" * 1024)


async def test_null_characters_are_replaced() -> None:
    """Postgres can't store them."""
    result, _ = await attempt(status(200, body=b"a\x00\xffb"))
    assert result.answer == "a\ufffd\ufffdb"


async def test_cookies_are_not_kept() -> None:
    """Endpoints of several organizations may share a host."""
    async with receiving() as receiver, client_of(GuardedNetwork(AddressRule(allow_loopback=True))) as client:
        receiver.answer = status(200, "Set-Cookie: a=b; Path=/")
        await client.post(receiver.url, {}, b"{}")
        await client.post(receiver.url, {}, b"{}")
        assert len(receiver.received) == 2
        assert "cookie" not in receiver.received[1].headers


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
async def test_a_name_that_now_leads_inside_is_refused(address: str) -> None:
    """The name was public when the endpoint was created."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return [address]

    async with client_of(GuardedNetwork(AddressRule(), resolve)) as client:
        result = await client.post("https://hooks.example.com/", {}, b"{}")
    assert (result.error, result.status) == (DeliveryError.ADDRESS_REFUSED, None)


async def test_no_connection_is_a_failure() -> None:
    async with client_of(GuardedNetwork(AddressRule(allow_loopback=True))) as client:
        assert (await client.post("http://127.0.0.1:1/", {}, b"{}")).error is DeliveryError.NO_CONNECTION
