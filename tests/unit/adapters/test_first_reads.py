"""First reads are kept for two seconds."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID, uuid4

from adapters.postgres.stores.first_reads import MAX_SECONDS, FirstReads, StoredConnection
from domain.operations import Operation
from domain.orders import Order

ORDER, ACCOUNT = cast("Order", "order"), cast("StoredConnection", "account")


@dataclass(frozen=True)
class _Named:
    id: UUID


def _operation() -> Operation:
    return cast("Operation", _Named(uuid4()))


def test_they_are_forgotten_after_a_while() -> None:
    now = [0.0]
    reads = FirstReads(lambda: now[0])
    old, new = _operation(), _operation()
    reads.keep(old, [ORDER], [ACCOUNT])
    now[0] = MAX_SECONDS
    reads.keep(new, [ORDER], [ACCOUNT])
    assert reads.take(old.id) is None
    assert reads.take(new.id) is not None


def test_an_operation_that_buys_nothing_needs_none() -> None:
    reads, operation = FirstReads(), _operation()
    reads.keep(operation, [ORDER], [])
    assert reads.take(operation.id) is None
