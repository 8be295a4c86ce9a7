"""UPS's rules about options that depend on the lane, the service, each other or the date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sandbox import times
from sandbox.carriers.ups.contracts import Parcel, RateShipment, ShipmentPart
from sandbox.carriers.ups.option_contracts import PackageServices, Services

Problem = tuple[str, str]
"""UPS's code and message."""

AMERICAN = frozenset({"US", "PR"})
GROUND = ("03", "12", "11")
SIMPLE_RATE = ("03", "12", "02")
SATURDAY = {"01": 4, "14": 4, "02": 3, "07": None, "54": None}
"""The services with Saturday delivery, each with the weekday of its ship date within the US; 4 is a Friday."""
OWN, HEAVY_BOXES = "02", ("24", "25")
MAX_SIMPLE_RATE_POUNDS = 50
MAX_DECLARED = 50_000
MAX_DAYS_AHEAD = 7
UNAVAILABLE = "The requested accessory option is unavailable between the selected locations."
WRONG_PACKAGING = "The packaging type is not valid for the service."


@dataclass(frozen=True, slots=True)
class Requested:
    """The options of a purchase or of a request for prices."""

    lane: tuple[str, str]
    packaging: str
    parcel: Parcel
    services: Services
    is_held: bool
    has_address: bool
    ship_date: str | None = None

    @property
    def is_american(self) -> bool:
        return AMERICAN.issuperset(self.lane)

    @property
    def parcel_services(self) -> PackageServices:
        return self.parcel.PackageServiceOptions or PackageServices()


def read_purchase(shipment: ShipmentPart) -> Requested:
    parcel = shipment.Package[0]
    return Requested(
        lane=(shipment.origin, shipment.ShipTo.Address.CountryCode),
        packaging=parcel.Packaging.Code,
        parcel=parcel,
        services=shipment.ShipmentServiceOptions or Services(),
        is_held=bool(shipment.ShipmentIndicationType),
        has_address=shipment.AlternateDeliveryAddress is not None,
        ship_date=shipment.ShipmentDate,
    )


def read_rate_request(shipment: RateShipment) -> Requested:
    parcel = shipment.Package[0]
    return Requested(
        lane=(shipment.ShipFrom.Address.CountryCode, shipment.ShipTo.Address.CountryCode),
        packaging=parcel.PackagingType.Code,
        parcel=parcel,
        services=shipment.ShipmentServiceOptions or Services(),
        is_held=bool(shipment.ShipmentIndicationType),
        has_address=shipment.AlternateDeliveryAddress is not None,
    )


def find_problem(service: str, wanted: Requested) -> Problem | None:
    """Return the first rule that the options break with a service."""
    checks: Sequence[Iterator[Problem]] = (
        _find_date_problems(wanted.ship_date),
        _find_packaging_problems(service, wanted),
        _find_lane_problems(wanted),
        _find_saturday_problems(service, wanted),
        _find_hold_problems(wanted),
    )
    return next((problem for check in checks for problem in check), None)


def _find_date_problems(ship_date: str | None) -> Iterator[Problem]:
    if ship_date is None:
        return
    day, today = _read_day(ship_date), times.now().date()
    if day is None or not today - timedelta(days=1) <= day <= today + timedelta(days=MAX_DAYS_AHEAD):
        yield "10002", "ShipmentDate: the date must be within seven days from today."


def _read_day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def _find_packaging_problems(service: str, wanted: Requested) -> Iterator[Problem]:
    pounds = float(wanted.parcel.PackageWeight.Weight)
    if wanted.packaging != OWN and service in GROUND:
        yield "111210", WRONG_PACKAGING
    if wanted.packaging in HEAVY_BOXES and wanted.is_american:
        yield "111210", WRONG_PACKAGING
    if wanted.parcel.SimpleRate is None:
        return
    if wanted.packaging != OWN or service not in SIMPLE_RATE or wanted.lane != ("US", "US"):
        yield "111210", "Simple Rate is not available for the service, the packaging or the lane."
    if pounds > MAX_SIMPLE_RATE_POUNDS:
        yield "111210", "The package exceeds the maximum weight of Simple Rate."


def _find_lane_problems(wanted: Requested) -> Iterator[Problem]:
    on_parcel = wanted.parcel_services
    value = on_parcel.DeclaredValue
    if not wanted.is_american and (on_parcel.DeliveryConfirmation or on_parcel.ShipperReleaseIndicator is not None):
        yield "121210", UNAVAILABLE
    if wanted.is_american and wanted.services.DeliveryConfirmation:
        yield "121210", UNAVAILABLE
    if wanted.services.Notification and not wanted.is_american and wanted.lane[0] == wanted.lane[1]:
        yield "121210", UNAVAILABLE
    if value is not None and float(value.MonetaryValue) > MAX_DECLARED:
        yield "10002", "DeclaredValue: the amount exceeds the maximum."


def _find_saturday_problems(service: str, wanted: Requested) -> Iterator[Problem]:
    if wanted.services.SaturdayDeliveryIndicator is None:
        return
    weekday, day = SATURDAY.get(service), _read_day(wanted.ship_date or "")
    if service not in SATURDAY:
        yield "121210", "Saturday delivery is not available for the service."
    elif weekday is not None and day is not None and day.weekday() != weekday:
        yield "121210", "Saturday delivery is not available for the shipment date."


def _find_hold_problems(wanted: Requested) -> Iterator[Problem]:
    if wanted.is_held != wanted.has_address:
        yield "10002", "ShipmentIndicationType and AlternateDeliveryAddress belong together."
    if wanted.is_held and wanted.services.DirectDeliveryOnlyIndicator is not None:
        yield "121210", "Direct delivery only is not valid with a hold for pickup."
