"""What the end of an activity means, in each of the ways that the server tells of it."""

from typing import Any

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, RetryState, TimeoutType
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

from workflows.failures import failure_code, is_cancelled, is_timed_out


def _build_error(
    cause: BaseException | None, retry_state: RetryState = RetryState.NON_RETRYABLE_FAILURE
) -> ActivityError:
    error = ActivityError(
        "ended",
        scheduled_event_id=1,
        started_event_id=2,
        identity="worker",
        activity_type="buy_label",
        activity_id="1",
        retry_state=retry_state,
    )
    error.__cause__ = cause
    return error


def _timeout(last: BaseException | None) -> ActivityTimeoutError:
    error = ActivityTimeoutError("late", type=TimeoutType.SCHEDULE_TO_CLOSE, last_heartbeat_details=[])
    error.__cause__ = last
    return error


@pytest.mark.parametrize(
    ("error", "code", "late", "stopped"),
    [
        (_build_error(ApplicationError("no", type="rejected")), "rejected", False, False),
        (_build_error(ApplicationError("?", type="outcome_unknown")), "outcome_unknown", False, False),
        (_build_error(ApplicationError("no type")), "internal_error", False, False),
        (_build_error(_timeout(None)), "outcome_unknown", True, False),
        (_build_error(_timeout(ApplicationError("busy", type="rate_limited"))), "rate_limited", True, False),
        (
            _build_error(ApplicationError("not yet", type="still_waiting"), RetryState.TIMEOUT),
            "still_waiting",
            True,
            False,
        ),
        (_build_error(CancelledError()), "internal_error", False, True),
        (
            _build_error(ApplicationError("not yet", type="still_waiting"), RetryState.CANCEL_REQUESTED),
            "still_waiting",
            False,
            True,
        ),
    ],
    ids=["rejected", "ambiguous", "untyped", "timeout", "timeout-why", "too-late-to-retry", "cancel", "cancel-retry"],
)
def test_classification(error: ActivityError, code: str, late: bool, stopped: bool) -> None:
    """A timeout alone says nothing of what happened; giving up and cancelling are told in two ways each."""
    assert failure_code(error) == code
    assert is_timed_out(error) is late
    assert is_cancelled(error) is stopped


def test_a_timeout_after_sending_is_never_taken_for_a_refusal() -> None:
    """Where the last delivery fell silent, the outcome is unknown."""
    silent: Any = _timeout(_timeout(None))
    assert failure_code(_build_error(silent)) == "outcome_unknown"
