"""Migrations update any database once, or fail with a one-line reason."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.schema.tables import Table
from bootstrap import migrate
from domain.fingerprint import digest
from domain.shipping import ConnectionSettings, Mode
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.postgres import PostgresServer


@pytest.fixture
def empty_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    url = postgres_server.create(template="template0")
    yield url
    postgres_server.drop(url)


def migrate_at_once(urls: list[str]) -> None:
    with ProcessPoolExecutor(len(urls), mp_context=get_context("spawn")) as pool:
        assert list(pool.map(migrate.run, urls)) == [None] * len(urls)


def test_every_organization_table_has_row_level_security(database_url: str) -> None:
    """Tables of later migrations are included: row-level security is enabled and forced for all."""
    sql = "select relname from pg_class where relkind = 'r' and relrowsecurity and relforcerowsecurity"
    with psycopg.connect(database_url) as connection:
        walled = {name for (name,) in connection.execute(sql)}
    assert walled == set(Table.metadata.tables)


def test_a_second_migration_changes_nothing(database_url: str) -> None:
    """The stored data stays."""
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into organizations (id, name) values (gen_random_uuid(), 'Ours')")
    migrate.run(database_url)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select name from organizations").fetchall() == [("Ours",)]


def test_many_starts_at_once_migrate_once(empty_url: str) -> None:
    """They take turns, and none fails."""
    migrate_at_once([empty_url] * 3)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)


def test_several_databases_of_one_server_migrate_at_once(own_server: PostgresServer) -> None:
    """Roles belong to the server: the migrations race to create and grant them."""
    migrate_at_once([own_server.create(template="template0") for _ in range(3)])


def test_an_owner_without_superuser_rights_can_migrate(own_server: PostgresServer) -> None:
    """The role needs the right to create roles; it can migrate a second database as well."""
    own_server.admin("create role shopkeeper login createrole")
    for name in ("first", "second"):
        own_server.admin(f"create database {name} owner shopkeeper")
        url = own_server.url(name).replace("postgres:@", "shopkeeper:@")
        migrate.run(url)
        with psycopg.connect(url) as connection:
            connection.execute("set role orderly_app")
            assert connection.execute("select count(*) from operations").fetchone() == (0,)


SETTINGS_BEFORE = {"most_concurrent": 2, "most_per_second": None, "base_url": "http://127.0.0.1:1"}


def test_stored_limits_are_renamed(own_server: PostgresServer) -> None:
    """An owner without superuser rights can run it too, although row-level security applies."""
    own_server.admin("create role shopkeeper login createrole")
    own_server.admin("create database shop owner shopkeeper")
    url = own_server.url("shop").replace("postgres:@", "shopkeeper:@")
    migrate_to("2026_11_30_mode", url)
    superuser = own_server.url("shop")
    with psycopg.connect(superuser) as connection:
        organization = connection.execute(INSERT_ORGANIZATION).fetchone()
        for settings in (SETTINGS_BEFORE, {"read_timeout_seconds": 7}):
            connection.execute(INSERT_BRIDGE, [*(organization or ()), Jsonb(settings)])
    migrate.run(url)
    with psycopg.connect(superuser) as connection:
        stored = [row[0] for row in connection.execute("select settings from bridges order by created_at")]
    assert stored == [{"max_concurrent": 2, "base_url": "http://127.0.0.1:1"}, {"read_timeout_seconds": 7}]


INSERT_ORGANIZATION = "insert into organizations (id, name) values (gen_random_uuid(), 'Ours') returning id"
INSERT_BRIDGE = """
    insert into bridges (id, organization_id, channel, name, mode, status, settings, credentials, credential_names,
                         created_at)
    values (gen_random_uuid(), %s, 'shopify', 'Shop', 'test', 'active', %s, '', '{}', clock_timestamp())
"""


def migrate_to(revision: str, url: str) -> None:
    """Migrate to this revision."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.begin() as connection:
        command.upgrade(migrate.alembic_config(connection), revision)


def test_a_database_of_a_newer_version_is_not_migrated(database_url: str) -> None:
    """The error names the unknown revision."""
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '2099_01_01_future'")
    with pytest.raises(migrate.MigrationError, match=r"newer version .*2099_01_01_future"):
        migrate.run(database_url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:sesame@127.0.0.1:1/x", "can't connect"),
        ("postgresql://u:sesame@[/x", "not a valid"),
        ("postgresql://postgres:@/x?host=/nowhere", "can't connect"),
    ],
)
def test_a_missing_database_is_reported_in_one_line(url: str, words: str) -> None:
    """The error does not contain the password."""
    with pytest.raises(migrate.MigrationError, match=words) as error:
        migrate.run(url)
    assert "\n" not in str(error.value)
    assert "sesame" not in str(error.value)


STANDING: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("set_order_status", {"previous_status": "pending", "status": "shipped"}, {}),
    ("set_order_status", {"previous_status": "shipped", "status": "delivered"}, {}),
    ("push_fulfillment", {"fulfillment_id": "f1"}, {"line_items": [{"sku": "TEE", "quantity": 1}]}),
    ("push_fulfillment", {"fulfillment_id": "f2"}, {}),
)
INSERT_ORDER = """
    insert into orders (id, organization_id, external_id, status, currency, total, line_items)
    select gen_random_uuid(), id, '7', %s, 'USD', 1,
           '[{"id": "1", "sku": "TEE", "quantity": 2}, {"id": "2", "quantity": 1}]'
    from organizations returning id, organization_id
"""
INSERT_EFFECT = """
    with operation as (
        insert into operations (id, organization_id, order_id, type, status, input, plan, undo_status, current_run)
        values (gen_random_uuid(), %(org)s, %(order)s, 'x', 'completed', %(input)s, '{}', 'none', 1) returning *
    )
    insert into effects (id, organization_id, operation_id, run, round, position, step, direction, state, reference,
                         attempts, result, updated_at)
    select gen_random_uuid(), organization_id, id, 1, 1, 1, %(step)s, 'do', 'done', id::text, 1, %(result)s,
           clock_timestamp()
    from operation
"""


@pytest.mark.parametrize(("status", "last"), [("delivered", []), ("on_hold", ["on_hold"])])
def test_the_migration_derives_order_statuses_from_effects(
    own_server: PostgresServer, status: str, last: list[str]
) -> None:
    """Each live status and push contributes, in the order of the changes."""
    own_server.admin("create role shopkeeper login createrole")
    own_server.admin("create database shop owner shopkeeper")
    url = own_server.url("shop").replace("postgres:@", "shopkeeper:@")
    migrate_to("2026_11_30_look", url)
    with psycopg.connect(own_server.url("shop")) as connection:
        connection.execute(INSERT_ORGANIZATION)
        order_id, organization_id = connection.execute(INSERT_ORDER, [status]).fetchone() or (None, None)
        for step, result, fields in (*STANDING[2:], *STANDING[:2]):
            ids = {"org": organization_id, "order": order_id}
            connection.execute(INSERT_EFFECT, {**ids, "step": step, "result": Jsonb(result), "input": Jsonb(fields)})
    migrate.run(url)
    with psycopg.connect(own_server.url("shop")) as connection:
        changes = connection.execute("select status, fulfilled from order_status_changes order by id").fetchall()
        order = connection.execute("select status, fulfilled from orders").fetchone()
    pushed = [(None, {"1": 1}), (None, {"1": 2, "2": 1})]
    rest: list[tuple[str, None]] = [(each, None) for each in ("shipped", "delivered", *last)]
    assert changes == [("pending", None), *pushed, *rest]
    assert order == (status, {"1": 3, "2": 1})


def test_external_ids_get_their_normal_form(own_server: PostgresServer) -> None:
    """The oldest of several that differ in form only gets the name; the others stay as they are."""
    own_server.admin("create database shop")
    url = own_server.url("shop")
    migrate_to("2026_11_30_usual_void_until", url)
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    with psycopg.connect(url) as connection:
        connection.execute(INSERT_ORGANIZATION)
        for name in (" 7 ", decomposed, f"{decomposed} ", "8", "8 "):
            connection.execute(INSERT_ORDER.replace("'7'", "%s"), [name, "pending"])
            connection.commit()  # each has a time of its own
    migrate.run(url)
    with psycopg.connect(url) as connection:
        names = {row[0] for row in connection.execute("select external_id from orders")}
    assert names == {"7", composed, f"{decomposed} ", "8", "8 "}


def test_effects_at_the_sandbox_name_the_default_account(own_server: PostgresServer) -> None:
    """They stay comparable with an account whose default credentials are written out; others keep their fingerprint."""
    own_server.admin("create database shop")
    url = own_server.url("shop")
    migrate_to("2026_11_30_counter_order", url)
    sandbox, own = digest("usps", "sandbox"), digest("usps", "account_number=1")
    with psycopg.connect(url) as connection:
        connection.execute(INSERT_ORGANIZATION)
        order_id, organization_id = connection.execute(INSERT_ORDER, ["pending"]).fetchone() or (None, None)
        for identity in (digest("usps"), own):
            values = {"org": organization_id, "order": order_id, "step": "x", "result": None, "input": Jsonb({})}
            connection.execute(INSERT_EFFECT, values)
            fingerprint = Jsonb({"vendor": "usps", "address": sandbox, "identity": identity})
            connection.execute("update effects set fingerprint = %s where fingerprint is null", [fingerprint])
    migrate.run(url)
    with psycopg.connect(url) as connection:
        found = {row[0] for row in connection.execute("select fingerprint ->> 'identity' from effects")}
    assert found == {CARRIERS["usps"].fingerprint(Mode.TEST, ConnectionSettings(), {}).identity, own}


INSERT_LIVE_ACCOUNT = """
    insert into carrier_accounts (id, organization_id, carrier, name, mode, status, settings, credentials,
                                  credential_names, is_default, created_at)
    values (gen_random_uuid(), %s, 'ups', 'UPS', 'live', 'active', '{}', '', '{}', true, clock_timestamp())
"""
INSERT_PURCHASE = """
    insert into operations (id, organization_id, order_id, type, status, input, plan, undo_status, current_run, touches)
    select gen_random_uuid(), orders.organization_id, orders.id, 'x', 'completed', '{}', '{}', 'none', 1,
           array[carrier_accounts.id]
    from orders, carrier_accounts where external_id = 'bought'
"""


def test_orders_get_the_mode_of_their_bridge(own_server: PostgresServer) -> None:
    """Those without a bridge, and those that used a live account, become live. No event reports it.

    The owner of the tables needs no superuser rights.
    """
    own_server.admin("create role shopkeeper login createrole")
    own_server.admin("create database shop owner shopkeeper")
    url = own_server.url("shop").replace("postgres:@", "shopkeeper:@")
    migrate_to("2026_11_30_encrypted_again", url)
    with psycopg.connect(own_server.url("shop")) as connection:
        organization = connection.execute(INSERT_ORGANIZATION).fetchone()
        connection.execute(INSERT_BRIDGE, [*(organization or ()), Jsonb({})])
        for name in ("manual", "bridged", "bought"):
            connection.execute(INSERT_ORDER.replace("'7'", "%s"), [name, "pending"])
        connection.execute("update orders set bridge_id = bridges.id from bridges where external_id <> 'manual'")
        connection.execute(INSERT_LIVE_ACCOUNT, organization)
        connection.execute(INSERT_PURCHASE)
        before = connection.execute("select count(*) from events").fetchone()
    migrate.run(url)
    with psycopg.connect(own_server.url("shop")) as connection:
        modes = connection.execute("select external_id, mode from orders order by external_id").fetchall()
        assert connection.execute("select count(*) from events").fetchone() == before
        connection.execute("update orders set status = 'shipped'")
        changed = "select count(*) from events where subject_type = 'order' and data ->> 'status' = 'shipped'"
        assert connection.execute(changed).fetchone() == (3,)
    assert modes == [("bought", "live"), ("bridged", "test"), ("manual", "live")]
