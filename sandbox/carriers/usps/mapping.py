"""Converts between USPS's messages and the store."""

import base64
import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sandbox.answers import Answer
from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest as StoredRequest
from sandbox.carriers.contracts import Parcel as StoredParcel
from sandbox.carriers.fees import fee_of
from sandbox.carriers.sales import Scan, SoldLabel
from sandbox.carriers.services import CARRIERS
from sandbox.carriers.usps.contracts import Address, ExtraServiceRateRequest, LabelRequest, RateRequest
from sandbox.carriers.usps.customs_summary import summarize_form
from sandbox.carriers.usps.international import EXPRESS, FIRST_CLASS, PRIORITY, InternationalLabelRequest
from sandbox.carriers.usps.options import fees_of, packaging_of, read_options, stored_fees
from sandbox.carriers.usps.package_rules import EXTRA_SERVICES

SERVICES = {
    f"USPS_{code}" if code == "GROUND_ADVANTAGE" else code: service for code, service in CARRIERS["usps"].items()
}
SKUS = {
    "USPS_GROUND_ADVANTAGE": "DUXP0XXXXC04050",
    "PRIORITY_MAIL": "DPXX0XXXXC04050",
    "PRIORITY_MAIL_EXPRESS": "DEXX0XXXXC04050",
    FIRST_CLASS: "IFXP0XXXXB01080",
    PRIORITY: "IPXX0XXXXB01040",
    EXPRESS: "IEXX0XXXXB01020",
}
FORMATS = {"PDF": "PDF", "ZPL203DPI": "ZPL", "ZPL300DPI": "ZPL", "PNG": "PNG"}
_MEDIA_TYPES = {"PDF": "application/pdf", "ZPL": "application/octet-stream", "PNG": "image/png"}
VENDOR_JSON = "application/vnd.usps.labels+json"
_BOUNDARY = "----usps-label-parts"

Json = dict[str, Any]


def to_label_request(request: LabelRequest) -> StoredRequest:
    """Convert a request to the store's."""
    return StoredRequest(
        **read_common(request),
        ship_to=convert_address(request.toAddress),
        options=read_options(request),
        customs=summarize_form(request),
    )


def read_common(request: LabelRequest | InternationalLabelRequest) -> Json:
    """Return the parts of the store's request that both interfaces have."""
    package = request.packageDescription
    return {
        "reference": package.customerReference[0].referenceNumber if package.customerReference else "none",
        "service": package.mailClass,
        "label_format": FORMATS[request.imageInfo.imageType],
        "ship_from": convert_address(request.fromAddress),
        "parcels": [StoredParcel(weight=Decimal(str(package.weight)), weight_unit="lb")],
    }


def label_response(label: SoldLabel, accept: str) -> Answer:
    """Return the answer to a purchase: USPS's own JSON if the client accepts it, else multipart."""
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
    """Return the answer to a reprint."""
    return {
        "labelMetadata": _metadata(label),
        "labelImage": base64.b64encode(label.document).decode(),
        "reprintInfo": {"reprintNumber": number, "reprintLimit": limit},
    }


_SCANS = {
    "pre_transit": ("GX", "Shipping Label Created, USPS Awaiting Item"),
    "in_transit": ("03", "USPS in possession of item"),
    "out_for_delivery": ("OF", "Out for Delivery"),
    "delivered": ("01", "Delivered, Front Door/Porch"),
    "exception": ("02", "Notice Left (No Authorized Recipient Available)"),
    "returned": ("09", "Returned to Sender"),
}
_CATEGORIES = {
    "pre_transit": "Pre-Shipment",
    "in_transit": "Accepted",
    "out_for_delivery": "Out for Delivery",
    "delivered": "Delivered",
    "exception": "Delivery Attempt",
    "returned": "Return to Sender",
}
_EASTERN = timezone(timedelta(hours=-5))


def tracking_response(label: SoldLabel) -> Json:
    """Return Tracking's answer, newest event first."""
    newest_first = label.history()[::-1]
    return {
        "trackingNumber": label.tracking_number,
        "mailClass": label.service,
        "status": newest_first[0].describe(_SCANS)[1],
        "statusCategory": _CATEGORIES[newest_first[0].status],
        "trackingEvents": [_event(scan) for scan in newest_first],
    }


def _event(scan: Scan) -> Json:
    """Return one event; its local time has no zone, so GMTTimestamp and GMTOffset add it."""
    code, words = scan.describe(_SCANS)
    moment = datetime.fromisoformat(scan.at)
    return {
        "eventType": words,
        "eventTimestamp": f"{moment.astimezone(_EASTERN):%Y-%m-%dT%H:%M:%S}",
        "GMTTimestamp": scan.at,
        "GMTOffset": "-05:00",
        "eventCountry": None,
        "eventCity": scan.place,
        "eventState": None,
        "eventZIP": None,
        "firm": None,
        "name": None,
        "authorizedAgent": "false",
        "eventCode": code,
        "additionalProp": None,
    }


def rate_response(request: RateRequest) -> Json:
    """Return the answer to a request for one price."""
    price = services.price(SERVICES[request.mailClass], [Decimal(str(request.weight))])
    amount = float(price + fee_of(packaging_of(request)))
    rate = {"SKU": SKUS[request.mailClass], "mailClass": request.mailClass, "price": amount}
    return {"totalBasePrice": amount, "rates": [rate]}


def extra_service_rates_response(request: ExtraServiceRateRequest) -> list[Json]:
    """Return the answer to a request for the prices of extra services."""
    fees = fees_of(request.extraServices, request.itemValue)
    return [
        {"extraService": str(code), "name": EXTRA_SERVICES[code], "priceType": request.priceType, "price": float(fee)}
        for code, fee in fees.items()
    ]


def _metadata(label: SoldLabel) -> Json:
    fees = stored_fees(label.service, label.request["options"])
    return {
        "trackingNumber": label.tracking_number,
        **_describe_place(label),
        "SKU": SKUS[label.service],
        "postage": float(Decimal(label.amount) - sum(fees.values())),
        "extraServices": [
            {"name": "USPS Tracking", "price": 0, "SKU": "DXTU0EXXXCX0000"},
            *({"name": EXTRA_SERVICES[code], "price": float(fee)} for code, fee in fees.items()),
        ],
        "fees": [],
        "weightUOM": "lb",
        "weight": float(label.request["parcels"][0]["weight"]),
    }


def _describe_place(label: SoldLabel) -> Json:
    """Return the routing of a domestic label, or the address of one to another country."""
    if "labelAddress" in label.request["echo"]:
        return {"internationalTrackingNumber": label.tracking_number, **label.request["echo"]}
    return {"routingInformation": f"420{label.request['ship_to']['postal_code'][:5]}", "constructCode": "C03"}


def convert_address(address: Address) -> StoredAddress:
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
