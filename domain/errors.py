"""Errors of the domain: refused calls, and outgoing calls that failed.

DomainError                  a refused call: one class for each code, with everything about the code
├── InvalidInput, UnknownOperationType
│   └── OrderCancelled, OrderOnHold; see also `domain/operation_errors.py`
├── NotFound                 one for each resource
├── Conflict                 the resource is in another state than the call needs; see also `domain/operation_errors.py`
├── WebhookRefused
└── Unavailable              Postgres is down

EffectError                  an outgoing call that failed or whose outcome is unknown
├── NotSent                  surely not sent: may be sent again
│   └── NotStarted           this process could not start the call in time
├── RateLimited              refused before it was processed: may be sent again, later
│   ├── OrderBusy            another operation pushes the same order: nothing was opened
│   └── OverLimit            the account or bridge has reached its own limit: nothing was opened
├── Ambiguous                may or may not have happened: never sent again
├── Curable                  refused for a temporary cause, such as a lack of money: the account is paused
├── AccountPaused            the account or bridge is paused: nothing was sent, and the run waits
├── Rejected                 refused for good
│   ├── NotActive            the credentials of the account or bridge were refused before: nothing was tried
│   ├── OrderIsCancelled, OrderIsOnHold, OrderIsFulfilled: nothing was tried
│   ├── InUse                another operation uses the shipment: nothing was tried
│   ├── AuthFailed           the vendor refused the account's credentials: no new effect starts with them
│   ├── ConnectionChanged    the account or bridge now leads to another address or account: nothing was tried
│   ├── DidNotHappen         a person resolved the effect as `did_not_happen`
│   ├── RunIsCompensating    the run already compensates
│   └── MayBeDone            a refused void; vendors answer the repeat of a successful void in the same way
├── Unproven                 may have happened, and the service can't prove it: a person must resolve it
├── Forgotten                the ledger does not contain the effect
└── StillWaiting             the channel has not answered yet
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID

from domain.bounds import bound_code, bound_field, bound_message, bound_wait
from domain.codes import FailureCode
from domain.json_values import Json
from domain.pauses import PauseCause


@dataclass_transform(eq_default=False)
class DomainError(Exception):
    """Base of refused calls. Each subclass becomes a dataclass and declares all facts about its `code`.

    The subclass's docstring states when the error occurs, and `remedy` what the client does: `make docs` writes both
    to docs/reference/errors.md. `template` is the message, formatted with the fields. The API returns the fields as
    `details`, except fields whose name begins with `_`, and optional fields that are None. `example` contains the
    fields of the example in the OpenAPI document. A subclass without a `code` is another message for the code of its
    base. The base class determines the HTTP status: see `api/http/errors.py`.
    """

    code: ClassVar[str]
    template: ClassVar[str]
    remedy: ClassVar[str]
    example: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        cls.__doc__ = cls.__doc__ or super(cls, cls).__doc__
        dataclass(eq=False, repr=False)(cls)

    def __post_init__(self) -> None:
        self.message = self.template.format(**vars(self))
        super().__init__(self.message)

    @property
    def details(self) -> Json:
        found = {field.name: getattr(self, field.name) for field in fields(self) if field.name[0] != "_"}  # type: ignore[arg-type]
        return {name: value for name, value in found.items() if value is not None or not hasattr(type(self), name)}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field: its path and the expected value."""

    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class CodedFieldError(FieldError):
    """A bad field of an operation in a batch, with the error code that a single call returns for it."""

    code: str


class InvalidInput(DomainError):
    """A field is missing, unknown, malformed or impossible for this organization.

    The error lists every field that breaks the schema. If the schema is met, it lists every field that does not fit the
    organization's data, such as an unknown account or a service that the carrier lacks. A batch lists both at once. Its
    paths start with the operation's index, and an unknown type or order is an invalid field as well.
    If a single call returns another code for the same fault, the field has that `code`.
    """

    code = "invalid_input"
    template = "The input is not valid. See details.fields."
    remedy = 'See `details.fields`: `[{"path": ["input", "service"], "message": ...}]`.'
    example = {"fields": [FieldError(("name",), "is required")]}
    fields: Sequence[FieldError]


class OrderCancelled(InvalidInput):
    """The operation would buy or push something for an order that is cancelled or returned.

    In a batch the code is `invalid_input`, and `details.fields` lists each such order with this `code`.
    """

    code = "order_cancelled"
    template = "The order is cancelled or returned."
    remedy = "Do not ship it. To override, set `allow_order_status` and a `reason` in the input; both are logged."
    example = {"fields": [FieldError(("order_id",), "the order is cancelled")]}


class OrderOnHold(InvalidInput):
    """The operation would buy or push something for an order that is on hold.

    In a batch the code is `invalid_input`, and `details.fields` lists each such order with this `code`.
    """

    code = "order_on_hold"
    template = "The order is on hold."
    remedy = (
        "Wait until the hold ends. To override, set `allow_order_status` and a `reason` in the input; both are logged."
    )
    example = {"fields": [FieldError(("order_id",), "the order is on_hold")]}


class UnknownOperationType(DomainError):
    """The operation's `type` is not installed."""

    code = "unknown_operation_type"
    template = "There is no operation type {_name!r}. Installed types: {_names}."
    remedy = "See `details.known`."
    example = {
        "_name": "buy",
        "_names": "create_shipment, void_shipment",
        "known": ["create_shipment", "void_shipment"],
    }
    _name: str
    _names: str
    known: Sequence[str]


class NotFound(DomainError):
    """The organization has no resource with this id. Other organizations' resources give the same answer."""

    remedy = "Check the id."
    example = {"id": "550e8400-e29b-41d4-a716-446655440000"}
    id: UUID | str | None


class OperationNotFound(NotFound):
    code = "operation_not_found"
    template = "There is no operation {id}."


class BulkActionNotFound(NotFound):
    code = "bulk_action_not_found"
    template = "There is no bulk action {id}."


class OrderNotFound(NotFound):
    code = "order_not_found"
    template = "There is no order {id}."


class ShipmentNotFound(NotFound):
    code = "shipment_not_found"
    template = "There is no shipment {id}."


class CarrierAccountNotFound(NotFound):
    code = "carrier_account_not_found"
    template = "There is no carrier account {id}."


class BridgeNotFound(NotFound):
    code = "bridge_not_found"
    template = "There is no bridge {id}."


class UserNotFound(NotFound):
    code = "user_not_found"
    template = "There is no user {id}."


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"
    template = "There is no API key {id}."


class EventNotFound(NotFound):
    code = "event_not_found"
    template = "There is no event {id}."


class WebhookEndpointNotFound(NotFound):
    code = "webhook_endpoint_not_found"
    template = "There is no webhook endpoint {id}."


class WebhookDeliveryNotFound(NotFound):
    code = "webhook_delivery_not_found"
    template = "The webhook endpoint has no delivery {id}."


class LabelNotFound(NotFound):
    """The label was bought, but its document is missing.

    Either the carrier's answer was lost and the carrier returns a label only once, or the carrier did not return the
    document within an hour, or a person recorded the purchase.
    """

    code = "label_not_found"
    template = "The label of shipment {id} has no document."
    remedy = "Print the label from the carrier's website, or void it and buy another."


class CarrierNotFound(NotFound):
    """The carrier is not installed."""

    code = "carrier_not_found"
    template = "There is no carrier {id}."
    remedy = "See `GET /api/carriers`."
    example = {"id": "pigeon"}


class DocumentNotFound(NotFound):
    """The shipment has no document with this id: it never had it, or the erasure of its order deleted it."""

    code = "document_not_found"
    template = "The shipment has no document {id}."


class OperationTypeNotFound(NotFound):
    """The operation type is not installed."""

    code = "operation_type_not_found"
    template = "There is no operation type {id}."
    remedy = "See `GET /api/operations/types`."
    example = {"id": "buy"}


class Conflict(DomainError):
    """The resource is in another state than the call needs."""


class WebhookEndpointDisabled(Conflict):
    """The webhook endpoint is disabled, so it receives no test event."""

    code = "webhook_endpoint_disabled"
    template = "This webhook endpoint is disabled."
    remedy = "Set `enabled` to true first."


class CarrierAccountInUse(Conflict):
    """Another resource still needs the account or bridge that you want to delete."""

    code = "carrier_account_in_use"
    template = "A shipment or an unfinished operation needs this carrier account."
    remedy = 'Pause it instead: `{"status": "paused"}`.'
    example = {"id": "880e8400-e29b-41d4-a716-446655440000"}
    id: UUID


class BridgeInUse(Conflict):
    """Another resource still needs the account or bridge that you want to delete."""

    code = "bridge_in_use"
    template = "An order, an unfinished operation or the undo of a fulfillment needs this bridge."
    remedy = 'Pause it instead: `{"status": "paused"}`.'
    example = {"id": "990e8400-e29b-41d4-a716-446655440000"}
    id: UUID


class OrderBridgeFixed(Conflict):
    """`PATCH` of an order's `bridge_id` that is already set. `bridge_id` and `external_id` identify the order."""

    code = "order_bridge_fixed"
    template = "The order already belongs to a bridge and can't move to another."
    remedy = "Create an order with the other `bridge_id`. It may have the same `external_id`."
    example = {"bridge_id": "990e8400-e29b-41d4-a716-446655440000"}
    bridge_id: UUID


class OrderExists(Conflict):
    """`PATCH` of an order's `bridge_id` to a bridge that has another order with the same `external_id`."""

    code = "order_exists"
    template = "The bridge already has another order with this external_id."
    remedy = "Use that order: `GET /api/orders?external_id=...&bridge_id=...`."
    example = {"bridge_id": "990e8400-e29b-41d4-a716-446655440000"}
    bridge_id: UUID | None


class OrderIsTest(Conflict):
    """A live key sends or changes a test order that has operations, which would become part of live work."""

    code = "order_is_test"
    template = "The order {external_id} has mode test and operations, so it can't become live."
    remedy = "Create the live order with a `bridge_id`, or with another `external_id`."
    example = {"external_id": "1001"}
    external_id: str


class OrderInUse(Conflict):
    """Erasure of an order while an operation is open, is being undone, or needs a person."""

    code = "order_in_use"
    template = "The operation {id} of this order is not finished."
    remedy = "Finish, cancel or resolve the operation, then call again."
    example = {"id": "550e8400-e29b-41d4-a716-446655440000", "type": "create_shipment", "status": "executing"}
    id: UUID
    type: str
    status: str


class UserExists(Conflict):
    """The organization already has a user with this e-mail address."""

    code = "user_exists"
    template = "The organization already has a user with this email."
    remedy = "Change that user: `PATCH /api/users/{details.id}`."
    example = {"id": "bb0e8400-e29b-41d4-a716-446655440000"}
    id: UUID


class UserRemoved(Conflict):
    """Change of a user who was removed from the organization."""

    code = "user_removed"
    template = "This user was removed."
    remedy = "Add the user again: the new user has another id."
    example = {"id": "bb0e8400-e29b-41d4-a716-446655440000"}
    id: UUID


class LastAdmin(Conflict):
    """The change would leave the organization without an admin: it removes, disables or demotes the last one."""

    code = "last_admin"
    template = "This user is the last admin of the organization."
    remedy = "First make another user an admin."
    example = {"id": "bb0e8400-e29b-41d4-a716-446655440000"}
    id: UUID


class WebhookRefused(DomainError):
    """The carrier's webhook names an unknown account, or lacks a signature with the account's `webhook_secret`."""

    code = "webhook_refused"
    template = "Unknown account, or the webhook is not signed with the account's webhook_secret."
    remedy = "See [Tracking](tracking.md#webhooks-of-carriers)."


class Unavailable(DomainError):
    """Postgres can't be reached."""

    code = "service_unavailable"
    template = "The database can't be reached or does not answer."
    remedy = "Call again after `Retry-After`, with the same `Idempotency-Key`."


class EffectError(Exception):
    """Base of outgoing calls that failed, or whose outcome is unknown.

    `message` may contain the vendor's text: it goes only into the ledger, never into a workflow's history. The message,
    the vendor's code and the field are bounded here, so that adapters need not do it.
    """

    code: ClassVar[str] = "effect_failed"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, vendor_code: str | None = None, field: str | None = None) -> None:
        self.message = bound_message(message)
        self.vendor_code = bound_code(vendor_code)
        self.field = bound_field(field)
        super().__init__(self.message)


class NotSent(EffectError):
    """The request surely was not sent: no HTTP connection, no token, or no free HTTP connection in the pool."""

    code = FailureCode.NOT_SENT
    retryable = True


class RateLimited(EffectError):
    """The vendor refused the request before processing it; `after` is the number of seconds that it asks to wait."""

    code = FailureCode.RATE_LIMITED
    retryable = True

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = bound_wait(after)


class OrderBusy(RateLimited):
    """Another operation has the same step of the order open at the bridge: no effect was opened."""


class OverLimit(RateLimited):
    """The account or bridge has reached its own concurrency or rate limit: no request was sent."""


class NotStarted(NotSent):
    """This process could not start the call, or could start it only too late after its commit: no request was sent."""


class Curable(EffectError):
    """The vendor refused for a temporary cause, such as a lack of money: nothing happened, a later send may succeed.

    `after` is the number of seconds that the vendor asks to wait.
    """

    code = FailureCode.REFUSED_FOR_NOW
    retryable = True

    def __init__(
        self, message: str, *, cause: PauseCause, vendor_code: str | None = None, after: float | None = None
    ) -> None:
        super().__init__(message, vendor_code=vendor_code)
        self.cause = cause
        self.after = after


class AccountPaused(EffectError):
    """The account or bridge is paused: nothing was sent, and the run waits in Postgres until it is resumed."""

    code = FailureCode.ACCOUNT_PAUSED


class Ambiguous(EffectError):
    """The call may have happened: a drop or timeout after sending, a 5xx, an answer that can't be parsed."""

    code = FailureCode.OUTCOME_UNKNOWN


class Rejected(EffectError):
    """The vendor refused for good; contains its code and message."""

    code = FailureCode.REJECTED


class NotActive(Rejected):
    """The credentials of the account or bridge were refused before: no new effect starts with them."""

    code = FailureCode.ACCOUNT_NOT_ACTIVE


class OrderIsCancelled(Rejected):
    """The order is cancelled or returned."""

    code = FailureCode.ORDER_CANCELLED


class OrderIsOnHold(Rejected):
    """The order is on hold."""

    code = FailureCode.ORDER_ON_HOLD


class OrderIsFulfilled(Rejected):
    """Nothing of the order remains to be shipped."""

    code = FailureCode.ORDER_FULFILLED


class InUse(Rejected):
    """Another open or live operation uses the shipment."""

    code = FailureCode.IN_USE


class DidNotHappen(Rejected):
    """A person resolved the effect as `did_not_happen` while its outcome was looked up."""

    code = FailureCode.DID_NOT_HAPPEN


class RunIsCompensating(Rejected):
    """The run has begun to compensate, and starts no further forward effect."""

    code = FailureCode.CANCELLED_BY_OPERATOR  # other causes of compensation leave a newer effect that was refused


class AuthFailed(Rejected):
    """The vendor refused the account's credentials."""

    code = FailureCode.AUTH_FAILED


class ConnectionChanged(Rejected):
    """The account or bridge leads to another address or account than the one that the effect was sent through."""

    code = FailureCode.CONNECTION_CHANGED


class MayBeDone(Rejected):
    """A void was refused. After an earlier send this proves nothing: vendors also refuse to repeat a successful one."""


class Unproven(EffectError):
    """The call may have happened, and the service can't prove it: a person must resolve it."""

    code = FailureCode.OUTCOME_UNKNOWN


class Forgotten(EffectError):
    """The ledger does not contain the effect: Postgres was restored from an older backup."""

    code = FailureCode.RESTORED


class StillWaiting(EffectError):
    """The channel accepted the request and answers later; look again after `after` seconds."""

    code = "still_waiting"
    retryable = True

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = bound_wait(after)
