"""What each carrier sells in the sandbox, and at what price."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a carrier.

    Attributes:
        title: as printed on the label.
        base: price of the first pound, in USD.
        per_pound: price of each further pound begun, in USD.
        tracking_prefix: what the carrier's tracking numbers of this service begin with.
    """

    title: str
    base: Decimal
    per_pound: Decimal
    tracking_prefix: str


def _service(title: str, base: str, per_pound: str, tracking_prefix: str) -> Service:
    return Service(title, Decimal(base), Decimal(per_pound), tracking_prefix)


CARRIERS: dict[str, dict[str, Service]] = {
    "fedex": {
        "GROUND": _service("FedEx Ground", "9.85", "0.62", "61"),
        "GROUND_HOME_DELIVERY": _service("FedEx Home Delivery", "11.40", "0.66", "62"),
        "FEDEX_EXPRESS_SAVER": _service("FedEx Express Saver", "19.10", "1.35", "77"),
        "FEDEX_2_DAY": _service("FedEx 2Day", "22.75", "1.80", "78"),
        "STANDARD_OVERNIGHT": _service("FedEx Standard Overnight", "38.20", "2.95", "79"),
        "PRIORITY_OVERNIGHT": _service("FedEx Priority Overnight", "44.60", "3.40", "81"),
    },
    "ups": {
        "GROUND": _service("UPS Ground", "10.15", "0.64", "1ZSAMPLE03"),
        "3_DAY_SELECT": _service("UPS 3 Day Select", "17.80", "1.22", "1ZSAMPLE12"),
        "2ND_DAY_AIR": _service("UPS 2nd Day Air", "23.45", "1.86", "1ZSAMPLE02"),
        "NEXT_DAY_AIR_SAVER": _service("UPS Next Day Air Saver", "37.90", "2.90", "1ZSAMPLE13"),
        "NEXT_DAY_AIR": _service("UPS Next Day Air", "45.30", "3.45", "1ZSAMPLE01"),
    },
    "usps": {
        "GROUND_ADVANTAGE": _service("USPS Ground Advantage", "6.25", "0.85", "94001900000000"),
        "PRIORITY_MAIL": _service("USPS Priority Mail", "9.35", "1.10", "92055900000000"),
        "PRIORITY_MAIL_EXPRESS": _service("USPS Priority Mail Express", "31.40", "2.75", "92701900000000"),
    },
}

HEAVIEST_POUNDS: dict[str, Decimal] = {"fedex": Decimal(150), "ups": Decimal(150), "usps": Decimal(70)}

_POUNDS: dict[str, Decimal] = {
    "lb": Decimal(1),
    "oz": Decimal(1) / 16,
    "kg": Decimal("2.20462262"),
    "g": Decimal("0.00220462262"),
}


def pounds(weight: Decimal, unit: str) -> Decimal:
    """The weight in pounds; `unit` is lb, oz, kg or g."""
    return weight * _POUNDS[unit]


def price(service: Service, weights: list[Decimal]) -> Decimal:
    """The price in USD of parcels of these weights in pounds; each is rounded up to the next pound."""
    total = Decimal(0)
    for weight in weights:
        begun = weight.to_integral_value(ROUND_CEILING)
        total += service.base + service.per_pound * (max(begun, Decimal(1)) - 1)
    return total.quantize(Decimal("0.01"))
