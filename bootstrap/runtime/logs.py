"""Logging of every process: one line per event, to standard error."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

QUIET = ("httpx", "httpcore", "psycopg.pool", "uvicorn.access", "temporalio.activity", "temporalio.workflow")
"""Loggers that write a line for each call or attempt, some of them with URLs or payloads."""


def set_up_logs() -> None:
    """Send warnings of all loggers, and our own at level INFO, to standard error."""
    logging.basicConfig(level=logging.INFO, format=FORMAT, stream=sys.stderr)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
