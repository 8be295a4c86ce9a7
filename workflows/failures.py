"""What a step's failure means, told from the exceptions that Temporal delivers."""

from temporalio.exceptions import ActivityError, ApplicationError, FailureError, RetryState, is_cancelled_exception
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

from domain.codes import FailureCode


class StepFailed(Exception):
    """A step is over without success; nothing of it stands."""

    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"{step}: {code}")
        self.step = step
        self.code = code


class RunHeld(Exception):
    """A step's account or bridge is paused: nothing of the step was sent, and another run goes on later."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class NeedsAttention(Exception):
    """A step's outcome can't be told; a person must settle it."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def failure_code(error: ActivityError) -> str:
    """Return the code of what made an activity fail for good; see `activities.errors.to_application_error`."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.type or FailureCode.INTERNAL_ERROR
    if isinstance(cause, ActivityTimeoutError):
        # The last failure says why the retries took too long; a timeout alone says nothing of what happened.
        last = cause.cause
        return (isinstance(last, ApplicationError) and last.type) or FailureCode.OUTCOME_UNKNOWN
    return FailureCode.INTERNAL_ERROR


def code_from(error: FailureError) -> str:
    if isinstance(error, ActivityError):
        return FailureCode.CANCELLED_BY_OPERATOR if is_cancelled(error) else failure_code(error)
    return (isinstance(error, ApplicationError) and error.type) or FailureCode.INTERNAL_ERROR


def is_cancelled(error: ActivityError) -> bool:
    """Whether the activity ended because the run is being cancelled.

    The server tells of it in either of two ways: by a cancellation, or by the failure after which it would have tried
    again.
    """
    return is_cancelled_exception(error) or error.retry_state is RetryState.CANCEL_REQUESTED


def is_timed_out(error: ActivityError) -> bool:
    """Whether the retries of the activity took longer than the run's limits.

    The server tells of it in either of two ways: by a timeout, or by the last failure where the next try would be late.
    """
    return isinstance(error.cause, ActivityTimeoutError) or error.retry_state is RetryState.TIMEOUT
