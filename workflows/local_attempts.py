"""First attempts of a run's calls: local activities within the workflow task, while they are quick."""

import asyncio
import contextlib
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    FailureError,
    is_cancelled_exception,
)
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

from activities.handover import UNFINISHED
from activities.payloads import Payload
from domain.codes import FailureCode
from workflows.activity_options import local_options

T = TypeVar("T")

MAX_SECONDS = 1.0
"""Once a run's local attempts took longer, its next calls are remote: no workflow task lives longer than 5 s."""
RETRY_SECONDS = 1.0
"""The pause after a retryable failure that names no other."""


class LocalAttempts:
    """Runs the first attempt of a call within the workflow task.

    A fast call then costs no round trip to Temporal. Retries and long calls are remote activities, which wait there,
    send heartbeats, and are visible in Temporal's UI.
    """

    def __init__(self, *, is_on: bool) -> None:
        """`is_on`: False for a run that an earlier version started, because its history has no local attempts."""
        self._is_on = is_on
        self._seconds = 0.0
        self._has_begun_task = False

    @property
    def are_quick(self) -> bool:
        """Whether the next call may begin with a local attempt."""
        return self._is_on and self._seconds <= MAX_SECONDS

    async def begin_task_if_long(self) -> None:
        """Begin a new workflow task after long local attempts, so that a cancellation becomes visible."""
        if self._seconds > MAX_SECONDS and not self._has_begun_task:
            self._has_begun_task = True
            await _begin_task()

    async def run(self, activity: str, call: Payload, result_type: type[T], summary: str) -> T | None:
        """Return the result; None if a remote attempt must follow at once.

        Raises:
            ActivityError: the call failed for good, or the run was cancelled before its next attempt.
        """
        begin = workflow.time()  # Temporal's clock, which advances by the time of each local activity
        try:
            output: T = await workflow.execute_local_activity(
                activity, call, result_type=result_type, **local_options(summary)
            )
        except FailureError as error:
            pause = _find_pause(error)
            if pause is None:
                if getattr(_find_cause(error), "type", None) == FailureCode.OUTCOME_UNKNOWN:
                    await _begin_task()
                raise _as_activity_error(error, activity) from _find_cause(error)
        else:
            return output
        finally:
            self._seconds += workflow.time() - begin
        if pause > timedelta(0):
            try:
                await workflow.sleep(pause)
            except asyncio.CancelledError:
                cancelled = CancelledError()
                raise _as_activity_error(cancelled, activity) from cancelled
        return None


async def _begin_task() -> None:
    """Begin a new workflow task, because a cancellation during the current one is not visible in it."""
    with contextlib.suppress(asyncio.CancelledError):  # `workflow.cancellation_reason` keeps it
        await workflow.sleep(timedelta(milliseconds=1))


def _find_pause(error: FailureError) -> timedelta | None:
    """Return how long to wait before the remote attempt; None if the error is final."""
    cause = _find_cause(error)
    if isinstance(cause, ActivityTimeoutError):
        return timedelta(0)
    if isinstance(cause, CancelledError) or is_cancelled_exception(error):
        return None
    if not isinstance(cause, ApplicationError):
        return timedelta(0)
    if cause.type in UNFINISHED:
        return timedelta(0)
    if cause.non_retryable:
        return None
    return cause.next_retry_delay if cause.next_retry_delay is not None else timedelta(seconds=RETRY_SECONDS)


def _find_cause(error: FailureError) -> BaseException:
    """Return the activity's own error: the SDK raises it bare after the last attempt of a local activity."""
    return (error.cause or error) if isinstance(error, ActivityError) else error


def _as_activity_error(error: FailureError, activity: str) -> ActivityError:
    """Return the error as a remote activity would raise it."""
    if isinstance(error, ActivityError):
        return error
    return ActivityError(
        "local attempt failed",
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type=activity,
        activity_id="",
        retry_state=None,
    )
