"""Each kind of transaction gives its changes their origin, in the round trip that opens it."""

from uuid import UUID, uuid4

import pytest

from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.database import Database
from domain.origin import Origin, acting_as, current_origin

EVENT = """
    insert into events (organization_id, type, subject_type, subject_id)
    values (%(org)s, 'order.changed', 'order', %(id)s) returning actor, request_id
"""


async def insert(transaction: OrganizationTransaction) -> tuple[str, str | None]:
    """Insert an event, and return its actor and request id."""
    row = await transaction.fetch_one(dict, EVENT, id=uuid4())
    assert row
    return row["actor"], row["request_id"]


@pytest.mark.parametrize("origin", [Origin("key:5b1d", "Request-1.a_b:c"), Origin("service:tracker")])
async def test_events_have_the_origin_of_their_transaction(
    database: Database, organization: UUID, origin: Origin
) -> None:
    """Also on a connection that another origin used before."""
    for other in (origin, Origin("user:1", "other"), origin):
        with acting_as(other):
            async with database.organization(organization) as data:
                assert await insert(data) == (other.actor, other.request_id)
            async with database.autocommit(organization) as data:
                assert await insert(data) == (other.actor, other.request_id)
                ((row,),) = await data.fetch_each([(dict, EVENT)], id=uuid4())
                assert (row["actor"], row["request_id"]) == (other.actor, other.request_id)
            async with database.system() as transaction:
                row = await transaction.fetch_one(dict, EVENT, org=organization, id=uuid4())
                assert row is not None
                assert (row["actor"], row["request_id"]) == (other.actor, other.request_id)


async def test_without_an_origin_the_system_is_the_actor(database: Database, organization: UUID) -> None:
    async with database.organization(organization) as data:
        assert await insert(data) == (current_origin().actor, None) == ("service:system", None)
