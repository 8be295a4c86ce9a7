"""The catalogue of all event types, and the patterns that select some of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

OPERATION, ORDER, SHIPMENT, ACCOUNT, BRIDGE = "operation", "order", "shipment", "carrier_account", "bridge"
API_KEY, USER, ORGANIZATION, ENDPOINT = "api_key", "user", "organization", "webhook_endpoint"


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of events; `subject` is the type of the resource that changed, `meaning` a clause about it.

    `fields`: the fields in `changes` of a typical event.
    """

    name: str
    subject: str
    meaning: str
    fields: tuple[str, ...] = ()


_OPERATION = (
    ("operation.created", "it was created", ()),
    ("operation.executing", "a client executed it", ("status",)),
    ("operation.cancelled", "it was cancelled while it was pending, or while it waited for a pause", ("status",)),
    ("operation.held", "it waits, because its account or bridge is paused", ("progress",)),
    ("operation.released", "it waits no longer for its account or bridge", ("progress",)),
    ("operation.probes", "it starts although its account or bridge is paused, to check whether that works again", ()),
    ("operation.completed", "all steps are done", ("status",)),
    ("operation.failed", "it failed; `error` has the cause", ("status",)),
    ("operation.attention", "a person is needed; `attention` has the reason", ("attention",)),
    ("operation.retry_started", "a client retried it after a failure", ("status",)),
    ("operation.resumed", "it continues after a person's decision", ("attention",)),
    ("operation.undo_started", "a client requested an undo", ("undo.status",)),
    ("operation.undone", "every effect was compensated", ("status", "undo.status")),
    ("operation.undo_failed", "an effect could not be compensated", ("undo.status",)),
    ("operation.rollback_started", "its effects are compensated after a person's decision", ()),
    ("operation.attention_cleared", "a person decided to leave the effect", ("attention",)),
    ("operation.drift", "Temporal and the database disagreed about a run, which the service settled", ()),
    ("effect.settled", "a person decided the outcome of an effect", ()),
    ("effect.corrected", "a person corrected the result of an effect", ()),
    ("refund.settled", "the carrier refunded the label that the operation had bought", ()),
    ("refund.rejected", "the carrier rejected the refund of the label", ()),
    ("step.done", "the effect of a step happened", ()),
    ("step.waiting", "the channel accepted a step and answers later, or another push of the order comes first", ()),
    ("step.looking", "the outcome of a step is unknown and is looked up", ("progress",)),
    ("step.recovery_refused", "the vendor refused the look-up of a step; a person is asked", ()),
    ("step.found", "the vendor had executed a request that it had refused for now; the result is recorded", ()),
    ("step.not_sent", "a step could not be sent yet; it is retried", ("progress",)),
    ("step.rejected", "a step was refused for good", ()),
    ("step.order_status_allowed", "a step continues although the order is closed, because the input allows it", ()),
    ("step.outcome_unknown", "the outcome of a step can't be found out", ()),
    ("step.order_status", "a push, or the undo of a step, changed the order's status", ()),
    ("step.undone", "the effect of a step was compensated", ()),
    ("step.undo_refused", "the effect of a step could not be compensated", ()),
)
"""The events of operations: name, meaning and typical fields."""

_RESOURCES: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    ORDER: (
        ("created", "it was created", ()),
        ("status_changed", "its status changed; other fields may have changed as well", ("status",)),
        ("erased", "its personal data was erased", ("customer", "erased_at", "ship_to")),
        ("changed", "other fields changed", ("order_number", "ship_to")),
    ),
    SHIPMENT: (
        ("created", "an operation bought the label", ()),
        ("voided", "the label was voided", ("status", "voided_at")),
        ("refund_pending", "the carrier accepted the void; the refund is pending", ("status", "refund")),
        ("refund_settled", "the carrier refunded the label", ("status", "refund")),
        ("refund_rejected", "the carrier rejected the refund; the label was not voided", ("status", "refund")),
        ("tracking_changed", "the carrier reported progress of the parcel", ("tracking",)),
        ("changed", "other fields changed", ("tracking_number",)),
    ),
    API_KEY: (
        ("created", "it was created", ()),
        ("revoked", "it was revoked", ("revoked_at",)),
        ("changed", "other fields changed", ("scopes",)),
    ),
    USER: (
        ("created", "the user was added to the organization", ()),
        ("changed", "the role or the name changed", ("role",)),
        ("disabled", "the user can't act any more", ("disabled_at",)),
        ("enabled", "the user can act again", ("disabled_at",)),
        ("removed", "the user was removed from the organization", ("removed_at",)),
    ),
    ORGANIZATION: (
        ("created", "it was created", ()),
        ("changed", "its settings changed", ("settings",)),
    ),
    ENDPOINT: (
        ("created", "it was created", ()),
        ("changed", "its fields changed", ("event_types", "url")),
        ("enabled", "it receives events again", ("enabled",)),
        ("disabled", "a client or the service disabled it", ("disabled_reason", "enabled")),
        ("secret_rotated", "it has a new secret", ("secret",)),
        ("deleted", "it was deleted", ()),
        ("test", "a client requested a test event; only this endpoint receives it", ()),
    ),
    **dict.fromkeys(
        (ACCOUNT, BRIDGE),
        (
            ("created", "it was created", ()),
            ("paused", "a person or a vendor's refusal paused it", ("pause", "status")),
            ("probe_failed", "an operation tried it, and it stays paused", ("status_reason",)),
            ("resumed", "it is active again", ("pause", "status")),
            ("auth_failed", "the vendor rejected its credentials; it is switched off", ("status", "status_reason")),
            ("changed", "other fields changed", ("credentials", "settings")),
            ("deleted", "it was deleted", ()),
        ),
    ),
}
"""The events of other resources: the change, its meaning and typical fields."""

EVENT_TYPES: Mapping[str, EventType] = {
    found.name: found
    for found in (
        *(EventType(name, OPERATION, meaning, fields) for name, meaning, fields in _OPERATION),
        *(
            EventType(f"{subject}.{change}", subject, meaning, fields)
            for subject, changes in _RESOURCES.items()
            for change, meaning, fields in changes
        ),
    )
}
"""Every type of events, by name."""

OWN_TYPE = "webhook_endpoint.test"
"""The type of test events, which no pattern selects."""

ANY = "*"


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern selects a type: the type itself, a family such as `operation.*`, or `*` for all."""
    if name == OWN_TYPE:
        return False
    if pattern.endswith(ANY):
        return name.startswith(pattern.removesuffix(ANY))
    return pattern == name


def select_types(patterns: Iterable[str]) -> set[str]:
    """Return the types that the patterns select."""
    return {name for pattern in patterns for name in EVENT_TYPES if matches(pattern, name)}


def find_unknown(patterns: Collection[str]) -> list[str]:
    """Return the patterns that are neither `*`, nor a family such as `operation.*`, nor a type that exists."""
    families = {f"{name.partition('.')[0]}.{ANY}" for name in EVENT_TYPES}
    known = {ANY, *families, *EVENT_TYPES} - {OWN_TYPE}
    return [pattern for pattern in patterns if pattern not in known]


DATA_FIELDS: Mapping[str, tuple[str, ...]] = {
    OPERATION: (
        "id", "type", "status", "order_id", "output", "error", "attention", "progress", "undo", "executed_at",
        "completed_at", "undo_at", "created_at", "updated_at",
    ),
    ORDER: (
        "id", "external_id", "order_number", "mode", "status", "currency", "total", "bridge_id", "erased_at",
        "created_at", "updated_at",
    ),
    SHIPMENT: (
        "id", "order_id", "operation_id", "carrier_account_id", "carrier", "shipping_carrier", "service", "status",
        "reference", "carrier_shipment_id", "tracking_number", "label_format", "cost", "currency", "void_until",
        "voided_at", "refund", "tracking", "created_at", "updated_at",
    ),
    ACCOUNT: ("id", "carrier", "mode", "status", "pause", "is_default", "created_at", "updated_at"),
    BRIDGE: ("id", "channel", "mode", "status", "pause", "created_at", "updated_at"),
    API_KEY: ("id", "user_id", "scopes", "expires_at", "revoked_at", "created_at"),
    USER: ("id", "role", "disabled_at", "removed_at", "created_at", "updated_at"),
    ORGANIZATION: ("id", "settings", "created_at"),
    ENDPOINT: ("id", "event_types", "enabled", "disabled_reason", "created_at", "updated_at"),
}  # fmt: skip
"""The fields of `data`, by subject. The schema's `event_data` builds all except those of operations."""

HIDDEN_FIELDS: Mapping[str, tuple[str, ...]] = {
    ORDER: ("customer", "line_items", "metadata", "remaining", "ship_to"),
    SHIPMENT: ("cost_parts", "sent"),
    ACCOUNT: ("credentials", "name", "settings", "status_reason"),
    BRIDGE: ("credentials", "name", "settings", "status_reason"),
    API_KEY: ("name",),
    USER: ("name",),
    ORGANIZATION: ("name",),
    ENDPOINT: ("description", "secret", "url"),
}
"""Fields that `changes` names without values: they have personal data, secrets or texts of people and vendors."""

OMITTED_FIELDS: Mapping[str, tuple[str, ...]] = {
    OPERATION: ("input", "metadata"),
    SHIPMENT: ("parcels",),
    API_KEY: ("mode", "prefix"),
    USER: ("email",),
    ENDPOINT: ("acknowledged_up_to", "deliveries", "failing_since", "previous_secret_until"),
}
"""Fields of list answers that events never name: they don't change, are personal, or are the service's own notes."""
