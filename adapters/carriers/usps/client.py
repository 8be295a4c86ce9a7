"""The HTTP client for USPS."""

import asyncio
import time
from dataclasses import dataclass

import httpx

from adapters.carriers.usps import answers, requests
from adapters.carriers.usps.codes import CAUSES, REFUSED_IDENTITY
from adapters.carriers.usps.errors import error_details
from adapters.http.client import TokenClient
from adapters.http.errors import gateway_wait_seconds
from adapters.http.json import Json, parse_object_or_none
from adapters.http.oauth import CALL_SECONDS as TOKEN_SECONDS
from adapters.http.transport import Destination
from domain.errors import Ambiguous, AuthFailed, Curable, NotSent, RateLimited, Rejected
from domain.shipping import Connection, RawAnswer

AUTHORIZATION = "/payments/v3/payment-authorization"
AUTHORIZED_SECONDS = 3600.0
"""USPS documents eight hours for a payment authorization; it is used for one hour."""
REFUSED_ACCOUNT = (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
VENDOR_JSON = "application/vnd.usps.labels+json"


def _explain_refusal(answer: RawAnswer) -> Curable | Rejected:
    """Return the error for a refused payment authorization."""
    details = error_details(answer)
    cause = CAUSES.get(details.code or "")
    if cause is not None:
        return Curable(details.message, cause=cause, vendor_code=details.code)
    if answer.status != httpx.codes.BAD_REQUEST or details.code in REFUSED_IDENTITY:
        # USPS's message may contain the account's numbers.
        return AuthFailed("USPS issued no payment authorization for the account", vendor_code=details.code)
    return Rejected(details.message, vendor_code=details.code)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment authorization, and the end of its use on the monotonic clock."""

    token: str
    until: float


class UspsClient(TokenClient):
    """One HTTP client with one access token and one payment authorization."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        super().__init__(connection, destination, {"Accept": "application/json"})
        # A call may first fetch an authorization, and waits for a concurrent fetch no longer than for its own.
        self.max_seconds += 3 * TOKEN_SECONDS
        self._credentials = connection.credentials
        self._payment: Payment | None = None
        self._lock = asyncio.Lock()

    async def call_paid(self, method: str, path: str, body: Json | None = None, key: str | None = None) -> RawAnswer:
        """Send one request about a label with a payment authorization; `key` is the idempotency key of a purchase.

        Raises:
            NotSent: USPS refused an authorization that was valid before; the next call fetches a new one.
        """
        try:
            async with asyncio.timeout(3 * TOKEN_SECONDS):
                payment, is_new = await self._get_payment()
        except TimeoutError:
            raise NotSent("USPS issued no payment authorization in time") from None
        headers = {"X-Payment-Authorization-Token": payment.token}
        if key is not None:
            headers |= {"Accept": VENDOR_JSON, "X-Idempotency-Key": key}
        answer = await self.call(method, path, body, headers=headers)
        if answer.status == httpx.codes.UNAUTHORIZED:
            self._payment = None
            if not is_new:
                raise NotSent("USPS refused the payment authorization")
        return answer

    async def sign_in(self) -> None:
        """Fetch a new access token and a new payment authorization, to test the credentials."""
        await super().sign_in()
        self._payment = None
        await self._get_payment()

    async def _get_payment(self) -> tuple[Payment, bool]:
        """Return a payment authorization, and whether it is new."""
        async with self._lock:
            known = self._payment
            if known is not None and known.until > time.monotonic():
                return known, False
            self._payment = await self._authorize()
            return self._payment, True

    async def _authorize(self) -> Payment:
        begin = time.monotonic()
        request = requests.build_authorization(self._credentials)
        try:
            answer = await self.call("POST", AUTHORIZATION, request, within_seconds=TOKEN_SECONDS)
        except Ambiguous as error:
            raise NotSent(f"no payment authorization: {error.message}") from error
        wait = gateway_wait_seconds(answer)
        if wait is not None:
            raise RateLimited("the payment endpoint's rate limit is exceeded", after=wait)
        body = parse_object_or_none(answer)
        if body is not None and answer.status in REFUSED_ACCOUNT:
            raise _explain_refusal(answer)
        token = answers.parse_payment_token(body) if body is not None and answer.is_success else None
        if token is None:
            raise NotSent(f"no payment authorization: status {answer.status}")
        return Payment(token, begin + AUTHORIZED_SECONDS)

    def _build_token_request(self) -> httpx.Request:
        body = {"grant_type": "client_credentials"}
        body |= {name: self._credentials.get(name, "") for name in ("client_id", "client_secret")}
        return self._http.build_request("POST", "/oauth2/v3/token", json=body)
