"""Converts between EasyPost's messages and the store."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.contracts import Parcel as StoredParcel
from sandbox.carriers.easypost.contracts import Address, Shipment
from sandbox.carriers.easypost.customs import summarize
from sandbox.carriers.easypost.options import ABROAD, echo_request, insurance_fee, is_offered, price_fee, read_options
from sandbox.carriers.sales import Scan, SoldLabel
from sandbox.carriers.services import Service

NUMBERS = "usps"
"""The simulated carrier account sells labels of this carrier."""
CARRIER_ACCOUNT = "ca_9685a1198a75477885a3cdca37559bac"
MAX_OUNCES = 70 * 16
INVOICE = "commercial_invoice"
LABEL_FEE = "0.05"
"""EasyPost's fee for a label, in addition to the postage."""
_CODES = {"GROUND_ADVANTAGE": "GroundAdvantage", "PRIORITY_MAIL": "Priority", "PRIORITY_MAIL_EXPRESS": "Express"}
_CODES |= dict(zip(services.INTERNATIONAL[NUMBERS], ABROAD, strict=True))
SERVICES: dict[str, Service] = {
    **{
        _CODES[code]: service
        for code, service in (services.CARRIERS[NUMBERS] | services.INTERNATIONAL[NUMBERS]).items()
    },
    "Ground: Media & Library": services.CARRIERS[NUMBERS]["GROUND_ADVANTAGE"],
}
"""The last name has a form that only carriers abroad use."""
_TYPES = {"PDF": "application/pdf", "PNG": "image/png", "ZPL": "application/zpl"}
_REFUNDS = {"live": None, "voided": "refunded", "refund_pending": "submitted", "refund_rejected": "rejected"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A shipment that was created and not bought."""

    shipment_id: str
    shipment: Shipment

    @property
    def ounces(self) -> Decimal:
        return Decimal(str(self.shipment.parcel.weight))


def to_label_request(draft: Draft, service: str, insurance: str | None) -> LabelRequest:
    """Convert a shipment to the store's request."""
    shipment = draft.shipment
    return LabelRequest(
        reference=shipment.reference or "none",
        service=f"USPS.{service}",
        label_format=shipment.options.label_format,
        ship_from=_address(shipment.from_address),
        ship_to=_address(shipment.to_address),
        parcels=[StoredParcel(weight=draft.ounces, weight_unit="oz")],
        options=read_options(shipment, insurance),
        customs=summarize(
            shipment.customs_info,
            shipment.tax_identifiers,
            shipment.options.duty_payment,
            shipment.options.incoterm,
            shipment.options.invoice_number,
        ),
        echo=echo_request(shipment),
    )


def draft_response(draft: Draft) -> Json:
    """Return a shipment with its rates, before it is bought."""
    return {
        "id": draft.shipment_id,
        "object": "Shipment",
        "reference": draft.shipment.reference,
        **echo_request(draft.shipment),
        "messages": [],
        "rates": rates(draft),
        "selected_rate": None,
        "postage_label": None,
        "tracking_code": None,
        "tracker": None,
        "refund_status": None,
    }


def shipment_response(sold: SoldLabel, files: str, *, rejected: bool) -> Json:
    """Return a bought shipment; `files` is the URL of the documents, `rejected`: its refund was rejected."""
    carrier, _, service = sold.service.partition(".")
    rate = {"id": rate_id(service), "carrier": carrier, "service": service, "currency": "USD"}
    tracker = {"object": "Tracker", "status": _details(sold)[-1]["status"]}
    label = {
        "object": "PostageLabel",
        "label_file_type": _TYPES[sold.label_format],
        "label_url": f"{files}/{sold.label_id}",
        "label_size": "4x6",
    }
    postage = _postage(sold)
    return {
        "id": sold.idempotency_key,
        "object": "Shipment",
        "created_at": sold.created_at,
        "reference": sold.reference,
        **sold.request["echo"],
        "messages": [],
        "rates": [{**rate, "rate": postage}],
        "selected_rate": {**rate, "rate": postage},
        "insurance": sold.request["options"].get("insurance"),
        "fees": _fees(sold),
        "postage_label": label,
        "forms": _forms(sold, files),
        "tracking_code": sold.tracking_number,
        "tracker": tracker,
        "refund_status": "rejected" if rejected else _REFUNDS[sold.status],
    }


def _forms(sold: SoldLabel, files: str) -> list[Json]:
    """Return the commercial invoice of a shipment with customs data."""
    if sold.request.get("customs") is None:
        return []
    found = {"id": f"form_{sold.label_id[4:]}", "object": "Form", "form_type": "commercial_invoice"}
    return [{**found, "form_url": f"{files}/{sold.label_id}/{INVOICE}", "submitted_electronically": False}]


def rate_id(code: str) -> str:
    return f"rate_{''.join(filter(str.isalnum, code)).lower()}"


def rates(draft: Draft) -> list[Json]:
    """Return the rates of the services that have the shipment's options."""
    weight, fee = services.pounds(draft.ounces, "oz"), price_fee(draft.shipment)
    return [
        {
            "id": rate_id(code),
            "object": "Rate",
            "carrier": "USPS",
            "service": code,
            "rate": str(services.price(service, [weight]) + fee),
            "currency": "USD",
            "shipment_id": draft.shipment_id,
            "carrier_account_id": CARRIER_ACCOUNT,
        }
        for code, service in SERVICES.items()
        if is_offered(code, draft.shipment)
    ]


def rate_error(message: str) -> Json:
    """Return the message of a carrier that has no rate for a shipment."""
    return {"carrier": "USPS", "type": "rate_error", "message": message, "carrier_account_id": CARRIER_ACCOUNT}


def _fees(sold: SoldLabel) -> list[Json]:
    insurance = insurance_fee(sold.request["options"])
    amounts = {"LabelFee": LABEL_FEE, "PostageFee": _postage(sold)}
    amounts |= {"InsuranceFee": str(insurance)} if insurance else {}
    return [
        {"object": "Fee", "type": kind, "amount": f"{Decimal(amount):.5f}", "charged": True, "refunded": False}
        for kind, amount in amounts.items()
    ]


def _postage(sold: SoldLabel) -> str:
    """Return a label's price without its insurance, which EasyPost sells itself."""
    return str(Decimal(sold.amount) - insurance_fee(sold.request["options"]))


def trackers_response(found: list[SoldLabel]) -> Json:
    """Return the trackers of labels."""
    return {"trackers": [_tracker(sold) for sold in found], "has_more": False}


def _tracker(sold: SoldLabel) -> Json:
    details = _details(sold)
    return {
        "id": f"trk_{sold.label_id[4:]}",
        "object": "Tracker",
        "tracking_code": sold.tracking_number,
        "status": details[-1]["status"],
        "status_detail": details[-1]["status_detail"],
        "carrier": "USPS",
        "shipment_id": sold.idempotency_key,
        "tracking_details": details,
    }


_SCANS = {
    "pre_transit": ("label_created", "Shipping Label Created"),
    "in_transit": ("received_at_origin_facility", "USPS in possession of item"),
    "out_for_delivery": ("out_for_delivery", "Out for Delivery"),
    "delivered": ("arrived_at_destination", "Delivered"),
    "exception": ("delivery_exception", "Notice Left"),
    "returned": ("return", "Returned to Sender"),
}
_STATUSES = {"exception": "failure", "returned": "return_to_sender"}
"""EasyPost's names of statuses that differ from the sandbox's."""


def _details(sold: SoldLabel) -> list[Json]:
    return [_detail(scan) for scan in sold.history()]


def _detail(scan: Scan) -> Json:
    """Return one event; a scripted code becomes the event's detail and leaves its status unknown."""
    detail, message = scan.describe(_SCANS)
    location = {"object": "TrackingLocation", "city": scan.place, "state": None, "country": None, "zip": None}
    return {
        "object": "TrackingDetail",
        "message": message,
        "status": "unknown" if scan.code else _STATUSES.get(scan.status, scan.status),
        "status_detail": detail,
        "datetime": scan.at,
        "source": "USPS",
        "tracking_location": location,
    }


def _address(address: Address) -> StoredAddress:
    return StoredAddress(
        name=address.name,
        company=address.company,
        street1=address.street1,
        street2=address.street2,
        city=address.city,
        state=address.state,
        postal_code=address.zip,
        country=address.country,
        phone=address.phone,
        residential=address.residential,
    )
