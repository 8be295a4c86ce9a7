"""Codes that clients rely on: each is declared once, with its row of the docs and its message."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """Base of codes. `make docs` writes `meaning` and `remedy` to the docs; `message` is part of answers."""

    meaning: str
    remedy: str
    message: str

    def __new__(cls, code: str, meaning: str = "", remedy: str = "", message: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.remedy, member.message = meaning, remedy, message
        return member


class FailureCode(Code):
    """Why an operation or its undo failed: `error.code`. An installed type may add codes of its own."""

    REJECTED = (
        "rejected",
        "the carrier or channel refused it for good, or the order lost what it needs",
        "after the cause is mended",
    )
    AUTH_FAILED = (
        "auth_failed",
        "the account's or bridge's credentials were refused; it is paused",
        "put the credentials right and its `status` to `active` first",
    )
    ACCOUNT_NOT_ACTIVE = (
        "account_not_active",
        "the account or bridge was paused, or its credentials were refused, before this could begin",
        "mend it and set its `status` to `active` first",
    )
    UNREACHABLE = (
        "unreachable",
        "surely not sent, for as long as the service tries (`ORDERLY_RETRY_FOR_SECONDS`)",
        "yes",
        "It could not be reached for as long as the service tries.",
    )
    NOT_ACCEPTED = (
        "not_accepted",
        "sent five times, and each time proven not to have been taken",
        "yes",
        "It was sent several times, and each time proven not to have been taken.",
    )
    TOO_MANY_STEPS = (
        "too_many_steps",
        "its type, an installed one, has more than the ten steps that a run may have",
        "ask who made the type",
        "Its type has more steps than a run may have.",
    )
    DID_NOT_HAPPEN = "did_not_happen", "a person said so", "yes", "A person told that it did not happen."
    CANCELLED_BY_OPERATOR = (
        "cancelled_by_operator",
        "an operator cancelled its run in Temporal",
        "yes",
        "An operator cancelled the run in Temporal.",
    )
    TERMINATED_BY_OPERATOR = (
        "terminated_by_operator",
        "an operator terminated its run in Temporal",
        "yes",
        "An operator terminated the run in Temporal.",
    )
    TIMED_OUT_BY_OPERATOR = (
        "timed_out_by_operator",
        "its run was timed out in Temporal",
        "yes",
        "The run was timed out in Temporal.",
    )
    RESTORED = (
        "restored",
        "Postgres was restored from an older backup, and what the operation did since can't be told; see `attention`",
        "yes",
        "The database was restored from an older backup: what the operation did is not known.",
    )
    INTERNAL_ERROR = "internal_error", "a mistake of ours", "tell us"
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "only of an undo: it may or may not have happened",
        "resolve its `attention`",
        "It may or may not have happened.",
    )
    NOT_SENT = "not_sent", "only of an undo: surely not sent, for as long as the service tries", "yes"
    RATE_LIMITED = "rate_limited", "only of an undo: the vendor refused it because it is asked too often", "yes"
