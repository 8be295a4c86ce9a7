"""Detects that an account or bridge leads elsewhere since an effect was sent: to another address or vendor account.

See docs/decisions/connection-fingerprint.md.
"""

from domain.effects import Effect
from domain.errors import ConnectionChanged
from domain.shipping import Connection


def find_known_change(effect: Effect, connection: Connection) -> str | None:
    """Return what differs from the connection that an effect was sent through; None if no difference is known."""
    if effect.fingerprint is None or connection.fingerprint is None:
        return None
    return effect.fingerprint.find_change(connection.fingerprint)


def find_possible_change(effect: Effect, connection: Connection) -> str | None:
    """Return what may differ; None if the connection is the one that the effect was sent through.

    Effects that are older than fingerprints have none. Their connection must not have changed at all: its `version` is
    the time of its last change.
    """
    if effect.fingerprint is not None:
        return find_known_change(effect, connection)
    is_same = effect.sent_at is not None and connection.version <= effect.sent_at
    return None if is_same else "settings or credentials"


def describe_change(effect: Effect, change: str) -> str:
    return f"the {change} of the account or bridge changed after {effect.step} was sent"


def require_same_connection(effect: Effect, connection: Connection, *, force: bool = False) -> None:
    """Refuse to void or cancel at another address or account, because the id may name another parcel there.

    Raises:
        ConnectionChanged: the connection leads elsewhere, and `force` is not set.
    """
    change = None if force else find_known_change(effect, connection)
    if change is not None:
        raise ConnectionChanged(f"{describe_change(effect, change)}: restore it, or undo the step by hand")
