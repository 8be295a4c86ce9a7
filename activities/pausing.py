"""Pauses accounts and bridges that refuse, holds what would begin with them, and resumes them after a probe."""

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
    NotBegun,
    NotSent,
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
    """Switch off an account or a bridge whose credentials are refused within, whatever they were needed for."""
    try:
        yield
    except AuthFailed as error:
        await reads.auth_failed(connection, organization_id, error.message)
        raise


def require_active(connection: Connection, step: StepInput) -> None:
    """Refuse to begin anything with an account or a bridge that is not active; what was sent is brought to its end.

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
    """Pause an account or a bridge that refuses a step for a cause that time or money cures; resume it after a probe.

    Raises:
        AccountPaused: it is paused for that.
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
    """Return for which cause a failed call pauses its account or bridge; None if the call is repeated or is final.

    `is_patient`: a vendor that can't be reached is called again for a while.
    """
    if isinstance(error, Curable):
        return error.cause
    if isinstance(error, OverLimit | OrderBusy | NotBegun) or not isinstance(error, NotSent | RateLimited):
        return None
    waits_long = isinstance(error, RateLimited) and error.after >= UNAVAILABLE_AFTER_SECONDS
    if is_patient and not waits_long and _retrying_for() < timedelta(seconds=UNAVAILABLE_AFTER_SECONDS):
        return None
    return PauseCause.RATE_LIMITED if isinstance(error, RateLimited) else PauseCause.UNAVAILABLE


def _retrying_for() -> timedelta:
    """Return for how long this activity has been tried; both times are Temporal's."""
    info = activity.info()
    return info.current_attempt_scheduled_time - info.scheduled_time
