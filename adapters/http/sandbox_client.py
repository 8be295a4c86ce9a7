"""What the sandbox's carriers and channel have in common on the wire."""

from typing import Any

import httpx

from adapters.http.errors import ErrorDetails, refuse_failures
from adapters.http.json import parse_json
from adapters.http.transport import Destination, new_client, send
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
"""The sandbox answers soon or never; a real carrier gets 60 s."""


class SandboxClient:
    """HTTP to the sandbox, for one account or bridge.

    Raises:
        Rejected: its credentials can't be sent.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        settings = connection.settings
        self.safety = settings.safety_class or SafetyClass.LOOKUP_STRONG
        self.read_seconds = settings.read_timeout_seconds or READ_SECONDS
        connect_seconds = min(CONNECT_SECONDS, self.read_seconds)
        self._call_seconds = connect_seconds + self.read_seconds
        self.settle_seconds = self._call_seconds + 1.0
        self.look_for_seconds = settings.recover_for_seconds or 20.0
        token = connection.credentials.get("api_key", "")
        if not (token.isascii() and token.isprintable()):
            raise Rejected("the api_key holds characters that no header can carry", vendor_code="bad_credentials")
        headers = {"Authorization": f"Bearer {token}"}
        self._http = new_client(destination, headers, self.read_seconds, connect_seconds)

    async def post(self, path: str, body: dict[str, Any], idempotency_key: str | None = None) -> RawAnswer:
        """Send one POST; with the key, where the account's safety class is `keyed`."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key and self.keyed else None
        return await self._send(self._http.build_request("POST", path, json=body, headers=headers))

    async def get(self, path: str, params: dict[str, str] | None = None) -> RawAnswer:
        """Send one GET."""
        return await self._send(self._http.build_request("GET", path, params=params))

    async def _send(self, request: httpx.Request) -> RawAnswer:
        return await send(self._http, request, self._call_seconds)

    @property
    def keyed(self) -> bool:
        """Whether purchases carry an idempotency key."""
        return self.safety is SafetyClass.KEYED

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def read_json(answer: RawAnswer) -> dict[str, Any]:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected, Ambiguous: see `refuse_failures` of the transport; a success that can't be
            parsed is ambiguous too.
    """
    try:
        body = parse_json(answer.body)
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    details = ErrorDetails(told.get("code"), str(told.get("message") or "refused"), told.get("field"))
    refuse_failures(answer, lambda _: details, gate_says_503=True)
    if not isinstance(body, dict):
        raise Ambiguous("the answer can't be read")
    return body


def is_missing(answer: RawAnswer) -> bool:
    """Whether the answer says that there is no such thing."""
    return answer.status == httpx.codes.NOT_FOUND
