"""Row-level security of every table, read from PostgreSQL's catalog and attacked with SQL."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.schema.tables import Table
from bootstrap import migrate

ROLES = ("orderly_app", "orderly_system", "orderly_retention", "orderly_erasure")
WITHOUT_POLICIES = {"alembic_version"}
OWN_MEMBERS = (
    "(EXISTS ( SELECT\n   FROM memberships\n"
    "  WHERE ((memberships.user_id = users.id) AND (memberships.organization_id = current_organization()))))"
)
OF_THE_SERVICE = {
    "installation": [],
    "users": [(["orderly_app"], "SELECT", "PERMISSIVE", OWN_MEMBERS, None)],
    "workers": [(["orderly_app"], "SELECT", "PERMISSIVE", "true", None)],
}
"""Tables of the whole installation, with the policies of the application's role: it only reads workers and members."""
NOT_OWNED = {"organizations", *OF_THE_SERVICE}
"""Tables whose rows belong to no organization."""
OWN_ROWS = "(organization_id = current_organization())"
APPEND_ONLY = ("events", "tracking_events", "webhook_attempts")
NUMBERS = ("position", "sequence")
"""The columns of events that `number_events()` fills in later."""
# An undo deletes its operation's changes of an order's status; the log keeps them.
DELETABLE = {
    "orderly_app": {
        "bridges",
        "carrier_accounts",
        "operation_metadata",
        "order_metadata",
        "order_status_changes",
        "webhook_endpoints",
    },
    "orderly_system": {
        "bridges",
        "bulk_actions",
        "carrier_accounts",
        "idempotency_keys",
        "operation_metadata",
        "order_metadata",
        "order_status_changes",
        "webhook_deliveries",
        "webhook_endpoints",
        "workers",
    },
    "orderly_retention": {"events", "operations"},
    "orderly_erasure": {"shipment_documents"},
}
CLOSED_FOR_A_DAY = (
    "((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text, 'undone'::text]))"
    " AND (attention IS NULL) AND (undo_status <> 'in_progress'::text)"
    " AND (updated_at < (now() - '1 day'::interval)))"
)
RETENTION_POLICIES: dict[str, list[tuple[str, str | None, str | None]]] = {
    "operations": [("SELECT", "true", None), ("DELETE", CLOSED_FOR_A_DAY, None)],
    "operation_counts": [("ALL", "true", None)],
    "pruned_operations": [("INSERT", None, "true")],
    "events": [("SELECT", "true", None), ("DELETE", "(created_at < (now() - '1 day'::interval))", None)],
    "pruned_events": [("ALL", "true", None)],
}
"""The policies of the retention role: it may only delete operations that were closed for a day, and old events."""
ERASURE_POLICIES = {
    "operations": (
        "((organization_id = current_organization()) AND (status = ANY (ARRAY['completed'::text, 'failed'::text,"
        " 'cancelled'::text, 'undone'::text])) AND (attention IS NULL) AND (undo_status <> 'in_progress'::text))"
    ),
    **dict.fromkeys(
        (
            "events", "effects", "shipments", "shipment_documents", "tracking_events",
            "operation_counts", "webhook_deliveries", "webhook_attempts",
        ),
        OWN_ROWS,
    ),
}  # fmt: skip
"""The policies of the erasure role: it reaches one organization, and no open operation."""
ERASED_TEXTS = {
    "events": {"message", "details"},
    "tracking_events": {"description", "place"},
    "webhook_attempts": {"answer"},
}
"""The columns of append-only tables that the erasure role may change."""


@pytest.fixture
def admin(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def attacker(admin: psycopg.Connection[Any], database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A database connection that runs any SQL as the application's role."""
    login = f"thief_{uuid4().hex[:8]}"
    admin.execute(f"create role {login} login in role orderly_app".encode())
    try:
        with psycopg.connect(database_url, user=login, autocommit=True) as connection:
            connection.execute("set role orderly_app")
            yield connection
    finally:
        admin.execute(f"drop role {login}".encode())


@pytest.fixture
def organizations(admin: psycopg.Connection[Any]) -> tuple[UUID, UUID]:
    """Two organizations, each with an order."""
    made = uuid4(), uuid4()
    for number, ident in enumerate(made):
        admin.execute("insert into organizations (id, name) values (%s, %s)", (ident, f"Organization {number}"))
        admin.execute(
            "insert into orders (id, organization_id, external_id, status, currency, total, line_items)"
            " values (%s, %s, '1', 'pending', 'USD', 1, '[]')",
            (uuid4(), ident),
        )
    return made


def list_tables(admin: psycopg.Connection[Any]) -> list[str]:
    """Return every table of the schema, views and foreign tables included."""
    found = admin.execute(
        "select relname from pg_class where relnamespace = current_schema()::regnamespace"
        " and relkind in ('r', 'p', 'v', 'm', 'f') order by 1"
    )
    return [name for (name,) in found]


def rows(admin: psycopg.Connection[Any], query: str, *params: Any) -> list[tuple[Any, ...]]:
    return admin.execute(query.encode(), params or None).fetchall()


def find_faults(admin: psycopg.Connection[Any]) -> list[str]:
    """Return every fault of the tables' policies."""
    found = []
    for table in sorted(set(list_tables(admin)) - WITHOUT_POLICIES):
        ((enabled, forced, kind),) = rows(
            admin, "select relrowsecurity, relforcerowsecurity, relkind from pg_class where oid = %s::regclass", table
        )
        if not (enabled and forced and kind == "r"):
            found.append(f"{table}: row-level security is not forced")
        named = "select attname, attnotnull from pg_attribute where attrelid = %s::regclass and attnum > 0"
        columns = dict(rows(admin, named, table))
        if table not in NOT_OWNED and columns.get("organization_id") is not True:
            found.append(f"{table}: no organization_id that is never null")
        policies = rows(
            admin,
            "select array(select unnest(roles) order by 1), cmd, permissive, qual, with_check from pg_policies"
            " where schemaname = current_schema() and tablename = %s order by qual",
            table,
        )
        own = OWN_ROWS.replace("organization_id", "id") if table == "organizations" else OWN_ROWS
        expected = [
            *OF_THE_SERVICE.get(table, [(["orderly_app"], "ALL", "PERMISSIVE", own, None)]),
            (["orderly_system"], "ALL", "PERMISSIVE", "true", None),
            *((["orderly_retention"], verb, "PERMISSIVE", *rest) for verb, *rest in RETENTION_POLICIES.get(table, ())),
            *(
                (["orderly_erasure"], "ALL", "PERMISSIVE", rows_in_reach, None)
                for rows_in_reach in [ERASURE_POLICIES.get(table)]
                if rows_in_reach
            ),
        ]
        if sorted(policies, key=str) != sorted(expected, key=str):
            found.append(f"{table}: policies {policies}")
    return found


def test_every_table_has_its_policies(admin: psycopg.Connection[Any]) -> None:
    """Row-level security is forced with the expected policies, for exactly the tables that the code declares."""
    assert find_faults(admin) == []
    assert set(list_tables(admin)) == set(Table.metadata.tables) | WITHOUT_POLICIES


@pytest.mark.parametrize(
    "change",
    [
        "create table fresh (organization_id uuid not null)",
        "create table fresh (id int)",
        "create view fresh as select * from orders",
        "alter table effects disable row level security",
        "alter table events no force row level security",
        "create policy third on orders to public using (true)",
        "drop policy one_organization on runs",
        "alter policy one_organization on shipments using (true)",
        "alter policy one_organization on orders to public",
        "alter table orders alter organization_id drop not null",
    ],
)
def test_a_missing_policy_is_detected(admin: psycopg.Connection[Any], change: str) -> None:
    """This proves that the test above can fail."""
    admin.execute(change.encode())

    assert len({fault.partition(":")[0] for fault in find_faults(admin)}) == 1


def test_the_roles_have_no_privileges_of_their_own(admin: psycopg.Connection[Any]) -> None:
    """The roles can't log in, bypass row-level security, create or own anything, and belong to no other role."""
    for role in ROLES:
        assert rows(
            admin,
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin from pg_roles"
            " where rolname = %s",
            role,
        ) == [(False,) * 6]
        assert rows(admin, "select 1 from pg_auth_members where member = %s::regrole", role) == []
        for catalog, owner in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner")):
            assert rows(admin, f"select 1 from {catalog} where {owner} = %s::regrole", role) == []
        assert rows(admin, "select has_schema_privilege(%s, current_schema(), 'create')", role) == [(False,)]


def changeable_columns(admin: psycopg.Connection[Any], role: str, table: str) -> list[str]:
    query = """
        select attname from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and has_column_privilege(%s, attrelid, attnum, 'update')
    """
    return [column for (column,) in rows(admin, query, table, role)]


def test_the_roles_have_exactly_the_needed_rights(admin: psycopg.Connection[Any]) -> None:
    """No role may truncate, reference or add triggers, change the log, or delete audited rows."""
    for role in ROLES:
        for table in sorted(set(list_tables(admin)) - WITHOUT_POLICIES):
            for right in ("truncate", "references", "trigger"):
                assert rows(admin, "select has_table_privilege(%s, %s, %s)", role, table, right) == [(False,)]
            ((deletes,),) = rows(admin, "select has_table_privilege(%s, %s, 'delete')", role, table)
            assert deletes == (table in DELETABLE[role]), (role, table)
            if table in APPEND_ONLY:
                erased = ERASED_TEXTS.get(table, set()) if role == "orderly_erasure" else set()
                assert set(changeable_columns(admin, role, table)) - {*NUMBERS} == erased, (role, table)
        for table in WITHOUT_POLICIES:
            assert rows(admin, "select has_table_privilege(%s, %s, 'select, insert, update')", role, table) == [
                (False,)
            ]
    assert changeable_columns(admin, "orderly_app", "organizations") == ["settings"]


def test_no_function_runs_with_its_owners_rights(admin: psycopg.Connection[Any]) -> None:
    """No function is SECURITY DEFINER."""
    ours = "pronamespace = current_schema()::regnamespace"
    assert rows(admin, f"select count(*) filter (where prosecdef), count(*) > 0 from pg_proc where {ours}") == [
        (0, True)
    ]


def statements(table_names: list[str]) -> Iterator[str]:
    """Return statements that an attacker could run as the application's role."""
    for table in table_names:
        yield f"alter table {table} disable row level security"
        yield f"alter table {table} no force row level security"
        yield f"truncate {table}"
        yield f"drop table {table}"
        yield f"drop policy {'every' if table in OF_THE_SERVICE else 'one'}_organization on {table}"
        yield f"create policy mine on {table} to orderly_app using (true)"
        yield f"alter table {table} disable trigger all"
        yield f"alter table {table} owner to orderly_app"
        yield f"create trigger mine after insert on {table} execute function count_operations()"
    yield from (
        "set role orderly_system", "set role postgres", "set session authorization postgres",
        "alter role orderly_app bypassrls", "alter role orderly_app superuser", "grant orderly_system to orderly_app",
        "create role thief superuser", "create table mine (id int)", "create schema mine",
        "create or replace function current_organization() returns uuid language sql return gen_random_uuid()",
        "drop function current_organization()", "alter function current_organization() owner to orderly_app",
        "create or replace function refuse_operation_change() returns trigger language plpgsql as 'begin end'",
        "set session_replication_role = replica", "set row_security = off; select * from orders",
        "copy orders to '/dev/null'", "copy orders to program 'true'", "copy orders from '/etc/passwd'",
        "select pg_read_file('/etc/passwd')", "select lo_import('/etc/passwd')", "create extension dblink",
        "create extension file_fdw", "alter system set row_security = off", "load 'auto_explain'",
        "select * from pg_authid", "select * from pg_shadow", "select pg_terminate_backend(pid) from pg_stat_activity"
        " where usename = 'postgres'", "update events set message = 'nothing happened'",
        "delete from events", "delete from effects", "delete from operations", "delete from runs",
        "delete from shipments", "delete from orders", "update organizations set name = 'mine'",
        "insert into organizations (id, name) values (gen_random_uuid(), 'mine')", "delete from alembic_version",
    )  # fmt: skip


def test_the_role_cannot_change_policies_or_roles(
    admin: psycopg.Connection[Any], attacker: psycopg.Connection[Any], organizations: tuple[UUID, UUID]
) -> None:
    """SQL of an attacker switches no policy off, takes no other role, changes no log and reads no file."""
    before = rows(admin, "select * from orders order by id")
    attacker.execute("select set_config('orderly.organization_id', %s, false)", (str(organizations[0]),))

    for statement in statements(sorted(set(list_tables(admin)) - WITHOUT_POLICIES)):
        with pytest.raises(psycopg.Error) as refused:
            attacker.execute(statement.encode())
        assert refused.value.sqlstate in ("42501", "0LP01"), (statement, refused.value)

    assert rows(attacker, "select count(*) from orders") == [(1,)]
    assert rows(admin, "select * from orders order by id") == before
    assert find_faults(admin) == []


def test_no_query_reaches_other_organizations(
    attacker: psycopg.Connection[Any], organizations: tuple[UUID, UUID]
) -> None:
    """Unions, joins, functions, errors, moved rows and upserts reach no other organization's rows."""
    own, other = organizations
    attacker.execute("select set_config('orderly.organization_id', %s, false)", (str(own),))
    for query in (
        "select organization_id from orders union all select organization_id from orders",
        "select organization_id from (table orders) as o where true or organization_id is null",
        "select id from organizations",
        "select o.organization_id from orders o right join orders p on true",
        "with x as (update orders set total = 2 returning organization_id) select * from x",
        "select organization_id from orders where (1 / (case when organization_id = current_organization() then 1"
        " else 0 end)) = 1",
    ):
        assert set(rows(attacker, query)) == {(own,)}, query
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        attacker.execute("update orders set organization_id = %s", (other,))
    foreign = sql.SQL(
        "insert into orders (id, organization_id, external_id, status, currency, total, line_items)"
        " values (gen_random_uuid(), {}, '1', 'pending', 'USD', 1, '[]') on conflict do nothing"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        attacker.execute(foreign.format(sql.Literal(other)))


def test_a_repeated_migration_changes_no_policy(admin: psycopg.Connection[Any], database_url: str) -> None:
    """Another run of the migrations changes no policy."""
    migrate.run(database_url)

    assert find_faults(admin) == []
