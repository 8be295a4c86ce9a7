"""Whose turn it is, when many runs wait."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.operations import Run, RunKind
from domain.ports.runs import LaneState
from engine.fair_queue import MANY, MOST_FETCHED, MOST_OFFERED, Lanes

OURS, THEIRS = uuid4(), uuid4()
ACCOUNT = str(uuid4())


def a_run(organization: UUID = OURS, kind: RunKind = RunKind.EXECUTE, account: str = ACCOUNT) -> Run:
    operation_id = uuid4()
    return Run(
        organization_id=organization,
        operation_id=operation_id,
        run=1,
        kind=kind,
        workflow_id=f"operation-{operation_id}",
        operation_type="create_shipment",
        order_id=None,
        plan={"carrier_account_id": account},
        options={},
        created_at=datetime.now(UTC),
        started_at=None,
        closed_at=None,
    )


def a_state(run: Run, **changed: object) -> LaneState:
    given = {"open": 0, "queued": True, "most_concurrent": None, "most_per_second": None, **changed}
    return LaneState(organization_id=run.organization_id, lane=run.lane, **given)  # type: ignore[arg-type]  # a dict of its fields


def offered(lanes: Lanes, *runs: Run) -> None:
    for run in runs:
        lanes.offer(run)


def test_the_oldest_of_a_lane_goes_first() -> None:
    lanes, runs = Lanes(10), [a_run() for _ in range(3)]
    offered(lanes, *runs)
    assert [lanes.take(0.0) for _ in range(4)] == [*runs, None]


def test_organizations_take_turns() -> None:
    """A single run does not wait behind somebody else's fifty."""
    lanes, many, single = Lanes(100), [a_run() for _ in range(50)], a_run(THEIRS)
    offered(lanes, *many, single)
    assert single in [lanes.take(0.0), lanes.take(0.0)]


def test_accounts_of_an_organization_take_turns() -> None:
    lanes, many, single = Lanes(100), [a_run() for _ in range(50)], a_run(account=str(uuid4()))
    offered(lanes, *many, single)
    assert single in [lanes.take(0.0), lanes.take(0.0)]


def test_an_undo_does_not_wait_behind_executions() -> None:
    lanes, many, undo = Lanes(100), [a_run() for _ in range(50)], a_run(kind=RunKind.UNDO)
    offered(lanes, *many, undo)
    assert undo in [lanes.take(0.0), lanes.take(0.0)]


def test_a_full_lane_lets_nobody_in_until_one_has_left() -> None:
    lanes, runs = Lanes(2), [a_run() for _ in range(3)]
    offered(lanes, *runs)
    assert [lanes.take(0.0) for _ in range(3)] == [*runs[:2], None]
    lanes.left(runs[0].operation_id)
    assert lanes.take(0.0) == runs[2]


def test_a_full_lane_does_not_hold_up_another() -> None:
    lanes, stuck, other = Lanes(1), [a_run(), a_run()], a_run(account=str(uuid4()))
    offered(lanes, *stuck, other)
    assert {id(lanes.take(0.0)), id(lanes.take(0.0))} == {id(stuck[0]), id(other)}


def test_a_run_that_lingers_keeps_its_place_until_postgres_tells() -> None:
    """Postgres knows it as open as long as it is."""
    lanes, runs = Lanes(1), [a_run(), a_run()]
    offered(lanes, *runs)
    assert lanes.take(0.0) == runs[0]
    lanes.lingers(runs[0].operation_id)
    lanes.left(runs[0].operation_id)
    lanes.refresh([a_state(runs[0], open=1)])
    assert lanes.take(0.0) is None
    lanes.refresh([a_state(runs[0], open=0)])
    assert lanes.take(0.0) == runs[1]


def test_what_others_let_in_counts() -> None:
    lanes, run = Lanes(3), a_run()
    offered(lanes, run)
    assert lanes.refresh([a_state(run, open=3)]) == []
    assert lanes.take(0.0) is None


def test_the_room_of_a_lane_is_asked_for_less_what_was_fetched() -> None:
    lanes, run = Lanes(5), a_run()
    rooms = lanes.refresh([a_state(run, open=2)])
    assert rooms == [(OURS, run.lane, 3)]
    lanes.claimed(rooms, [run])
    assert lanes.refresh([a_state(run, open=2)]) == [(OURS, run.lane, 2)]
    assert lanes.refresh([a_state(run, open=2, queued=False)]) == []


def test_an_account_sets_its_own_limit() -> None:
    lanes, runs = Lanes(64), [a_run() for _ in range(3)]
    lanes.refresh([a_state(runs[0], most_concurrent=1)])
    offered(lanes, *runs)
    assert [lanes.take(0.0), lanes.take(0.0)] == [runs[0], None]


def test_an_account_sets_its_own_pace() -> None:
    """Two a second: the next one may go half a second later."""
    lanes, runs = Lanes(64), [a_run() for _ in range(3)]
    lanes.refresh([a_state(runs[0], most_per_second=2.0)])
    offered(lanes, *runs)
    assert lanes.take(10.0) == runs[0]
    assert lanes.take(10.4) is None
    assert lanes.next_at() == pytest.approx(10.5)
    assert lanes.take(10.5) == runs[1]


def test_a_run_is_queued_once() -> None:
    lanes, run = Lanes(10), a_run()
    offered(lanes, run, run)
    assert lanes.queued == 1
    assert [lanes.take(0.0), lanes.take(0.0)] == [run, None]


def test_a_very_long_lane_stays_in_postgres() -> None:
    lanes = Lanes(1000)
    offered(lanes, *(a_run() for _ in range(MOST_OFFERED + 1)))
    assert lanes.queued == MOST_OFFERED


def test_those_that_come_later_do_not_pass_those_that_wait() -> None:
    """More wait here than are ever fetched: 256 clients have their runs in the order in which they asked."""
    lanes, runs = Lanes(1000), [a_run() for _ in range(4 * MOST_FETCHED)]
    offered(lanes, *runs)
    assert [lanes.take(0.0) for _ in runs] == runs


def test_nothing_is_fetched_for_a_lane_of_which_enough_was() -> None:
    lanes, runs = Lanes(1000), [a_run() for _ in range(MOST_FETCHED)]
    rooms = lanes.refresh([a_state(runs[0])])
    lanes.claimed(rooms, runs)
    assert not lanes.refresh([a_state(runs[0])])
    assert not lanes.hungry


def test_those_who_are_offered_without_end_keep_nobody_in_postgres() -> None:
    """What waits there is fetched all the same, and takes turns with them."""
    lanes, fetched, coming = Lanes(1000), [a_run() for _ in range(3)], [a_run() for _ in range(2 * MOST_FETCHED)]
    offered(lanes, *coming)
    rooms = lanes.refresh([a_state(coming[0])])
    assert rooms == [(OURS, coming[0].lane, MOST_FETCHED)]
    lanes.claimed(rooms, fetched)
    turns = [fetched[0], coming[0], fetched[1], coming[1], fetched[2], *coming[2:]]
    assert [lanes.take(0.0) for _ in range(lanes.queued)] == turns


def test_one_that_comes_alone_does_not_wait_behind_a_bulk_of_its_own_organization() -> None:
    lanes, many, one = Lanes(1000), [a_run() for _ in range(MOST_FETCHED)], a_run()
    lanes.claimed(lanes.refresh([a_state(one)]), many)
    assert lanes.take(0.0) == many[0]
    offered(lanes, one)
    assert lanes.take(0.0) == one


def test_what_was_offered_and_fetched_waits_once() -> None:
    lanes, run = Lanes(1000), a_run()
    offered(lanes, run)
    lanes.claimed(lanes.refresh([a_state(run)]), [run])
    assert [lanes.take(0.0), lanes.take(0.0)] == [run, None]


def test_a_lane_that_runs_dry_while_more_wait_is_hungry() -> None:
    """It is asked for again before it is empty, but not for every single place."""
    lanes, run = Lanes(64), a_run()
    rooms = lanes.refresh([a_state(run)])
    lanes.claimed(rooms, [a_run() for _ in range(64)])
    taken = [lanes.take(0.0) for _ in range(15)]
    for one in taken:
        assert one is not None
        lanes.left(one.operation_id)
    assert not lanes.hungry
    last = lanes.take(0.0)
    assert last is not None
    assert not lanes.hungry
    lanes.left(last.operation_id)
    assert lanes.hungry


def test_a_lane_that_got_less_than_it_wanted_is_not_hungry() -> None:
    """Nobody is asked again and again for what is not there."""
    lanes, run = Lanes(64), a_run()
    lanes.claimed(lanes.refresh([a_state(run)]), [run])
    assert lanes.take(0.0) == run
    assert not lanes.hungry


def test_a_full_lane_is_hungry_once_it_has_room() -> None:
    """It wanted nothing while it was full, and more wait in Postgres."""
    lanes, inside = Lanes(1), a_run()
    offered(lanes, inside)
    assert lanes.take(0.0) == inside
    lanes.claimed(lanes.refresh([a_state(inside)]), [])
    assert not lanes.hungry
    lanes.left(inside.operation_id)
    assert lanes.hungry


def test_lanes_without_runs_are_forgotten() -> None:
    lanes, run = Lanes(10), a_run()
    offered(lanes, run)
    lanes.take(0.0)
    lanes.left(run.operation_id)
    lanes.refresh([])
    assert not lanes._turns


def test_an_organization_that_may_not_enter_is_passed_over() -> None:
    lanes, ours, theirs = Lanes(10), a_run(), a_run(THEIRS)
    offered(lanes, ours, theirs)
    assert lanes.take(0.0, lambda organization: organization == THEIRS) == theirs
    assert lanes.take(0.0, lambda organization: organization == THEIRS) is None
    assert lanes.take(0.0) == ours


def test_a_single_run_meets_many_of_another_organization() -> None:
    """Many are queued here, or known to wait in Postgres."""
    lanes = Lanes(100)
    offered(lanes, *(a_run() for _ in range(MANY)))
    assert not lanes.is_single(THEIRS)
    offered(lanes, a_run())
    assert lanes.is_single(THEIRS)
    assert not lanes.is_single(OURS)
    offered(lanes, a_run(THEIRS))
    assert not lanes.is_single(THEIRS)


def test_what_waits_in_postgres_makes_many() -> None:
    lanes, run = Lanes(100), a_run()
    offered(lanes, run)
    lanes.refresh([a_state(run, queued=False)])
    assert not lanes.is_single(THEIRS)
    lanes.refresh([a_state(run)])
    assert lanes.is_single(THEIRS)
