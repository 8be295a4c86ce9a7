"""Follows the stream of events, and goes on after a lost connection without loss or repetition."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from client.api import WAITING, Api, backoff, to_error
from client.errors import CommandError, ExitCode, NoConnection

if TYPE_CHECKING:
    import httpx

PATH = "/api/events/stream"
SILENCE_SECONDS = 40.0
"""The API sends something every 15 s."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the stream, and the event before it; None without a new event."""

    cursor: str
    event: Mapping[str, Any] | None


def follow(
    api: Api, query: Mapping[str, Any], cursor: str | None = None, attempts: int | None = None
) -> Iterator[Position]:
    """Yield the events from `cursor` on, or from now on; the first position has no event.

    `attempts`: how often to connect without an answer before NoConnection is raised; None never gives up.

    Raises:
        ApiRefused: the API refuses the stream.
    """
    import httpx  # noqa: PLC0415 - not for --help

    failed = 0
    while True:
        retry_after = None
        headers = {"Last-Event-ID": cursor} if cursor else {}
        try:
            with api.stream(PATH, query, headers, SILENCE_SECONDS) as answer:
                if not answer.is_success:
                    answer.read()
                    error = to_error(answer)
                    if answer.status_code not in WAITING or failed + 1 == attempts:
                        raise error
                    cause, retry_after = error.code, answer.headers.get("Retry-After")
                else:
                    require_stream(answer)
                    for position in read_positions(answer):
                        cursor, failed = position.cursor, 0
                        yield position
                    cause = "the stream ended"
        except httpx.HTTPError as error:
            cause = str(error) or type(error).__name__
        failed += 1
        if failed == attempts:
            raise NoConnection(api.url, cause)
        seconds = backoff(failed, retry_after)
        click.echo(f"orderly: {cause}; connecting again in {seconds:.1f} s", err=True)
        api.sleep(seconds)


def require_stream(answer: "httpx.Response") -> None:
    """Raise CommandError if a proxy answered instead of the API."""
    if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        raise CommandError(f"the answer of {answer.request.url.host} is no stream of events", ExitCode.UNAVAILABLE)


def read_positions(answer: "httpx.Response") -> Iterator[Position]:
    """Yield the blocks of a stream of server-sent events."""
    event, cursor = None, None
    for line in answer.iter_lines():
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            event = json.loads(value)
        elif name == "id":
            cursor = value
        elif not line:
            if cursor is not None:
                yield Position(cursor, event)
            event = None
