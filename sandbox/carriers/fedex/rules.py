"""FedEx's rules about options that depend on the service, on each other or on the date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sandbox import times
from sandbox.carriers.fedex.contracts import Parcel, RateShipment, RequestedShipment
from sandbox.carriers.fedex.customs import find_customs_problem
from sandbox.carriers.fedex.option_contracts import ShipmentServices
from sandbox.carriers.services import pounds

Problem = tuple[str, str]
"""FedEx's code and message."""

GROUND = ("FEDEX_GROUND", "GROUND_HOME_DELIVERY")
SATURDAY = {"FIRST_OVERNIGHT": 4, "PRIORITY_OVERNIGHT": 4, "FEDEX_2_DAY": 3}
"""The services with Saturday delivery, each with the weekday of its ship date; 4 is a Friday."""
ONE_RATE_POUNDS = {"FEDEX_ENVELOPE": 10} | dict.fromkeys(
    (
        "FEDEX_PAK",
        "FEDEX_TUBE",
        "FEDEX_SMALL_BOX",
        "FEDEX_MEDIUM_BOX",
        "FEDEX_LARGE_BOX",
        "FEDEX_EXTRA_LARGE_BOX",
    ),
    50,
)
"""The packagings of FedEx One Rate, each with its maximum weight."""
MAX_DAYS_AHEAD = 10
MAX_DECLARED, MAX_DECLARED_FLAT, SIGNED_FROM = 50_000, 500, 500
ABROAD = ("FEDEX_10KG_BOX", "FEDEX_25KG_BOX")
"""The packagings of shipments between countries."""
FLAT = ("FEDEX_ENVELOPE", "FEDEX_PAK")


@dataclass(frozen=True, slots=True)
class Requested:
    """The options of a purchase or of a request for prices: the sum and the highest of the parcels' values."""

    packaging: str
    services: tuple[str, ...]
    signature: str | None
    declared: float
    highest_value: float
    is_residential: bool
    ship_date: str | None
    pounds: float


def read_purchase(shipment: RequestedShipment) -> Requested:
    residential = shipment.recipients[0].address.residential
    services, day = shipment.shipmentSpecialServices, shipment.shipDatestamp
    return _read(shipment.packagingType, services, shipment.requestedPackageLineItems, day, is_residential=residential)


def read_rate_request(shipment: RateShipment) -> Requested:
    residential = shipment.recipient.address.residential
    services, day = shipment.shipmentSpecialServices, shipment.shipDateStamp
    return _read(shipment.packagingType, services, shipment.requestedPackageLineItems, day, is_residential=residential)


def _read(
    packaging: str, services: ShipmentServices | None, parcels: list[Parcel], day: str | None, *, is_residential: bool
) -> Requested:
    first = parcels[0]
    values = [parcel.declaredValue.amount for parcel in parcels if parcel.declaredValue]
    return Requested(
        packaging=packaging,
        services=tuple(services.specialServiceTypes) if services else (),
        signature=first.packageSpecialServices.signatureOptionType if first.packageSpecialServices else None,
        declared=sum(values),
        highest_value=max(values, default=0),
        is_residential=is_residential,
        ship_date=day,
        pounds=max(float(pounds(Decimal(str(parcel.weight.value)), parcel.weight.units.lower())) for parcel in parcels),
    )


def find_problem(service: str, wanted: Requested) -> Problem | None:
    """Return the first rule that the options break with a service."""
    return next(_find_problems(service, wanted), None)


def _find_problems(service: str, wanted: Requested) -> Iterator[Problem]:
    yield from _find_date_problems(wanted.ship_date)
    if wanted.packaging in ABROAD or (service in GROUND and wanted.packaging != "YOUR_PACKAGING"):
        yield "SERVICE.PACKAGECOMBINATION.INVALID", "Invalid service and packaging combination."
    if "FEDEX_ONE_RATE" in wanted.services:
        yield from _find_one_rate_problems(service, wanted)
    if "HOME_DELIVERY_PREMIUM" in wanted.services and service != "GROUND_HOME_DELIVERY":
        yield "HOMEDELIVERYPREMIUM.SERVICE.INVALID", "Home delivery premium needs Ground Home Delivery."
    if "SATURDAY_DELIVERY" in wanted.services:
        yield from _find_saturday_problems(service, wanted)
    yield from _find_value_problems(wanted)
    if wanted.signature == "INDIRECT" and not wanted.is_residential:
        yield "SIGNATUREOPTION.RESIDENTIAL.REQUIRED", "Indirect signature is allowed for residences only."


def _find_one_rate_problems(service: str, wanted: Requested) -> Iterator[Problem]:
    maximum = ONE_RATE_POUNDS.get(wanted.packaging)
    if service in GROUND or maximum is None:
        yield "ONERATE.PACKAGINGTYPE.INVALID", "FedEx One Rate is not available for the service and packaging."
    elif wanted.pounds > maximum:
        yield "ONERATE.WEIGHT.EXCEEDED", "The package weight exceeds the maximum of FedEx One Rate."


def _find_saturday_problems(service: str, wanted: Requested) -> Iterator[Problem]:
    if service not in SATURDAY:
        yield "SATURDAYDELIVERY.SERVICE.INVALID", "Saturday delivery is not available for the service."
    elif wanted.ship_date and date.fromisoformat(wanted.ship_date).weekday() != SATURDAY[service]:
        yield "SATURDAYDELIVERY.SHIPDATESTAMP.INVALID", "Saturday delivery is not available for the ship date."
    if "HOLD_AT_LOCATION" in wanted.services:
        yield "SATURDAYDELIVERY.HOLDATLOCATION.INVALID", "Saturday delivery and hold at location exclude each other."


def _find_date_problems(ship_date: str | None) -> Iterator[Problem]:
    """Find a date that is too far ahead; FedEx replaces past dates with the current one."""
    if ship_date is None:
        return
    try:
        ahead = date.fromisoformat(ship_date) - times.now().date()
    except ValueError:
        yield "SHIPDATESTAMP.INVALID", "The ship date is invalid."
    else:
        if ahead > timedelta(days=MAX_DAYS_AHEAD):
            yield "SHIPDATESTAMP.TOOLATE", "The ship date is too far in the future."


def _find_value_problems(wanted: Requested) -> Iterator[Problem]:
    if wanted.highest_value > (MAX_DECLARED_FLAT if wanted.packaging in FLAT else MAX_DECLARED):
        yield "DECLAREDVALUE.AMOUNT.EXCEEDED", "The declared value exceeds the maximum."
    if wanted.signature == "NO_SIGNATURE_REQUIRED" and wanted.highest_value >= SIGNED_FROM:
        yield "SIGNATUREOPTION.DECLAREDVALUE.INVALID", "A declared value of 500 or more needs a signature."


def find_purchase_problem(shipment: RequestedShipment) -> Problem | None:
    """Return the first rule that a purchase breaks: those of its options, and those of its totals and payment."""
    problem = find_customs_problem(shipment)
    if problem is not None:
        return problem
    wanted = read_purchase(shipment)
    total = shipment.totalDeclaredValue.amount if shipment.totalDeclaredValue else 0
    if total != wanted.declared:
        return "TOTALDECLAREDVALUE.MISMATCH", "The total declared value is not the sum of the packages' values."
    if len(shipment.requestedPackageLineItems) > 1 and shipment.serviceType == "FEDEX_INTERNATIONAL_CONNECT_PLUS":
        return "TOTALPACKAGECOUNT.EXCEEDED", "The service is available for one package only."
    if shipment.shippingChargesPayment.paymentType == "COLLECT" and shipment.serviceType not in GROUND:
        return "PAYMENTTYPE.SERVICE.INVALID", "Collect is available for Ground only."
    if shipment.recipients[0].deliveryInstructions and shipment.serviceType != "GROUND_HOME_DELIVERY":
        return "DELIVERYINSTRUCTIONS.SERVICE.INVALID", "Delivery instructions need Ground Home Delivery."
    return find_problem(shipment.serviceType, wanted)
