"""The receiver of the benchmarks accepts webhooks and measures their delays."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from benchmarks.http_client import connections
from benchmarks.receiver import Receiver


async def test_delays_are_reported_once() -> None:
    async with await asyncio.start_server(Receiver().answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with connections(url, "", 1) as (client,):
            created = datetime.now(UTC) - timedelta(seconds=2)
            status, _ = await client.call("POST", "/", {"created_at": created.isoformat()})
            assert status == 204
            (delay,) = json.loads((await client.call("GET", "/"))[1])
            assert 2000 <= delay < 60_000
            assert json.loads((await client.call("GET", "/"))[1]) == []
