"""The API process, with worker and dispatcher if the settings say so."""

import logging
import socket

import uvicorn
import uvloop

from adapters.postgres.runs.notifications import PostgresNotifications
from adapters.temporal.client import namespace
from api.app import create_app
from api.events.live import LiveEvents
from api.http.base_url import OutgoingRules
from api.http.context import ApiContext, ApiLimits
from bootstrap.container import Container, open_container
from bootstrap.runtime.gc_tuning import freeze_loaded_objects
from bootstrap.runtime.http_limits import BoundedHttp
from bootstrap.runtime.logs import set_up_logs
from bootstrap.runtime.services import Engine
from bootstrap.settings import Settings
from bootstrap.wrap import Wrap, leave_unwrapped
from engine.dispatcher import Dispatcher

KEEP_ALIVE_SECONDS = 120
GRACEFUL_SECONDS = 2


def run(settings: Settings, wrap: Wrap = leave_unwrapped) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code. The caller must end the process with it."""
    set_up_logs(settings.log_format, settings.log_level)
    try:
        return uvloop.run(_serve(settings, wrap))
    except KeyboardInterrupt:
        return 0


class Server(uvicorn.Server):
    """The HTTP server, which shuts down at the same time as the engine."""

    def __init__(
        self, config: uvicorn.Config, engine: Engine, notifications: PostgresNotifications, live_events: LiveEvents
    ) -> None:
        super().__init__(config)
        self._live_events = live_events
        self._engine = engine
        self._notifications = notifications

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down both: waiting clients get the answer that the run goes on, and streams of events end."""
        self._live_events.end()
        self._notifications.end_waits()
        self._engine.leave()
        await super().shutdown(sockets)


async def _serve(settings: Settings, wrap: Wrap) -> int:
    async with open_container(settings, wrap) as container:
        dispatcher = container.dispatcher()
        engine = Engine(container, dispatcher)
        context = _context(container, dispatcher, engine)
        app = create_app(context)
        config = uvicorn.Config(
            app,
            http=BoundedHttp,
            host=settings.host,
            port=settings.api_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )
        freeze_loaded_objects()
        async with engine.running(with_worker=settings.embed_worker):
            server = Server(config, engine, container.notifications, context.live_events)
            await server.serve()
    logging.getLogger(__name__).info("ended")
    return 0 if server.started else 1


def _context(container: Container, dispatcher: Dispatcher, engine: Engine) -> ApiContext:
    settings = container.settings
    return ApiContext(
        database=container.wrap("request", container.database),
        notifications=container.notifications,
        dispatch=container.wrap("dispatch", dispatcher),
        carrier_queries=container.carrier_queries(),
        live_looks=container.live_looks(),
        live_events=container.live_events(),
        registry=container.types,
        temporal_ready=engine.is_ready,
        temporal_ui_url=settings.temporal_ui_url,
        temporal_namespace=namespace(),
        has_sandbox=settings.sandbox_url is not None,
        outgoing=OutgoingRules(allow_loopback=settings.allow_loopback),
        limits=ApiLimits(requests_per_second=settings.requests_per_second),
    )
