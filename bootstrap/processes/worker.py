"""The worker process: worker, dispatcher and reconciler, without the API."""

import asyncio
import signal

import uvloop

from bootstrap.container import open_container
from bootstrap.runtime.gc_tuning import freeze_loaded_objects
from bootstrap.runtime.logs import set_up_logs
from bootstrap.runtime.services import Engine
from bootstrap.settings import Settings


def run(settings: Settings) -> int:
    """Work until SIGINT or SIGTERM; return the exit code. The caller must end the process with it."""
    set_up_logs(settings.log_format, settings.log_level)
    uvloop.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with open_container(settings) as container:
        engine = Engine(container, container.dispatcher())
        freeze_loaded_objects()
        async with engine.running(with_worker=True):
            await ended.wait()
