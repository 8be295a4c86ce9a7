"""Errors of the domain, one stable `code` per cause.

DomainError
├── InvalidInput            input that its type's schema or the organization's data refuses
├── NotFound                a resource that this organization does not have
├── Conflict                the resource is in another state than the call needs
├── UndoNotAvailable        an undo that can't be, with its reason
├── WebhookRefused          a webhook that nobody signed whom we know
├── Unavailable             Postgres (or another part) is down for now
└── EffectError             what an outgoing call came to
    ├── NotSent             surely not sent: may be sent again
    ├── RateLimited         refused before it was processed: may be sent again, later
    ├── Ambiguous           may or may not have happened: never sent again
    ├── Rejected            refused for good
    │   ├── NotActive       the account or bridge is paused: nothing was tried
    │   ├── AuthFailed      refused for the account's credentials: the account is paused
    │   └── MayBeDone       a void refused, which is also what a repeat of one that was done is answered with
    └── StillWaiting        not answered yet by a channel that answers later
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.operations import UndoRefusal


class DomainError(Exception):
    """Base of all; `code` is what a client can rely on."""

    code = "internal_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: where it is, and what was expected there."""

    path: tuple[str | int, ...]
    message: str


class InvalidInput(DomainError):
    """Input that can't be accepted; names every bad field by its path."""

    code = "invalid_input"

    def __init__(self, fields: Sequence[FieldError]) -> None:
        super().__init__("The input is not valid: see details.fields.")
        self.fields = tuple(fields)
        self.details = {"fields": [{"path": list(f.path), "message": f.message} for f in fields]}


class UnknownOperationType(DomainError):
    """No operation type of that name is registered."""

    code = "unknown_operation_type"


class NotFound(DomainError):
    """The organization has no such resource; another organization's looks the same."""

    def __init__(self, resource: str, ident: object) -> None:
        super().__init__(f"There is no {resource.replace('_', ' ')} {ident}.", id=str(ident))
        self.code = f"{resource}_not_found"


class Conflict(DomainError):
    """The resource is not in the state that the call needs."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message, **details)
        self.code = code


class UndoNotAvailable(DomainError):
    """The operation can't be undone, now or ever."""

    code = "undo_not_available"

    def __init__(self, reason: UndoRefusal, message: str, **details: Any) -> None:
        super().__init__(message, reason=reason.value, **details)
        self.reason = reason


class WebhookRefused(DomainError):
    """It is not signed with the secret of the account that it names; of an unknown account the same is said."""

    code = "webhook_refused"

    def __init__(self) -> None:
        super().__init__("There is no such account, or this is not signed with its webhook_secret.")


class Unavailable(DomainError):
    """A part that the call needs is down; the same call may work in a moment."""

    code = "service_unavailable"


class EffectError(DomainError):
    """What an outgoing call came to, when it did not simply succeed.

    `message` may carry a vendor's own words and goes only into the ledger; never into a workflow's history.
    """

    code = "effect_failed"
    retryable = False

    def __init__(self, message: str, *, vendor_code: str | None = None, field: str | None = None) -> None:
        super().__init__(message, vendor_code=vendor_code, field=field)
        self.vendor_code = vendor_code
        self.field = field


class NotSent(EffectError):
    """The request surely never left: no connection, no token, no free connection in the pool."""

    code = "not_sent"
    retryable = True


class RateLimited(EffectError):
    """Refused before it was processed; `after` seconds is what the vendor asked for."""

    code = "rate_limited"
    retryable = True

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after


class Ambiguous(EffectError):
    """It may have happened: a drop or timeout after sending, a 5xx, an answer that can't be parsed."""

    code = "outcome_unknown"


class Rejected(EffectError):
    """Refused for good, with the vendor's own code and message."""

    code = "rejected"


class NotActive(Rejected):
    """The account or bridge is paused, or its credentials were refused: nothing new is begun with it."""

    code = "account_not_active"


class TakesBack(Rejected):
    """The run has begun to take back what it did, and does nothing more that goes forward."""

    code = "cancelled_by_operator"  # what else makes a run take back leaves a newer effect that was refused


class AuthFailed(Rejected):
    """The account's credentials were refused."""

    code = "auth_failed"


class MayBeDone(Rejected):
    """A void was refused, as the repeat of one that was done may be: after an earlier send it proves nothing."""


class StillWaiting(EffectError):
    """The channel has taken the request and answers later; look again after `after` seconds."""

    code = "still_waiting"
    retryable = True

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after
