"""OAuth 2 access tokens by client credentials: one per account, fetched by one call at a time, and never logged."""

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
"""A token is not used in its last minute, because it could expire on the way."""
MIN_TOKEN_SECONDS = 30.0
NAMED_REFUSALS = (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN)
"""Token endpoints also refuse credentials with these, if they name an error code; a firewall's page has none."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and the end of its use on the monotonic clock."""

    value: str
    until: float


Build = Callable[[str], httpx.Request]
"""Builds a request with an access token."""


class Tokens:
    """The access token of one account; `refusal_statuses` are the gateway's answers to an invalid one."""

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
        """Send a request exactly once; if the gateway refuses its token, send it once more with another token.

        A gateway that refuses a token has not forwarded the request, so the first one had no effect.

        Args:
            build: builds the request.
            within_seconds: the longest time in flight, in addition to the time for tokens.

        Raises:
            NotSent, Ambiguous: as `adapters.http.transport.send`.
            RateLimited, AuthFailed: there is no access token.
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
        """Fetch a new token even if the current one is valid, to test the credentials.

        Raises:
            NotSent: no token is available for now.
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
        raise AuthFailed("the vendor rejected the credentials", vendor_code=code)
    wait = gateway_wait_seconds(answer)
    if wait is not None:
        raise RateLimited("the token endpoint's rate limit is exceeded", after=wait)
    if not answer.is_success:
        raise NotSent(f"no token: status {answer.status}")
    body = parse_object_or_none(answer) or {}
    value, lasts = body.get("access_token"), body.get("expires_in")
    if not isinstance(value, str) or not value or not (value.isascii() and value.isprintable()):
        raise NotSent("no token: the answer has an unexpected shape")
    try:
        seconds = float(lasts) if lasts is not None else MIN_TOKEN_SECONDS
    except (TypeError, ValueError):
        seconds = MIN_TOKEN_SECONDS
    return Token(value, begin + max(seconds - EXPIRY_MARGIN_SECONDS, MIN_TOKEN_SECONDS))


def _error_code(answer: RawAnswer) -> str | None:
    """Return RFC 6749's `error`, or the first code in a list of errors; the rest of the body may contain secrets."""
    body = parse_object_or_none(answer) or {}
    code = body.get("error") or first_object(dig(body, "response", "errors") or body.get("errors")).get("code")
    return code[:100] if isinstance(code, str) else None
