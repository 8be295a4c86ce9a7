"""The fair queue lets organizations and accounts take turns."""

from uuid import uuid4

import pytest

from domain.operations import Run, RunKind
from domain.ports.runs import QueueState
from engine.fair_queue import MANY, MAX_FETCHED, MAX_FULL_ACCOUNTS, MAX_OFFERED, FairQueue
from tests.fixtures.runs import OURS, THEIRS, build_run


def build_state(run: Run, **changes: object) -> QueueState:
    fields: dict[str, object] = {"open": 0, "has_waiting": True, "max_concurrent": None, "max_per_second": None}
    fields |= {"connections": [], "is_paused": False, "may_probe": False, "resumed": [], "oldest_at": None, **changes}
    return QueueState(organization_id=run.organization_id, queue_key=run.queue_key, **fields)  # type: ignore[arg-type]  # a dict of its fields


def offer(queue: FairQueue, *runs: Run) -> None:
    for run in runs:
        queue.offer(run)


def test_the_oldest_of_a_queue_goes_first() -> None:
    queue, runs = FairQueue(10), [build_run() for _ in range(3)]
    offer(queue, *runs)
    assert [queue.take(0.0) for _ in range(4)] == [*runs, None]


def test_organizations_take_turns() -> None:
    """A single run does not wait behind fifty runs of another organization."""
    queue, bulk, single = FairQueue(100), [build_run() for _ in range(50)], build_run(THEIRS)
    offer(queue, *bulk, single)
    assert single in [queue.take(0.0), queue.take(0.0)]


def test_accounts_of_an_organization_take_turns() -> None:
    queue, bulk, single = FairQueue(100), [build_run() for _ in range(50)], build_run(account=str(uuid4()))
    offer(queue, *bulk, single)
    assert single in [queue.take(0.0), queue.take(0.0)]


def test_an_undo_does_not_wait_behind_executions() -> None:
    queue, bulk, undo = FairQueue(100), [build_run() for _ in range(50)], build_run(kind=RunKind.UNDO)
    offer(queue, *bulk, undo)
    assert undo in [queue.take(0.0), queue.take(0.0)]


def test_a_full_queue_admits_a_run_only_after_another_ends() -> None:
    queue, runs = FairQueue(2), [build_run() for _ in range(3)]
    offer(queue, *runs)
    assert [queue.take(0.0) for _ in range(3)] == [*runs[:2], None]
    queue.free(runs[0].operation_id)
    assert queue.take(0.0) == runs[2]


def test_a_full_queue_does_not_delay_another() -> None:
    queue, stuck, other = FairQueue(1), [build_run(), build_run()], build_run(account=str(uuid4()))
    offer(queue, *stuck, other)
    assert {id(queue.take(0.0)), id(queue.take(0.0))} == {id(stuck[0]), id(other)}


def build_runs(accounts: int, each: int) -> list[Run]:
    return [build_run(account=account) for account in (str(uuid4()) for _ in range(accounts)) for _ in range(each)]


def take_all(queue: FairQueue) -> list[Run]:
    return list(iter(lambda: queue.take(0.0), None))


def test_the_open_runs_of_an_organization_are_limited() -> None:
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


def test_a_forgotten_run_keeps_its_place_while_open_in_postgres() -> None:
    queue, runs = FairQueue(1), [build_run(), build_run()]
    offer(queue, *runs)
    assert queue.take(0.0) == runs[0]
    queue.forget(runs[0].operation_id)
    queue.free(runs[0].operation_id)
    queue.refresh([build_state(runs[0], open=1)])
    assert queue.take(0.0) is None
    queue.refresh([build_state(runs[0], open=0)])
    assert queue.take(0.0) == runs[1]


def test_open_runs_of_other_dispatchers_count() -> None:
    queue, run = FairQueue(3), build_run()
    offer(queue, run)
    assert queue.refresh([build_state(run, open=3)]) == []
    assert queue.take(0.0) is None


def test_fetched_runs_reduce_the_room_of_a_queue() -> None:
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


def test_an_account_sets_its_own_rate() -> None:
    """With two runs a second, the next one may start half a second later."""
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


def test_offers_beyond_the_maximum_stay_in_postgres() -> None:
    queue = FairQueue(1000)
    offer(queue, *(build_run() for _ in range(MAX_OFFERED + 1)))
    assert queue.size == MAX_OFFERED


def test_later_runs_do_not_pass_waiting_runs() -> None:
    """This holds even for more runs than one fetch returns."""
    queue, runs = FairQueue(1000), [build_run() for _ in range(4 * MAX_FETCHED)]
    offer(queue, *runs)
    assert [queue.take(0.0) for _ in runs] == runs


def test_nothing_is_fetched_for_a_queue_with_enough_runs() -> None:
    queue, runs = FairQueue(1000), [build_run() for _ in range(MAX_FETCHED)]
    rooms = queue.refresh([build_state(runs[0])])
    queue.add(rooms, runs)
    assert not queue.refresh([build_state(runs[0])])
    assert not queue.needs_more


def test_endless_offers_keep_no_run_waiting_in_postgres() -> None:
    """Runs in Postgres are fetched too, and take turns with the offered runs."""
    queue, claimed, offered = (
        FairQueue(1000),
        [build_run() for _ in range(3)],
        [build_run() for _ in range(2 * MAX_FETCHED)],
    )
    offer(queue, *offered)
    rooms = queue.refresh([build_state(offered[0])])
    assert rooms == [(OURS, offered[0].queue_key, MAX_FETCHED)]
    queue.add(rooms, claimed)
    turns = [claimed[0], offered[0], claimed[1], offered[1], claimed[2], *offered[2:]]
    assert [queue.take(0.0) for _ in range(queue.size)] == turns


def test_a_single_run_does_not_wait_behind_a_bulk_of_its_organization() -> None:
    queue, bulk, single = FairQueue(1000), [build_run() for _ in range(MAX_FETCHED)], build_run()
    queue.add(queue.refresh([build_state(single)]), bulk)
    assert queue.take(0.0) == bulk[0]
    offer(queue, single)
    assert queue.take(0.0) == single


def test_a_run_that_is_offered_and_fetched_waits_once() -> None:
    queue, run = FairQueue(1000), build_run()
    offer(queue, run)
    queue.add(queue.refresh([build_state(run)]), [run])
    assert [queue.take(0.0), queue.take(0.0)] == [run, None]


def test_a_queue_that_runs_dry_needs_more_runs_from_postgres() -> None:
    """It needs more before it is empty, but not for every single place."""
    queue, run = FairQueue(64), build_run()
    rooms = queue.refresh([build_state(run)])
    queue.add(rooms, [build_run() for _ in range(64)])
    runs = [queue.take(0.0) for _ in range(15)]
    for open_run in runs:
        assert open_run is not None
        queue.free(open_run.operation_id)
    assert not queue.needs_more
    last = queue.take(0.0)
    assert last is not None
    assert not queue.needs_more
    queue.free(last.operation_id)
    assert queue.needs_more


def test_a_queue_that_got_fewer_runs_than_requested_needs_no_more() -> None:
    """Postgres has no more of them."""
    queue, run = FairQueue(64), build_run()
    queue.add(queue.refresh([build_state(run)]), [run])
    assert queue.take(0.0) == run
    assert not queue.needs_more


def test_a_full_queue_needs_more_runs_once_it_has_room() -> None:
    queue, open_run = FairQueue(1), build_run()
    offer(queue, open_run)
    assert queue.take(0.0) == open_run
    queue.add(queue.refresh([build_state(open_run)]), [])
    assert not queue.needs_more
    queue.free(open_run.operation_id)
    assert queue.needs_more


def test_queues_without_runs_are_forgotten() -> None:
    queue, run = FairQueue(10), build_run()
    offer(queue, run)
    queue.take(0.0)
    queue.free(run.operation_id)
    queue.refresh([])
    assert not queue._turns


def test_an_organization_that_may_not_enter_is_skipped() -> None:
    queue, ours, theirs = FairQueue(10), build_run(), build_run(THEIRS)
    offer(queue, ours, theirs)
    assert queue.take(0.0, lambda organization: organization == THEIRS) == theirs
    assert queue.take(0.0, lambda organization: organization == THEIRS) is None
    assert queue.take(0.0) == ours


def test_a_run_is_single_if_another_organization_has_many() -> None:
    """Runs that wait in Postgres count too."""
    queue = FairQueue(100)
    offer(queue, *(build_run() for _ in range(MANY)))
    assert not queue.is_single(THEIRS)
    offer(queue, build_run())
    assert queue.is_single(THEIRS)
    assert not queue.is_single(OURS)
    offer(queue, build_run(THEIRS))
    assert not queue.is_single(THEIRS)


def test_runs_that_wait_in_postgres_make_a_bulk() -> None:
    queue, run = FairQueue(100), build_run()
    offer(queue, run)
    queue.refresh([build_state(run, has_waiting=False)])
    assert not queue.is_single(THEIRS)
    queue.refresh([build_state(run)])
    assert queue.is_single(THEIRS)
