"""Codes that clients rely on: each is declared once, with its message and its row of the docs."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """Base of codes: `message` is part of answers; `make docs` writes it to the docs, with `remedy` and `note`."""

    message: str
    remedy: str
    note: str

    def __new__(cls, code: str, message: str = "", remedy: str = "", note: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.message, member.remedy, member.note = message, remedy, note
        return member


class FailureCode(Code):
    """Why an operation or its undo failed: `error.code`. An installed type may add codes of its own."""

    REJECTED = (
        "rejected",
        "The carrier or channel refused it for good, or the order lost what it needs.",
        "after the cause is mended",
    )
    AUTH_FAILED = (
        "auth_failed",
        "The credentials of the account or bridge were refused; it is paused.",
        "put the credentials right and its `status` to `active` first",
    )
    ACCOUNT_NOT_ACTIVE = (
        "account_not_active",
        "The credentials of the account or bridge were refused before this could begin.",
        "put the credentials right and its `status` to `active` first",
    )
    ACCOUNT_PAUSED = (
        "account_paused",
        "The account or bridge is paused: the run waits until it is resumed.",
        "no need",
        "Only in Temporal: the operation stays `executing`, see `progress`.",
    )
    CONNECTION_CHANGED = (
        "connection_changed",
        "The account or bridge leads to another address or account than the one that was used.",
        "put its `base_url` and credentials back first",
        "Of an undo, a rollback or a void; an undo with `force` goes on.",
    )
    UNREACHABLE = (
        "unreachable",
        "It could not be reached for as long as the service tries.",
        "yes",
        "Surely not sent; see `ORDERLY_RETRY_FOR_SECONDS`.",
    )
    ORDER_CANCELLED = (
        "order_cancelled",
        "The order is cancelled or returned, or its shop cancelled, refunded or deleted it.",
        "after the order is open again; `allow_order_status` with a `reason` in the input overrides",
    )
    ORDER_ON_HOLD = (
        "order_on_hold",
        "The order is on hold, or its shop holds it back or waits for the payment.",
        "after the hold; `allow_order_status` with a `reason` in the input overrides",
    )
    ORDER_FULFILLED = (
        "order_fulfilled",
        "Nothing of the order remains to be shipped.",
        "no; `allow_order_status` with a `reason` in the input overrides",
    )
    IN_USE = (
        "in_use",
        "Another operation that runs or is live uses the shipment.",
        "after the undo of that one; `force` with a `reason` in the input overrides",
    )
    NOT_ACCEPTED = "not_accepted", "It was sent five times, and each time proven not to have been taken.", "yes"
    TOO_MANY_STEPS = "too_many_steps", "Its type has more than the ten steps of a run.", "ask who made the type"
    DID_NOT_HAPPEN = "did_not_happen", "A person said that it did not happen.", "yes"
    CANCELLED_BY_OPERATOR = "cancelled_by_operator", "An operator cancelled the run in Temporal.", "yes"
    TERMINATED_BY_OPERATOR = "terminated_by_operator", "An operator terminated the run in Temporal.", "yes"
    TIMED_OUT_BY_OPERATOR = "timed_out_by_operator", "The run was timed out in Temporal.", "yes"
    RESTORED = (
        "restored",
        "The database was restored from an older backup: what the operation did is not known.",
        "yes",
        "See `attention`.",
    )
    INTERNAL_ERROR = "internal_error", "The service made a mistake.", "tell us"
    OUTCOME_UNKNOWN = "outcome_unknown", "It may or may not have happened.", "resolve `attention`", "Only of an undo."
    NOT_SENT = "not_sent", "It could not be sent for as long as the service tries.", "yes", "Only of an undo."
    REFUSED_FOR_NOW = (
        "refused_for_now",
        "The vendor refused it for a cause that time or money cures.",
        "yes",
        "Only of an undo.",
    )
    RATE_LIMITED = "rate_limited", "The vendor refused it for as long as the service tries.", "yes", "Only of an undo."
