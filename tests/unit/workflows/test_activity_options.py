"""Timeouts, retries and descriptions of activities."""

from datetime import timedelta
from uuid import uuid4

from temporalio.workflow import ActivityCancellationType

from domain.plan import Plan
from workflows.activity_options import DATABASE_TRIES, database_options, describe, effect_options, patient_options


def test_a_purchase_is_not_cancelled_in_flight() -> None:
    """A cancellation waits for the call; a dead worker is noticed within ten seconds; the run sets the total limit."""
    options = effect_options(3600, "fedex GROUND")
    assert options["cancellation_type"] is ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
    assert options["heartbeat_timeout"] == timedelta(seconds=10)
    assert options["schedule_to_close_timeout"] == timedelta(hours=1)


def test_writes_to_the_mirror_are_retried_without_a_limit() -> None:
    options = patient_options("mirrors completed")
    assert options["retry_policy"] is not None
    assert options["retry_policy"].maximum_attempts == 0
    assert options.get("schedule_to_close_timeout") is None


def test_a_database_call_has_a_limited_number_of_tries() -> None:
    """A call that outlives its workflow task adds to the history every few seconds."""
    policy = database_options("mirrors completed")["retry_policy"]
    assert policy is not None
    assert policy.maximum_attempts == DATABASE_TRIES


def test_a_description_has_no_personal_data() -> None:
    """It has the carrier, service, channel, status and tracking number of a plan."""
    plan = Plan(carrier="fedex", service="GROUND", channel="sandbox", status="shipped", bridge_id=uuid4())
    assert describe(plan) == "fedex GROUND, sandbox, shipped"
    assert describe(Plan(tracking_number="1Z", carrier="ups", extra={"anything": "else"})) == "ups, 1Z"
    assert describe(Plan()) == ""
