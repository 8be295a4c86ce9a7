"""Promise P6: no query sees or changes another organization's data."""

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.core.transaction import UnscopedStatement
from adapters.postgres.database import Database
from adapters.postgres.schema.tables import Table
from domain.errors import NotFound
from domain.operations import OperationStatus
from tests.fixtures.builders import build_bridge_columns, build_order_columns
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation

OUT_OF_REACH = {"installation", "pruned_operations"}
HAVE_NO_ORGANIZATION = {"workers"}
TABLES = sorted(set(Table.metadata.tables) - OUT_OF_REACH - HAVE_NO_ORGANIZATION)


@pytest.fixture
async def filled(database: Database, rows: Rows, organization: UUID) -> UUID:
    """An organization with a row in each table."""
    async with database.organization(organization) as data:
        order = await data.orders.create(build_order_columns())
        await data.bridges.create(build_bridge_columns(), {})
        account = await data.carrier_accounts.create(
            {"carrier": "ups", "name": "Main", "mode": "test", "settings": {}}, {"key": "k"}
        )
        await data.api_keys.create({"name": "n", "prefix": "p", "scopes": []}, b"0" * 32)
    operation = await record_operation(database, organization, order_id=order.id)
    effect = rows.insert_effect(operation.id, state="unknown")
    rows.insert(
        "order_status_changes", order_id=order.id, operation_id=operation.id, effect_id=effect, status="shipped"
    )
    shipment = rows.insert_shipment(operation_id=operation.id, carrier_account_id=account.id)
    rows.run(
        "insert into shipment_documents (id, kind, shipment_id, organization_id, format, document)"
        " values (gen_random_uuid(), 'label', %s, %s, 'PDF', 'x')",
        shipment,
        organization,
    )
    rows.insert("shipment_parcels", shipment_id=shipment, number=1, tracking_number="1Z")
    rows.insert("shipment_uses", operation_id=operation.id, shipment_id=shipment, depends_on=operation.id)
    rows.run(
        "insert into tracking_events (shipment_id, organization_id, digest, status, code, description)"
        " values (%s, %s, 'd', 'in_transit', '', '')",
        shipment,
        organization,
    )
    rows.run(
        "insert into runs (operation_id, run, organization_id, kind, queue_key, workflow_id, options)"
        " values (%s, 1, %s, 'execute', 'do:', 'w', '{}')",
        operation.id,
        organization,
    )
    rows.run(
        "insert into idempotency_keys (organization_id, key, fingerprint, status, headers, body, running_until)"
        " values (%s, 'k', '', 200, '{}', '', now())",
        organization,
    )
    rows.insert_user()
    rows.run("delete from events")
    rows.insert("events", type="order.changed", subject_type="order", subject_id=order.id)
    rows.insert("pruned_events", position=1)
    rows.insert("event_sequences", subject_id=order.id, last=1)
    rows.update("operations", operation.id, metadata={"channel": "web"})
    rows.update("orders", order.id, metadata={"channel": "web"})
    hook = {"url": "https://h", "event_types": ["*"], "enabled": True, "credentials": b"x"}
    endpoint = rows.insert_with_id("webhook_endpoints", **hook)
    rows.insert("webhook_progress", endpoint_id=endpoint, fanned_out_up_to=0)
    delivery = rows.insert_with_id(
        "webhook_deliveries", endpoint_id=endpoint, event_id=uuid4(), event_type="t", subject_id=order.id, position=1
    )
    rows.insert("webhook_attempts", delivery_id=delivery, latency_ms=1)
    action = rows.insert_with_id("bulk_actions", action="execute", actor="key:1", total=1, waiting=1)
    rows.insert_with_id("bulk_items", bulk_action_id=action, operation_id=operation.id, status="waiting")
    return organization


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("setting", [None, "", "00000000-0000-4000-8000-000000000000"])
def test_no_row_is_visible_without_the_organizations_setting(
    module_database_url: str, rows: Rows, setting: str | None
) -> None:
    """Raw SQL of orderly_app with the setting unset, empty or of another organization."""
    with psycopg.connect(module_database_url) as connection:
        connection.execute("set local role orderly_app")
        if setting is not None:
            connection.execute("select set_config('orderly.organization_id', %s, true)", (setting,))
        for table in TABLES:
            assert rows.value(f"select count(*) from {table}") > 0
            count = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
            assert connection.execute(count).fetchone() == (0,), table


def test_the_organizations_setting_shows_only_its_rows(
    module_database_url: str, rows: Rows, filled: UUID, stranger: UUID
) -> None:
    assert stranger != filled
    own_events = rows.value("select count(*) from events where organization_id = %s", filled)
    assert rows.value("select count(*) from events") > own_events
    with psycopg.connect(module_database_url) as connection:
        connection.execute("set local role orderly_app")
        connection.execute("select set_config('orderly.organization_id', %s, true)", (str(filled),))
        for table in TABLES:
            count = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
            assert connection.execute(count).fetchone() == (own_events if table == "events" else 1,), table


@pytest.mark.parametrize("table", sorted(OUT_OF_REACH))
def test_internal_tables_are_not_readable_by_organizations(module_database_url: str, filled: UUID, table: str) -> None:
    with psycopg.connect(module_database_url) as connection:
        connection.execute("set local role orderly_app")
        connection.execute("select set_config('orderly.organization_id', %s, true)", (str(filled),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"select * from {table}".encode())


async def test_another_organizations_rows_cannot_be_written(database: Database, filled: UUID, stranger: UUID) -> None:
    """By insert, update or delete."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        async with database.transaction(stranger) as transaction:
            await transaction.execute(
                "insert into idempotency_keys (organization_id, key, fingerprint, status, headers, body, running_until)"
                " select %(other)s, 'x', '', 200, '{}', '', now() where %(org)s is not null",
                other=filled,
            )
    async with database.transaction(stranger) as transaction:
        assert await transaction.execute("update orders set total = 0 where %(org)s is not null") == 0
        assert await transaction.execute("delete from bridges where %(org)s is not null") == 0


async def test_a_reference_cannot_leave_the_organization(database: Database, filled: UUID, stranger: UUID) -> None:
    """An operation cannot refer to another organization's order by its id."""
    async with database.organization(filled) as data:
        order_id = await data.fetch_value("select id from orders where organization_id = %(org)s")
    with pytest.raises(NotFound) as refused:
        await record_operation(database, stranger, order_id=order_id)
    assert refused.value.code == "order_not_found"


@pytest.mark.parametrize("statement", ["update events set message = ''", "delete from events"])
@pytest.mark.parametrize("role", ["orderly_app", "orderly_system"])
def test_the_log_is_append_only(module_database_url: str, filled: UUID, statement: str, role: str) -> None:
    """No role of the service can change or delete events."""
    with psycopg.connect(module_database_url) as connection:
        connection.execute(f"set local role {role}".encode())
        connection.execute("select set_config('orderly.organization_id', %s, true)", (str(filled),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


async def test_sql_without_an_organization_filter_is_rejected(database: Database, organization: UUID) -> None:
    """The statement is not sent to Postgres."""
    async with database.transaction(organization) as transaction:
        with pytest.raises(UnscopedStatement):
            await transaction.fetch_all(dict, "select * from operations")
        assert await transaction.fetch_value("select id from organizations where id = %(org)s") == organization


async def test_a_transaction_leaves_no_setting_behind(
    database: Database, rows: Rows, organization: UUID, stranger: UUID
) -> None:
    """The next transaction on the connection sees its own organization only."""
    rows.insert_operation(OperationStatus.PENDING)
    count = "select count(*) from operations where %(org)s is not null"
    seen = []
    for _ in range(20):
        for each in (organization, stranger):
            async with database.transaction(each) as transaction:
                seen.append(await transaction.fetch_value(count))
    assert seen == [1, 0] * 20
