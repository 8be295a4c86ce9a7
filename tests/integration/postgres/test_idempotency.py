"""An idempotency key belongs to one call at a time, within one organization."""

import asyncio
from uuid import UUID

from adapters.postgres.database import Database
from domain.ports.stores import StoredAnswer
from tests.fixtures.rows import Rows

ANSWER = StoredAnswer(fingerprint="f", status=201, headers={"Location": "/x"}, body='{"data": 1}', running=False)


async def test_one_of_many_racing_claims_wins(database: Database, organization: UUID) -> None:
    """The others learn at once that the key is in use."""
    all_claimed = asyncio.Barrier(10)

    async def claim() -> bool:
        async with database.organization(organization) as data:
            claim = await data.idempotency.claim("k")
            await all_claimed.wait()
            return claim.is_claimed

    assert sorted(await asyncio.gather(*(claim() for _ in range(10)))) == [False] * 9 + [True]


async def test_a_claim_ends_with_its_transaction(database: Database, organization: UUID, stranger: UUID) -> None:
    """Another organization can use the same key."""
    async with database.organization(organization) as data:
        assert (await data.idempotency.claim("k")).is_claimed
        async with database.organization(stranger) as other:
            assert (await other.idempotency.claim("k")).is_claimed
    async with database.organization(organization) as data:
        assert (await data.idempotency.claim("k")).is_claimed


async def test_an_answer_is_stored_for_its_organization(database: Database, organization: UUID, stranger: UUID) -> None:
    async with database.organization(organization) as data:
        assert (await data.idempotency.claim("k")).stored is None
        await data.idempotency.store("k", ANSWER, 0)
    async with database.organization(organization) as data:
        assert (await data.idempotency.claim("k")).stored == ANSWER
    async with database.organization(stranger) as data:
        assert (await data.idempotency.claim("k")).stored is None


async def test_a_running_call_differs_from_a_finished_one(database: Database, organization: UUID) -> None:
    """A call runs for the given time at most; its stored answer ends it."""
    async with database.organization(organization) as data:
        await data.idempotency.store("k", ANSWER, 60)
        running = (await data.idempotency.claim("k")).stored
        await data.idempotency.store("k", ANSWER, 0)
        ended = (await data.idempotency.claim("k")).stored
    assert running is not None
    assert ended is not None
    assert (running.running, ended.running) == (True, False)


async def test_answers_are_kept_for_a_day_and_purged_in_batches(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """Younger answers are never deleted."""
    async with database.organization(organization) as data:
        for i in range(10):
            await data.idempotency.store(f"k{i}", ANSWER, 0)
    rows.run("update idempotency_keys set created_at = now() - interval '26 hours' where key < 'k5'")
    rows.run("update idempotency_keys set created_at = now() - interval '24 hours' where key = 'k5'")
    assert [await database.purge_idempotency(3) for _ in range(3)] == [3, 2, 0]
    assert rows.value("select count(*) from idempotency_keys") == 5
