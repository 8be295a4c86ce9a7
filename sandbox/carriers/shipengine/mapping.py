"""Converts between ShipEngine's messages and the store."""

import base64
from decimal import Decimal
from typing import Any

from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.contracts import Parcel as StoredParcel
from sandbox.carriers.sales import Piece, Scan, SoldLabel, pounds_of
from sandbox.carriers.shipengine.connected import ConnectedCarrier, find_seller
from sandbox.carriers.shipengine.contracts import Address, CreateLabel, Package, RateShipment
from sandbox.carriers.shipengine.customs import summarize
from sandbox.carriers.shipengine.options import UNITS, find_package_problem, read_options, read_priced, split_fees

_MEDIA = {"PDF": "application/pdf", "PNG": "image/png", "ZPL": "application/zpl"}

Json = dict[str, Any]


def to_label_request(request: CreateLabel) -> LabelRequest:
    """Convert a request to the store's."""
    shipment = request.shipment
    return LabelRequest(
        reference=shipment.external_shipment_id,
        service=shipment.service_code,
        label_format=request.label_format.upper(),
        ship_from=_address(shipment.ship_from),
        ship_to=_address(shipment.ship_to),
        parcels=[_parcel(package) for package in shipment.packages],
        options=read_options(request),
        customs=summarize(
            shipment.customs,
            shipment.tax_identifiers,
            [product for package in shipment.packages for product in package.products],
            shipment.advanced_options.delivered_duty_paid,
        ),
    )


def label_id(label: SoldLabel) -> str:
    return f"se-{label.tracking_number.lower()}"


def number_of(label_id: str) -> str:
    """Return the tracking number of a label's id."""
    return label_id.removeprefix("se-").upper()


def label_response(sold: SoldLabel, *, inline: bool, invoice: bytes | None = None) -> Json:
    """Return a label, as all calls show it; `invoice` is its commercial invoice."""
    refunds = {"voided": "approved", "refund_pending": "pending", "refund_rejected": "rejected"}
    refund = refunds.get(sold.status)
    insurance, confirmation, _ = (fee * len(sold.pieces) for fee in split_fees(sold.request["options"]))
    cost, seller = Decimal(sold.amount) - insurance, find_seller(sold.service)
    return {
        "label_id": label_id(sold),
        "status": "completed" if sold.status == "live" else "voided",
        "shipment_id": f"se-{sold.label_id[4:24]}",
        "external_shipment_id": sold.reference,
        "created_at": sold.created_at,
        "shipment_cost": _money(cost),
        "insurance_cost": _money(insurance),
        "rate_details": _rate_details(cost, confirmation),
        "tracking_number": sold.tracking_number,
        "carrier_id": seller.carrier_id,
        "service_code": sold.service,
        "voided": sold.status != "live",
        "voided_at": None,
        "label_format": sold.label_format.lower(),
        "label_layout": sold.request["options"].get("label.size", "4x6"),
        "trackable": True,
        "carrier_code": seller.code,
        "tracking_status": "in_transit",
        "label_download": _label_link(sold, sold.document) if inline else {},
        "form_download": _form_link(invoice) if inline and invoice is not None else None,
        "is_international": sold.request["ship_to"]["country"] != sold.request["ship_from"]["country"],
        "refund_details": {"refund_status": refund} if refund else None,
        "ship_to": {"postal_code": sold.request["ship_to"]["postal_code"]},
        "packages": [_package(sold, piece, inline=inline) for piece in sold.pieces],
    }


def _package(sold: SoldLabel, piece: Piece, *, inline: bool) -> Json:
    """Return one package; each of several has its own label."""
    own = {"label_download": _label_link(sold, piece.document)} if inline and len(sold.pieces) > 1 else {}
    weight = {"value": float(pounds_of(sold, piece)), "unit": "pound"}
    known = {"package_id": piece.number, "sequence": piece.number, "tracking_number": piece.tracking_number}
    return {**known, "weight": weight, **own}


def _label_link(sold: SoldLabel, document: bytes) -> Json:
    return {"href": f"data:{_MEDIA[sold.label_format]};base64,{base64.b64encode(document).decode()}"}


def _form_link(invoice: bytes) -> Json:
    return {"href": f"data:{_MEDIA['PDF']};base64,{base64.b64encode(invoice).decode()}"}


def _rate_details(cost: Decimal, confirmation: Decimal) -> list[Json]:
    fuel = ((cost - confirmation) / 10).quantize(Decimal("0.01"))
    parts = [
        ("shipping", "Base charge", cost - confirmation - fuel),
        ("fuel_charge", "Fuel surcharge", fuel),
        ("confirmation", "Signature", confirmation),
    ]
    return [
        {"rate_detail_type": kind, "carrier_description": words, "amount": _money(part)}
        for kind, words, part in parts
        if part
    ]


def _money(amount: Decimal) -> Json:
    return {"currency": "usd", "amount": float(amount)}


def void_response(outcome: str) -> Json:
    """Return the answer to a void."""
    match outcome:
        case "voided":
            return {"approved": True, "message": "This label has been voided."}
        case "refund_pending":
            return {"approved": True, "message": "Request for refund submitted. This label has been voided."}
        case "already_voided":
            return {"approved": False, "message": "Already voided.", "reason_code": "label_already_voided"}
    return {"approved": False, "message": "The label was used.", "reason_code": "label_already_used"}


_SCANS = {
    "pre_transit": ("SHIPMENT_CREATED", "Shipping label created"),
    "in_transit": ("PICKED_UP", "Picked up"),
    "out_for_delivery": ("OUT_FOR_DELIVERY", "Out for delivery"),
    "delivered": ("DELIVERED", "Delivered"),
    "exception": ("ATTEMPTED_DELIVERY", "Notice left"),
    "returned": ("RETURN_TO_SENDER", "Returned to sender"),
}
_STATUSES = {
    "pre_transit": "NY",
    "in_transit": "IT",
    "out_for_delivery": "IT",
    "delivered": "DE",
    "exception": "AT",
    "returned": "EX",
}
"""ShipEngine's status codes do not distinguish out_for_delivery and returned; its detail codes do."""


def tracking_response(sold: SoldLabel, tracking_number: str | None = None) -> Json:
    """Return the tracking of one of a label's packages, by default of the first one, newest event first."""
    piece = sold.find_piece(tracking_number or sold.tracking_number)
    events = [_event(scan) for scan in sold.history(piece)[::-1]]
    return {
        "tracking_number": piece.tracking_number,
        "status_code": _STATUSES[sold.history(piece)[-1].status],
        "status_detail_code": events[0]["status_detail_code"],
        "events": events,
    }


def _event(scan: Scan) -> Json:
    """Return one event; its status code is empty, as ShipEngine leaves it for many carriers."""
    detail, words = scan.describe(_SCANS)
    return {
        "occurred_at": scan.at,
        "carrier_occurred_at": scan.at.removesuffix("Z"),
        "description": words,
        "city_locality": scan.place or "",
        "state_province": "",
        "postal_code": "",
        "country_code": "",
        "company_name": "",
        "signer": "",
        "event_code": "",
        "status_code": "",
        "status_detail_code": detail,
    }


def rates_response(shipment: RateShipment, carrier: ConnectedCarrier) -> Json:
    """Return the answer to a rate request: every service of a connected carrier."""
    weights = [
        services.pounds(Decimal(str(package.weight.value)), UNITS[package.weight.unit]) for package in shipment.packages
    ]
    insurance, confirmation, others = split_fees(read_priced(shipment))
    if max(weights) > services.HEAVIEST_POUNDS[carrier.name]:
        reason = "Package weight exceeds the maximum of 70 lb."
        invalid = [{"service_code": code, "error_messages": [reason]} for code in carrier.services]
        return {"rate_response": {"rates": [], "invalid_rates": invalid, "errors": []}}
    found = [
        {
            "rate_id": f"se-{place}",
            "carrier_id": carrier.carrier_id,
            "service_code": code,
            "shipping_amount": _money(services.price(service, weights)),
            "insurance_amount": _money(insurance),
            "confirmation_amount": _money(confirmation),
            "other_amount": _money(others),
        }
        for place, (code, service) in enumerate(carrier.services.items(), 1)
        if find_package_problem(code, shipment) is None
    ]
    return {"rate_response": {"rates": found, "invalid_rates": _list_invalid(shipment, carrier), "errors": []}}


def _list_invalid(shipment: RateShipment, carrier: ConnectedCarrier) -> list[Json]:
    """Return the services that do not carry the shipment's package, each with the reason."""
    problems = {code: find_package_problem(code, shipment) for code in carrier.services}
    return [{"service_code": code, "error_messages": [text]} for code, text in problems.items() if text is not None]


def services_response(carrier: ConnectedCarrier) -> Json:
    """Return a connected carrier's services."""
    found = [
        {"carrier_id": carrier.carrier_id, "service_code": code, "name": service.title}
        for code, service in carrier.services.items()
    ]
    return {"services": found}


def _address(address: Address) -> StoredAddress:
    return StoredAddress(
        name=address.name,
        company=address.company_name,
        street1=address.address_line1,
        street2=address.address_line2,
        street3=address.address_line3,
        city=address.city_locality,
        state=address.state_province,
        postal_code=address.postal_code,
        country=address.country_code,
        phone=address.phone,
        residential={"yes": True, "no": False}.get(address.address_residential_indicator),
    )


def _parcel(package: Package) -> StoredParcel:
    return StoredParcel.model_validate(
        {"weight": Decimal(str(package.weight.value)), "weight_unit": UNITS[package.weight.unit]}
    )
