"""What is kept of a question to a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from domain.operations import AttentionReason

FORGOTTEN_CHOICES = ["did_not_happen"]
"""Of a failed operation, part of which a restored database has forgotten, a person can only say that it may be left."""


def attention(reason: str, step: str | None, choices: Sequence[str]) -> dict[str, Any]:
    """Write down why a person is needed from now on, for which step, and what he may answer."""
    since = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"reason": reason, "since": since, "step": step, "choices": list(choices)}


def restored_attention() -> dict[str, Any]:
    """Ask a person to compare a failed operation with the vendors' books."""
    return attention(AttentionReason.DRIFT, None, FORGOTTEN_CHOICES)
