"""Input of a label purchase, and its check against the organization's data and the carrier's rules."""

from typing import Annotated

from pydantic import Field

from domain.errors import Rejected
from domain.label_request import DEFAULT_FORMAT, make_label_request
from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from domain.shipping import AccountStatus, CarrierAccount
from domain.vendors.catalogue import CARRIERS, CHANNELS
from workflows.operations.common_inputs import (
    AccountChoice,
    Address,
    LabelFormat,
    OrderStatusOverride,
    Parcels,
    Text,
    choose_account,
    refuse,
    refuse_problems,
)
from workflows.operations.customs import Customs, dump_customs, list_default_fields
from workflows.operations.shipment_check import Sources, check_shipment
from workflows.operations.shipping_options import ShippingOptions, dump_options


class LabelInput(AccountChoice, OrderStatusOverride):
    """Input of a label purchase."""

    service: Annotated[Text, Field(description="The carrier's code of the service.")]
    parcels: Annotated[Parcels | None, Field(description="The parcels; default: the account's default parcel.")] = None
    label_format: Annotated[LabelFormat | None, Field(description="Format of the label; default: the account's.")] = (
        None
    )
    ship_from: Annotated[Address | None, Field(description="Sender address; default: the account's.")] = None
    shipping_options: Annotated[
        ShippingOptions | None,
        Field(description="Options of the label, in place of the account's `shipping_defaults` of the same name."),
    ] = None
    customs: Annotated[
        Customs | None,
        Field(
            description="Customs data; required to other countries, to some US territories and to military addresses."
            " Fields that are not set come from the account's `customs_defaults`."
        ),
    ] = None
    allow_duplicate: Annotated[
        bool,
        Field(
            strict=True,
            description="Buy although the same purchase was made within the organization's duplicate_guard_seconds.",
        ),
    ] = False


async def plan_label(request: LabelInput, order: Order, references: References) -> Plan:
    """Check the input of a label, and return its part of the plan."""
    account = await choose_account(request, references, order.mode)
    _check_sold(request, account)
    if order.ship_to is None:
        raise refuse("the order has no ship_to address", "order_id")
    if request.ship_from is None and not account.settings.ship_from:
        raise refuse("required, because the carrier account has no ship_from", "ship_from")
    if request.parcels is None and not account.settings.default_parcel:
        raise refuse("required, because the carrier account has no default_parcel", "parcels")
    _check_shipment(request, order, account, references)
    await _check_bridge(order, references)
    return Plan(carrier_account_id=account.id, carrier=account.carrier, service=request.service)


async def _check_bridge(order: Order, references: References) -> None:
    """Refuse an order that its shop cannot report: the purchase checks the order in the shop first."""
    bridge = await references.bridge(order.bridge_id) if order.bridge_id is not None else None
    if bridge is None or bridge.settings.check_before_label is False:
        return
    problem = CHANNELS[bridge.channel].order_problem(order.external_id)
    if bridge.status is AccountStatus.AUTH_FAILED:
        problem = "the order's bridge is auth_failed, so the shop's order can't be read"
    refuse_problems({"order_id": problem})


def _check_shipment(request: LabelInput, order: Order, account: CarrierAccount, references: References) -> None:
    """Refuse an address or parcel that the carrier would reject."""
    options, customs = dump_options(request.shipping_options), dump_customs(request.customs)
    plain = request.model_dump(mode="json", exclude_none=True, exclude={"shipping_options", "customs"})
    fields = {**plain, "shipping_options": options, "customs": customs}
    try:
        shipment = make_label_request(fields, order, account.settings, request.service)
    except Rejected as error:
        raise refuse(error.message, error.field or "shipping_options") from None
    sources = Sources.choose(
        in_order=True,
        in_account_from=request.ship_from is None,
        in_account_parcels=request.parcels is None,
        own_options=options,
        default_customs=list_default_fields(account.settings.customs_defaults, customs),
    )
    check_shipment(references, account, shipment, sources)


def _check_sold(request: LabelInput, account: CarrierAccount) -> None:
    """Refuse a service, label format or number of parcels that the carrier does not offer."""
    profile = CARRIERS[account.carrier]
    label_format = request.label_format or account.settings.label_format or DEFAULT_FORMAT
    problems = {
        "service": profile.service_problem(request.service),
        "label_format": profile.format_problem(label_format),
        "parcels": profile.parcels_problem(len(request.parcels or [0]), request.service),
    }
    refuse_problems(problems)
