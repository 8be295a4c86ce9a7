"""FedEx's rules about customs data, and the form in which the store keeps them."""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.carriers.contracts import CustomsSummary
from sandbox.carriers.fedex.contracts import Parcel, RateShipment, RequestedShipment
from sandbox.carriers.fedex.customs_contracts import Clearance, Commodity, ShipClearance
from sandbox.carriers.fedex.parties import Tin
from sandbox.carriers.services import pounds

Problem = tuple[str, str]
"""FedEx's code and message."""

INTERNATIONAL = (
    "FEDEX_INTERNATIONAL_PRIORITY",
    "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS",
    "FEDEX_INTERNATIONAL_CONNECT_PLUS",
    "INTERNATIONAL_ECONOMY",
    "INTERNATIONAL_FIRST",
)
HOME = frozenset({"US", "PR", "VI"})
"""Between these countries FedEx needs no customs data here."""
TERRITORIES = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"})
GROUND_ROUTES = (("US", "CA"), ("CA", "US"))
NEEDS_EXPORT_STATEMENT = 2500
CENT = Decimal("0.01")


def find_lane_problem(service: str, origin: str, destination: str) -> Problem | None:
    """Return why a service does not cover a route."""
    is_foreign = origin != destination and not {origin, destination} <= TERRITORIES | {"US"}
    is_international = service in INTERNATIONAL
    if is_international and origin == destination:
        return "SERVICE.PACKAGECOMBINATION.INVALID", "The service is not available within a country."
    is_ground_route = service == "FEDEX_GROUND" and (origin, destination) in GROUND_ROUTES
    if is_foreign and not (is_international or is_ground_route):
        return "SERVICETYPE.DESTINATION.INVALID", "The service is not available to the destination."
    return None


def find_customs_problem(shipment: RequestedShipment) -> Problem | None:
    """Return the first rule that a purchase breaks."""
    origin, destination = (party.address.countryCode for party in (shipment.shipper, shipment.recipients[0]))
    problem = find_lane_problem(shipment.serviceType, origin, destination)
    if problem is not None:
        return problem
    clearance = shipment.customsClearanceDetail
    if clearance is None:
        return None if _is_home(origin, destination) else _missing()
    checks = (*_find_sums(clearance, shipment.requestedPackageLineItems), *_find_purchase_problems(shipment, clearance))
    return next(iter(checks), None)


def find_rate_problem(shipment: RateShipment) -> Problem | None:
    """Return the first rule that a request for prices breaks."""
    clearance = shipment.customsClearanceDetail
    if clearance is None:
        ends = (party.address.countryCode for party in (shipment.shipper, shipment.recipient))
        return None if _is_home(*ends) else _missing()
    return next(_find_sums(clearance, shipment.requestedPackageLineItems), None)


def _is_home(origin: str, destination: str) -> bool:
    return origin == destination or {origin, destination} <= HOME


def _missing() -> Problem:
    return "COMMODITIES.REQUIRED", "Customs clearance detail and commodities are required for the destination."


def _find_sums(clearance: Clearance, parcels: list[Parcel]) -> Iterator[Problem]:
    items = clearance.commodities
    for place, item in enumerate(items, 1):
        if abs(Decimal(str(item.unitPrice.amount)) * item.quantity - Decimal(str(item.customsValue.amount))) > CENT:
            yield "COMMODITY.CUSTOMSVALUE.INVALID", f"Commodity {place} - customs value is invalid."
    total = sum((Decimal(str(item.customsValue.amount)) for item in items), Decimal(0))
    if clearance.totalCustomsValue and abs(Decimal(str(clearance.totalCustomsValue.amount)) - total) > CENT:
        yield "TOTALCUSTOMSVALUE.MISMATCH", "The total customs value is not the sum of the commodities' values."
    currencies = {item.customsValue.currency for item in items} | {item.unitPrice.currency for item in items}
    if len(currencies) > 1:
        yield "COMMODITY.CURRENCY.INVALID", "All commodities must have the same currency."
    if {parcel.weight.units for parcel in parcels} != {item.weight.units for item in items}:
        yield "COMMODITY.WEIGHTUNITS.INVALID", "The package and commodity weight units must be the same."
    net = sum((pounds(Decimal(str(item.weight.value)), "kg") for item in items), Decimal(0))
    gross = sum(
        (pounds(Decimal(str(parcel.weight.value)), parcel.weight.units.lower()) for parcel in parcels), Decimal(0)
    )
    if net > gross:
        yield "COMMODITY.WEIGHT.EXCEEDED", "The commodities are heavier than the packages."


def _find_purchase_problems(shipment: RequestedShipment, clearance: ShipClearance) -> Iterator[Problem]:
    payment = clearance.dutiesPayment
    if payment is None:
        yield "DUTIESPAYMENT.REQUIRED", "Duties payment is required."
    elif payment.paymentType == "THIRD_PARTY" and (payment.payor is None or payment.payor.responsibleParty is None):
        yield "DUTIESPAYMENT.PAYOR.REQUIRED", "The payor of duties and taxes is required."
    if clearance.totalCustomsValue is None:
        yield "TOTALCUSTOMSVALUE.REQUIRED", "The total customs value is required."
    if clearance.commercialInvoice.shipmentPurpose is None:
        yield "SHIPMENTPURPOSE.REQUIRED", "The purpose of the shipment is required."
    if clearance.isDocumentOnly and shipment.serviceType not in INTERNATIONAL:
        yield "CUSTOMSCLEARANCE.DOCUMENTONLY.INVALID", "Documents are valid with international Express services only."
    if clearance.isDocumentOnly and shipment.shippingDocumentSpecification is not None:
        yield "COMMERCIALINVOICE.DOCUMENTONLY.INVALID", "A shipment of documents has no commercial invoice."
    yield from _find_export_problems(shipment, clearance)


def _find_export_problems(shipment: RequestedShipment, clearance: ShipClearance) -> Iterator[Problem]:
    origin, destination = (party.address.countryCode for party in (shipment.shipper, shipment.recipients[0]))
    statement = clearance.exportDetail.exportComplianceStatement if clearance.exportDetail else None
    values = [Decimal(str(item.customsValue.amount)) for item in clearance.commodities]
    if (
        origin in HOME
        and destination not in {*HOME, "CA"}
        and statement is None
        and max(values) > NEEDS_EXPORT_STATEMENT
    ):
        yield "EXPORTCOMPLIANCESTATEMENT.REQUIRED", "The export compliance statement is required."
    needs_report = origin == "CA" and destination not in {"CA", *HOME} and not clearance.isDocumentOnly
    if needs_report and (clearance.exportDetail is None or clearance.exportDetail.b13AFilingOption is None):
        yield "B13AFILINGOPTION.REQUIRED", "The B13A filing option is required."


def read_customs(shipment: RequestedShipment) -> CustomsSummary | None:
    """Return the customs data of a purchase, each field with FedEx's value."""
    clearance = shipment.customsClearanceDetail
    if clearance is None:
        return None
    fields = {name: value for name, value in _read_fields(shipment, clearance) if value}
    return CustomsSummary(fields=fields, items=[_read_item(item) for item in clearance.commodities])


def _read_fields(shipment: RequestedShipment, clearance: ShipClearance) -> Iterator[tuple[str, str | None]]:
    invoice, export = clearance.commercialInvoice, clearance.exportDetail
    statement = export.exportComplianceStatement if export else None
    yield "contents", invoice.shipmentPurpose
    yield "contents_explanation", " ".join(invoice.comments)
    yield "incoterm", invoice.termsOfSale
    yield "signer", invoice.originatorName
    yield "sender_tax_ids", _join(shipment.shipper.tins)
    yield "recipient_tax_ids", _join(shipment.recipients[0].tins)
    yield (
        ("export_declaration.itn" if (statement or "").startswith("AES") else "export_declaration.exemption"),
        statement,
    )
    yield "duties", clearance.dutiesPayment.paymentType if clearance.dutiesPayment else None
    yield "invoice_number", " ".join(reference.value for reference in invoice.customerReferences)


def _join(tins: list[Tin]) -> str:
    return ", ".join(f"{tin.tinType} {tin.number} {tin.usage or ''}".strip() for tin in tins)


def _read_item(item: Commodity) -> dict[str, str]:
    fields = {
        "description": item.description,
        "quantity": str(item.quantity),
        "value": str(item.unitPrice.amount),
        "currency": item.unitPrice.currency,
        "weight": str(item.weight.value),
        "origin": item.countryOfManufacture,
        "hs_code": item.harmonizedCode,
        "sku": item.partNumber,
    }
    return {name: value for name, value in fields.items() if value is not None}
