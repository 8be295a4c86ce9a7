"""Let fingerprints of effects at the sandbox name the default account, as today's fingerprints do.

Revision ID: 2026_11_30_sandbox_identity
Revises: 2026_11_30_counter_order
"""

import hashlib

from alembic import op
from sqlalchemy import text

revision = "2026_11_30_sandbox_identity"
down_revision = "2026_11_30_counter_order"
branch_labels = None
depends_on = None

DEFAULTS = {
    "bigcommerce": ["store_hash=SANDBOX"],
    "fedex": ["account_number=740561073"],
    "shipengine": ["carrier_id=SE-123890"],
    "ups": ["account_number=A1B2C3"],
    "usps": ["account_number=1000405525", "crid=39384021", "mid=902994482"],
}
"""For each vendor: the values that name the sandbox's default account."""

FILL = text("""
    update effects set fingerprint = jsonb_set(fingerprint, '{identity}', to_jsonb(cast(:after as text)))
    where fingerprint ->> 'vendor' = :vendor and fingerprint ->> 'address' = :sandbox
      and fingerprint ->> 'identity' = :before
""")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def upgrade() -> None:
    """Replace identities without a value."""
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    for vendor, names in DEFAULTS.items():
        before, after, sandbox = _digest(vendor), _digest(vendor, *names), _digest(vendor, "sandbox")
        op.execute(FILL.bindparams(vendor=vendor, before=before, after=after, sandbox=sandbox))
    op.execute("reset role")
