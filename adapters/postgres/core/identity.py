"""The identity that Postgres applies to one transaction: a role and an organization."""

from dataclasses import dataclass
from uuid import UUID

SET_FOR_TRANSACTION = b"""
    select set_config('role', %(role)s, true), set_config('orderly.organization_id', %(organization)s, true)
"""

IDLE_SECONDS = 60.0
"""Postgres ends a transaction of an organization that idles this long, and frees its locks and its connection."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A role and, if it is `orderly_app`, the one organization whose rows the role sees.

    Nothing of it outlives the transaction, so that a connection pooler may give each transaction any connection.
    """

    role: str
    organization_id: UUID | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of `SET_FOR_TRANSACTION`."""
        return {"role": self.role, "organization": str(self.organization_id or "")}

    def begin(self) -> bytes:
        """Return the statements that open a transaction with this identity, in one message of the simple protocol."""
        statements = ["BEGIN", f"SET LOCAL ROLE {self.role}"]
        if self.organization_id is not None:
            # UUID(int=...) is a real UUID, whatever subclass came in: this is the one value that is not a parameter.
            statements.append(f"SET LOCAL orderly.organization_id = '{UUID(int=self.organization_id.int)}'")
            statements.append(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000:.0f}")
        return "; ".join(statements).encode()


SYSTEM = Identity("orderly_system")
