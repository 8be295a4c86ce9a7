"""Pauses accounts and bridges after refusals, holds new calls while they are paused, and resumes them after a probe."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities.payloads import StepInput
from domain.errors import (
    AccountPaused,
    AuthFailed,
    Curable,
    EffectError,
    NotActive,
    NotSent,
    NotStarted,
    OrderBusy,
    OverLimit,
    RateLimited,
    Rejected,
)
from domain.operations import RunRef
from domain.pauses import UNAVAILABLE_AFTER_SECONDS, PauseCause
from domain.ports.ledger import ActivityReads
from domain.shipping import Connection


@contextlib.asynccontextmanager
async def pausing_on_auth_failure(
    reads: ActivityReads, connection: Connection, organization_id: UUID
) -> AsyncIterator[None]:
    """Set an account or bridge to auth_failed if its credentials are refused inside this block."""
    try:
        yield
    except AuthFailed as error:
        await reads.auth_failed(connection, organization_id, error.message)
        raise


def require_active(connection: Connection, step: StepInput) -> None:
    """Refuse a new effect if the account or bridge is not active; an effect that was sent may finish.

    Raises:
        AccountPaused: it is paused, and the step's operation does not probe it.
        NotActive: its credentials were refused.
    """
    if connection.active or step.resend_of is not None or connection.probed_by == step.operation_id:
        return
    if connection.pause is None:
        raise NotActive(f"the {connection.vendor} account is not active")
    raise AccountPaused(f"the {connection.vendor} account is paused")


@contextlib.asynccontextmanager
async def pausing_on_refusal(reads: ActivityReads, connection: Connection, step: StepInput) -> AsyncIterator[None]:
    """Pause an account or bridge if it refuses a step for a reason that time or money cures; resume it after a probe.

    Raises:
        AccountPaused: the account or bridge is paused for that reason.
    """
    run = RunRef(step.organization_id, step.operation_id, step.run)
    is_probe = connection.pause is not None and connection.probed_by == step.operation_id
    try:
        async with pausing_on_auth_failure(reads, connection, step.organization_id):
            yield
    except EffectError as error:
        cause = find_cause(error, is_patient=not is_probe)
        if cause is not None:
            after = error.after if isinstance(error, Curable | RateLimited) else None
            await reads.pause(connection, run, cause, error.message, after)
            raise AccountPaused(error.message) from error
        if is_probe and isinstance(error, Rejected) and not isinstance(error, AuthFailed):
            await reads.resume(connection, run, after_purchase=False)
        raise
    if is_probe:
        await reads.resume(connection, run, after_purchase=True)


def find_cause(error: EffectError, *, is_patient: bool) -> PauseCause | None:
    """Return why a failed call pauses its account or bridge; None if it is retried or failed for good.

    `is_patient`: an unreachable vendor is retried for a while first.
    """
    if isinstance(error, Curable):
        return error.cause
    if isinstance(error, OverLimit | OrderBusy | NotStarted) or not isinstance(error, NotSent | RateLimited):
        return None
    waits_long = isinstance(error, RateLimited) and error.after >= UNAVAILABLE_AFTER_SECONDS
    if is_patient and not waits_long and _retrying_for() < timedelta(seconds=UNAVAILABLE_AFTER_SECONDS):
        return None
    return PauseCause.RATE_LIMITED if isinstance(error, RateLimited) else PauseCause.UNAVAILABLE


def _retrying_for() -> timedelta:
    """Return for how long this activity has been retried; both times are of Temporal's clock."""
    info = activity.info()
    return info.current_attempt_scheduled_time - info.scheduled_time
