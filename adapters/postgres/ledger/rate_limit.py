"""Enforces the limits of an account or bridge: all workers count calls in the ledger."""

import random
from uuid import UUID

from adapters.postgres.core.transaction import OrganizationTransaction
from domain.errors import OverLimit
from domain.shipping import CallLimits

MAX_CALL_SECONDS = 120.0
"""An unanswered call that is older counts as ended."""
LOOK_AGAIN_SECONDS = 0.5

TURN = (
    "select pg_advisory_xact_lock(hashtextextended('limits ' || %(connection)s, 0)) as turn where %(org)s is not null"
)

COUNT = """
    select count(*) filter (where state = 'sent' and answered_at is null and result is null) as in_flight,
           count(*) filter (where effects.sent_at > opened.sent_at - %(window)s * interval '1 second') as lately
    from effects cross join (select sent_at from effects where organization_id = %(org)s and id = %(effect)s) as opened
    where organization_id = %(org)s and limited_by = %(connection)s and id <> %(effect)s
      and effects.sent_at > opened.sent_at - %(max_seconds)s * interval '1 second'
"""


async def enforce_limits(transaction: OrganizationTransaction, limits: CallLimits, effect_id: UUID) -> None:
    """Raise OverLimit if the account or bridge of an opened effect has reached a limit without it.

    The transaction that opened the effect holds the connection's lock; the caller rolls it back.
    """
    rate = limits.max_per_second
    window = max(1.0, 1.0 / rate) if rate else 1.0
    counted = await transaction.fetch_one(
        dict, COUNT, connection=limits.connection_id, effect=effect_id, window=window, max_seconds=MAX_CALL_SECONDS
    )
    in_flight, lately = (counted["in_flight"], counted["lately"]) if counted else (0, 0)
    if limits.max_concurrent is not None and in_flight >= limits.max_concurrent:
        raise OverLimit("the account has reached its max_concurrent", after=_soon(LOOK_AGAIN_SECONDS))
    if rate is not None and lately >= max(int(rate * window), 1):
        raise OverLimit("the account has reached its max_per_second", after=_soon(window))


def _soon(seconds: float) -> float:
    """Add jitter, so that waiting calls do not all retry at once."""
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311 (nothing secret depends on it)
