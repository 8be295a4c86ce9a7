"""A stack is ready when its own processes are, whoever else answers on its ports."""

import asyncio
import os
import socket
import sys

from bootstrap.embedded.probes import is_listening


async def test_another_process_on_the_port_is_not_ours() -> None:
    """Two stacks that were started at once: one of them has lost the port, and must not take the other's server."""
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
