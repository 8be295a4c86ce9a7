"""Converts between FedEx's messages and the store."""

import base64
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.contracts import Parcel as StoredParcel
from sandbox.carriers.fedex.auth import TRANSACTION
from sandbox.carriers.fedex.contracts import Parcel, RateShipment, RequestedShipment, ShipRequest
from sandbox.carriers.fedex.customs import find_lane_problem, read_customs
from sandbox.carriers.fedex.options import read_options, read_rate_options
from sandbox.carriers.fedex.parties import Party
from sandbox.carriers.fedex.rules import find_problem, read_rate_request
from sandbox.carriers.fees import fee_of
from sandbox.carriers.sales import Piece, Scan, SoldLabel, pounds_of
from sandbox.carriers.services import Service

SERVICES = {
    ("FEDEX_GROUND" if code == "GROUND" else code): service for code, service in services.CARRIERS["fedex"].items()
}
HOME_DELIVERY = "GROUND_HOME_DELIVERY"
_FORMATS = {"PDF": "PDF", "ZPLII": "ZPL", "PNG": "PNG"}
_IMAGES = {ours: theirs for theirs, ours in _FORMATS.items()}

Json = dict[str, Any]


def output(body: Json) -> Json:
    return {"transactionId": TRANSACTION, "output": body}


def to_label_request(request: ShipRequest) -> LabelRequest:
    """Convert a request to the store's."""
    shipment = request.requestedShipment
    parcel = shipment.requestedPackageLineItems[0]
    own = (item.value for item in parcel.customerReferences if item.customerReferenceType == "CUSTOMER_REFERENCE")
    return LabelRequest(
        reference=next(own, "none"),
        service=shipment.serviceType,
        label_format=_FORMATS[shipment.labelSpecification.imageType],
        ship_from=_address(shipment.shipper),
        ship_to=_address(shipment.recipients[0]),
        parcels=[_parcel(parcel) for parcel in shipment.requestedPackageLineItems],
        options=read_options(shipment),
        customs=read_customs(shipment),
    )


def ship_response(
    label: SoldLabel, pieces: Sequence[Piece], shipment: RequestedShipment, service: Service, invoice: bytes | None
) -> Json:
    """Return the answer to a purchase, with the commercial invoice if it was requested."""
    amount = float(label.amount)
    surcharges = _surcharges(label)
    total = round(sum(surcharge["amount"] for surcharge in surcharges), 2)
    account = {"rateType": "PAYOR_ACCOUNT_SHIPMENT", "totalNetCharge": amount, "currency": "USD"}
    account |= {"totalBaseCharge": round(amount - total, 2), "surcharges": surcharges, "totalSurcharges": total}
    listed = {"rateType": "PAYOR_LIST_SHIPMENT", "totalNetCharge": amount * 2, "currency": "USD"}
    rating = {"actualRateType": "PAYOR_ACCOUNT_SHIPMENT", "shipmentRateDetails": [listed, account]}
    return output(
        {
            "transactionShipments": [
                {
                    "masterTrackingNumber": label.tracking_number,
                    "serviceType": shipment.serviceType,
                    "serviceName": service.title,
                    "shipDatestamp": shipment.shipDatestamp or label.created_at[:10],
                    "pieceResponses": [_piece_response(label, piece) for piece in pieces],
                    **({"shipmentDocuments": [_invoice(invoice)]} if invoice is not None else {}),
                    "completedShipmentDetail": {"shipmentRating": rating},
                }
            ]
        }
    )


def _piece_response(label: SoldLabel, piece: Piece) -> Json:
    document = {
        "contentType": "LABEL",
        "docType": _IMAGES[label.label_format],
        "copiesToPrint": 1,
        "trackingNumber": piece.tracking_number,
        "encodedLabel": base64.b64encode(piece.document if label.parts else label.document).decode(),
    }
    return {
        "masterTrackingNumber": label.tracking_number,
        "trackingNumber": piece.tracking_number,
        "packageSequenceNumber": piece.number,
        "netChargeAmount": float(piece.amount),
        "packageDocuments": [document],
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": label.reference}],
    }


def _invoice(document: bytes) -> Json:
    return {
        "contentType": "COMMERCIAL_INVOICE",
        "docType": "PDF",
        "copiesToPrint": 3,
        "encodedLabel": base64.b64encode(document).decode(),
    }


_SURCHARGES = {
    "signature": ("SIGNATURE_OPTION", "Signature Option"),
    "declared_value": ("INSURED_VALUE", "Declared Value"),
    "saturday_delivery": ("SATURDAY_DELIVERY", "Saturday Delivery"),
    "packaging": ("OTHER", "Packaging"),
    "return_address": ("OTHER", "Printed Origin"),
}
"""FedEx's type and description of each option's fee."""


def _surcharges(label: SoldLabel) -> list[Json]:
    fuel = {"surchargeType": "FUEL", "description": "Fuel Surcharge", "amount": round(float(label.amount) / 10, 2)}
    fees = {name: fee_of({name: value}) for name, value in label.request["options"].items() if name in _SURCHARGES}
    parts = ((*_SURCHARGES[name], float(fee)) for name, fee in fees.items())
    names = ("surchargeType", "description", "amount")
    return [fuel, *(dict(zip(names, part, strict=True)) for part in parts)]


def tracking_response(found: list[tuple[SoldLabel, Piece]], number: str) -> Json:
    """Return Track's answer: a success even if nothing is found, with an error inside."""
    if not found:
        missing = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": "Tracking number cannot be found."}
        result: Json = {"trackingNumberInfo": {"trackingNumber": number}, "error": missing}
        return output({"completeTrackResults": [{"trackingNumber": number, "trackResults": [result]}]})
    return output(
        {
            "completeTrackResults": [
                {"trackingNumber": piece.tracking_number, "trackResults": [_track_result(label, piece)]}
                for label, piece in found
            ]
        }
    )


def rates_response(shipment: RateShipment) -> Json:
    """Return the answer to a rate request: every service with the account's price.

    It contains only the ground service that fits the address, residential or not.
    """
    weights = [_pounds(parcel) for parcel in shipment.requestedPackageLineItems]
    residential = shipment.recipient.address.residential
    ends = (shipment.shipper.address.countryCode, shipment.recipient.address.countryCode)
    has_home_delivery = residential and find_lane_problem(HOME_DELIVERY, *ends) is None
    unsold = "FEDEX_GROUND" if has_home_delivery else HOME_DELIVERY
    wanted, fee = read_rate_request(shipment), fee_of(read_rate_options(shipment)) * len(weights)
    fitting = [code for code in SERVICES if code != unsold and find_lane_problem(code, *ends) is None]
    sold = [code for code in fitting if find_problem(code, wanted) is None]
    if max(weights) > services.HEAVIEST_POUNDS["fedex"] or not sold:
        alert = {"code": "SERVICE.PACKAGECOMBINATION.INVALID", "alertType": "NOTE"}
        alert["message"] = "There are no valid services available for this shipment."
        return output({"rateReplyDetails": [], "alerts": [alert]})
    prices = {code: services.price(SERVICES[code], weights, residential=residential) + fee for code in sold}
    return output({"rateReplyDetails": [_rate_reply(code, price) for code, price in prices.items()]})


def _rate_reply(code: str, price: Decimal) -> Json:
    rated = {"rateType": "ACCOUNT", "totalNetCharge": float(price), "currency": "USD"}
    return {"serviceType": code, "serviceName": SERVICES[code].title, "ratedShipmentDetails": [rated]}


_IDENTIFIERS = {
    "references.po": "PURCHASE_ORDER",
    "references.invoice": "INVOICE",
    "references.department": "DEPARTMENT",
}
"""Track's type of each printed reference."""
_SCANS = {
    "pre_transit": ("OC", "Shipment information sent to FedEx"),
    "in_transit": ("PU", "Picked up"),
    "out_for_delivery": ("OD", "On FedEx vehicle for delivery"),
    "delivered": ("DL", "Delivered"),
    "exception": ("DE", "Delivery exception"),
    "returned": ("RS", "Returning package to shipper"),
}


def _track_result(label: SoldLabel, piece: Piece) -> Json:
    scans = [_scan_event(scan) for scan in label.history(piece)[::-1]]
    if label.status != "live":
        code, words = "CA", "Shipment cancelled by sender"
        scans = [{"date": label.created_at, "eventType": code, "derivedStatusCode": code, "eventDescription": words}]
    newest = scans[0]
    weight = {"unit": "LB", "value": str(pounds_of(label, piece))}
    options = label.request["options"]
    printed = {kind: options[ours] for ours, kind in _IDENTIFIERS.items() if ours in options}
    identifiers = {"CUSTOMER_REFERENCE": label.reference, **printed}
    if label.parts:
        identifiers["STANDARD_MPS"] = label.tracking_number
    places = {"count": str(len(label.pieces)), "sequenceNumber": str(piece.number)} if label.parts else {}
    return {
        "trackingNumberInfo": {"trackingNumber": piece.tracking_number, "carrierCode": "FDXE"},
        "additionalTrackingInfo": {
            "packageIdentifiers": [{"type": kind, "value": [value]} for kind, value in identifiers.items()]
        },
        "latestStatusDetail": {
            "code": newest["eventType"],
            "derivedCode": newest["derivedStatusCode"],
            "description": newest["eventDescription"],
        },
        "serviceDetail": {"type": label.service, "description": label.service},
        "recipientInformation": {"address": {"postalCode": label.request["ship_to"]["postal_code"]}},
        "packageDetails": {**places, "weightAndDimensions": {"weight": [weight]}},
        "scanEvents": scans,
    }


def _scan_event(scan: Scan) -> Json:
    code, words = scan.describe(_SCANS)
    return {
        "date": scan.at,
        "eventType": code,
        "derivedStatusCode": _SCANS[scan.status][0],
        "eventDescription": words,
        "scanLocation": {"city": scan.place} if scan.place else {},
    }


def _address(party: Party) -> StoredAddress:
    lines = party.address.streetLines
    return StoredAddress(
        name=party.contact.personName,
        company=party.contact.companyName,
        street1=lines[0],
        street2=lines[1] if len(lines) > 1 else None,
        street3=lines[2] if len(lines) > 2 else None,  # noqa: PLR2004 - the third of three lines
        city=party.address.city,
        state=party.address.stateOrProvinceCode,
        postal_code=party.address.postalCode,
        country=party.address.countryCode,
        phone=party.contact.phoneNumber,
        phone_extension=party.contact.phoneExtension,
        residential=party.address.residential,
    )


def _parcel(parcel: Parcel) -> StoredParcel:
    return StoredParcel(
        weight=Decimal(str(parcel.weight.value)), weight_unit="lb" if parcel.weight.units == "LB" else "kg"
    )


def _pounds(parcel: Parcel) -> Decimal:
    return services.pounds(Decimal(str(parcel.weight.value)), parcel.weight.units.lower())
