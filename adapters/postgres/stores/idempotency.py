"""The store of answers by idempotency key."""

from uuid import UUID

from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction, Transaction
from domain.ports.stores import KeyClaim, StoredAnswer

CLAIM = "select pg_try_advisory_xact_lock(hashtextextended(%(org)s::text || %(key)s, 0)) as is_claimed"

FIND = """
    select fingerprint, status, headers, body, running_until > clock_timestamp() as running
    from idempotency_keys where organization_id = %(org)s and key = %(key)s
"""

FINISH = """
    update idempotency_keys
    set status = %(status)s, headers = %(headers)s, running_until = clock_timestamp(), created_at = now(),
        body = case when erased_at is null then %(body)s else erase_answer(%(body)s) end,
        operation_id = %(operation_id)s
    where organization_id = %(org)s and key = %(key)s and fingerprint = %(fingerprint)s
"""
"""An erasure changes the same row: it finds the final answer, or this statement finds its mark."""

STORE = """
    insert into idempotency_keys (organization_id, key, fingerprint, status, headers, body, running_until)
    values (%(org)s, %(key)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s,
            clock_timestamp() + make_interval(secs => %(running_seconds)s))
    on conflict (organization_id, key) do update
    set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
        body = excluded.body, running_until = excluded.running_until, created_at = now()
"""

PURGE = """
    delete from idempotency_keys where (organization_id, key) in (
        select organization_id, key from idempotency_keys
        where created_at < now() - %(hours)s * interval '1 hour'
        order by created_at limit %(limit)s
        for update skip locked
    )
"""


class PostgresIdempotency:
    """Implements `domain.ports.stores.IdempotencyStore` in Postgres."""

    def __init__(self, transaction: OrganizationTransaction) -> None:
        self._transaction = transaction

    async def claim(self, key: str) -> KeyClaim:
        # Two statements: the second one sees the answer that the last call committed before it freed the lock.
        (claim,), stored = await self._transaction.fetch_each(((dict, CLAIM), (StoredAnswer, FIND)), key=key)
        return KeyClaim(claim["is_claimed"], stored[0] if stored else None)

    async def store(self, key: str, answer: StoredAnswer, running_seconds: float) -> None:
        await self._transaction.execute(
            STORE,
            key=key,
            fingerprint=answer.fingerprint,
            status=answer.status,
            headers=as_json(answer.headers),
            body=answer.body,
            running_seconds=running_seconds,
        )

    async def finish(self, key: str, answer: StoredAnswer, operation_id: UUID) -> None:
        await self._transaction.execute(
            FINISH,
            key=key,
            fingerprint=answer.fingerprint,
            status=answer.status,
            headers=as_json(answer.headers),
            body=answer.body,
            operation_id=operation_id,
        )


async def purge(transaction: Transaction, limit: int, hours: int) -> int:
    """Delete up to `limit` answers older than `hours`; return how many were deleted."""
    return await transaction.execute(PURGE, limit=limit, hours=hours)
