"""Boundary between Temporal and the domain: errors, heartbeats, and calls that survive a cancellation."""

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
"""How often a call sends a heartbeat; the timeout of 10 s then reveals a dead worker."""


def to_application_error(error: EffectError, *, retry_ambiguous: bool = False) -> ApplicationError:
    """Convert an effect's error to Temporal's error, with the code only.

    A vendor's message may quote an address, and many people can read a workflow's history.
    """
    after = error.after if isinstance(error, RateLimited | StillWaiting | Curable) else None
    retryable = error.retryable or (retry_ambiguous and isinstance(error, Ambiguous))
    message = f"{error.code} ({error.vendor_code})" if error.vendor_code else error.code
    return ApplicationError(
        message,
        type=error.code,
        non_retryable=not retryable,
        next_retry_delay=timedelta(seconds=after) if after is not None else None,
        # the ledger has the error, so the log needs no stack trace per attempt
        category=ApplicationErrorCategory.BENIGN,
    )


def activity_boundary(
    *, retry_ambiguous: bool = False
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Turn a method into an activity that sends heartbeats, survives a cancellation, and converts its errors.

    A cancellation never interrupts a call: the method runs to its end and its result is reported. A purchase in flight
    cannot be stopped by ignoring its answer.
    """

    def decorate(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(method)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await run_to_end(method(*args, **kwargs))
            except EffectError as error:
                raise to_application_error(error, retry_ambiguous=retry_ambiguous) from None
            except Unavailable as error:
                raise ApplicationError(error.code, type=error.code) from None
            except DomainError as error:
                raise ApplicationError(error.code, type=error.code, non_retryable=True) from None
            except Exception as error:
                # The message is not logged, because it may quote an address or a secret; neither is the stack trace.
                LOG.error("%s failed: %s at %s", method.__name__, type(error).__name__, _place(error))
                raise ApplicationError(
                    f"internal_error ({type(error).__name__})", type=FailureCode.INTERNAL_ERROR
                ) from None

        return call

    return decorate


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


async def run_to_end(work: Awaitable[T]) -> T:
    """Await `work`, even if the activity is cancelled, and send heartbeats meanwhile."""
    task = asyncio.ensure_future(work)
    while True:
        try:
            done, _ = await asyncio.wait({task}, timeout=HEARTBEAT_SECONDS)
        except asyncio.CancelledError:
            continue
        if done:
            return task.result()
        if not activity.info().is_local:
            activity.heartbeat()


def current_attempt() -> int:
    """Return the number of this attempt, from 1."""
    return activity.info().attempt


def is_late(patience: timedelta) -> bool:
    """Return True if the first delivery is older than `patience`, or half of the activity's total time is over."""
    info = activity.info()
    half = (info.schedule_to_close_timeout or patience * 2) / 2
    return info.started_time - info.scheduled_time > min(patience, half)  # both are times of Temporal's clock


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
    """Recreate a refusal from the ledger, so that a delivery after a crash behaves like the first one.

    `otherwise`: the message if the ledger has none.
    """
    if record is None:
        return Rejected(otherwise)
    kind = REFUSALS.get(record.code, Rejected)
    return kind(record.message or otherwise, vendor_code=record.vendor_code, field=record.field)
