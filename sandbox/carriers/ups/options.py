"""Reads the options of UPS's requests into the store's names, each with UPS's value."""

from collections.abc import Iterator, Sequence

from sandbox.carriers.ups.contracts import (
    LabelPart,
    Parcel,
    RateShipment,
    ShipmentPart,
    ShipmentRequestPart,
    ShipParcel,
)
from sandbox.carriers.ups.option_contracts import Payment, Reference, Services
from sandbox.carriers.vendor_model import VendorModel

REFERENCES = {
    "ON": "references.order",
    "PO": "references.po",
    "IK": "references.invoice",
    "DP": "references.department",
}
OWN_SIZES = ("XS", "XL")
"""The sizes of UPS Simple Rate that are no packaging of the client's options."""
USUAL_HEIGHT, USUAL_CHECK, OWN_PACKAGING = "6", "validate", "02"
Option = tuple[str, str | None]
"""An option's name and UPS's value; None if it is not requested."""


def read_options(request: ShipmentRequestPart) -> dict[str, str]:
    """Return the options of a purchase."""
    shipment, parcel = request.Shipment, request.Shipment.Package[0]
    options = [
        ("ship_date", shipment.ShipmentDate),
        *_read_packaging(parcel, parcel.Packaging.Code),
        *_read_parcel(parcel),
        *_read_services(shipment.ShipmentServiceOptions or Services()),
        *_read_references(parcel, shipment),
        *_read_places(shipment),
        *_read_payment(shipment.PaymentInformation),
        *_read_label(request.LabelSpecification),
        ("address_validation", _unless_usual(request.Request.RequestOption, USUAL_CHECK)),
    ]
    return {name: value for name, value in options if value is not None}


def read_rate_options(shipment: RateShipment) -> dict[str, str]:
    """Return the options of a request for prices."""
    parcel = shipment.Package[0]
    options = [
        *_read_packaging(parcel, parcel.PackagingType.Code),
        *_read_parcel(parcel),
        *_read_services(shipment.ShipmentServiceOptions or Services()),
    ]
    return {name: value for name, value in options if value is not None}


def _unless_usual(value: str, usual: str) -> str | None:
    return None if value == usual else value


def _read_packaging(parcel: Parcel, code: str) -> Iterator[Option]:
    size = parcel.SimpleRate.Code if parcel.SimpleRate else None
    is_own = size in OWN_SIZES
    yield "carrier_options.SimpleRate", size if is_own else None
    yield "packaging", (None if is_own else size) or _unless_usual(code, OWN_PACKAGING)


def _read_parcel(parcel: Parcel) -> Iterator[Option]:
    services = parcel.PackageServiceOptions
    yield from _read_indicators(parcel, ("AdditionalHandlingIndicator", "LargePackageIndicator"))
    if services is None:
        return
    yield "signature", services.DeliveryConfirmation.DCISType if services.DeliveryConfirmation else None
    if services.ShipperReleaseIndicator is not None:
        yield "signature", services.ShipperReleaseIndicator
    value = services.DeclaredValue
    yield "declared_value", f"{value.MonetaryValue} {value.CurrencyCode}" if value else None
    yield from _read_indicators(services, ("ProactiveIndicator",))


def _read_services(services: Services) -> Iterator[Option]:
    yield "signature", services.DeliveryConfirmation.DCISType if services.DeliveryConfirmation else None
    yield "saturday_delivery", services.SaturdayDeliveryIndicator
    yield "notifications", ",".join(item.NotificationCode for item in services.Notification) or None
    names = ("DirectDeliveryOnlyIndicator", "UPScarbonneutralIndicator", "SaturdayPickupIndicator")
    yield from _read_indicators(services, names)


def _read_indicators(part: VendorModel, names: Sequence[str]) -> Iterator[Option]:
    for name in names:
        yield f"carrier_options.{name}", "true" if getattr(part, name) is not None else None


def _read_references(parcel: ShipParcel, shipment: ShipmentPart) -> Iterator[Option]:
    """Yield the references with codes; the one without a code is the buyer's own. UPS prints only the first two."""
    references: list[Reference] = [*parcel.ReferenceNumber, *shipment.ReferenceNumber]
    for reference in references:
        if reference.Code in REFERENCES:
            yield REFERENCES[reference.Code], reference.Value


def _read_places(shipment: ShipmentPart) -> Iterator[Option]:
    point, place = shipment.AlternateDeliveryAddress, shipment.Shipper.Address
    yield "hold_at_location", f"{point.UPSAccessPointID or ''} {point.Name}".strip() if point else None
    if shipment.ShipFrom is not None and shipment.ShipFrom.Address != place:
        lines = [shipment.Shipper.Name, *place.AddressLine, place.City, place.PostalCode]
        yield "return_address", ", ".join(lines)
    yield "carrier_options.Description", shipment.Package[0].Description
    rating = shipment.ShipmentRatingOptions
    if rating is not None:
        yield from _read_indicators(rating, ("UserLevelDiscountIndicator",))


def _read_payment(payment: Payment) -> Iterator[Option]:
    charge = payment.ShipmentCharge[0]
    for payer in (charge.BillReceiver, charge.BillThirdParty):
        yield "billing", payer.AccountNumber if payer else None


def _read_label(label: LabelPart) -> Iterator[Option]:
    yield "label.size", _unless_usual(label.LabelStockSize.Height, USUAL_HEIGHT)
    yield "carrier_options.CharacterSet", label.CharacterSet
