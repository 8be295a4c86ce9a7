"""Options of activity calls: the time-outs and retries of each kind of call."""

import dataclasses
from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

from activities.handover import LOCAL_SECONDS
from domain.plan import Plan

BACKOFF = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=60)
)
_SOON = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
DATABASE_CALL = timedelta(seconds=15)
DATABASE_TRIES = 5
LOCAL_CALL = timedelta(seconds=LOCAL_SECONDS + 1)
"""The worker ends a local activity after `LOCAL_SECONDS`. This limit applies only if the worker fails to."""


def effect_options(retry_for: float, summary: str) -> ActivityConfig:
    """Return the options of a call to a carrier or channel.

    Heartbeats reveal a dead worker. A cancellation waits for the end of the call, so that its outcome is recorded.
    """
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=180),
        schedule_to_close_timeout=timedelta(seconds=retry_for),
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=BACKOFF,
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )


def local_options(summary: str) -> LocalActivityConfig:
    """Return the options of a local attempt of such a call: one attempt, which the worker bounds (`LOCAL_SECONDS`)."""
    return LocalActivityConfig(
        start_to_close_timeout=LOCAL_CALL,
        retry_policy=RetryPolicy(maximum_attempts=1),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        summary=summary,
    )


def database_options(summary: str) -> LocalActivityConfig:
    """Return the options of a local activity that only calls Postgres: no round trip, a limited number of tries.

    Temporal extends a local activity that outlives its 10 s workflow task with three history events every 8 s. An hour
    without Postgres would add 1,350 events, so the caller soon switches to `patient_options`.
    """
    return LocalActivityConfig(
        schedule_to_close_timeout=LOCAL_CALL,
        retry_policy=dataclasses.replace(_SOON, maximum_attempts=DATABASE_TRIES),
        cancellation_type=ActivityCancellationType.ABANDON,
        summary=summary,
    )


def patient_options(summary: str) -> ActivityConfig:
    """Return the options for the same call while Postgres is down: endless retries that add nothing to the history."""
    return ActivityConfig(
        start_to_close_timeout=DATABASE_CALL,
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=_SOON,
        cancellation_type=ActivityCancellationType.ABANDON,
        summary=summary,
    )


def describe(plan: Plan) -> str:
    """Describe a run in a few words: carrier and service, channel, status. Never an address."""
    carrier = " ".join(filter(None, [plan.carrier, plan.service]))
    return ", ".join(filter(None, [carrier, plan.channel, plan.status, plan.tracking_number]))
