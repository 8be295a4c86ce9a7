"""A stack is ready when its own processes listen on its ports."""

import asyncio
import os
import socket
import sys

from bootstrap.embedded.probes import is_listening


async def test_a_port_of_another_process_does_not_count() -> None:
    """If two stacks start at once, one loses the port, and must not use the server of the other."""
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            assert await is_listening("127.0.0.1", port, os.getpid())
            assert not await is_listening("127.0.0.1", port, other.pid)
        assert not await is_listening("127.0.0.1", port, os.getpid())
    finally:
        await other.communicate(b"\n")
    assert not await is_listening("127.0.0.1", port, other.pid)
