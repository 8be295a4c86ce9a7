"""Identities of transactions: the role, organization and origin that Postgres applies to one transaction."""

from dataclasses import dataclass
from uuid import UUID

from domain.origin import current_origin

SET_FOR_TRANSACTION = b"""
    select set_config('role', %(role)s, true), set_config('orderly.organization_id', %(organization)s, true),
           set_config('orderly.actor', %(actor)s, true), set_config('orderly.request_id', %(request_id)s, true)
"""

IDLE_SECONDS = 60.0
"""Postgres ends an organization's transaction after this idle time, and frees its locks and database connection."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A role and, if it is `orderly_app`, the one organization whose rows the role sees.

    The identity ends with the transaction, so that a connection pooler may run each transaction on any connection.
    """

    role: str
    organization_id: UUID | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of `SET_FOR_TRANSACTION`."""
        origin = current_origin()
        return {
            "role": self.role,
            "organization": str(self.organization_id or ""),
            "actor": origin.actor,
            "request_id": origin.request_id or "",
        }

    def begin(self) -> bytes:
        """Return the statements that open a transaction with this identity, as one simple query."""
        origin = current_origin()
        # None of these values is a parameter, because a simple query has none: `Origin` has checked its two values.
        statements = ["BEGIN", f"SET LOCAL ROLE {self.role}", f"SET LOCAL orderly.actor = '{origin.actor}'"]
        if origin.request_id is not None:
            statements.append(f"SET LOCAL orderly.request_id = '{origin.request_id}'")
        if self.organization_id is not None:
            # UUID(int=...) makes a plain UUID from any subclass.
            statements.append(f"SET LOCAL orderly.organization_id = '{UUID(int=self.organization_id.int)}'")
            statements.append(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000:.0f}")
        return "; ".join(statements).encode()


SYSTEM = Identity("orderly_system")
