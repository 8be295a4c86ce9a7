"""Failures of steps, derived from the exceptions that Temporal raises."""

from temporalio.exceptions import ActivityError, ApplicationError, FailureError, RetryState, is_cancelled_exception
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

from domain.codes import FailureCode


class StepFailed(Exception):
    """A step has failed and left no effect."""

    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"{step}: {code}")
        self.step = step
        self.code = code


class StepAfterLast(Exception):
    """A bug of an operation type: it runs a step after the last one, whose record completes the operation."""

    def __init__(self, step: str) -> None:
        super().__init__(f"{step} follows the last step: call saga.last_step only for the type's last step")
        self.step = step


class RunHeld(Exception):
    """A step's account or bridge is paused: the step sent nothing, and another run continues later."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class NeedsAttention(Exception):
    """The outcome of a step is unknown; a person must resolve it."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def failure_code(error: ActivityError) -> str:
    """Return the code of the final failure of an activity; see `activities.errors.to_application_error`."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.type or FailureCode.INTERNAL_ERROR
    if isinstance(cause, ActivityTimeoutError):
        # The last failure is the reason for the retries. A timeout without one leaves the outcome unknown.
        last = cause.cause
        return (isinstance(last, ApplicationError) and last.type) or FailureCode.OUTCOME_UNKNOWN
    return FailureCode.INTERNAL_ERROR


def code_from(error: FailureError) -> str:
    if isinstance(error, ActivityError):
        return FailureCode.CANCELLED_BY_OPERATOR if is_cancelled(error) else failure_code(error)
    return (isinstance(error, ApplicationError) and error.type) or FailureCode.INTERNAL_ERROR


def is_cancelled(error: ActivityError) -> bool:
    """Return True if the activity ended because the run is being cancelled.

    The server reports this as a cancellation, or as the last failure if the activity was waiting for its next retry.
    """
    return is_cancelled_exception(error) or error.retry_state is RetryState.CANCEL_REQUESTED


def is_timed_out(error: ActivityError) -> bool:
    """Return True if the retries of the activity took longer than the run's limits allow.

    The server reports this as a timeout, or as the last failure if the next retry would be too late.
    """
    return isinstance(error.cause, ActivityTimeoutError) or error.retry_state is RetryState.TIMEOUT
