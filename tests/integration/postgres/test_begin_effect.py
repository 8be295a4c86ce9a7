"""Racing deliveries of one step: one opens the effect, and none fails."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.database import Database
from adapters.postgres.ledger.ledger import PostgresLedger
from tests.integration.postgres.test_compensating import executing, key

ROUNDS = 60
DELIVERIES = 8


async def test_one_of_many_deliveries_opens_the_effect(database: Database, organization: UUID) -> None:
    """Every insert conflicts on two unique constraints; neither raises an error in any order of the race."""
    ledger = PostgresLedger(database)
    run = await executing(database, organization)
    for number in range(ROUNDS):
        step = key(organization, run.operation_id, f"step_{number}")
        opened = await asyncio.gather(*(ledger.begin(step) for _ in range(DELIVERIES)))
        assert sum(effect.may_send for effect in opened) == 1
        assert len({effect.effect.id for effect in opened}) == 1


async def test_one_statement_opens_an_effect(
    database: Database, organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement locks the run, checks the order and inserts the effect; an ORM would need several."""
    run = await executing(database, organization)
    execute = psycopg.AsyncCursor.execute
    statements: list[bytes] = []

    async def record(cursor: Any, statement: bytes, *args: Any, **options: Any) -> Any:
        statements.append(statement)
        return await execute(cursor, statement, *args, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", record)
    opened = await PostgresLedger(database).begin(key(organization, run.operation_id, "buy_label"))

    assert opened.may_send
    tables = (b" effects", b" runs", b" orders")
    assert sum(any(table in statement for table in tables) for statement in statements) == 1
