"""Processes every carrier and channel call: latency, token, scripted fault, handler, store, answer."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic_core import from_json

from sandbox.answers import Answer, RefusedError, refuse
from sandbox.auth import VendorAuth
from sandbox.connections import NoAnswer, hold
from sandbox.faults import OK, Fault, FaultScript
from sandbox.store import Store

STALL_SECONDS = 120.0
_MAX_BYTES = 1024 * 1024
_UNANSWERED = ("drop", "accept_then_drop", "accept_then_stall")
_NOT_JSON = b"<html><body>200 OK, but not what you expect"
_GAVE_UP = b"<html><body>504 Gateway Time-out"

Handler = Callable[[Fault], Answer]


@dataclass(frozen=True, slots=True)
class Call:
    """The facts that a route knows about a call before it is processed.

    Attributes:
        target: the name that faults are scripted for, such as `labels.create`.
        reference: the caller's reference, if the call, label or fulfillment has one.
        absent: the answer for a missing resource, if the target supports that fault.
    """

    target: str
    reference: str | None
    absent: Answer | None = None


class Body:
    """A request body; its problems are raised only when the handler asks for the payload."""

    def __init__(self, content: bytes) -> None:
        self._problem: RefusedError | None = None
        self._payload: Any = None
        if len(content) > _MAX_BYTES:
            self._problem = refuse(413, "BODY.TOO_LARGE", "the body is larger than 1 MiB")
            return
        try:
            self._payload = from_json(content, allow_inf_nan=False)
        except ValueError:
            self._problem = refuse(400, "BODY.MALFORMED", "the body is not JSON")

    def text(self, *path: str | int) -> str | None:
        """Return the text at a path of keys and indexes, as logged with requests; None if there is none."""
        found = self._payload
        for part in path:
            if isinstance(part, int):
                found = found[part] if isinstance(found, list) and part < len(found) else None
            else:
                found = found.get(part) if isinstance(found, dict) else None
        return found[:64] if isinstance(found, str) else None

    def payload(self) -> Any:
        """Return the parsed JSON.

        Raises:
            RefusedError: the body is not JSON (400), or too large (413).
        """
        if self._problem is not None:
            raise self._problem
        return self._payload


class FaultGate:
    """Passes calls to their handlers, unless a scripted fault replaces them."""

    def __init__(self, store: Store, faults: FaultScript, *, latency_seconds: float, closing: asyncio.Event) -> None:
        self._store = store
        self._faults = faults
        self._latency_seconds = latency_seconds
        self._closing = closing

    async def body(self, request: Request) -> Body:
        return Body(await request.body())

    async def answer(self, request: Request, call: Call, handler: Handler, auth: VendorAuth) -> Response:
        """Answer one call in the vendor's format.

        The handler's changes and the logged request are committed together, before the answer.
        """
        if self._latency_seconds > 0:
            await hold(request, self._latency_seconds, self._closing)
        authorized = auth.is_authorized(request)
        fault = self._faults.take(call.target, call.reference) if authorized else OK
        with self._store.transaction():
            if authorized:
                answer = self._decide(call, fault, handler, auth)
            else:
                answer = auth.refuse("auth_failed", call.target, {})
            status = None if fault.kind in _UNANSWERED else answer.status
            self._store.note_request(call.target, call.reference, None if fault is OK else fault.text, status)
        if authorized and fault.kind == "gateway_timeout":
            asyncio.get_running_loop().call_later(fault.seconds, self._do_late, handler, fault)
        return await self._deliver(request, fault, answer)

    def _do_late(self, handler: Handler, fault: Fault) -> None:
        """Run the handler after the gateway gave up on it; it is lost if the sandbox ends before."""
        if not self._closing.is_set():
            with self._store.transaction(), contextlib.suppress(RefusedError):
                handler(fault)

    def _decide(self, call: Call, fault: Fault, handler: Handler, auth: VendorAuth) -> Answer:
        instead = _answer_unhandled(call, fault, auth)
        if instead is not None:
            return instead
        try:
            answer = handler(fault)
        except RefusedError as refusal:
            answer = refusal.answer
        if fault.kind == "error_500_after_accept":
            return auth.refuse("server_error", call.target, {})
        if fault.kind == "rate_limited_after_accept":
            return auth.refuse("rate_limited", call.target, {"Retry-After": "0"})
        return _misshape(answer, fault.kind)

    async def _deliver(self, request: Request, fault: Fault, answer: Answer) -> Response:
        if fault.kind == "accept_then_stall":
            await hold(request, STALL_SECONDS, self._closing)
        elif fault.kind == "slow":
            await hold(request, fault.seconds, self._closing, self._faults.cleared)
        if fault.kind in _UNANSWERED:
            return NoAnswer()
        return answer.response()


def _answer_unhandled(call: Call, fault: Fault, auth: VendorAuth) -> Answer | None:
    """Return the answer of a fault that replaces the handler; None if the handler shall run."""
    if fault.kind in ("drop", "error_500"):
        return auth.refuse("server_error", call.target, {})
    if fault.kind in ("rate_limited", "unavailable"):
        return auth.refuse(fault.kind, call.target, {"Retry-After": f"{fault.seconds:.0f}"})
    if fault.kind == "gateway_timeout":
        return Answer(504, content=_GAVE_UP, media_type="text/html")
    if fault.kind in ("reject", "auth_failed", "no_lookup", "insufficient_funds", "try_later"):
        return auth.refuse(fault.kind, call.target, {})
    return call.absent if fault.kind == "absent" else None


def _misshape(answer: Answer, kind: str) -> Answer:
    """Deform the answer, if the fault is of such a kind; the handler has run all the same."""
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
    """Replace each list of one object by that object."""
    if isinstance(value, dict):
        return {name: _without_lists(item) for name, item in value.items()}
    if isinstance(value, list):
        inner = [_without_lists(item) for item in value]
        return inner[0] if len(inner) == 1 and isinstance(inner[0], dict) else inner
    return value
