"""The need of a person, as it is written; Postgres adds since when."""

from psycopg.types.json import Jsonb

from adapters.postgres.core.row_factory import as_json
from domain.operations import RESTORED_CHOICES, Attention, AttentionReason

SINCE_NOW = "|| jsonb_build_object('since', now())"
"""Follows the JSON of an attention in SQL: the time is Postgres's."""


def new_attention(
    reason: AttentionReason, step: str | None = None, choices: tuple[str, ...] | None = None
) -> Jsonb | None:
    """Return the need of a person; the reason decides the choices unless they are given."""
    return as_json(Attention(reason, None, step, tuple(reason.choices) if choices is None else choices))


def restored_attention() -> Jsonb | None:
    """Ask a person to compare a failed operation with the vendors' books."""
    return new_attention(AttentionReason.DRIFT, choices=RESTORED_CHOICES)
