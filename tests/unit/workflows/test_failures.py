"""Every form of an activity's end in Temporal gets its failure code."""

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
    ("error", "code", "timed_out", "cancelled"),
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
def test_the_error_of_an_activity_is_classified(
    error: ActivityError, code: str, timed_out: bool, cancelled: bool
) -> None:
    """A plain timeout means an unknown outcome; Temporal reports timeouts and cancellations in two forms each."""
    assert failure_code(error) == code
    assert is_timed_out(error) is timed_out
    assert is_cancelled(error) is cancelled


def test_a_timeout_after_sending_is_an_unknown_outcome() -> None:
    silent: Any = _timeout(_timeout(None))
    assert failure_code(_build_error(silent)) == "outcome_unknown"
