"""HTTP to USPS, for one account."""

import asyncio
import json
import time
from dataclasses import dataclass

import httpx

from adapters.carriers.usps import answers, requests
from adapters.carriers.usps.errors import error_details
from adapters.http.errors import gateway_wait_seconds
from adapters.http.json import Json, parse_object_or_none
from adapters.http.oauth import CALL_SECONDS as TOKEN_SECONDS
from adapters.http.oauth import Tokens
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client
from domain.errors import Ambiguous, AuthFailed, NotSent, RateLimited
from domain.shipping import Connection, RawAnswer

AUTHORIZATION = "/payments/v3/payment-authorization"
AUTHORIZED_SECONDS = 3600.0
"""A payment authorization is said to last eight hours; one is used for an hour."""
REFUSED_ACCOUNT = (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
VENDOR_JSON = "application/vnd.usps.labels+json"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment authorization, and until when (on the monotonic clock) it is used."""

    token: str
    until: float


class UspsClient:
    """One HTTP client, one access token, and one payment authorization.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        self._call_seconds = CONNECT_SECONDS + read_seconds
        self.longest_seconds = self._call_seconds + 5 * TOKEN_SECONDS
        """After so long nothing of a call is in flight any more: two access tokens and an authorization come first,
        and others who wait for the same are waited for no longer than for one's own."""
        self._http = new_client(destination, {}, read_seconds)
        self._credentials = connection.credentials
        self._tokens = Tokens(self._http, self._ask)
        self._payment: Payment | None = None
        self._one_at_a_time = asyncio.Lock()

    async def call(self, method: str, path: str, body: Json | None = None) -> RawAnswer:
        """Send one request that costs nothing."""
        return await self._send(method, path, body, {}, self._call_seconds)

    async def paid(self, method: str, path: str, body: Json | None = None, key: str | None = None) -> RawAnswer:
        """Send one request about a label, with an authorization to pay.

        Args:
            method: POST or DELETE.
            path: of the API.
            body: sent as JSON.
            key: the idempotency key of the purchase, where a label is the answer.

        Raises:
            NotSent: refused for an authorization that was good before: another one is fetched for the next.
        """
        try:
            async with asyncio.timeout(3 * TOKEN_SECONDS):
                payment, is_new = await self._authorized()
        except TimeoutError:
            raise NotSent("no payment authorization in time") from None
        headers = {"X-Payment-Authorization-Token": payment.token}
        if key is not None:
            headers |= {"Accept": VENDOR_JSON, "X-Idempotency-Key": key}
        answer = await self._send(method, path, body, headers, self._call_seconds)
        if answer.status == httpx.codes.UNAUTHORIZED:
            self._payment = None
            if not is_new:
                raise NotSent("the payment authorization was refused")
        return answer

    async def sign_in(self) -> None:
        """Fetch a new access token and a new payment authorization: that shows whether the credentials are good."""
        await self._tokens.renew()
        self._payment = None
        await self._authorized()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _authorized(self) -> tuple[Payment, bool]:
        """Return a payment authorization, and whether it is a new one."""
        async with self._one_at_a_time:
            known = self._payment
            if known is not None and known.until > time.monotonic():
                return known, False
            self._payment = await self._authorize()
            return self._payment, True

    async def _authorize(self) -> Payment:
        begin = time.monotonic()
        body = requests.build_authorization(self._credentials)
        try:
            answer = await self._send("POST", AUTHORIZATION, body, {}, TOKEN_SECONDS)
        except Ambiguous as error:
            raise NotSent(f"no payment authorization: {error.message}") from error
        wait = gateway_wait_seconds(answer)
        if wait is not None:
            raise RateLimited("the payment endpoint asks to wait", after=wait)
        found = parse_object_or_none(answer)
        if found is not None and answer.status in REFUSED_ACCOUNT:
            # Its own words may hold the account's numbers.
            raise AuthFailed(
                "USPS gave no payment authorization for the account", vendor_code=error_details(answer).code
            )
        token = answers.parse_payment_token(found) if found is not None and answer.is_success else None
        if token is None:
            raise NotSent(f"no payment authorization: status {answer.status}")
        return Payment(token, begin + AUTHORIZED_SECONDS)

    async def _send(
        self, method: str, path: str, body: Json | None, headers: dict[str, str], within_seconds: float
    ) -> RawAnswer:
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        typed = {} if content is None else {"Content-Type": "application/json"}

        def build(token: str) -> httpx.Request:
            sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **typed, **headers}
            return self._http.build_request(method, path, content=content, headers=sent)

        return await self._tokens.send(build, within_seconds)

    def _ask(self) -> httpx.Request:
        body = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.get("client_id", ""),
            "client_secret": self._credentials.get("client_secret", ""),
        }
        return self._http.build_request("POST", "/oauth2/v3/token", json=body)
