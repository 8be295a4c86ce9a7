"""Maps between USPS's messages and the store."""

import base64
import json
from decimal import Decimal
from typing import Any

from sandbox.answers import Answer
from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest as StoredRequest
from sandbox.carriers.contracts import Parcel as StoredParcel
from sandbox.carriers.sales import SoldLabel
from sandbox.carriers.services import CARRIERS
from sandbox.carriers.usps.contracts import Address, LabelRequest, RateRequest

SERVICES = {
    f"USPS_{code}" if code == "GROUND_ADVANTAGE" else code: service for code, service in CARRIERS["usps"].items()
}
_SKUS = {
    "USPS_GROUND_ADVANTAGE": "DUXP0XXXXC04050",
    "PRIORITY_MAIL": "DPXX0XXXXC04050",
    "PRIORITY_MAIL_EXPRESS": "DEXX0XXXXC04050",
}
_FORMATS = {"PDF": "PDF", "ZPL203DPI": "ZPL", "PNG": "PNG"}
_MEDIA_TYPES = {"PDF": "application/pdf", "ZPL": "application/octet-stream", "PNG": "image/png"}
VENDOR_JSON = "application/vnd.usps.labels+json"
_BOUNDARY = "----usps-label-parts"

Json = dict[str, Any]


def to_label_request(request: LabelRequest) -> StoredRequest:
    """The request as the store keeps it."""
    package = request.packageDescription
    reference = package.customerReference[0].referenceNumber if package.customerReference else "none"
    return StoredRequest(
        reference=reference,
        service=package.mailClass,
        label_format=_FORMATS[request.imageInfo.imageType],
        ship_from=_address(request.fromAddress),
        ship_to=_address(request.toAddress),
        parcels=[StoredParcel(weight=Decimal(str(package.weight)), weight_unit="lb")],
    )


def label_response(label: SoldLabel, accept: str) -> Answer:
    """The answer to a purchase: USPS's own JSON where it is asked for, else in several parts."""
    metadata = _metadata(label)
    if VENDOR_JSON in accept:
        return Answer(200, {**metadata, "labelImage": base64.b64encode(label.document).decode()})
    content = b"".join(
        (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="labelMetadata"\r\n'
            f"Content-Type: application/json\r\n\r\n{json.dumps(metadata)}\r\n".encode(),
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="labelImage"; filename="label-image"\r\n'
            f"Content-Type: {_MEDIA_TYPES[label.label_format]}\r\n\r\n".encode(),
            label.document,
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        )
    )
    return Answer(200, content=content, media_type=f"multipart/form-data; boundary={_BOUNDARY}")


def reprint_response(label: SoldLabel, number: int, limit: int) -> Json:
    """The answer to a reprint."""
    return {
        "labelMetadata": _metadata(label),
        "labelImage": base64.b64encode(label.document).decode(),
        "reprintInfo": {"reprintNumber": number, "reprintLimit": limit},
    }


_SCANS = {
    "pre_transit": ("Pre-Shipment", "GX", "Shipping Label Created, USPS Awaiting Item"),
    "in_transit": ("Accepted", "03", "USPS in possession of item"),
    "out_for_delivery": ("Out for Delivery", "OF", "Out for Delivery"),
    "delivered": ("Delivered", "01", "Delivered, Front Door/Porch"),
    "exception": ("Delivery Attempt", "02", "Notice Left (No Authorized Recipient Available)"),
    "returned": ("Return to Sender", "09", "Returned to Sender"),
}


def tracking_response(label: SoldLabel) -> Json:
    """The answer of Tracking: newest first."""
    history = label.history(_SCANS)
    _, category, _, status = history[-1]
    events = [{"eventType": what, "eventCode": code, "eventTimestamp": at} for at, _, code, what in reversed(history)]
    return {
        "trackingNumber": label.tracking_number,
        "mailClass": label.service,
        "status": status,
        "statusCategory": category,
        "trackingEvents": events,
    }


def rate_response(request: RateRequest) -> Json:
    """The answer to a question for one price."""
    amount = float(services.price(SERVICES[request.mailClass], [Decimal(str(request.weight))]))
    rate = {"SKU": _SKUS[request.mailClass], "mailClass": request.mailClass, "price": amount}
    return {"totalBasePrice": amount, "rates": [rate]}


def _metadata(label: SoldLabel) -> Json:
    return {
        "trackingNumber": label.tracking_number,
        "routingInformation": f"420{label.request['ship_to']['postal_code'][:5]}",
        "constructCode": "C03",
        "SKU": _SKUS[label.service],
        "postage": float(label.amount),
        "extraServices": [],
        "fees": [],
        "weightUOM": "lb",
        "weight": float(label.request["parcels"][0]["weight"]),
    }


def _address(address: Address) -> StoredAddress:
    name = " ".join(part for part in (address.firstName, address.lastName) if part) or address.firm or ""
    return StoredAddress(
        name=name,
        company=address.firm,
        street1=address.streetAddress,
        street2=address.secondaryAddress,
        city=address.city,
        state=address.state,
        postal_code="-".join(part for part in (address.ZIPCode, address.ZIPPlus4) if part),
        country="US",
    )
