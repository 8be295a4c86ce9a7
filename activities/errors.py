"""Between Temporal and the domain: errors, heartbeats, and calls that a cancellation may not tear apart."""

import asyncio
import functools
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ParamSpec, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.codes import FailureCode
from domain.errors import (
    Ambiguous,
    AuthFailed,
    ConnectionChanged,
    Curable,
    DidNotHappen,
    DomainError,
    EffectError,
    InUse,
    NotActive,
    OrderIsCancelled,
    OrderIsFulfilled,
    OrderIsOnHold,
    RateLimited,
    Rejected,
    StillWaiting,
    Unavailable,
)
from domain.operations import OperationError

LOG = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

HEARTBEAT_SECONDS = 3.0
"""A dead worker is noticed within the heartbeat timeout of 10 s."""


def to_application_error(error: EffectError, *, retry_ambiguous: bool = False) -> ApplicationError:
    """Turn an effect's error into what Temporal acts on.

    Only the code crosses: a vendor's message may quote an address, and a workflow's history is read by many.
    """
    after = error.after if isinstance(error, RateLimited | StillWaiting | Curable) else None
    retryable = error.retryable or (retry_ambiguous and isinstance(error, Ambiguous))
    shown = f"{error.code} ({error.vendor_code})" if error.vendor_code else error.code
    return ApplicationError(
        shown,
        type=error.code,
        non_retryable=not retryable,
        next_retry_delay=timedelta(seconds=after) if after is not None else None,
        category=ApplicationErrorCategory.BENIGN,  # it is in the ledger: no stack trace in the log for each attempt
    )


def activity_boundary(
    *, retry_ambiguous: bool = False
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Make a method fit to be an activity: it heartbeats, outlives a cancellation, and its errors are translated.

    A cancellation never tears a call apart: the method is brought to its end and its result is reported, for a purchase
    in flight can't be taken back by not listening.
    """

    def decorate(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(method)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await _to_its_end(method(*args, **kwargs))
            except EffectError as error:
                raise to_application_error(error, retry_ambiguous=retry_ambiguous) from None
            except Unavailable as error:
                raise ApplicationError(error.code, type=error.code) from None
            except DomainError as error:
                raise ApplicationError(error.code, type=error.code, non_retryable=True) from None
            except Exception as error:
                # Its words may quote an address or a secret: they go nowhere, not even with a stack trace.
                LOG.error("%s failed: %s at %s", method.__name__, type(error).__name__, _place(error))
                raise ApplicationError(
                    f"internal_error ({type(error).__name__})", type=FailureCode.INTERNAL_ERROR
                ) from None

        return call

    return decorate


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


async def _to_its_end(work: Awaitable[T]) -> T:
    task = asyncio.ensure_future(work)
    while True:
        try:
            done, _ = await asyncio.wait({task}, timeout=HEARTBEAT_SECONDS)
        except asyncio.CancelledError:
            continue
        if done:
            return task.result()
        activity.heartbeat()


def current_attempt() -> int:
    """Which attempt this delivery is, from 1."""
    return activity.info().attempt


def is_late(patience: timedelta) -> bool:
    """Whether the first of these deliveries is longer ago than `patience`, or half of the time for all is over."""
    info = activity.info()
    half = (info.schedule_to_close_timeout or patience * 2) / 2
    return info.started_time - info.scheduled_time > min(patience, half)  # both by Temporal's clock


def to_record(error: EffectError) -> OperationError:
    return OperationError(error.code, error.message, vendor_code=error.vendor_code, field=error.field)


REFUSALS: dict[str, type[Rejected]] = {
    kind.code: kind
    for kind in (
        Rejected,
        AuthFailed,
        NotActive,
        OrderIsCancelled,
        OrderIsOnHold,
        OrderIsFulfilled,
        InUse,
        ConnectionChanged,
        DidNotHappen,
    )
}


def restore_refusal(record: OperationError | None, otherwise: str) -> Rejected:
    """Make the refusal again that the ledger keeps: a delivery after a crash says, and does, what the first one would.

    `otherwise` is the message where none was kept.
    """
    if record is None:
        return Rejected(otherwise)
    kind = REFUSALS.get(record.code, Rejected)
    return kind(record.message or otherwise, vendor_code=record.vendor_code, field=record.field)
