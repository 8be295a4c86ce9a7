"""The benchmarks count round trips of SQL on the wire."""

from pathlib import Path

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.round_trips import SOCKET, CountingProxy


async def test_a_pipeline_is_one_round_trip(database_url: str, tmp_path: Path) -> None:
    """A single statement is one as well; all statements count."""
    proxy = CountingProxy(Path(str(conninfo_to_dict(database_url)["host"])) / SOCKET)
    async with proxy.serve(tmp_path):
        connection = await AsyncConnection.connect(make_conninfo(database_url, host=str(tmp_path)), autocommit=True)
        async with connection:
            proxy.round_trips = proxy.statements = 0
            await connection.execute("select 1 where %s", (True,))
            async with connection.pipeline():
                for _ in range(3):
                    await connection.execute("select 1 where %s", (True,))
    assert (proxy.round_trips, proxy.statements) == (2, 4)
