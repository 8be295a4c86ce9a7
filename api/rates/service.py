"""Gets a carrier's prices; nothing is bought."""

import math
from decimal import Decimal

from api.http.auth import Caller
from api.http.errors import CarrierAuthFailed, CarrierBusy, CarrierRefused, CarrierUnavailable
from api.http.responses import Answer, answer_many
from api.operations.references import StoredReferences
from api.rates.schemas import RateRead, RateRequest
from domain.customs import merge_customs
from domain.errors import AuthFailed, Curable, EffectError, OrderNotFound, RateLimited, Rejected
from domain.label_request import DEFAULT_FORMAT
from domain.orders import Order
from domain.parcels import Address, Parcel
from domain.pauses import PauseCause
from domain.shipping import CarrierAccount, Mode, Rate, ShipmentRequest
from domain.shipping_options import merge_options
from domain.vendors.catalogue import CARRIERS
from workflows.operations.common_inputs import choose_account, refuse, value_of
from workflows.operations.customs import dump_customs, list_default_fields
from workflows.operations.shipment_check import Sources, check_shipment
from workflows.operations.shipping_options import dump_options

MAX_MESSAGE = 1000


async def get_rates(caller: Caller, body: RateRequest) -> Answer:
    """Return the price of each service, the cheapest first."""
    context = caller.context
    async with context.database.autocommit(caller.organization_id) as data:
        account, request = await _build_request(StoredReferences(data, context.carrier_queries, caller.key.mode), body)
    # No database connection is held during the carrier's call.
    try:
        found = await context.carrier_queries.rates(caller.organization_id, account.id, request)
    except EffectError as error:
        raise to_call_error(error) from None
    ordered = sorted(found, key=lambda rate: (Decimal(rate.amount), rate.service))
    return answer_many([_to_read_model(account, rate) for rate in ordered])


async def _build_request(references: StoredReferences, body: RateRequest) -> tuple[CarrierAccount, ShipmentRequest]:
    order = await _find_order(references, body)
    account = await choose_account(body, references, Mode.LIVE if order is None else order.mode)
    if not account.may_be_asked:
        field = "carrier" if body.carrier_account_id is None else "carrier_account_id"
        raise refuse(f"the carrier account is {account.status.value}", field)
    ship_to = value_of(Address, body.ship_to) if body.ship_to is not None else None
    if order is not None:
        if order.ship_to is None:
            raise refuse("the order has no ship_to address", "order_id")
        ship_to = order.ship_to
    ship_from = value_of(Address, body.ship_from) if body.ship_from is not None else account.settings.ship_from
    if ship_from is None:
        raise refuse("required, because the carrier account has no ship_from", "ship_from")
    parcels = tuple(value_of(Parcel, parcel) for parcel in body.parcels or ()) or account.settings.default_parcels
    if not parcels:
        raise refuse("required, because the carrier account has no default_parcel", "parcels")
    problem = CARRIERS[account.carrier].parcels_problem(len(parcels))
    if problem is not None:
        raise refuse(problem, "parcels")
    assert ship_to is not None  # noqa: S101 - the body's validation requires one of the two
    options = dump_options(body.shipping_options)
    customs, settings = dump_customs(body.customs), account.settings
    request = ShipmentRequest(
        "",
        DEFAULT_FORMAT,
        ship_from,
        ship_to,
        parcels,
        shipping_options=merge_options(settings.shipping_defaults, options),
        customs=merge_customs(settings.customs_defaults, customs),
    )
    sources = Sources.choose(
        in_order=body.order_id is not None,
        in_account_from=body.ship_from is None,
        in_account_parcels=body.parcels is None,
        own_options=options,
        default_customs=list_default_fields(settings.customs_defaults, customs),
    )
    check_shipment(references, account, request, sources)
    return account, request


async def _find_order(references: StoredReferences, body: RateRequest) -> Order | None:
    if body.order_id is None:
        return None
    order = await references.order(body.order_id)
    if order is None:
        raise OrderNotFound(body.order_id)
    return order


def to_call_error(error: EffectError) -> CarrierRefused | CarrierBusy | CarrierUnavailable:
    """Convert the error of a call to a carrier to an API error, with the carrier's message if it refused."""
    if isinstance(error, RateLimited):
        return CarrierBusy(max(1, math.ceil(error.after)))
    if isinstance(error, Rejected):
        refused = CarrierAuthFailed if isinstance(error, AuthFailed) else CarrierRefused
        return refused(error.message[:MAX_MESSAGE], error.vendor_code, error.field)
    if isinstance(error, Curable) and error.cause is PauseCause.INSUFFICIENT_FUNDS:
        return CarrierRefused(error.message[:MAX_MESSAGE], error.vendor_code, error.field)
    return CarrierUnavailable()


def _to_read_model(account: CarrierAccount, rate: Rate) -> RateRead:
    return RateRead(
        carrier_account_id=account.id,
        carrier=account.carrier,
        service=rate.service,
        amount=rate.amount,
        currency=rate.currency,
    )
