"""Runs a service to compare with, in its own process, on the servers of a running stack."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator

from benchmarks.contestant import NotDone
from benchmarks.stack import PROJECT, STOP_SECONDS, clean_environment, free_port


@contextlib.asynccontextmanager
async def serve_beside(module: str, *arguments: str) -> AsyncIterator[tuple[str, int]]:
    """Run `python -m <module> <port> <arguments>` inside the context; yield its URL and process id.

    Raises:
        NotDone: it did not start.
    """
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - it is forked in a moment
        [sys.executable, "-m", module, str(port), *arguments],
        cwd=PROJECT,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                yield f"http://127.0.0.1:{port}", process.pid
                return
            await asyncio.sleep(0.02)
        raise NotDone(f"{module} did not start")
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.kill()
        process.wait()
