"""The catalog of a database describes its whole schema, so that two databases can be compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.schema import tables

SCRIPTS = [Path(tables.__file__).with_name(name) for name in ("roles_and_triggers.sql", "record_change.sql")]

Catalog = Mapping[str, str]
"""The definition of every object by its kind and name, such as `index ix_runs_open`."""

QUERIES: tuple[LiteralString, ...] = (
    """
    select 'table ' || relname, concat_ws(
        ' ', relkind, relpersistence, case when relrowsecurity then 'guarded' end,
        case when relforcerowsecurity then 'forced' end, reloptions::text
    )
    from pg_class where relnamespace = 'public'::regnamespace and relkind not in ('i', 'I', 'S', 't')
    """,
    """
    select 'column ' || attrelid::regclass || '.' || attname, concat_ws(
        ' ', format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
        'default ' || pg_get_expr(adbin, adrelid), 'identity ' || nullif(attidentity::text, ''),
        'generated ' || nullif(attgenerated::text, ''), 'collation ' || nullif(attcollation, 0)::regcollation::text
    )
    from pg_attribute join pg_class on pg_class.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and attnum > 0 and not attisdropped
    """,
    """
    select 'constraint ' || conrelid::regclass || '.' || conname,
           pg_get_constraintdef(oid) || case when convalidated then '' else ' not valid' end
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
    """,
    """
    select 'index ' || indexrelid::regclass,
           pg_get_indexdef(indexrelid) || case when indisvalid then '' else ' invalid' end
    from pg_index join pg_class on pg_class.oid = indrelid where relnamespace = 'public'::regnamespace
    """,
    """
    select 'sequence ' || seqrelid::regclass, concat_ws(
        ' ', format_type(seqtypid, null), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle
    )
    from pg_sequence join pg_class on pg_class.oid = seqrelid where relnamespace = 'public'::regnamespace
    """,
    """
    select 'trigger ' || tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) || ' ' || tgenabled::text
    from pg_trigger where not tgisinternal
    """,
    """
    select 'function ' || oid::regprocedure, pg_get_functiondef(oid)
    from pg_proc where pronamespace = 'public'::regnamespace
    """,
    """
    select 'policy ' || tablename || '.' || policyname, concat_ws(
        ' ', permissive, cmd, roles::text, 'using ' || qual, 'check ' || with_check
    )
    from pg_policies where schemaname = 'public'
    """,
    """
    select 'grant on ' || kind || ' ' || name || ' to ' || coalesce(rolname, 'public'),
           string_agg(privilege_type, ' ' order by privilege_type)
    from (
        select 'schema', nspname::text, nspowner, nspacl from pg_namespace where nspname = 'public'
        union all
        select 'relation', oid::regclass::text, relowner, relacl
        from pg_class where relnamespace = 'public'::regnamespace
        union all
        select 'function', oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
        from pg_proc where pronamespace = 'public'::regnamespace
    ) as object (kind, name, owner, acl)
        cross join aclexplode(acl) left join pg_roles on pg_roles.oid = grantee
    where grantee <> owner group by kind, name, rolname
    """,
    """
    select 'role ' || rolname, concat_ws(
        ' ', case when rolsuper then 'superuser' end, case when rolinherit then 'inherits' end,
        case when rolcreaterole then 'creates roles' end, case when rolcreatedb then 'creates databases' end,
        case when rolcanlogin then 'logs in' end, case when rolreplication then 'replicates' end,
        case when rolbypassrls then 'bypasses row-level security' end
    )
    from pg_roles where rolname like 'orderly%'
    """,
)


def read_catalog(database: str | psycopg.Connection[Any]) -> Catalog:
    """Read everything in the schema `public` except Alembic's own table, and the service's roles."""
    if isinstance(database, str):
        with psycopg.connect(database) as connection:
            return read_catalog(connection)
    rows = [row for query in QUERIES for row in database.execute(query)]
    return {name: definition for name, definition in rows if "alembic_version" not in name}


def find_differences(migrated: Catalog, declared: Catalog) -> list[str]:
    """Return one line for each object that only one of them has, or that they define differently."""
    lines = []
    for name in sorted(migrated.keys() | declared.keys()):
        if migrated.get(name) != declared.get(name):
            lines.append(f"{name}: migrated {migrated.get(name)!r}, declared {declared.get(name)!r}")
    return lines


def create_declared(url: str, metadata: MetaData = tables.Table.metadata) -> None:
    """Create the declared tables, roles and triggers in an empty database of an empty server."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.begin() as connection:
        metadata.create_all(connection)
        for script in SCRIPTS:
            connection.execution_options(no_parameters=True).exec_driver_sql(script.read_text())
    engine.dispose()
