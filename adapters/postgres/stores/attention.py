"""Makes the JSON of `attention`; Postgres adds its time."""

from psycopg.types.json import Jsonb

from adapters.postgres.core.row_factory import as_json
from domain.operations import RESTORED_CHOICES, Attention, AttentionReason

SINCE_NOW = "|| jsonb_build_object('since', now())"
"""SQL that adds Postgres's time to the JSON of an attention."""


def new_attention(
    reason: AttentionReason, step: str | None = None, choices: tuple[str, ...] | None = None
) -> Jsonb | None:
    """Return the JSON of an attention; `choices` defaults to those of the reason."""
    return as_json(Attention(reason, None, step, tuple(reason.choices) if choices is None else choices))


def restored_attention() -> Jsonb | None:
    """Return the attention that asks a person to compare a failed operation with the vendors' data."""
    return new_attention(AttentionReason.DRIFT, choices=RESTORED_CHOICES)
