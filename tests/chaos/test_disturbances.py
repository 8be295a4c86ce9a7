"""The checker finds what a pause, a wrong clock or a hanging carrier must not lead to."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.chaos.books import Books
from tests.chaos.checker import check
from tests.chaos.disturbances import IN_FLIGHT_SECONDS
from tests.chaos.test_checker import ACCOUNT, AT, LATER, OP, Case, case
from tests.chaos.told import Hang, Json, PersonPause, WrongClock

__all__ = ["case"]

BEGUN = datetime.fromisoformat(AT).timestamp()
STRANGER = "organization-2"


def log(connection_id: str, event: str, at: float, message: str = "m", actor: str = "key-1") -> Json:
    moment = datetime.fromtimestamp(at, datetime.fromisoformat(AT).tzinfo).isoformat()
    return {"connection_id": connection_id, "event": event, "at": moment, "message": message, "actor": actor}


def pause(case: Case, since: float, end: float) -> None:
    """The account is paused from `since` to `end`, in seconds after the effect was begun."""
    case.told.pauses.append(PersonPause(BEGUN + since, ACCOUNT, "inventory"))
    case.books.connection_logs.extend(
        [
            log(ACCOUNT, "paused", BEGUN + since - 0.1, "The carrier account is paused: inventory"),
            log("account-2", "resumed", BEGUN + since),
            log(ACCOUNT, "resumed", BEGUN + end),
        ]
    )


def run_with_clock(case: Case, seconds: int, *, has_worker: bool = True, has_warned: bool = True) -> None:
    case.told.clocks.append(WrongClock("api", seconds, BEGUN - 1, BEGUN + 1, has_worker, has_warned))


def hang(case: Case, organization_id: str, since: float) -> None:
    case.told.hangs.append(Hang(organization_id, BEGUN + since, BEGUN + since + 60))


@pytest.fixture(autouse=True)
def furnished(case: Case) -> None:
    case.operation.update(organization_id="organization-1", completed_at=LATER)
    case.effect.update(created_at=AT, sent_at=AT)


def pause_after_the_effect(case: Case) -> None:
    pause(case, 1, 50)


def end_the_pause_before_the_effect(case: Case) -> None:
    pause(case, -5, -1)


def begin_in_flight(case: Case) -> None:
    """The run was opened before the pause."""
    pause(case, -1, 50)
    case.books.runs[OP][0]["created_at"] = log(ACCOUNT, "", BEGUN - 2)["at"]


def send_again_after_the_pause(case: Case) -> None:
    """The effect was begun in flight; a later run, opened after the pause, has it now."""
    begin_in_flight(case)
    case.books.runs[OP].append({**case.books.runs[OP][0], "run": 2, "created_at": LATER, "workflow_id": "operation-2"})
    case.operation["current_run"] = 2
    case.books.workflows["operation-2"] = "COMPLETED"
    case.books.runs[OP][0]["result"] = "held"
    case.log("operation.created", "operation.executing", "operation.held", "operation.completed")


def shift_a_little(case: Case) -> None:
    run_with_clock(case, 20)


def shift_a_process_without_a_worker(case: Case) -> None:
    run_with_clock(case, 300, has_worker=False)


def complete_beside_a_hang(case: Case) -> None:
    hang(case, STRANGER, -10)


@pytest.mark.parametrize(
    "harmless",
    [
        pause_after_the_effect,
        end_the_pause_before_the_effect,
        begin_in_flight,
        send_again_after_the_pause,
        shift_a_little,
        shift_a_process_without_a_worker,
        complete_beside_a_hang,
    ],
)
def test_what_is_allowed(case: Case, harmless: Callable[[Case], None]) -> None:
    harmless(case)
    assert check(case.told, case.books) == []


def begin_in_a_pause(case: Case) -> None:
    pause(case, -1, 50)
    case.books.runs[OP][0]["created_at"] = AT


def begin_in_flight_too_late(case: Case) -> None:
    pause(case, -IN_FLIGHT_SECONDS - 1, 50)
    case.books.runs[OP][0]["created_at"] = log(ACCOUNT, "", BEGUN - IN_FLIGHT_SECONDS - 2)["at"]


def pause_without_a_reason(case: Case) -> None:
    pause_after_the_effect(case)
    case.books.connection_logs[0]["message"] = "The carrier account is paused."


def pause_without_an_actor(case: Case) -> None:
    pause_after_the_effect(case)
    case.books.connection_logs[0]["actor"] = "system"


def buy_with_a_wrong_clock(case: Case) -> None:
    run_with_clock(case, -300)


def keep_quiet_about_the_clock(case: Case) -> None:
    run_with_clock(case, 20, has_warned=False)


def stand_still_beside_a_hang(case: Case) -> None:
    hang(case, STRANGER, 10)


def complete_nothing_but_what_hangs(case: Case) -> None:
    hang(case, str(case.operation["organization_id"]), -10)


@pytest.mark.parametrize(
    "lie",
    [
        begin_in_a_pause,
        begin_in_flight_too_late,
        pause_without_a_reason,
        pause_without_an_actor,
        buy_with_a_wrong_clock,
        keep_quiet_about_the_clock,
        stand_still_beside_a_hang,
        complete_nothing_but_what_hangs,
    ],
)
def test_each_lie_is_found(case: Case, lie: Callable[[Case], None]) -> None:
    lie(case)
    assert len(check(case.told, case.books)) == 1


def test_a_resumption_of_the_service_ends_a_pause_too(case: Case) -> None:
    """What the log says counts, not what the person wanted."""
    begin_in_a_pause(case)
    books: Books = case.books
    books.connection_logs.insert(1, log(ACCOUNT, "resumed", BEGUN - 0.5, actor="system"))
    assert check(case.told, books) == []
