"""Converts between UPS's messages and the store."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.contracts import Parcel as StoredParcel
from sandbox.carriers.fees import fee_of
from sandbox.carriers.sales import Piece, Scan, SoldLabel, pounds_of, reprint
from sandbox.carriers.ups.contracts import Parcel, RateShipment, ShipmentRequestPart
from sandbox.carriers.ups.customs import HOME, covers, read_customs
from sandbox.carriers.ups.options import read_options, read_rate_options
from sandbox.carriers.ups.parties import Party
from sandbox.carriers.ups.rules import find_problem, read_rate_request

_CODES = {
    "03": "GROUND",
    "12": "3_DAY_SELECT",
    "02": "2ND_DAY_AIR",
    "13": "NEXT_DAY_AIR_SAVER",
    "01": "NEXT_DAY_AIR",
    "14": "NEXT_DAY_AIR_EARLY",
    "59": "2ND_DAY_AIR_AM",
    "11": "STANDARD",
    "65": "SAVER",
    "07": "EXPRESS",
    "54": "EXPRESS_PLUS",
    "08": "EXPEDITED",
}
_ABROAD = ("11", "65", "07", "54", "08")
"""Services that are sold only outside the US and over borders; the other services are sold only within."""
SERVICES = {code: services.CARRIERS["ups"][name] for code, name in _CODES.items()}
_EASTERN = timezone(timedelta(hours=-5))
AT_HOME = ("US", "PR")
GIF = b"GIF89a"
"""The store keeps images as PDF, which Label Recovery returns; a purchase returns only the start of a GIF."""

Json = dict[str, Any]


def reference_of(request: ShipmentRequestPart) -> str:
    """Return the reference: UPS reads it from the parcel within the US and Puerto Rico, else from the shipment."""
    shipment = request.Shipment
    lane = (shipment.origin, shipment.ShipTo.Address.CountryCode)
    found = shipment.Package[0] if lane in [(country, country) for country in AT_HOME] else shipment
    return found.ReferenceNumber[0].Value if found.ReferenceNumber else "none"


def to_label_request(request: ShipmentRequestPart) -> LabelRequest:
    """Convert a request to the store's."""
    shipment = request.Shipment
    return LabelRequest(
        reference=reference_of(request),
        service=shipment.Service.Code,
        label_format="ZPL" if request.LabelSpecification.LabelImageFormat.Code == "ZPL" else "PDF",
        ship_from=_address(shipment.ShipFrom or shipment.Shipper),
        ship_to=_address(shipment.ShipTo),
        parcels=[_parcel(parcel) for parcel in shipment.Package],
        invoice_total=shipment.InvoiceLineTotal.model_dump() if shipment.InvoiceLineTotal else None,
        options=read_options(request),
        customs=read_customs(shipment),
    )


def ship_response(label: SoldLabel, pieces: Sequence[Piece], sub_version: str | None, invoice: bytes | None) -> Json:
    """Return the answer to a purchase; UPS itemizes the charges from subversion 1601 on."""
    price, fees = Decimal(label.amount), _fees(label)
    itemized = {"ItemizedCharges": [_fuel(price), *fees]} if (sub_version or "") >= ITEMIZED else {}
    options = sum((Decimal(fee["MonetaryValue"]) for fee in fees), Decimal(0))
    results = {
        "ShipmentCharges": {"TransportationCharges": _money(price * 2 - options)}
        | {"ServiceOptionsCharges": _money(options), "TotalCharges": _money(price * 2)},
        "NegotiatedRateCharges": {**itemized, "TotalCharge": _money(price)},
        "BillingWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "1.0"},
        "ShipmentIdentificationNumber": label.tracking_number,
        "PackageResults": [
            {"TrackingNumber": piece.tracking_number, "ShippingLabel": _image(label, piece)} for piece in pieces
        ],
        **({"Form": _form(invoice)} if invoice is not None else {}),
    }
    return {"ShipmentResponse": {"Response": _success(), "ShipmentResults": results}}


def _image(label: SoldLabel, piece: Piece) -> Json:
    zpl = label.label_format == "ZPL"
    document = piece.document if label.parts else label.document
    return {
        "ImageFormat": {"Code": "ZPL" if zpl else "GIF", "Description": "ZPL" if zpl else "GIF"},
        "GraphicImage": base64.b64encode(document if zpl else GIF).decode(),
    }


def _form(document: bytes) -> Json:
    image = {"ImageFormat": {"Code": "PDF", "Description": "PDF"}, "GraphicImage": base64.b64encode(document).decode()}
    return {"Code": "01", "Description": "All Requested International Forms", "Image": image}


_CHARGES = {
    "signature": ("120", "Delivery Confirmation"),
    "declared_value": ("100", "Declared Value"),
    "saturday_delivery": ("300", "Saturday Delivery"),
    "packaging": ("400", "Packaging"),
    "return_address": ("430", "Return Address"),
    "address_validation": ("440", "Address Check"),
}
"""The code and description of each option's fee."""
ITEMIZED = "1601"


def _fees(label: SoldLabel) -> list[Json]:
    fees = {name: fee_of({name: value}) for name, value in label.request["options"].items() if name in _CHARGES}
    charges = ((*_CHARGES[name], fee) for name, fee in fees.items())
    return [{"Code": code, "Description": words, **_money(fee)} for code, words, fee in charges]


def list_sold(lane: tuple[str, str]) -> list[str]:
    """Return the codes of the services on a route: those within a country, or those over borders."""
    is_american = lane[0] in AT_HOME and HOME.issuperset(lane)
    return [code for code in SERVICES if (code in _ABROAD) == (not is_american) and covers(code, lane)]


def void_response(label: SoldLabel) -> Json:
    """Return the answer to a void, and to its repeat; of several parcels, each has a result."""
    status = {"Status": {"Code": "1", "Description": "Voided"}}
    parcels = [{"TrackingNumber": piece.tracking_number, **status} for piece in label.parts]
    results = {"PackageLevelResults": parcels} if parcels else {}
    return {"VoidShipmentResponse": {"Response": _success(), "SummaryResult": status, **results}}


def recovery_response(label: SoldLabel, piece: Piece, form: str) -> Json:
    """Return the answer of Label Recovery: the label of one parcel."""
    printed = piece.document if label.parts else label.document
    document = printed if label.label_format == form else reprint(label, SERVICES[label.service], form, piece)
    image = {"LabelImageFormat": {"Code": form}, "GraphicImage": base64.b64encode(document).decode()}
    # UPS returns an object for one label, although its API description has a list.
    results = {"TrackingNumber": piece.tracking_number, "LabelImage": image}
    return {
        "LabelRecoveryResponse": {
            "Response": _success(),
            "ShipmentIdentificationNumber": label.tracking_number,
            "LabelResults": results,
        }
    }


def tracking_response(found: list[tuple[SoldLabel, Piece]], number: str) -> Json:
    """Return Tracking's answer: a success even if nothing is found, with a warning inside."""
    if not found:
        missing = [{"code": "TW0001", "message": "Tracking Information Not Found"}]
        return {"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": missing}]}}
    shipments = [{"inquiryNumber": number, "package": [_package(label, piece)]} for label, piece in found]
    return {"trackResponse": {"shipment": shipments}}


def rates_response(shipment: RateShipment) -> Json:
    """Return the answer to a rate request: every service, with list price and account price."""
    weights = [services.pounds(Decimal(parcel.PackageWeight.Weight), "lb") for parcel in shipment.Package]
    residential = shipment.ShipTo.Address.ResidentialAddressIndicator is not None
    rates = []
    wanted, fee = read_rate_request(shipment), fee_of(read_rate_options(shipment)) * len(weights)
    sold = [code for code in list_sold(wanted.lane) if find_problem(code, wanted) is None]
    for code in sold:
        price = services.price(SERVICES[code], weights, residential=residential) + fee
        own = {"TotalCharge": _money(price)}
        rates.append({"Service": {"Code": code}, "TotalCharges": _money(price * 2), "NegotiatedRateCharges": own})
    return {"RateResponse": {"Response": _success(), "RatedShipment": rates}}


_SCANS = {
    "pre_transit": ("003", "Shipper created a label, UPS has not received the package yet."),
    "in_transit": ("038", "Pickup Scan"),
    "out_for_delivery": ("021", "Out For Delivery Today"),
    "delivered": ("011", "DELIVERED"),
    "exception": ("013", "The receiver was not available at the time of the delivery attempt."),
    "returned": ("035", "Returning to Sender"),
}
_TYPES = {
    "pre_transit": "M",
    "in_transit": "I",
    "out_for_delivery": "I",
    "delivered": "D",
    "exception": "X",
    "returned": "X",
}
"""UPS's types do not distinguish out_for_delivery and returned; its status codes do."""


def _package(label: SoldLabel, piece: Piece) -> Json:
    activities = [_activity(scan) for scan in label.history(piece)]
    printed = (value for name, value in label.request["options"].items() if name.startswith("references."))
    references = [label.reference, *printed]
    if label.status != "live":
        status = {"type": "MV", "statusCode": "007", "description": "Voided Information Received"}
        activities = [{"status": status, **_clock(label.created_at)}]
    return {
        "trackingNumber": piece.tracking_number,
        **({"packageCount": len(label.pieces)} if label.parts else {}),
        "referenceNumber": [{"type": "PACKAGE", "number": number} for number in references],
        "packageAddress": [{"type": "DESTINATION", "address": {"postalCode": label.request["ship_to"]["postal_code"]}}],
        "weight": {"unitOfMeasurement": "LBS", "weight": str(pounds_of(label, piece))},
        "currentStatus": activities[-1]["status"],
        "service": {"code": "518", "levelCode": "011", "description": f"{SERVICES[label.service].title}®"},
        "activity": activities[::-1],
    }


def _activity(scan: Scan) -> Json:
    code, words = scan.describe(_SCANS)
    status = {"type": _TYPES[scan.status], "code": "OT", "statusCode": f"{code:0>3}", "description": words}
    return {"location": {"address": {"city": scan.place or ""}}, "status": status, **_clock(scan.at)}


def _clock(written: str) -> Json:
    """Return the time in GMT and local time, in UPS's two formats."""
    at = datetime.fromisoformat(written)
    local = at.astimezone(_EASTERN)
    return {
        "date": f"{local:%Y%m%d}",
        "time": f"{local:%H%M%S}",
        "gmtDate": f"{at:%Y%m%d}",
        "gmtTime": f"{at:%H:%M:%S}",
        "gmtOffset": "-05:00",
    }


def _success() -> Json:
    return {"ResponseStatus": {"Code": "1", "Description": "Success"}}


def _money(amount: Decimal) -> Json:
    return {"CurrencyCode": "USD", "MonetaryValue": str(amount)}


def _fuel(amount: Decimal) -> Json:
    return {"Code": "375", "Description": "Fuel Surcharge", **_money((amount / 10).quantize(Decimal("0.01")))}


def _address(party: Party) -> StoredAddress:
    lines = party.Address.AddressLine
    return StoredAddress(
        name=party.AttentionName or party.Name,
        company=party.Name if party.AttentionName not in (None, party.Name) else None,
        street1=lines[0],
        street2=lines[1] if len(lines) > 1 else None,
        street3=lines[2] if len(lines) > 2 else None,  # noqa: PLR2004 - the third of three lines
        city=party.Address.City,
        state=party.Address.StateProvinceCode,
        postal_code=party.Address.PostalCode,
        country=party.Address.CountryCode,
        phone=party.Phone.Number if party.Phone else None,
        phone_extension=party.Phone.Extension if party.Phone else None,
        residential=getattr(party.Address, "ResidentialAddressIndicator", None) is not None,
    )


def _parcel(parcel: Parcel) -> StoredParcel:
    return StoredParcel(weight=Decimal(parcel.PackageWeight.Weight), weight_unit="lb")
