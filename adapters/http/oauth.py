"""Access tokens by client credentials: one for each account, fetched by one call at a time, and never shown."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import httpx

from adapters.http.errors import gateway_wait_seconds
from adapters.http.json import dig, first_object, parse_object_or_none
from adapters.http.transport import CONNECT_SECONDS, send
from domain.errors import Ambiguous, AuthFailed, NotSent, RateLimited
from domain.shipping import RawAnswer

READ_SECONDS = 10.0
CALL_SECONDS = CONNECT_SECONDS + READ_SECONDS
EXPIRY_MARGIN_SECONDS = 60.0
"""A token is not used in its last minute: it could end on the way."""
MIN_TOKEN_SECONDS = 30.0
NAMED_REFUSALS = (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN)
"""How token endpoints refuse credentials beside 401, where they name an error; a firewall's page names none."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and until when (on the monotonic clock) it is used."""

    value: str
    until: float


Build = Callable[[str], httpx.Request]
"""Builds a request with an access token."""


class Tokens:
    """The access token of one account, which the vendor's gateway refuses with `refusal_statuses`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        build_request: Callable[[], httpx.Request],
        refusal_statuses: Collection[int] = (httpx.codes.UNAUTHORIZED,),
        secrets: Collection[str] = (),
    ) -> None:
        self._client = client
        self._build_request = build_request
        self._refusal_statuses = refusal_statuses
        self._secrets = secrets
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def send(self, build: Build, within_seconds: float) -> RawAnswer:
        """Send a request exactly once, or, where its token is refused, once more with another token.

        A gateway that refuses a token has not passed the request on: what was sent first has done nothing.

        Args:
            build: builds it.
            within_seconds: after so long, beside the time for tokens, nothing of it is in flight any more.

        Raises:
            NotSent, Ambiguous: as `adapters.http.transport.send` does.
            RateLimited, AuthFailed: there is no token to be had.
        """
        token = await self._get_other_than(None)
        begin = time.monotonic()
        answer = await send(self._client, build(token.value), within_seconds, self._secrets)
        left = within_seconds - (time.monotonic() - begin)
        if answer.status not in self._refusal_statuses:
            return answer
        token = await self._get_other_than(token)
        return await send(self._client, build(token.value), left, self._secrets)

    async def renew(self) -> None:
        """Fetch a new token, whatever is known: that shows whether the credentials are good.

        Raises:
            NotSent: there is none to be had for now.
            RateLimited: the endpoint asks to wait.
            AuthFailed: the credentials are refused.
        """
        await self._get_other_than(self._token)

    async def _get_other_than(self, refused: Token | None) -> Token:
        async with self._lock:
            known = self._token
            if known is None or known is refused or known.until <= time.monotonic():
                self._token = None
                self._token = known = await self._fetch()
            return known

    async def _fetch(self) -> Token:
        begin = time.monotonic()
        try:
            answer = await send(self._client, self._build_request(), CALL_SECONDS, self._secrets)
        except Ambiguous as error:
            raise NotSent(f"no token: {error.message}") from error
        return _parse_token(answer, begin)


def _parse_token(answer: RawAnswer, begin: float) -> Token:
    code = _error_code(answer)
    if answer.status == httpx.codes.UNAUTHORIZED or (answer.status in NAMED_REFUSALS and code is not None):
        raise AuthFailed("the credentials were refused", vendor_code=code)
    wait = gateway_wait_seconds(answer)
    if wait is not None:
        raise RateLimited("the token endpoint asks to wait", after=wait)
    if not answer.is_success:
        raise NotSent(f"no token: status {answer.status}")
    body = parse_object_or_none(answer) or {}
    value, lasts = body.get("access_token"), body.get("expires_in")
    if not isinstance(value, str) or not value or not (value.isascii() and value.isprintable()):
        raise NotSent("no token: the answer is of another shape")
    try:
        seconds = float(lasts) if lasts is not None else MIN_TOKEN_SECONDS
    except (TypeError, ValueError):
        seconds = MIN_TOKEN_SECONDS
    return Token(value, begin + max(seconds - EXPIRY_MARGIN_SECONDS, MIN_TOKEN_SECONDS))


def _error_code(answer: RawAnswer) -> str | None:
    """RFC 6749's `error`, or the first code of a list of errors; nothing else of the body is told."""
    body = parse_object_or_none(answer) or {}
    code = body.get("error") or first_object(dig(body, "response", "errors") or body.get("errors")).get("code")
    return code[:100] if isinstance(code, str) else None
