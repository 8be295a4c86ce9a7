"""Build effects."""

from datetime import UTC, datetime
from uuid import uuid4

from domain.effects import Direction, Effect, EffectState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def build_effect(state: EffectState) -> Effect:
    """Return the first effect of a run, in this state."""
    ident = uuid4()
    return Effect(
        id=ident, organization_id=ident, operation_id=ident, run=1, round=1, position=1, step="buy_label",
        direction=Direction.DO, undoes=None, state=state, reference="R", attempts=1, deliveries=0, sent_at=NOW,
        sent_ago=1.0, settles_at=None, look=None, answered_at=None, answer=None, answer_status=None, answer_digest=None,
        result=None, error=None, outcome=None, compensation="void_label", recovery="recover_label", reversed_at=None,
        fingerprint=None, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
