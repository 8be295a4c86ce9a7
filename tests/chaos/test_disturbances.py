"""The checker detects violations during a pause, a wrong clock or a hanging carrier."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.chaos.checker import check
from tests.chaos.client_log import Hang, Json, PersonPause, WrongClock
from tests.chaos.disturbances import IN_FLIGHT_SECONDS
from tests.chaos.records import Records
from tests.chaos.test_checker import ACCOUNT, AT, LATER, OP, Case, case

__all__ = ["case"]

STARTED = datetime.fromisoformat(AT).timestamp()


def log(connection_id: str, event: str, at: float, message: str = "m", actor: str = "key-1") -> Json:
    moment = datetime.fromtimestamp(at, datetime.fromisoformat(AT).tzinfo).isoformat()
    return {"subject_id": connection_id, "event": event, "at": moment, "message": message, "actor": actor}


def pause(case: Case, since: float, end: float) -> None:
    """Pause the account from `since` to `end`, in seconds after the effect's start."""
    case.client_log.pauses.append(PersonPause(STARTED + since, ACCOUNT, "inventory"))
    case.records.connection_logs.extend(
        [
            log(ACCOUNT, "paused", STARTED + since - 0.1, "The carrier account is paused: inventory"),
            log("account-2", "resumed", STARTED + since),
            log(ACCOUNT, "resumed", STARTED + end),
        ]
    )


def run_with_clock(case: Case, seconds: int, *, has_worker: bool = True, has_warned: bool = True) -> None:
    case.client_log.clocks.append(WrongClock("api", seconds, STARTED - 1, STARTED + 1, has_worker, has_warned))


def hang(case: Case, status: str) -> None:
    case.client_log.hangs.append(Hang("organization-2", STARTED, OP, status))


@pytest.fixture(autouse=True)
def add_times(case: Case) -> None:
    case.operation.update(organization_id="organization-1", completed_at=LATER)
    case.effect.update(created_at=AT, sent_at=AT)


def pause_after_the_effect(case: Case) -> None:
    pause(case, 1, 50)


def end_the_pause_before_the_effect(case: Case) -> None:
    pause(case, -5, -1)


def begin_in_flight(case: Case) -> None:
    """The run was opened before the pause."""
    pause(case, -1, 50)
    case.records.runs[OP][0]["created_at"] = log(ACCOUNT, "", STARTED - 2)["at"]


def send_again_after_the_pause(case: Case) -> None:
    """The effect began in a run opened before the pause; a run opened after the pause completes it."""
    begin_in_flight(case)
    case.records.runs[OP].append(
        {**case.records.runs[OP][0], "run": 2, "created_at": LATER, "workflow_id": "operation-2"}
    )
    case.operation["current_run"] = 2
    case.records.workflows["operation-2"] = "COMPLETED"
    case.records.runs[OP][0]["result"] = "held"
    case.log("operation.created", "operation.executing", "operation.held", "operation.released", "operation.completed")


def shift_a_little(case: Case) -> None:
    run_with_clock(case, 20)


def shift_a_process_without_a_worker(case: Case) -> None:
    run_with_clock(case, 300, has_worker=False)


def complete_during_a_hang(case: Case) -> None:
    hang(case, "completed")


@pytest.mark.parametrize(
    "harmless",
    [
        pause_after_the_effect,
        end_the_pause_before_the_effect,
        begin_in_flight,
        send_again_after_the_pause,
        shift_a_little,
        shift_a_process_without_a_worker,
        complete_during_a_hang,
    ],
)
def test_allowed_behaviour(case: Case, harmless: Callable[[Case], None]) -> None:
    harmless(case)
    assert check(case.client_log, case.records) == []


def begin_in_a_pause(case: Case) -> None:
    pause(case, -1, 50)
    case.records.runs[OP][0]["created_at"] = AT


def begin_in_flight_too_late(case: Case) -> None:
    pause(case, -IN_FLIGHT_SECONDS - 1, 50)
    case.records.runs[OP][0]["created_at"] = log(ACCOUNT, "", STARTED - IN_FLIGHT_SECONDS - 2)["at"]


def pause_without_a_reason(case: Case) -> None:
    pause_after_the_effect(case)
    case.records.connection_logs[0]["message"] = "The carrier account is paused."


def pause_without_an_actor(case: Case) -> None:
    pause_after_the_effect(case)
    case.records.connection_logs[0]["actor"] = "service:worker"


def buy_with_a_wrong_clock(case: Case) -> None:
    run_with_clock(case, -300)


def omit_the_clock_warning(case: Case) -> None:
    run_with_clock(case, 20, has_warned=False)


def wait_during_a_hang(case: Case) -> None:
    hang(case, "executing")


def fail_during_a_hang(case: Case) -> None:
    hang(case, "failed")


@pytest.mark.parametrize(
    "falsify",
    [
        begin_in_a_pause,
        begin_in_flight_too_late,
        pause_without_a_reason,
        pause_without_an_actor,
        buy_with_a_wrong_clock,
        omit_the_clock_warning,
        wait_during_a_hang,
        fail_during_a_hang,
    ],
)
def test_each_falsification_is_detected(case: Case, falsify: Callable[[Case], None]) -> None:
    falsify(case)
    assert len(check(case.client_log, case.records)) == 1


def test_a_resume_by_the_service_ends_a_pause(case: Case) -> None:
    """The checker uses the log's end of the pause, even if the service and not the person resumed the account."""
    begin_in_a_pause(case)
    records: Records = case.records
    records.connection_logs.insert(1, log(ACCOUNT, "resumed", STARTED - 0.5, actor="service:worker"))
    assert check(case.client_log, records) == []
