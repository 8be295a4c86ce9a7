"""How activities are called: the time-outs and retries of each kind of call."""

import dataclasses
from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

from domain.plan import Plan

BACKOFF = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=60)
)
_SOON = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
DATABASE_CALL = timedelta(seconds=15)
DATABASE_TRIES = 5


def effect_options(retry_for: float, summary: str) -> ActivityConfig:
    """A call to the outside: heartbeats tell of a dead worker, a cancellation waits until the call has ended."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=180),
        schedule_to_close_timeout=timedelta(seconds=retry_for),
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=BACKOFF,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )


def database_options(summary: str) -> LocalActivityConfig:
    """A call to Postgres alone, within the workflow task: it costs no round trip, and is given up after a few tries.

    A local activity that outlives its task of 10 s is kept by three events of history each 8 s: an hour without
    Postgres would be 1,350. See `patient_options`.
    """
    return LocalActivityConfig(
        start_to_close_timeout=DATABASE_CALL,
        retry_policy=dataclasses.replace(_SOON, maximum_attempts=DATABASE_TRIES),
        cancellation_type=ActivityCancellationType.ABANDON,
        summary=summary,
    )


def patient_options(summary: str) -> ActivityConfig:
    """The same call once Postgres is known to be away: tried for ever, and no try adds to the history."""
    return ActivityConfig(
        start_to_close_timeout=DATABASE_CALL,
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=_SOON,
        cancellation_type=ActivityCancellationType.ABANDON,
        summary=summary,
    )


def describe(plan: Plan) -> str:
    """Say in few words what a run is about: carrier and service, channel, status. Never an address."""
    carrier = " ".join(filter(None, [plan.carrier, plan.service]))
    return ", ".join(filter(None, [carrier, plan.channel, plan.status, plan.tracking_number]))
