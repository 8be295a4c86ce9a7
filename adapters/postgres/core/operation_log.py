"""The SQL that inserts entries into the logs of operations. No other module inserts them."""


def insert_log(
    source: str = "",
    *,
    event: str,
    message: str = "%(message)s",
    actor: str = "'system'",
    organization_id: str = "organization_id",
    operation_id: str = "operation_id",
    step: str = "null::text",
    details: str = "null::jsonb",
) -> str:
    """Return an `insert` statement, which may also stand in a `with` clause. All arguments are SQL.

    `source` holds the `from` and `where` clauses: each of its rows becomes one entry. Without it, the statement inserts
    one entry.
    """
    return f"""
        insert into operation_logs (organization_id, operation_id, event, message, actor, step, details)
        select {organization_id}, {operation_id}, {event}, {message}, {actor}, {step}, {details}
        {source}
    """
