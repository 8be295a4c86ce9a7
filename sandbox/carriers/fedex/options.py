"""Reads the options of FedEx's requests into the store's names, each with FedEx's value."""

from collections.abc import Iterator

from sandbox.carriers.fedex.contracts import Parcel, RateShipment, RequestedShipment
from sandbox.carriers.fedex.option_contracts import LabelSpecification, Reference, ShipmentServices

REFERENCES = {
    "P_O_NUMBER": "references.po",
    "INVOICE_NUMBER": "references.invoice",
    "DEPARTMENT_NUMBER": "references.department",
}
USUAL_STOCKS = ("PAPER_4X6", "STOCK_4X6")
USUAL_PICKUP = "DROPOFF_AT_FEDEX_LOCATION"
Option = tuple[str, str | None]
"""An option's name and FedEx's value; None if it is not requested."""


def read_options(shipment: RequestedShipment) -> dict[str, str]:
    """Return the options of a purchase."""
    parcel = shipment.requestedPackageLineItems[0]
    options = [
        ("ship_date", shipment.shipDatestamp),
        *_read_parcel(parcel),
        *_read_references(parcel.customerReferences),
        *_read_services(shipment.shipmentSpecialServices),
        *_read_label(shipment.labelSpecification),
        *_read_payment(shipment),
        *_read_emails(shipment),
        *_read_own(shipment),
    ]
    options.append(("packaging", _read_packaging(shipment.packagingType)))
    return {name: value for name, value in options if value is not None}


def read_rate_options(shipment: RateShipment) -> dict[str, str]:
    """Return the options of a request for prices."""
    options = [
        ("ship_date", shipment.shipDateStamp),
        ("packaging", _read_packaging(shipment.packagingType)),
        *_read_parcel(shipment.requestedPackageLineItems[0]),
        *_read_services(shipment.shipmentSpecialServices),
    ]
    return {name: value for name, value in options if value is not None}


def _read_packaging(packaging: str) -> str | None:
    return None if packaging == "YOUR_PACKAGING" else packaging


def _read_parcel(parcel: Parcel) -> Iterator[Option]:
    services, value = parcel.packageSpecialServices, parcel.declaredValue
    yield "signature", services.signatureOptionType if services else None
    yield "declared_value", f"{value.amount:.2f} {value.currency}" if value else None
    yield "carrier_options.itemDescription", parcel.itemDescription
    if services and "NON_STANDARD_CONTAINER" in services.specialServiceTypes:
        yield "carrier_options.packageSpecialServices", "NON_STANDARD_CONTAINER"


def _read_references(references: list[Reference]) -> Iterator[Option]:
    """Yield the printed references; the first customer reference is the buyer's own."""
    for reference in references:
        if reference.customerReferenceType in REFERENCES:
            yield REFERENCES[reference.customerReferenceType], reference.value


def _read_services(services: ShipmentServices | None) -> Iterator[Option]:
    if services is None:
        return
    hold, premium = services.holdAtLocationDetail, services.homeDeliveryPremiumDetail
    for name, theirs in (
        ("saturday_delivery", "SATURDAY_DELIVERY"),
        ("one_rate", "FEDEX_ONE_RATE"),
        ("carrier_options.shipmentSpecialServices", "SATURDAY_PICKUP"),
    ):
        if theirs in services.specialServiceTypes:
            yield name, theirs
    yield "hold_at_location", hold.locationId if hold else None
    if premium:
        yield "carrier_options.homedeliveryPremiumType", premium.homedeliveryPremiumType
        yield "carrier_options.deliveryDate", premium.deliveryDate


def _read_label(label: LabelSpecification) -> Iterator[Option]:
    origin, detail = label.printedLabelOrigin, label.customerSpecifiedDetail
    yield "label.size", None if label.labelStockType in USUAL_STOCKS else label.labelStockType
    yield "label.dpi", str(label.resolution) if label.resolution else None
    if origin:
        place = origin.address
        yield "return_address", ", ".join([origin.contact.personName, *place.streetLines, place.city, place.postalCode])
    if detail and detail.maskedData:
        yield "carrier_options.maskedData", ",".join(detail.maskedData)


def _read_payment(shipment: RequestedShipment) -> Iterator[Option]:
    payment = shipment.shippingChargesPayment
    yield "billing", None if payment.paymentType == "SENDER" else payment.paymentType


def _read_emails(shipment: RequestedShipment) -> Iterator[Option]:
    detail = shipment.emailNotificationDetail
    if detail:
        events = {event for person in detail.emailNotificationRecipients for event in person.notificationEventType}
        yield "notifications", ",".join(sorted(events))


def _read_own(shipment: RequestedShipment) -> Iterator[Option]:
    yield "carrier_options.pickupType", None if shipment.pickupType == USUAL_PICKUP else shipment.pickupType
    yield "carrier_options.blockInsightVisibility", "true" if shipment.blockInsightVisibility else None
    yield "carrier_options.deliveryInstructions", shipment.recipients[0].deliveryInstructions
    yield "carrier_options.recipientLocationNumber", shipment.recipientLocationNumber
