"""Build the parts of ShipEngine's requests that shipping options determine. Pure."""

from adapters.carriers.common.options import get_references, set_field, write_carrier_options, write_choice
from adapters.http.json import Json
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Billing, LabelReferences
from domain.vendors.shipengine import LIMITS, SHIPENGINE

PROVIDERS = {"insurance": "shipsurance", "declared_value": "carrier"}
"""ShipEngine's provider of each cover."""
PACKAGE_OPTIONS = ("insured_value", "label_messages", "content_description")
UNPRICED = ("charge_event", "content_description", "external_order_id", "shipment_number")
"""The fields of `carrier_options` that a request for prices does not have."""


def write_options(body: Json, request: ShipmentRequest) -> None:
    """Add the options to a purchase, except its return address.

    Raises:
        Rejected: two of them set the same field.
    """
    wanted = request.shipping_options
    write_priced_options(body, request)
    if wanted.references is not None:
        set_field(body, "shipment.packages[].label_messages", _build_messages(get_references(request, LIMITS)))
    if wanted.ship_date is not None:
        set_field(body, "shipment.ship_date", wanted.ship_date.isoformat())
    if wanted.hold_at_location is not None:
        body["ship_to_service_point_id"] = wanted.hold_at_location.location_id
    if wanted.billing is not None:
        for name, value in _build_billing(wanted.billing).items():
            set_field(body, f"shipment.advanced_options.{name}", value)
        write_choice(body, SHIPENGINE, "billing", wanted.billing.payer, request)
    write_choice(body, SHIPENGINE, "address_validation", wanted.address_validation, request)
    if wanted.label is not None:
        write_choice(body, SHIPENGINE, "label.size", wanted.label.size, request)
    write_carrier_options(body, SHIPENGINE, request)
    _repeat_for_each_package(body)


def write_priced_options(body: Json, request: ShipmentRequest) -> None:
    """Add the options that determine the price to a purchase or to a request for prices; raises as `write_options`."""
    wanted = request.shipping_options
    if wanted.signature is not None and "confirmation" in (wanted.carrier_options or {}):
        problem = "is set by carrier_options.confirmation"
        raise refuse_field("shipping_options.signature", problem, "two_confirmations")
    if wanted.packaging is not None and len(request.parcels) > 1:
        problem = "is not available with several parcels: ShipEngine sells them in the sender's own packaging"
        raise refuse_field("shipping_options.packaging", problem, "several_parcels")
    write_choice(body, SHIPENGINE, "signature", wanted.signature, request)
    write_choice(body, SHIPENGINE, "packaging", wanted.packaging, request)
    _write_cover(body, request)
    if wanted.saturday_delivery:
        set_field(body, "shipment.advanced_options.saturday_delivery", True)
    write_carrier_options(body, SHIPENGINE, request, UNPRICED)
    _repeat_for_each_package(body)


def _repeat_for_each_package(body: Json) -> None:
    """Give each further package the options of the first one: a cover is that of each package."""
    first, *others = body["shipment"]["packages"]
    for package in others:
        package |= {name: first[name] for name in PACKAGE_OPTIONS if name in first}


def _write_cover(body: Json, request: ShipmentRequest) -> None:
    wanted = request.shipping_options
    covers = {"insurance": wanted.insurance, "declared_value": wanted.declared_value}
    for name, money in covers.items():
        if money is not None:
            set_field(body, "shipment.insurance_provider", PROVIDERS[name])
            value = {"currency": money.currency, "amount": float(money.amount)}
            set_field(body, "shipment.packages[].insured_value", value)


def _build_messages(references: LabelReferences) -> Json:
    """Return the printed lines; ShipEngine needs all three."""
    return {"reference1": references.order, "reference2": references.invoice, "reference3": references.po}


def _build_billing(billing: Billing) -> Json:
    found = {
        "bill_to_account": billing.account,
        "bill_to_country_code": billing.country,
        "bill_to_postal_code": billing.postal_code,
    }
    return {name: value for name, value in found.items() if value is not None}
