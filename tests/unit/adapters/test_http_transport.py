"""The transport reads answers over real HTTP, with a size limit and one content coding."""

import asyncio
import contextlib
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from adapters.http.json import parse_object_or_none
from adapters.http.secrets import find_secrets, mask_secrets
from adapters.http.transport import MAX_BODY_BYTES, Destination, new_client, send
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

LABEL = b'{"label": "bought"}'
BOMB = gzip.compress(bytes(1024 * MAX_BODY_BYTES // 16), mtime=0)


@contextlib.asynccontextmanager
async def serving(body: bytes, *headers: str) -> AsyncIterator[str]:
    """Answer each request with this body and these headers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = ["HTTP/1.1 200 OK", "Connection: close", f"Content-Length: {len(body)}", *headers, "", ""]
        with contextlib.suppress(ConnectionError):
            writer.write("\r\n".join(lines).encode() + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())


async def fetch_answer(body: bytes, *headers: str) -> RawAnswer:
    async with serving(body, *headers) as url, new_client(Destination(url), {}, 10.0) as client:
        return await send(client, client.build_request("GET", "/"), 10.0)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (LABEL, ()),
        (LABEL, ("Content-Encoding: identity",)),
        (gzip.compress(LABEL, mtime=0), ("Content-Encoding: gzip",)),
        (gzip.compress(LABEL, mtime=0), ("Content-Encoding: GZIP ",)),
        (gzip.compress(LABEL, mtime=0), ("content-encoding: x-gzip",)),
    ],
)
async def test_an_answer_may_have_one_content_coding(body: bytes, headers: tuple[str, ...]) -> None:
    assert (await fetch_answer(body, *headers)).body == LABEL


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(gzip.compress(gzip.compress(LABEL), mtime=0), ("Content-Encoding: gzip, gzip",), id="twice"),
        pytest.param(
            gzip.compress(gzip.compress(LABEL), mtime=0), ("Content-Encoding: gzip",) * 2, id="twice, two headers"
        ),
        pytest.param(zlib.compress(LABEL), ("Content-Encoding: deflate",), id="deflate"),
        pytest.param(LABEL, ("Content-Encoding: br",), id="br"),
        pytest.param(LABEL, ("Content-Encoding: gzip",), id="not compressed"),
        pytest.param(gzip.compress(LABEL, mtime=0)[:-9], ("Content-Encoding: gzip",), id="cut off"),
        pytest.param(gzip.compress(LABEL, mtime=0) + b"more", ("Content-Encoding: gzip",), id="more behind it"),
        pytest.param(bytes(MAX_BODY_BYTES + 1), (), id="large"),
        pytest.param(BOMB, ("Content-Encoding: gzip",), id="bomb"),
    ],
)
async def test_an_answer_with_another_coding_or_size_is_ambiguous(body: bytes, headers: tuple[str, ...]) -> None:
    with pytest.raises(Ambiguous):
        await fetch_answer(body, *headers)


async def test_a_compressed_bomb_is_not_inflated_beyond_the_limit() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Ambiguous):
            await fetch_answer(BOMB, "Content-Encoding: gzip")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MAX_BODY_BYTES


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"{}," * 300_000 + b"{}]"])
def test_json_with_too_many_values_is_unreadable(body: bytes) -> None:
    assert parse_object_or_none(RawAnswer(200, b'{"a":' + body + b"}")) is None


SECRET = "s3cret/value=+1"
ECHOES = (SECRET, json.dumps(SECRET), SECRET.replace("/", "\\/"), quote(SECRET, safe=""))


@pytest.mark.parametrize("echo", ECHOES)
async def test_secrets_are_masked_in_an_answer(echo: str) -> None:
    body = f'{{"message": "bad key {echo}"}}'.encode()
    async with serving(body) as url, new_client(Destination(url), {}, 10.0) as client:
        answer = await send(client, client.build_request("GET", "/"), 10.0, [SECRET])
    assert b"s3cret" not in answer.body
    assert b"[secret]" in answer.body


async def test_tokens_of_the_request_are_masked_in_its_answer() -> None:
    headers = {"Authorization": "Bearer token-1234", "X-Payment-Authorization-Token": "paid-5678"}
    async with serving(b"token-1234 paid-5678") as url, new_client(Destination(url), headers, 10.0) as client:
        answer = await send(client, client.build_request("GET", "/"), 10.0)
    assert answer.body == b"[secret] [secret]"


def test_an_account_number_is_not_a_secret() -> None:
    """A tracking number may contain it."""
    credentials = {"client_id": "id", "client_secret": "hush-hush", "account_number": "740561073"}
    assert find_secrets("fedex", credentials) == ("id", "hush-hush")
    assert mask_secrets(b"740561073 id hush-hush", find_secrets("fedex", credentials)) == b"740561073 id [secret]"
