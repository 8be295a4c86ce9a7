"""Limits the open runs of paused accounts (none) and of accounts that were just resumed (a few)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.pauses import MAX_AFTER_RESUME
from domain.ports.runs import QueueState

QueueName = tuple[UUID, str]


def share_places(states: Sequence[QueueState], opened: Mapping[QueueName, int]) -> dict[QueueName, int]:
    """Return how many runs of each paused or resumed queue may be open, by organization and queue key.

    The queues of a resumed account share its places; the queue whose oldest run waits longest comes first.

    Args:
        states: the state of all queues in Postgres.
        opened: the number of open runs per queue, as far as this process knows.
    """
    shares = {state.name: 0 for state in states if state.is_paused}
    resumed = [state for state in states if state.resumed and not state.is_paused]
    if not resumed:
        return shares
    used: Counter[UUID] = Counter()
    for state in states:
        used.update(dict.fromkeys(state.connections, opened[state.name]))
    free = {
        ident: (state.max_concurrent or MAX_AFTER_RESUME) - used[ident] for state in resumed for ident in state.resumed
    }
    shares |= {state.name: opened[state.name] for state in resumed}
    waiting = sorted(resumed, key=lambda state: (state.oldest_at is None, state.oldest_at))
    while waiting := [state for state in waiting if all(free[ident] > 0 for ident in state.resumed)]:
        for state in waiting:
            if all(free[ident] > 0 for ident in state.resumed):
                shares[state.name] += 1
                free.update({ident: free[ident] - 1 for ident in state.resumed})
    return shares
