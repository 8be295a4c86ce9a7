"""Base of the codes in API answers: each code is declared once, with its message and its row in the docs."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """Base of codes: answers contain `message`; `make docs` writes it to the docs with `remedy` and `note`."""

    message: str
    remedy: str
    note: str

    def __new__(cls, code: str, message: str = "", remedy: str = "", note: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.message, member.remedy, member.note = message, remedy, note
        return member


class FailureCode(Code):
    """Why an operation or its undo failed (`error.code`). An installed type may add its own codes."""

    REJECTED = (
        "rejected",
        "The carrier or channel rejected the request, or the order lost data that the step needs.",
        "after you fix the cause",
    )
    AUTH_FAILED = (
        "auth_failed",
        "The vendor rejected the credentials of the account or bridge; its `status` is now `auth_failed`.",
        "first correct the credentials and set its `status` to `active`",
    )
    ACCOUNT_NOT_ACTIVE = (
        "account_not_active",
        "The account or bridge has the `status` `auth_failed`, because the vendor rejected its credentials earlier.",
        "first correct the credentials and set its `status` to `active`",
    )
    ACCOUNT_PAUSED = (
        "account_paused",
        "The account or bridge is paused. The run waits until it is resumed.",
        "not needed",
        "Only visible in Temporal: the operation stays `executing`, see `progress`.",
    )
    CONNECTION_CHANGED = (
        "connection_changed",
        "The account or bridge now points to another address or account than the one the step used.",
        "first restore its `base_url` and credentials",
        "Only for an undo, a rollback or a void. An undo with `force` continues.",
    )
    UNREACHABLE = (
        "unreachable",
        "The vendor could not be reached before the service stopped retrying.",
        "yes",
        "Nothing was sent; see `ORDERLY_RETRY_FOR_SECONDS`.",
    )
    ORDER_CANCELLED = (
        "order_cancelled",
        "The order is cancelled or returned, or the shop cancelled, refunded or deleted it.",
        "after the order is open again, or with `allow_order_status` and a `reason` in the input",
    )
    ORDER_ON_HOLD = (
        "order_on_hold",
        "The order is on hold here or in the shop, or the shop waits for the payment.",
        "after the hold ends, or with `allow_order_status` and a `reason` in the input",
    )
    ORDER_FULFILLED = (
        "order_fulfilled",
        "The order has no items left to ship.",
        "only with `allow_order_status` and a `reason` in the input",
    )
    IN_USE = (
        "in_use",
        "Another operation that is running or completed uses the shipment.",
        "after you undo that operation, or with `force` and a `reason` in the input",
    )
    NOT_ACCEPTED = (
        "not_accepted",
        "The request was sent five times, and the vendor proved each time that it had no effect.",
        "yes",
    )
    TOO_MANY_STEPS = (
        "too_many_steps",
        "The operation type has more than the ten steps that a run allows.",
        "contact the author of the type",
    )
    DID_NOT_HAPPEN = "did_not_happen", "A person reported that the step did not happen.", "yes"
    CANCELLED_BY_OPERATOR = "cancelled_by_operator", "An operator cancelled the run in Temporal.", "yes"
    TERMINATED_BY_OPERATOR = "terminated_by_operator", "An operator terminated the run in Temporal.", "yes"
    TIMED_OUT_BY_OPERATOR = "timed_out_by_operator", "The run timed out in Temporal.", "yes"
    RESTORED = (
        "restored",
        "The database was restored from an older backup, which lacks part of the operation's record.",
        "yes",
        "See `attention`.",
    )
    INTERNAL_ERROR = "internal_error", "The service has a bug.", "report it"
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "The step may or may not have happened.",
        "resolve `attention`",
        "Only for an undo.",
    )
    NOT_SENT = (
        "not_sent",
        "The request could not be sent before the service stopped retrying.",
        "yes",
        "Only for an undo.",
    )
    REFUSED_FOR_NOW = (
        "refused_for_now",
        "The vendor refused the request for a temporary cause, such as a lack of money.",
        "yes",
        "Only for an undo.",
    )
    RATE_LIMITED = (
        "rate_limited",
        "The vendor's rate limit still applied when the service stopped retrying.",
        "yes",
        "Only for an undo.",
    )
