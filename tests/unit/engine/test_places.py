"""A paused account may have no open runs, and a resumed one only a few."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain.pauses import MAX_AFTER_RESUME
from domain.ports.runs import QueueState
from engine.fair_queue import FairQueue
from engine.places import share_places
from tests.fixtures.runs import OURS, build_run

ACCOUNT, BRIDGE = uuid4(), uuid4()
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def build_state(key: str, *resumed: UUID, minutes: int = 0, **changes: object) -> QueueState:
    fields: dict[str, object] = {
        "organization_id": OURS, "queue_key": key, "open": 0, "has_waiting": True, "max_concurrent": None,
        "max_per_second": None, "connections": [ACCOUNT], "is_paused": False, "may_probe": False,
        "resumed": list(resumed), "oldest_at": LONG_AGO + timedelta(minutes=minutes), **changes,
    }  # fmt: skip
    return QueueState(**fields)  # type: ignore[arg-type]  # a dict of its fields


def share(*states: QueueState) -> dict[str, int]:
    shares = share_places(states, {state.name: state.open for state in states})
    return {key: places for (_, key), places in shares.items()}


def test_a_paused_queue_admits_no_run() -> None:
    assert share(build_state("do:a", is_paused=True, max_concurrent=3), build_state("do:b")) == {"do:a": 0}


def test_a_resumed_account_admits_eight_runs_or_its_own_limit() -> None:
    assert share(build_state("do:a", ACCOUNT)) == {"do:a": MAX_AFTER_RESUME}
    assert share(build_state("do:a", ACCOUNT, max_concurrent=3)) == {"do:a": 3}


def test_the_queues_of_a_resumed_account_share_its_places() -> None:
    """Open runs count, and the queue with the oldest waiting run gets a place first."""
    late, early = build_state("do:late", ACCOUNT, minutes=5), build_state("do:early", ACCOUNT)
    open_queue = build_state("do:opened", has_waiting=False, open=3, oldest_at=None)
    assert share(late, early, open_queue) == {"do:early": 3, "do:late": 2}


def test_a_queue_of_two_accounts_needs_places_of_both() -> None:
    shared_queue = build_state("do:both", ACCOUNT, BRIDGE, connections=[ACCOUNT, BRIDGE])
    full = build_state("do:full", has_waiting=False, open=8, connections=[BRIDGE], oldest_at=None)
    assert share(shared_queue, full) == {"do:both": 0}


def test_a_pause_removes_waiting_runs_from_memory() -> None:
    """The runs stay in Postgres, and are fetched again after the pause."""
    queue, run = FairQueue(10), build_run()
    queue.offer(run)
    assert queue.refresh([build_state(run.queue_key, is_paused=True)]) == []
    assert (queue.take(0.0), queue.size) == (None, 0)
    rooms = queue.refresh([build_state(run.queue_key, ACCOUNT)])
    assert rooms == [(OURS, run.queue_key, MAX_AFTER_RESUME)]
    queue.add(rooms, [run])
    assert queue.take(0.0) == run
