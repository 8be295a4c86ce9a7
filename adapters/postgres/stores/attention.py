"""The need of a person, as it is written."""

from datetime import UTC, datetime

from psycopg.types.json import Jsonb

from adapters.postgres.core.row_factory import as_json
from domain.operations import RESTORED_CHOICES, Attention, AttentionReason


def new_attention(
    reason: AttentionReason, step: str | None = None, choices: tuple[str, ...] | None = None
) -> Jsonb | None:
    """Return the need of a person from now on; the reason decides the choices unless they are given."""
    return as_json(Attention(reason, datetime.now(UTC), step, tuple(reason.choices) if choices is None else choices))


def restored_attention() -> Jsonb | None:
    """Ask a person to compare a failed operation with the vendors' books."""
    return new_attention(AttentionReason.DRIFT, choices=RESTORED_CHOICES)
