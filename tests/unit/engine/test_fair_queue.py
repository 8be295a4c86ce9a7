"""Whose turn it is, when many runs wait."""

from uuid import uuid4

import pytest

from domain.operations import Run, RunKind
from domain.ports.runs import QueueState
from engine.fair_queue import MANY, MAX_FETCHED, MAX_FULL_ACCOUNTS, MAX_OFFERED, FairQueue
from tests.fixtures.runs import OURS, THEIRS, build_run


def build_state(run: Run, **changed: object) -> QueueState:
    given: dict[str, object] = {"open": 0, "has_waiting": True, "max_concurrent": None, "max_per_second": None}
    given |= {"connections": [], "is_paused": False, "may_probe": False, "resumed": [], "oldest_at": None, **changed}
    return QueueState(organization_id=run.organization_id, queue_key=run.queue_key, **given)  # type: ignore[arg-type]  # a dict of its fields


def offer(queue: FairQueue, *runs: Run) -> None:
    for run in runs:
        queue.offer(run)


def test_the_oldest_of_a_queue_goes_first() -> None:
    queue, runs = FairQueue(10), [build_run() for _ in range(3)]
    offer(queue, *runs)
    assert [queue.take(0.0) for _ in range(4)] == [*runs, None]


def test_organizations_take_turns() -> None:
    """A single run does not wait behind somebody else's fifty."""
    queue, many, single = FairQueue(100), [build_run() for _ in range(50)], build_run(THEIRS)
    offer(queue, *many, single)
    assert single in [queue.take(0.0), queue.take(0.0)]


def test_accounts_of_an_organization_take_turns() -> None:
    queue, many, single = FairQueue(100), [build_run() for _ in range(50)], build_run(account=str(uuid4()))
    offer(queue, *many, single)
    assert single in [queue.take(0.0), queue.take(0.0)]


def test_an_undo_does_not_wait_behind_executions() -> None:
    queue, many, undo = FairQueue(100), [build_run() for _ in range(50)], build_run(kind=RunKind.UNDO)
    offer(queue, *many, undo)
    assert undo in [queue.take(0.0), queue.take(0.0)]


def test_a_full_queue_lets_nobody_in_until_one_has_left() -> None:
    queue, runs = FairQueue(2), [build_run() for _ in range(3)]
    offer(queue, *runs)
    assert [queue.take(0.0) for _ in range(3)] == [*runs[:2], None]
    queue.free(runs[0].operation_id)
    assert queue.take(0.0) == runs[2]


def test_a_full_queue_does_not_hold_up_another() -> None:
    queue, stuck, other = FairQueue(1), [build_run(), build_run()], build_run(account=str(uuid4()))
    offer(queue, *stuck, other)
    assert {id(queue.take(0.0)), id(queue.take(0.0))} == {id(stuck[0]), id(other)}


def build_runs(accounts: int, each: int) -> list[Run]:
    return [build_run(account=account) for account in (str(uuid4()) for _ in range(accounts)) for _ in range(each)]


def take_all(queue: FairQueue) -> list[Run]:
    return list(iter(lambda: queue.take(0.0), None))


def test_an_organization_has_few_open_runs_however_many_accounts_it_has() -> None:
    queue, theirs = FairQueue(10), build_run(THEIRS)
    offer(queue, *build_runs(accounts=100, each=10))
    assert 10 * (MAX_FULL_ACCOUNTS - 1) < len(take_all(queue)) <= 10 * MAX_FULL_ACCOUNTS
    offer(queue, theirs)
    assert queue.take(0.0) == theirs


def test_full_accounts_leave_open_runs_to_the_next_account() -> None:
    queue, single = FairQueue(10), build_run()
    offer(queue, *build_runs(accounts=3, each=50))
    assert len(take_all(queue)) == 30
    offer(queue, single)
    assert queue.take(0.0) == single


def test_the_open_runs_of_an_organization_are_counted_in_postgres() -> None:
    queue, run = FairQueue(10), build_run()
    others = [build_state(other, open=10) for other in build_runs(accounts=MAX_FULL_ACCOUNTS, each=1)]
    offer(queue, run)
    assert queue.refresh([*others, build_state(run)]) == []
    assert queue.take(0.0) is None
    queue.refresh([*others[1:], build_state(run)])
    assert queue.take(0.0) == run


def test_a_run_that_waits_keeps_its_place_until_postgres_tells() -> None:
    """Postgres knows it as open as long as it is."""
    queue, runs = FairQueue(1), [build_run(), build_run()]
    offer(queue, *runs)
    assert queue.take(0.0) == runs[0]
    queue.forget(runs[0].operation_id)
    queue.free(runs[0].operation_id)
    queue.refresh([build_state(runs[0], open=1)])
    assert queue.take(0.0) is None
    queue.refresh([build_state(runs[0], open=0)])
    assert queue.take(0.0) == runs[1]


def test_what_others_let_in_counts() -> None:
    queue, run = FairQueue(3), build_run()
    offer(queue, run)
    assert queue.refresh([build_state(run, open=3)]) == []
    assert queue.take(0.0) is None


def test_the_room_of_a_queue_is_asked_for_less_what_was_fetched() -> None:
    queue, run = FairQueue(5), build_run()
    rooms = queue.refresh([build_state(run, open=2)])
    assert rooms == [(OURS, run.queue_key, 3)]
    queue.add(rooms, [run])
    assert queue.refresh([build_state(run, open=2)]) == [(OURS, run.queue_key, 2)]
    assert queue.refresh([build_state(run, open=2, has_waiting=False)]) == []


def test_an_account_sets_its_own_limit() -> None:
    queue, runs = FairQueue(64), [build_run() for _ in range(3)]
    queue.refresh([build_state(runs[0], max_concurrent=1)])
    offer(queue, *runs)
    assert [queue.take(0.0), queue.take(0.0)] == [runs[0], None]


def test_an_account_sets_its_own_pace() -> None:
    """Two a second: the next one may go half a second later."""
    queue, runs = FairQueue(64), [build_run() for _ in range(3)]
    queue.refresh([build_state(runs[0], max_per_second=2.0)])
    offer(queue, *runs)
    assert queue.take(10.0) == runs[0]
    assert queue.take(10.4) is None
    assert queue.next_at() == pytest.approx(10.5)
    assert queue.take(10.5) == runs[1]


def test_a_run_is_queued_once() -> None:
    queue, run = FairQueue(10), build_run()
    offer(queue, run, run)
    assert queue.size == 1
    assert [queue.take(0.0), queue.take(0.0)] == [run, None]


def test_a_very_long_queue_stays_in_postgres() -> None:
    queue = FairQueue(1000)
    offer(queue, *(build_run() for _ in range(MAX_OFFERED + 1)))
    assert queue.size == MAX_OFFERED


def test_those_that_come_later_do_not_pass_those_that_wait() -> None:
    """More wait here than are ever fetched: 256 clients have their runs in the order in which they asked."""
    queue, runs = FairQueue(1000), [build_run() for _ in range(4 * MAX_FETCHED)]
    offer(queue, *runs)
    assert [queue.take(0.0) for _ in runs] == runs


def test_nothing_is_fetched_for_a_queue_of_which_enough_was() -> None:
    queue, runs = FairQueue(1000), [build_run() for _ in range(MAX_FETCHED)]
    rooms = queue.refresh([build_state(runs[0])])
    queue.add(rooms, runs)
    assert not queue.refresh([build_state(runs[0])])
    assert not queue.needs_more


def test_endless_offers_keep_no_run_waiting_in_postgres() -> None:
    """What waits there is fetched all the same, and takes turns with them."""
    queue, fetched, coming = (
        FairQueue(1000),
        [build_run() for _ in range(3)],
        [build_run() for _ in range(2 * MAX_FETCHED)],
    )
    offer(queue, *coming)
    rooms = queue.refresh([build_state(coming[0])])
    assert rooms == [(OURS, coming[0].queue_key, MAX_FETCHED)]
    queue.add(rooms, fetched)
    turns = [fetched[0], coming[0], fetched[1], coming[1], fetched[2], *coming[2:]]
    assert [queue.take(0.0) for _ in range(queue.size)] == turns


def test_a_single_run_does_not_wait_behind_a_bulk_of_its_organization() -> None:
    queue, many, one = FairQueue(1000), [build_run() for _ in range(MAX_FETCHED)], build_run()
    queue.add(queue.refresh([build_state(one)]), many)
    assert queue.take(0.0) == many[0]
    offer(queue, one)
    assert queue.take(0.0) == one


def test_what_was_offered_and_fetched_waits_once() -> None:
    queue, run = FairQueue(1000), build_run()
    offer(queue, run)
    queue.add(queue.refresh([build_state(run)]), [run])
    assert [queue.take(0.0), queue.take(0.0)] == [run, None]


def test_a_queue_that_runs_dry_while_more_wait_needs_more() -> None:
    """It is asked for again before it is empty, but not for every single place."""
    queue, run = FairQueue(64), build_run()
    rooms = queue.refresh([build_state(run)])
    queue.add(rooms, [build_run() for _ in range(64)])
    taken = [queue.take(0.0) for _ in range(15)]
    for taken_run in taken:
        assert taken_run is not None
        queue.free(taken_run.operation_id)
    assert not queue.needs_more
    last = queue.take(0.0)
    assert last is not None
    assert not queue.needs_more
    queue.free(last.operation_id)
    assert queue.needs_more


def test_a_queue_that_got_less_than_it_wanted_does_not_need_more() -> None:
    """Nobody is asked again and again for what is not there."""
    queue, run = FairQueue(64), build_run()
    queue.add(queue.refresh([build_state(run)]), [run])
    assert queue.take(0.0) == run
    assert not queue.needs_more


def test_a_full_queue_is_hungry_once_it_has_room() -> None:
    """It wanted nothing while it was full, and more wait in Postgres."""
    queue, inside = FairQueue(1), build_run()
    offer(queue, inside)
    assert queue.take(0.0) == inside
    queue.add(queue.refresh([build_state(inside)]), [])
    assert not queue.needs_more
    queue.free(inside.operation_id)
    assert queue.needs_more


def test_queues_without_runs_are_forgotten() -> None:
    queue, run = FairQueue(10), build_run()
    offer(queue, run)
    queue.take(0.0)
    queue.free(run.operation_id)
    queue.refresh([])
    assert not queue._turns


def test_an_organization_that_may_not_enter_is_passed_over() -> None:
    queue, ours, theirs = FairQueue(10), build_run(), build_run(THEIRS)
    offer(queue, ours, theirs)
    assert queue.take(0.0, lambda organization: organization == THEIRS) == theirs
    assert queue.take(0.0, lambda organization: organization == THEIRS) is None
    assert queue.take(0.0) == ours


def test_a_single_run_meets_many_of_another_organization() -> None:
    """Many are queued here, or known to wait in Postgres."""
    queue = FairQueue(100)
    offer(queue, *(build_run() for _ in range(MANY)))
    assert not queue.is_single(THEIRS)
    offer(queue, build_run())
    assert queue.is_single(THEIRS)
    assert not queue.is_single(OURS)
    offer(queue, build_run(THEIRS))
    assert not queue.is_single(THEIRS)


def test_what_waits_in_postgres_makes_many() -> None:
    queue, run = FairQueue(100), build_run()
    offer(queue, run)
    queue.refresh([build_state(run, has_waiting=False)])
    assert not queue.is_single(THEIRS)
    queue.refresh([build_state(run)])
    assert queue.is_single(THEIRS)
