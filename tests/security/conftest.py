"""Two organizations on the running stack: one with something of everything, and one that is after it."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.fixtures.api import Api, data, new_organization
from tests.fixtures.stack import Stack
from tests.security.calls import Ids


@dataclass(frozen=True)
class Side:
    """An organization: its way in, one without a key, its id, and the ids of what it has."""

    api: Api
    nobody: httpx.Client
    organization_id: str
    ids: Ids

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        self.nobody.close()


def furnish(stack: Stack, name: str) -> Side:
    """Make an organization with one of everything, and operations in the four states."""
    info = stack.info
    api = Api(info, asyncio.run(new_organization(info["database_url"], f"{name} {uuid4()}")))
    api.sandbox.clear()
    account, bridge = api.account(), api.bridge()["id"]
    order = api.order(bridge_id=bridge)["id"]
    completed = api.done(api.label(order))
    api.sandbox.script("labels.create", "reject")
    failed = api.done(api.label(order), "failed")
    api.sandbox.script("labels.create", "drop")
    api.sandbox.script("labels.find", "no_lookup")
    in_doubt = api.label(order)
    api.http.post(f"/api/operations/{in_doubt['id']}/execute")
    api.until(in_doubt["id"], lambda operation: operation["attention"])
    ids = {
        "orders": order,
        "carrier-accounts": account["id"],
        "bridges": bridge,
        "shipments": completed["output"]["shipment_id"],
        "api-keys": api.key_with("orders:read")["id"],
        "pending": api.label(order)["id"],
        "completed": completed["id"],
        "failed": failed["id"],
        "in_doubt": in_doubt["id"],
    }
    with psycopg.connect(info["database_url"]) as connection:
        row = connection.execute("select organization_id from orders where id = %s", (order,)).fetchone()
    assert row is not None
    return Side(api, httpx.Client(base_url=api.url, timeout=30), str(row[0]), ids)


@pytest.fixture(scope="session")
def victim(running_stack: Stack) -> Iterator[Side]:
    """Whose things are wanted."""
    side = furnish(running_stack, "victim")
    yield side
    side.close()


@pytest.fixture(scope="session")
def attacker(running_stack: Stack) -> Iterator[Side]:
    """Who wants them: a customer like the other, with a key that has every scope."""
    info = running_stack.info
    api = Api(info, asyncio.run(new_organization(info["database_url"], f"attacker {uuid4()}")))
    bridge = api.bridge()["id"]
    order = api.order(bridge_id=bridge)["id"]
    api.account()
    side = Side(api, httpx.Client(base_url=api.url, timeout=30), "", {"orders": order, "bridges": bridge})
    yield side
    side.close()


@pytest.fixture
def state(running_stack: Stack, victim: Side) -> Callable[[], dict[str, str]]:
    """A way to see whether anything of the victim's changed: a hash of its rows in each table."""
    url = running_stack.info["database_url"]
    return lambda: rows_of(url, victim.organization_id)


def rows_of(database_url: str, organization_id: str) -> dict[str, str]:
    """Return a hash of an organization's rows by table."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select table_name from information_schema.columns"
            " where table_schema = current_schema() and column_name = 'organization_id' order by 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            query = sql.SQL("select t::text from {} as t where organization_id = %s order by 1")
            rows = connection.execute(query.format(sql.Identifier(table)), (organization_id,)).fetchall()
            found[table] = f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()}"
    return found


@pytest.fixture
def ended(running_stack: Stack, attacker: Side) -> dict[str, str]:
    """Keys of the attacker's that are over: `revoked` and `expired`."""
    revoked = attacker.api.key_with("operations:read", "orders:write")
    data(attacker.api.http.delete(f"/api/api-keys/{revoked['id']}"))
    expired = attacker.api.key_with("operations:read", "orders:write", expires_at="2099-01-01T00:00:00Z")
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        connection.execute("update api_keys set expires_at = now() - interval '1 s' where id = %s", (expired["id"],))
    return {"revoked": revoked["secret"], "expired": expired["secret"]}
