"""Refuses a repeated purchase within the time that the organization's settings define."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel

from api.http.auth import Caller
from domain.operation_errors import DuplicatePurchase
from domain.operations import NewOperation
from domain.ports.references import References
from domain.ports.stores import OrganizationData
from workflows.operation_type import OperationType
from workflows.purchase_hash import hash_purchase

Path = tuple[str | int, ...]


def is_guarded(caller: Caller) -> bool:
    """Return True if the organization refuses repeated purchases."""
    return caller.key.settings.duplicate_guard_seconds > 0


async def mark_purchase(
    caller: Caller, kind: OperationType, request: BaseModel, references: References, new: NewOperation
) -> NewOperation:
    """Add the purchase's hash to an operation that buys something, if the organization is guarded."""
    if not is_guarded(caller) or not kind.buys:
        return new
    account_id = new.plan.carrier_account_id
    account = await references.account(account_id) if account_id is not None else None
    default_parcels = account.settings.default_parcels if account is not None else ()
    return replace(new, purchase_hash=hash_purchase(new.order_id, request, new.plan, default_parcels))


async def refuse_duplicates(
    caller: Caller, data: OrganizationData, operations: Sequence[tuple[Path, NewOperation]]
) -> None:
    """Refuse a purchase that equals one of an open or live operation, or an earlier one of the same call.

    Raises:
        DuplicatePurchase: with the earlier of the two.
    """
    guarded = [(path, new) for path, new in operations if new.purchase_hash is not None]
    checked = [(path, new) for path, new in guarded if new.input.get("allow_duplicate") is not True]
    hashes = {new.purchase_hash for _, new in checked if new.purchase_hash is not None}
    if not hashes:
        return
    known = await data.operations.find_purchases(hashes, caller.key.settings.duplicate_guard_seconds)
    seen: dict[str, Path] = {}
    for path, new in guarded:
        key = new.purchase_hash or ""
        if (path, new) in checked and key in known:
            same = known[key]
            raise DuplicatePurchase(same.id, path, f"{same.type} {same.id} ({same.status})")
        if (path, new) in checked and key in seen:
            raise DuplicatePurchase(None, path, f"The operation at {'.'.join(map(str, seen[key]))}")
        seen.setdefault(key, path)
