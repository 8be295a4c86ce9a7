"""Between FedEx's words and the books'."""

import base64
from decimal import Decimal
from typing import Any

from sandbox.carriers import services
from sandbox.carriers.contracts import Address as BooksAddress
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.contracts import Parcel as BooksParcel
from sandbox.carriers.fedex.auth import TRANSACTION
from sandbox.carriers.fedex.contracts import Parcel, Party, RateShipment, RequestedShipment, ShipRequest
from sandbox.carriers.sales import SoldLabel, pounds_of
from sandbox.carriers.services import Service

SERVICES = {("FEDEX_GROUND" if code == "GROUND" else code): one for code, one in services.CARRIERS["fedex"].items()}
_FORMATS = {"PDF": "PDF", "ZPLII": "ZPL", "PNG": "PNG"}
_IMAGES = {ours: theirs for theirs, ours in _FORMATS.items()}

Json = dict[str, Any]


def output(body: Json) -> Json:
    return {"transactionId": TRANSACTION, "output": body}


def wanted(request: ShipRequest) -> LabelRequest:
    """The request as the books keep it."""
    shipment = request.requestedShipment
    parcel = shipment.requestedPackageLineItems[0]
    reference = parcel.customerReferences[0].value if parcel.customerReferences else "none"
    return LabelRequest(
        reference=reference,
        service=shipment.serviceType,
        label_format=_FORMATS[shipment.labelSpecification.imageType],
        ship_from=_address(shipment.shipper),
        ship_to=_address(shipment.recipients[0]),
        parcels=[_parcel(one) for one in shipment.requestedPackageLineItems],
    )


def shipped(label: SoldLabel, shipment: RequestedShipment, service: Service) -> Json:
    """The answer to a purchase."""
    amount = float(label.amount)
    document = {
        "contentType": "LABEL",
        "docType": _IMAGES[label.label_format],
        "copiesToPrint": 1,
        "trackingNumber": label.tracking_number,
        "encodedLabel": base64.b64encode(label.document).decode(),
    }
    piece = {
        "masterTrackingNumber": label.tracking_number,
        "trackingNumber": label.tracking_number,
        "packageSequenceNumber": 1,
        "netChargeAmount": amount,
        "packageDocuments": [document],
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": label.reference}],
    }
    rated = {"rateType": "PAYOR_ACCOUNT_PACKAGE", "totalNetCharge": amount, "currency": "USD"}
    return output(
        {
            "transactionShipments": [
                {
                    "masterTrackingNumber": label.tracking_number,
                    "serviceType": shipment.serviceType,
                    "serviceName": service.title,
                    "shipDatestamp": label.created_at[:10],
                    "pieceResponses": [piece],
                    "completedShipmentDetail": {"shipmentRating": {"shipmentRateDetails": [rated]}},
                }
            ]
        }
    )


def tracked(found: list[SoldLabel], asked: str) -> Json:
    """The answer of Track: a success even where it has nothing, with an error inside."""
    if not found:
        missing = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": "Tracking number cannot be found."}
        result: Json = {"trackingNumberInfo": {"trackingNumber": asked}, "error": missing}
        return output({"completeTrackResults": [{"trackingNumber": asked, "trackResults": [result]}]})
    return output(
        {
            "completeTrackResults": [
                {"trackingNumber": one.tracking_number, "trackResults": [_track_result(one)]} for one in found
            ]
        }
    )


def rated(shipment: RateShipment) -> Json:
    """The answer to a question for prices: every service, with the account's price."""
    weights = [_pounds(one) for one in shipment.requestedPackageLineItems]
    return output(
        {
            "rateReplyDetails": [
                {
                    "serviceType": code,
                    "serviceName": service.title,
                    "ratedShipmentDetails": [
                        {
                            "rateType": "ACCOUNT",
                            "totalNetCharge": float(services.price(service, weights)),
                            "currency": "USD",
                        }
                    ],
                }
                for code, service in SERVICES.items()
            ]
        }
    )


_SCANS = {
    "pre_transit": ("OC", "Shipment information sent to FedEx"),
    "in_transit": ("PU", "Picked up"),
    "out_for_delivery": ("OD", "On FedEx vehicle for delivery"),
    "delivered": ("DL", "Delivered"),
    "exception": ("DE", "Delivery exception"),
    "returned": ("RS", "Returning package to shipper"),
}


def _track_result(label: SoldLabel) -> Json:
    seen = [(label.created_at, *_SCANS["pre_transit"]), *((one.at, *_SCANS[one.status]) for one in label.scans)]
    if label.status != "live":
        seen = [(label.created_at, "CA", "Shipment cancelled by sender")]
    _, code, said = seen[-1]
    scans = [
        {"date": at, "eventType": event, "derivedStatusCode": event, "eventDescription": what}
        for at, event, what in reversed(seen)
    ]
    identifier = {"type": "CUSTOMER_REFERENCE", "value": [label.reference]}
    return {
        "trackingNumberInfo": {"trackingNumber": label.tracking_number, "carrierCode": "FDXE"},
        "additionalTrackingInfo": {"packageIdentifiers": [identifier]},
        "latestStatusDetail": {"code": code, "derivedCode": code, "description": said},
        "serviceDetail": {"type": label.service, "description": label.service},
        "recipientInformation": {"address": {"postalCode": label.request["ship_to"]["postal_code"]}},
        "packageDetails": {"weightAndDimensions": {"weight": [{"unit": "LB", "value": str(pounds_of(label))}]}},
        "scanEvents": scans,
    }


def _address(party: Party) -> BooksAddress:
    lines = party.address.streetLines
    return BooksAddress(
        name=party.contact.personName,
        company=party.contact.companyName,
        street1=lines[0],
        street2=lines[1] if len(lines) > 1 else None,
        city=party.address.city,
        state=party.address.stateOrProvinceCode,
        postal_code=party.address.postalCode,
        country=party.address.countryCode,
        phone=party.contact.phoneNumber,
    )


def _parcel(parcel: Parcel) -> BooksParcel:
    return BooksParcel(
        weight=Decimal(str(parcel.weight.value)), weight_unit="lb" if parcel.weight.units == "LB" else "kg"
    )


def _pounds(parcel: Parcel) -> Decimal:
    return services.pounds(Decimal(str(parcel.weight.value)), parcel.weight.units.lower())
