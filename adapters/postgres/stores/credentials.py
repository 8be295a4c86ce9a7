"""What carrier accounts and bridges have in common: settings that can be changed, credentials that can't be read."""

from collections.abc import Mapping
from typing import Any

from adapters.encryption import CredentialCipher
from adapters.postgres.core.row_factory import as_json

CHANGEABLE = frozenset({"name", "is_default", "status", "status_reason", "settings"})

IN_USE = """
    select exists (
        select from operations
        where organization_id = %(org)s and %(id)s = any(touches) and (
            status in ('pending', 'executing') or undo_status = 'in_progress' or attention is not null or exists (
                select from effects
                where effects.organization_id = %(org)s and operation_id = operations.id and state = 'done'
                  and direction = 'do' and reversed_at is null and exists (
                      select from jsonb_each_text(result) as named where named.value = %(id)s::text
                  )
            )
        )
    )
"""
"""True if an operation that is not finished touches the account or bridge, or an effect that stands names it in its
result: an undo would stop there, half done."""


def credential_columns(cipher: CredentialCipher, credentials: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns that keep credentials: encrypted, and their names in clear."""
    return {"credentials": cipher.encrypt(credentials), "credential_names": sorted(credentials)}


def update_columns(
    cipher: CredentialCipher, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the columns to write; a new status takes the old one's reason away."""
    values = {name: value for name, value in changes.items() if name in CHANGEABLE}
    if "settings" in values:
        values["settings"] = as_json(values["settings"])
    if "status" in values:
        values.setdefault("status_reason", None)
    if credentials is not None:
        values |= credential_columns(cipher, credentials)
    return values
