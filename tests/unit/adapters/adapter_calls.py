"""Call adapters over real HTTP, with prepared replies of the vendor."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.http.transport import Destination
from domain.errors import Ambiguous, EffectError
from tests.fixtures.answering import Reply, answering
from tests.fixtures.builders import build_connection

NOW = datetime.now(UTC)
CREDENTIALS = {
    "api_key": "k", "access_token": "t", "store_hash": "abc", "consumer_key": "a", "consumer_secret": "b",
    "client_id": "c", "client_secret": "d", "refresh_token": "r", "account_number": "1", "crid": "1", "mid": "1",
}  # fmt: skip
TOKEN = (200, {"access_token": "t", "expires_in": 3600})


async def call_adapter(kind: Any, reply: Reply, call: Callable[[Any], Awaitable[Any]], **settings: Any) -> Any:
    """Return the result of a call while the vendor gives these replies over real HTTP."""
    vendor = kind.__name__.lower().removesuffix("carrier").removesuffix("channel")
    connection = build_connection(vendor, CREDENTIALS, **settings)
    async with answering(reply, []) as url:
        adapter = kind(connection, Destination(url))
        try:
            return await call(adapter)
        finally:
            await adapter.aclose()


async def expect_ambiguous(
    kind: Any, reply: Reply, call: Callable[[Any], Awaitable[Any]], **settings: Any
) -> EffectError:
    """Return the Ambiguous error of a call."""
    with pytest.raises(EffectError) as raised:
        await call_adapter(kind, reply, call, **settings)
    assert isinstance(raised.value, Ambiguous), raised.value
    return raised.value


def reply_always(status: int, body: Any) -> Reply:
    return lambda _: (status, body)
