"""The way of every carrier and channel call: latency, token, scripted fault, the deed, the books, the answer."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request, Response
from pydantic_core import from_json

from sandbox.answers import Answer, RefusedError, error, refused
from sandbox.connections import NoAnswer, hold
from sandbox.faults import OK, Fault, FaultScript
from sandbox.store import Books

STALL_SECONDS = 120.0
_MOST_BYTES = 1024 * 1024
_UNANSWERED = ("drop", "accept_then_drop", "accept_then_stall")
_NOT_JSON = b"<html><body>200 OK, but not what you expect"
_GAVE_UP = b"<html><body>504 Gateway Time-out"

Deed = Callable[[Fault], Answer]


@dataclass(frozen=True, slots=True)
class Call:
    """What a route knows of a call before anything is done.

    Attributes:
        target: what faults are scripted by, `labels.create` say.
        reference: the caller's own, where the call tells it or the label or fulfillment has one.
        absent: the answer that denies the thing exists, where the target can play that.
    """

    target: str
    reference: str | None
    absent: Answer | None = None


class Dialect(Protocol):
    """How a vendor's protocol knows its callers, and words what is not about the call itself."""

    def authorized(self, request: Request) -> bool:
        """Whether the call may be made with what it carries."""

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:
        """The answer of a kind: reject, auth_failed, rate_limited, unavailable or server_error."""


class OwnDialect:
    """The sandbox's own protocol: a bearer token, and one shape of errors."""

    def authorized(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and token.strip() not in ("", "invalid")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:
        party = "CARRIER" if target.startswith("labels.") else "CHANNEL"
        status, code, message = {
            "reject": (422, f"{party}.REJECTED", "rejected, as the fault script has it"),
            "auth_failed": (401, "AUTH.FAILED", "the bearer token is missing or not valid"),
            "rate_limited": (429, "RATE.LIMITED", "too many requests"),
            "unavailable": (503, "SERVICE.UNAVAILABLE", "temporarily unavailable"),
            "server_error": (500, "SERVER.ERROR", "something broke, as the fault script has it"),
        }[kind]
        return error(status, code, message, headers=headers)


OWN = OwnDialect()


class Body:
    """A request body, read but judged only when the deed asks for it."""

    def __init__(self, content: bytes) -> None:
        self._problem: RefusedError | None = None
        self._payload: Any = None
        if len(content) > _MOST_BYTES:
            self._problem = refused(413, "BODY.TOO_LARGE", "the body is over 1 MiB")
            return
        try:
            self._payload = from_json(content, allow_inf_nan=False)
        except ValueError:
            self._problem = refused(400, "BODY.MALFORMED", "the body is not JSON")

    @property
    def reference(self) -> str | None:
        return self.text("reference")

    def text(self, *path: str | int) -> str | None:
        """The text at a path of keys and places, for the note of the call; None where there is none."""
        found = self._payload
        for part in path:
            if isinstance(part, int):
                found = found[part] if isinstance(found, list) and part < len(found) else None
            else:
                found = found.get(part) if isinstance(found, dict) else None
        return found[:64] if isinstance(found, str) else None

    def payload(self) -> Any:
        """The parsed JSON.

        Raises:
            RefusedError: it is not JSON (400), or too large (413).
        """
        if self._problem is not None:
            raise self._problem
        return self._payload


class Gate:
    """Lets calls through to the deed, as the fault script has it."""

    def __init__(self, books: Books, faults: FaultScript, *, latency_seconds: float, closing: asyncio.Event) -> None:
        self._books = books
        self._faults = faults
        self._latency_seconds = latency_seconds
        self._closing = closing

    async def body(self, request: Request) -> Body:
        return Body(await request.body())

    async def pass_through(self, request: Request, call: Call, deed: Deed, dialect: Dialect = OWN) -> Response:
        """Answers one call, in the words of a vendor's dialect.

        The deed and the note of the call are committed together, before any answer.
        """
        if self._latency_seconds > 0:
            await hold(request, self._latency_seconds, self._closing)
        authorized = dialect.authorized(request)
        fault = self._faults.take(call.target) if authorized else OK
        with self._books.transaction():
            refused_token = dialect.refusal("auth_failed", call.target, {})
            answer = self._decide(call, fault, deed, dialect) if authorized else refused_token
            status = None if fault.kind in _UNANSWERED else answer.status
            self._books.note_request(call.target, call.reference, None if fault is OK else fault.text, status)
        if authorized and fault.kind == "gateway_timeout":
            asyncio.get_running_loop().call_later(fault.seconds, self._do_late, deed, fault)
        return await self._deliver(request, fault, answer)

    def _do_late(self, deed: Deed, fault: Fault) -> None:
        """Do what a gateway has given up waiting for; lost where the sandbox ends before."""
        if not self._closing.is_set():
            with self._books.transaction(), contextlib.suppress(RefusedError):
                deed(fault)

    def _decide(self, call: Call, fault: Fault, deed: Deed, dialect: Dialect) -> Answer:
        instead = _instead_of_deed(call, fault, dialect)
        if instead is not None:
            return instead
        try:
            answer = deed(fault)
        except RefusedError as refusal:
            answer = refusal.answer
        if fault.kind == "error_500_after_accept":
            return dialect.refusal("server_error", call.target, {})
        return _misshapen(answer, fault.kind)

    async def _deliver(self, request: Request, fault: Fault, answer: Answer) -> Response:
        if fault.kind == "accept_then_stall":
            await hold(request, STALL_SECONDS, self._closing)
        elif fault.kind == "slow":
            await hold(request, fault.seconds, self._closing)
        if fault.kind in _UNANSWERED:
            return NoAnswer()
        return answer.response()


def _instead_of_deed(call: Call, fault: Fault, dialect: Dialect) -> Answer | None:
    """The answer of a fault that keeps the deed from being done; None lets it happen."""
    if fault.kind in ("drop", "error_500"):
        return dialect.refusal("server_error", call.target, {})
    if fault.kind in ("rate_limited", "unavailable"):
        return dialect.refusal(fault.kind, call.target, {"Retry-After": f"{fault.seconds:.0f}"})
    if fault.kind == "gateway_timeout":
        return Answer(504, content=_GAVE_UP, media_type="text/html")
    if fault.kind in ("reject", "auth_failed"):
        return dialect.refusal(fault.kind, call.target, {})
    return call.absent if fault.kind == "absent" else None


def _misshapen(answer: Answer, kind: str) -> Answer:
    """The answer in a shape that nobody expects, where the fault is of that kind: the deed is done all the same."""
    status = answer.status if answer.status in (200, 201, 202) else 200
    match kind:
        case "garbage":
            return Answer(status, content=_NOT_JSON, media_type="text/html")
        case "empty":
            return Answer(status, content=b"")
        case "truncated":
            whole = bytes(answer.response().body)
            return Answer(status, content=whole[: len(whole) // 2], media_type=answer.media_type)
        case "wrong_shape":
            return Answer(status, {"unexpected": [[]]})
        case "single" if answer.content is None:
            return Answer(answer.status, _without_lists(answer.body), answer.headers)
    return answer


def _without_lists(value: Any) -> Any:
    """The JSON with each list of one object as that object."""
    if isinstance(value, dict):
        return {name: _without_lists(one) for name, one in value.items()}
    if isinstance(value, list):
        inner = [_without_lists(one) for one in value]
        return inner[0] if len(inner) == 1 and isinstance(inner[0], dict) else inner
    return value
