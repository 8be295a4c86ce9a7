"""How activities are called."""

from datetime import timedelta
from uuid import uuid4

from temporalio.workflow import ActivityCancellationType

from domain.plan import Plan
from workflows.activity_options import DATABASE_TRIES, database_options, describe, effect_options, patient_options


def test_a_purchase_is_not_cancelled_in_flight() -> None:
    """A cancellation waits for the call's end; a dead worker is noticed within ten seconds; the limit is the run's."""
    options = effect_options(3600, "fedex GROUND")
    assert options["cancellation_type"] is ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
    assert options["heartbeat_timeout"] == timedelta(seconds=10)
    assert options["schedule_to_close_timeout"] == timedelta(hours=1)


def test_the_mirror_is_written_for_ever() -> None:
    """No number of attempts and no time ends it, once it is not done within the workflow task."""
    options = patient_options("mirrors completed")
    assert options["retry_policy"] is not None
    assert options["retry_policy"].maximum_attempts == 0
    assert options.get("schedule_to_close_timeout") is None


def test_a_call_within_the_workflow_task_is_given_up() -> None:
    """However long Postgres is away: what outlives its task adds to the history every few seconds."""
    policy = database_options("mirrors completed")["retry_policy"]
    assert policy is not None
    assert policy.maximum_attempts == DATABASE_TRIES


def test_a_description_has_only_what_operators_may_read() -> None:
    """Of a plan, only carrier, service, channel, status and tracking number are shown."""
    plan = Plan(carrier="fedex", service="GROUND", channel="sandbox", status="shipped", bridge_id=uuid4())
    assert describe(plan) == "fedex GROUND, sandbox, shipped"
    assert describe(Plan(tracking_number="1Z", carrier="ups", extra={"anything": "else"})) == "ups, 1Z"
    assert describe(Plan()) == ""
