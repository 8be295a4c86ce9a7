"""The columns of lists, and the fields of single items."""

from client.output import Cell, Column, Row


def at(*path: str) -> Cell:
    """Return the function that reads a nested field; null if one of the path is null."""

    def read(row: Row) -> object:
        found: object = row
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    return read


def problem_of(operation: Row) -> str | None:
    """Return in a few words why an operation waits, failed or needs a person."""
    for name, key in (("attention", "reason"), ("error", "code"), ("progress", "state")):
        found = operation.get(name)
        if found:
            step = f" at {found['step']}" if found.get("step") else ""
            cause = f" ({found['cause']})" if found.get("cause") else ""
            return f"{found[key]}{cause}{step}"
    return None


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


OPERATION = (*_columns("id", "type", "status", "created_at", "order_id"), Column("problem", problem_of))
OPERATION_FIELDS = (
    *_columns("id", "type", "status", "order_id", "created_at", "executed_at", "completed_at", "undo_at"),
    Column("error", at("error", "code")),
    Column("error step", at("error", "step")),
    Column("error message", at("error", "message")),
    Column("attention", at("attention", "reason")),
    Column("attention step", at("attention", "step")),
    Column("attention message", at("attention", "message")),
    Column("choices", lambda row: " ".join((row.get("attention") or {}).get("choices", ()))),
    Column("not before", at("attention", "not_before")),
    Column("waits", at("progress", "state")),
    Column("waits for", at("progress", "cause")),
    Column("next look", at("progress", "next_look_at")),
    Column("undo", at("undo", "status")),
    Column("can be undone", at("undo", "available")),
    Column("undo until", at("undo", "until")),
    *_columns("input", "output", "metadata", "depends_on"),
    Column("workflow", at("workflow", "url")),
)
UNDO_STEP = _columns("step", "direction", "state", "outcome", "available", "reference", "message")
RUN = _columns("run", "kind", "workflow_id", "created_at", "started_at", "closed_at")
LOG = _columns("at", "event", "step", "actor", "message")
ORDER = (
    *_columns("id", "external_id", "order_number", "status", "total", "currency", "created_at"),
    Column("customer", at("customer", "name")),
)
ORDER_FIELDS = _columns(
    "id", "external_id", "order_number", "mode", "status", "total", "currency", "customer", "ship_to", "line_items",
    "remaining", "bridge_id", "metadata", "erased_at", "created_at", "updated_at",
)  # fmt: skip
SHIPMENT = (
    *_columns("id", "carrier", "service", "status", "tracking_number", "cost", "currency", "created_at"),
    Column("tracking", at("tracking", "status")),
)
SHIPMENT_FIELDS = (
    *_columns("id", "order_id", "operation_id", "carrier_account_id", "carrier", "shipping_carrier", "service"),
    *_columns("status", "reference", "carrier_shipment_id", "tracking_number", "label_format", "cost", "currency"),
    *_columns("void_until", "voided_at"),
    Column("refund", at("refund", "status")),
    Column("tracking", at("tracking", "status")),
    Column("scanned at", at("tracking", "scanned_at")),
    *_columns("created_at", "updated_at"),
)
TRACKING_EVENT = _columns("at", "status", "code", "description", "place")
CONNECTION_FIELDS = (
    *_columns("id", "carrier", "channel", "name", "mode", "status", "status_reason", "is_default"),
    Column("paused since", at("pause", "since")),
    Column("pause cause", at("pause", "cause")),
    Column("next probe", at("pause", "next_probe_at")),
    *_columns("settings", "credentials", "created_at", "updated_at"),
)
CONNECTION_LOG = _columns("at", "event", "actor", "message")
WEBHOOK = (
    *_columns("id", "url", "enabled", "disabled_reason"),
    Column("waiting", at("deliveries", "waiting")),
    Column("failed", at("deliveries", "failed")),
    Column("description"),
)
DELIVERY = _columns("id", "event_type", "event_id", "state", "attempts", "last_status", "last_error", "created_at")
EVENT = (
    *_columns("created_at", "type"),
    Column("subject", lambda row: f"{row['subject']['type']}:{row['subject']['id']}"),
    Column("actor"),
    Column("id"),
)


def connection_columns(kind: str) -> tuple[Column, ...]:
    """Return the columns of accounts (`carrier`) or bridges (`channel`)."""
    return (
        *_columns("id", kind, "name", "mode", "status"),
        Column("cause", at("pause", "cause")),
        Column("status_reason"),
    )
