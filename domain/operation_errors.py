"""Errors of refused calls on operations."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.codes import FailureCode
from domain.effects import UndoOutcome
from domain.errors import Conflict, DomainError, FieldError, InvalidInput
from domain.operations import Attention, AttentionReason, OperationStatus, ShipmentUser, UndoRefusal, UndoStatus


class OperationNotPending(Conflict):
    """Execute or cancel of an operation that is not pending. The slower of two concurrent calls gets this error."""

    code = "operation_not_pending"
    template = "The operation is {status}, not pending."
    remedy = "See `details.status`."
    example = {"status": OperationStatus.COMPLETED}
    status: OperationStatus


class OperationNotFailed(Conflict):
    """Retry of an operation whose status is not `failed`."""

    code = "operation_not_failed"
    template = "The operation is {status}, not failed."
    remedy = "See `details.status`."
    example = {"status": OperationStatus.PENDING}
    status: OperationStatus


class CompensationUnsettled(Conflict):
    """Retry of a failed operation whose rollback is incomplete or still running."""

    code = "compensation_unsettled"
    template = "The last run's rollback is incomplete: resolve its attention before you retry."
    remedy = "Resolve `attention` first, or wait until the rollback ends."
    example = {
        "status": OperationStatus.FAILED,
        "attention": Attention(
            AttentionReason.COMPENSATION_FAILED,
            datetime(2026, 1, 15, 10, 30, tzinfo=UTC),
            "buy_label",
            tuple(AttentionReason.COMPENSATION_FAILED.choices),
        ),
    }
    status: OperationStatus
    attention: Attention | None = None


class CompensationRunning(CompensationUnsettled):
    template = "The last run is being rolled back: retry after the rollback ends."
    example = {"status": OperationStatus.FAILED}


class NothingToResolve(Conflict):
    """Resolve of an operation that has no `attention`, or no longer has it."""

    code = "nothing_to_resolve"
    template = "The operation has no attention to resolve."
    remedy = "Get the operation again."
    example = {"status": OperationStatus.COMPLETED}
    status: OperationStatus


class TooEarly(Conflict):
    """`did_not_happen` of a step whose call the vendor may still process."""

    code = "too_early"
    template = "The vendor may still process the call until {not_before}."
    remedy = "Check again after `details.not_before`. `force` with a `reason` records your report now, and is logged."
    example = {"not_before": "2026-01-15T10:31:13Z"}
    not_before: str


class Contradicted(Conflict):
    """`happened` of a void or cancel, but the carrier or channel still shows the label or fulfillment as live."""

    code = "contradicted"
    template = "The carrier or channel contradicts this: {seen}."
    remedy = "Check again: tracking may lag. `force` with a `reason` records your report anyway, and is logged."
    example = {"seen": "label 9400100000000000000000 is live at usps"}
    seen: str


class OperationChanged(Conflict):
    """The operation changed between this call's check and its change."""

    code = "operation_changed"
    template = "The operation changed while this call was processed."
    remedy = "Call again."
    example = {"status": OperationStatus.COMPLETED}
    status: OperationStatus


class DuplicatePurchase(Conflict):
    """The same order, service, parcels and items were bought within the organization's `duplicate_guard_seconds`.

    The operation in `details.id` is open or its label is live. In a batch, `details.path` names the second of the two
    operations, and `id` is null if the first one is in the same batch.
    """

    code = "duplicate_purchase"
    template = "{_first} makes the same purchase."
    remedy = "Use that operation, or set `allow_duplicate` to true in the input."
    example = {
        "id": UUID("550e8400-e29b-41d4-a716-446655440000"),
        "path": ("input",),
        "_first": "create_shipment 550e8400-e29b-41d4-a716-446655440000 (completed)",
    }
    id: UUID | None
    path: Sequence[str | int]
    _first: str


class CountChanged(Conflict):
    """The filter of a bulk action or execution matches a different number of operations than `expected_count`."""

    code = "count_changed"
    template = "The filter matches {count} operations, not {expected_count}."
    remedy = "Check `details.count`. To change that many operations, send it as `expected_count`."
    example = {"count": 241, "expected_count": 240}
    count: int
    expected_count: int


class ReplayCountChanged(CountChanged):
    template = "The filter matches {count} events, not {expected_count}."


class UndoNotAvailable(DomainError):
    """The operation can't be undone."""

    code = "undo_not_available"
    template = "{reason.message}"
    remedy = "See `details.reason`, below."
    example = {
        "reason": UndoRefusal.NOT_COMPLETED,
        "status": OperationStatus.PENDING,
        "undo_status": UndoStatus.NONE,
    }
    reason: UndoRefusal
    status: OperationStatus
    undo_status: UndoStatus | None = None
    until: datetime | None = None
    tracking_status: str | None = None
    undo: Mapping[str, Any] | None = None


class UndoBlocked(UndoNotAvailable):
    template = "The operation can't be undone: {_message}."
    example = {
        "reason": UndoRefusal.TYPE_NOT_UNDOABLE,
        "status": OperationStatus.COMPLETED,
        "undo_status": UndoStatus.NONE,
        "until": "2026-02-12T10:30:00Z",
        "_message": "this channel can't cancel a fulfillment",
    }
    _message: str = ""


class UndoConnectionChanged(UndoBlocked):
    example = {
        "reason": UndoRefusal.CONNECTION_CHANGED,
        "status": OperationStatus.COMPLETED,
        "undo_status": UndoStatus.NONE,
        "_message": "the address (settings.base_url) of the account or bridge changed after buy_label was sent",
    }


class InUseError:
    """Another operation that is running or completed uses the shipment that the call would undo or void.

    A pushed fulfillment uses its shipment: after a void, the sales channel and the customer would keep a dead tracking
    number. In a batch the code is `invalid_input`, and `details.fields` lists each such shipment with this `code`.
    """

    code = "in_use"
    remedy = "First undo the operations in `details.used_by`, or send `force` with a `reason`, which is logged."


class UndoInUse(InUseError, UndoNotAvailable):
    template = "The operation can't be undone: {_message}."
    example = {
        "reason": UndoRefusal.IN_USE,
        "status": OperationStatus.COMPLETED,
        "undo_status": UndoStatus.NONE,
        "_message": "push_fulfillment 550e8400-e29b-41d4-a716-446655440000 (completed) uses it",
        "used_by": [
            ShipmentUser(UUID("550e8400-e29b-41d4-a716-446655440000"), "push_fulfillment", OperationStatus.COMPLETED)
        ],
    }
    used_by: Sequence[ShipmentUser] = ()
    _message: str = ""


class ShipmentInUse(InUseError, InvalidInput):
    template = "The label can't be voided: another operation uses its shipment."
    example = {
        "fields": [FieldError(("input", "shipment_id"), UndoInUse.example["_message"])],
        "used_by": UndoInUse.example["used_by"],
    }
    used_by: Sequence[ShipmentUser] = ()


class VendorSaysTooLate(UndoNotAvailable):
    template = "The carrier or channel reports that it is too late."
    example = {
        "reason": UndoRefusal.WINDOW_CLOSED,
        "status": OperationStatus.COMPLETED,
        "undo": {
            "available": True,
            "reason": None,
            "until": "2026-02-12T10:30:00Z",
            "status": UndoStatus.FAILED,
            "steps": [
                {
                    "step": "buy_label",
                    "direction": "undo",
                    "state": "rejected",
                    "outcome": UndoOutcome.TOO_LATE,
                    "available": None,
                    "until": None,
                    "message": "The shipment was picked up.",
                    "customer_sees": None,
                    "reference": "MFRGGZDFMZTWQ2LKNNWG23TPOA",
                }
            ],
            "used_by": [],
        },
    }


class UndoFailed(DomainError):
    """The undo ran, but could not compensate every step."""

    code = "undo_failed"
    template = "The undo is incomplete. Call undo again to continue it."
    remedy = "See `details.undo`. Call undo again to continue, or resolve the operation's `attention`."
    example = {
        "status": OperationStatus.COMPLETED,
        "undo": {
            **VendorSaysTooLate.example["undo"],
            "error": {
                "code": FailureCode.REJECTED,
                "message": "The shipment was picked up.",
                "step": "buy_label",
                "retryable": False,
                "rolled_back": None,
                "vendor_code": "SHIPMENT.PICKEDUP",
                "field": None,
            },
        },
    }
    status: OperationStatus
    undo: Mapping[str, Any]
