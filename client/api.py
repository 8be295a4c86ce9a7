"""Calls the API: adds the key, repeats calls that did not reach it, and converts its errors."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from client.errors import ApiRefused, CommandError, ExitCode, NoConnection, UsageError
from client.settings import Profile

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 5
TIMEOUT_SECONDS = 30.0
MAX_WAIT_SECONDS = 30.0
PAGE = 100
WAITING = frozenset({429, 502, 503, 504})
"""Statuses after which the same call may succeed. Every changing call has an idempotency key, so it is safe."""

IN_USE = "idempotency_key_in_use"
_URL = re.compile(r"https?://[^/\s]+.*")

Query = Mapping[str, Any]


class Api:
    """The API of one profile."""

    def __init__(
        self,
        profile: Profile,
        transport: "httpx.BaseTransport | None" = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        import httpx  # noqa: PLC0415 - not for --help

        if not _URL.fullmatch(profile.api_url):
            raise UsageError(f"the address of the API must start with http:// or https://: {profile.api_url}")
        self.url = profile.api_url.rstrip("/")
        self.sleep = sleep
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {profile.api_key}", "User-Agent": "orderly-cli"},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
            trust_env=transport is None,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> Any:
        """Return the data of one answer."""
        return read(self.call("GET", path, query=query))["data"]

    def change(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        wait: float | None = None,
        key: str | None = None,
    ) -> Any:
        """Make a changing call, which has an idempotency key, and return the data of its answer.

        `wait`: seconds to wait for the end of the run.
        """
        headers = {"Idempotency-Key": key or str(uuid4())}
        if wait is not None:
            headers["Prefer"] = f"wait={wait:g}"
        answer = self.call(method, path, body=body, headers=headers, timeout=TIMEOUT_SECONDS + (wait or 0.0))
        return read(answer)["data"] if answer.content else None

    def list_(self, path: str, query: Query | None = None, limit: int | None = None) -> Iterator[Any]:
        """Yield the items of a list, page by page, up to `limit`; None returns all."""
        query, left = {"cursor": "first", **(query or {})}, limit
        while left is None or left > 0:
            size = PAGE if left is None else min(left, PAGE)
            answer = read(self.call("GET", path, query={**query, "limit": size}))
            yield from answer["data"]
            following = answer["pagination"].get("nextCursor")
            if following is None or not answer["pagination"]["hasMore"]:
                return
            left = None if left is None else left - size
            query = {**query, "cursor": following}

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> "httpx.Response":
        """Return the answer of a successful call.

        Raises:
            ApiRefused: the API answered with an error.
            NoConnection: it did not answer.
        """
        import httpx  # noqa: PLC0415 - not for --help

        for attempt in range(1, ATTEMPTS + 1):
            is_last = attempt == ATTEMPTS
            try:
                answer = self._http.request(
                    method, path, params=clean(query), json=body, headers=headers, timeout=timeout
                )
            except httpx.HTTPError as error:
                if is_last:
                    raise NoConnection(self.url, str(error) or type(error).__name__) from None
                self._wait(attempt, None, "no answer")
                continue
            if answer.is_success:
                return answer
            refused = to_error(answer)
            if is_last or not (answer.status_code in WAITING or refused.code == IN_USE):
                raise refused
            self._wait(attempt, answer.headers.get("Retry-After"), refused.code)
        raise AssertionError  # the last attempt returns or raises

    def stream(self, path: str, query: Query, headers: Mapping[str, str], timeout: float) -> Any:
        """Open a response whose lines the caller reads, as a context manager."""
        return self._http.stream("GET", path, params=clean(query), headers=headers, timeout=timeout)

    def _wait(self, attempt: int, retry_after: str | None, cause: str) -> None:
        seconds = backoff(attempt, retry_after)
        click.echo(f"orderly: {cause}; trying again in {seconds:.1f} s", err=True)
        self.sleep(seconds)


def backoff(attempt: int, retry_after: str | None = None) -> float:
    """Return the seconds before the next attempt: as the API asks, or twice as many each time, with jitter."""
    if retry_after is not None and retry_after.isdigit():
        return min(float(retry_after), MAX_WAIT_SECONDS)
    return float(min(0.25 * 2**attempt, MAX_WAIT_SECONDS)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def to_error(answer: "httpx.Response") -> ApiRefused:
    """Return the error of an answer, also if a proxy wrote it."""
    try:
        error = answer.json()["error"]
        return ApiRefused(answer.status_code, {"message": "", **error})
    except (AttributeError, KeyError, TypeError, ValueError):
        return ApiRefused(answer.status_code, {"code": f"http_{answer.status_code}", "message": _foreign(answer)})


def read(answer: "httpx.Response") -> dict[str, Any]:
    """Return the JSON of a successful answer; raises CommandError if another server wrote it."""
    try:
        found: dict[str, Any] = answer.json()
        found["data"]
    except (KeyError, TypeError, ValueError):
        raise CommandError(_foreign(answer), ExitCode.UNAVAILABLE) from None
    return found


def _foreign(answer: "httpx.Response") -> str:
    return f"the answer of {answer.request.url.host} is not that of Orderly"


def clean(query: Query | None) -> dict[str, Any]:
    """Return the parameters that are set."""
    return {name: value for name, value in (query or {}).items() if value not in (None, ())}
