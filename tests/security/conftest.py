"""Two organizations on the running stack: a victim with resources of every kind, and an attacker."""

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
from tests.fixtures.patient_http import PatientTransport
from tests.fixtures.stack import Stack
from tests.security.calls import Ids

INSERT_EVENT = """
    insert into events (organization_id, type, subject_type, subject_id)
    select organization_id, 'order.changed', 'order', id from orders where id = %s returning organization_id, id
"""

INSERT_DELIVERY = """
    insert into webhook_deliveries (id, organization_id, endpoint_id, event_id, event_type, subject_id, position)
    select gen_random_uuid(), organization_id, %s, id, type, subject_id, ordinal from events where id = %s returning id
"""


@dataclass(frozen=True)
class Party:
    """An organization: its API with a key, a client without a key, and its ids."""

    api: Api
    anonymous: httpx.Client
    organization_id: str
    ids: Ids

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        self.anonymous.close()


def create_party(stack: Stack, name: str) -> Party:
    """Create an organization with resources of every kind, and operations in four states."""
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
    unknown = api.label(order)
    api.http.post(f"/api/operations/{unknown['id']}/execute")
    api.until(unknown["id"], lambda operation: operation["attention"])
    ids = {
        "orders": order,
        "carrier-accounts": account["id"],
        "bridges": bridge,
        "shipments": completed["output"]["shipment_id"],
        "api-keys": api.key_with("orders:read")["id"],
        "users": api.user()["id"],
        "bulk-actions": create_bulk_action(api),
        "webhook-endpoints": create_webhook_endpoint(api),
        "pending": api.label(order)["id"],
        "completed": completed["id"],
        "failed": failed["id"],
        "unknown": unknown["id"],
    }
    with psycopg.connect(info["database_url"]) as connection:
        row = connection.execute(INSERT_EVENT, (order,)).fetchone()
        assert row is not None
        delivery = connection.execute(INSERT_DELIVERY, (ids["webhook-endpoints"], row[1])).fetchone()
    assert delivery is not None
    ids |= {"events": str(row[1]), "webhook-deliveries": str(delivery[0])}
    return Party(api, httpx.Client(base_url=api.url, timeout=90, transport=PatientTransport()), str(row[0]), ids)


def create_bulk_action(api: Api) -> str:
    """Create a bulk action without operations, which therefore has ended; return its id."""
    body = {"action": "retry", "filter": {"type": "none"}, "expected_count": 0}
    return str(data(api.http.post("/api/bulk-actions", json=body), 202)["id"])


def create_webhook_endpoint(api: Api) -> str:
    """Create a disabled webhook endpoint, so that no event changes its rows; return its id."""
    body = {"url": "https://hooks.example.com/", "event_types": ["*"], "enabled": False}
    return str(data(api.http.post("/api/webhook-endpoints", json=body), 201)["id"])


@pytest.fixture(scope="session")
def victim(running_stack: Stack) -> Iterator[Party]:
    """The organization that is attacked."""
    party = create_party(running_stack, "victim")
    yield party
    party.close()


@pytest.fixture(scope="session")
def attacker(running_stack: Stack) -> Iterator[Party]:
    """Another organization, with a key that has every scope."""
    info = running_stack.info
    api = Api(info, asyncio.run(new_organization(info["database_url"], f"attacker {uuid4()}")))
    bridge = api.bridge()["id"]
    order = api.order(bridge_id=bridge)["id"]
    api.account()
    ids = {
        "orders": order,
        "bridges": bridge,
        "bulk-actions": create_bulk_action(api),
        "webhook-endpoints": create_webhook_endpoint(api),
    }
    party = Party(api, httpx.Client(base_url=api.url, timeout=90, transport=PatientTransport()), "", ids)
    yield party
    party.close()


@pytest.fixture
def victim_state(running_stack: Stack, victim: Party) -> Callable[[], dict[str, str]]:
    """A function that returns a hash of the victim's rows in each table."""
    url = running_stack.info["database_url"]
    return lambda: hash_rows(url, victim.organization_id)


def hash_rows(database_url: str, organization_id: str) -> dict[str, str]:
    """Return a hash of an organization's rows, by table."""
    with psycopg.connect(database_url) as connection:
        connection.execute("select number_events()")  # otherwise the worker may number events between two hashes
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
def inactive_keys(running_stack: Stack, attacker: Party) -> dict[str, str]:
    """Two inactive keys of the attacker: `revoked` and `expired`."""
    revoked = attacker.api.key_with("operations:read", "orders:write")
    data(attacker.api.http.delete(f"/api/api-keys/{revoked['id']}"))
    expired = attacker.api.key_with("operations:read", "orders:write", expires_at="2099-01-01T00:00:00Z")
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        connection.execute("update api_keys set expires_at = now() - interval '1 s' where id = %s", (expired["id"],))
    return {"revoked": revoked["secret"], "expired": expired["secret"]}
