"""Logging of every process: one line per event, to standard error, as JSON or for people."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.origin import current_origin

LogFormat = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

QUIET = (
    "httpx", "httpcore", "psycopg.pool", "pypdf", "uvicorn.access", "temporalio.activity", "temporalio.workflow",
)  # fmt: skip
"""Loggers that write a line for each call or attempt, some of them with URLs or payloads."""

OWN = ("activities", "adapters", "api", "bootstrap", "engine", "orderly", "workflows")
"""The service's own loggers. Only these write lines below INFO: those of packages may contain payloads."""


def set_up_logs(log_format: LogFormat = "console", level: LogLevel = "info") -> None:
    """Send the lines of all loggers from this level on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=PREPARATION,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *RENDERERS[log_format]],
        )
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.INFO), handlers=[handler], force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(number)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _add_request(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Add the id of the request for which the line is written, and drop fields without a value."""
    event.setdefault("request_id", current_origin().request_id)
    return {name: value for name, value in event.items() if value is not None}


def _render_line(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """Render a line for people: time, level, logger, message, and the other fields."""
    start = f"{event.pop('time')} {event.pop('level').upper()} {event.pop('logger')} {event.pop('event')}"
    exception = event.pop("exception", None)
    line = " ".join([start, *(f"{name}={value}" for name, value in event.items())])
    return line if exception is None else f"{line}\n{exception}"


PREPARATION: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    _add_request,
    structlog.processors.TimeStamper(fmt="iso", key="time"),
    structlog.processors.format_exc_info,
]
RENDERERS: dict[LogFormat, list[Processor]] = {
    "console": [_render_line],
    "json": [structlog.processors.JSONRenderer()],
}
