"""Errors of the domain: refused calls on operations."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.codes import FailureCode
from domain.effects import UndoOutcome
from domain.errors import Conflict, DomainError, FieldError, InvalidInput
from domain.operations import Attention, AttentionReason, OperationStatus, ShipmentUser, UndoRefusal, UndoStatus


class OperationNotPending(Conflict):
    """Execute or cancel of an operation that is not pending (any more); of two racing calls the slower gets this."""

    code = "operation_not_pending"
    template = "The operation is {status}, not pending."
    remedy = "See `details.status`."
    example = {"status": OperationStatus.COMPLETED}
    status: OperationStatus


class OperationNotFailed(Conflict):
    """Retry of an operation that is not failed."""

    code = "operation_not_failed"
    template = "The operation is {status}, not failed."
    remedy = "See `details.status`."
    example = {"status": OperationStatus.PENDING}
    status: OperationStatus


class CompensationUnsettled(Conflict):
    """Retry of a failed operation of which something still stands, or is being taken back right now."""

    code = "compensation_unsettled"
    template = "Some of what the last run did could not be taken back: resolve that first."
    remedy = "Resolve its `attention` first, or wait for the rollback's end."
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
    template = "What the last run did is being taken back: retry when that has ended."
    example = {"status": OperationStatus.FAILED}


class NothingToResolve(Conflict):
    """Resolve of an operation that needs nobody (any more)."""

    code = "nothing_to_resolve"
    template = "Nothing about the operation needs a person."
    remedy = "Look at it again."
    example = {"status": OperationStatus.COMPLETED}
    status: OperationStatus


class TooEarly(Conflict):
    """`did_not_happen` of a call that may still be at work: it can happen yet."""

    code = "too_early"
    template = "The call may still be at work until {not_before}: it can happen yet."
    remedy = "Look again after `details.not_before`; `force` with a `reason` takes your word now, and is logged."
    example = {"not_before": "2026-01-15T10:31:13Z"}
    not_before: str


class Contradicted(Conflict):
    """`happened` of a void or cancel, and the carrier or channel still shows the label or fulfillment as live."""

    code = "contradicted"
    template = "It did not happen: {seen}."
    remedy = "Look again: tracking may lag. `force` with a `reason` takes your word all the same, and is logged."
    example = {"seen": "label 9400100000000000000000 is live at usps"}
    seen: str


class OperationChanged(Conflict):
    """The operation changed between the look and the undo."""

    code = "operation_changed"
    template = "The operation changed while it was looked at."
    remedy = "Call again."
    example = {"status": OperationStatus.COMPLETED}
    status: OperationStatus


class DuplicatePurchase(Conflict):
    """The same order, service, parcels and items were bought within the organization's `duplicate_guard_seconds`.

    The operation in `details.id` is open or its label is live; in a batch `details.path` says which of its operations
    is the second one, and `id` is null if the first one is in the same batch.
    """

    code = "duplicate_purchase"
    template = "{_first} buys the same."
    remedy = "Use that operation, or send `allow_duplicate: true` in the input."
    example = {
        "id": UUID("550e8400-e29b-41d4-a716-446655440000"),
        "path": ("input",),
        "_first": "create_shipment 550e8400-e29b-41d4-a716-446655440000 (completed)",
    }
    id: UUID | None
    path: Sequence[str | int]
    _first: str


class CountChanged(Conflict):
    """The filter of a bulk execution finds another number of pending operations than `expected_count`."""

    code = "count_changed"
    template = "The filter finds {count} pending operations, not {expected_count}."
    remedy = "Look at `details.count`, and send it if it is still what you want."
    example = {"count": 241, "expected_count": 240}
    count: int
    expected_count: int


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
        "_message": "this channel can't take a fulfillment back",
    }
    _message: str = ""


class InUseError:
    """Another operation that runs or is live uses what you would undo, or the shipment whose label you would void.

    The push of a shipment uses it: without its label the sales channel and the customer keep a dead number. A batch
    answers `invalid_input`, and `details.fields` names each such shipment.
    """

    code = "in_use"
    remedy = "Undo the operations in `details.used_by` first, or send `force` with a `reason`, which is logged."


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
    template = "The carrier or channel was asked, and says that it is too late."
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
    """The undo was tried and something could not be taken back."""

    code = "undo_failed"
    template = "Not everything could be taken back; undo again goes on from there."
    remedy = "See `details.undo`; call undo again to go on, or resolve its `attention`."
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
