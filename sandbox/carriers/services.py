"""The services and prices of each carrier in the sandbox."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a carrier.

    Attributes:
        title: as printed on the label.
        base: price of the first pound, in USD.
        per_pound: price of each further pound or part of a pound, in USD.
        residential: surcharge for a residential delivery, in USD.
        by_the_ounce: price up to 15.999 oz, in USD; None if the first pound has one price.
        tracking_prefix: the start of the service's tracking numbers.
    """

    title: str
    base: Decimal
    per_pound: Decimal
    tracking_prefix: str
    residential: Decimal = Decimal(0)
    by_the_ounce: Decimal | None = None


OUNCES = Decimal("15.999") / 16
"""The heaviest parcel that USPS prices by the ounce, in pounds."""


def _service(title: str, base: str, per_pound: str, tracking_prefix: str, residential: str = "0") -> Service:
    return Service(title, Decimal(base), Decimal(per_pound), tracking_prefix, Decimal(residential))


CARRIERS: dict[str, dict[str, Service]] = {
    "fedex": {
        "GROUND": _service("FedEx Ground", "9.85", "0.62", "61", "5.95"),
        "GROUND_HOME_DELIVERY": _service("FedEx Home Delivery", "5.45", "0.66", "62", "5.95"),
        "FEDEX_EXPRESS_SAVER": _service("FedEx Express Saver", "19.10", "1.35", "77", "6.45"),
        "FEDEX_2_DAY": _service("FedEx 2Day", "22.75", "1.80", "78", "6.45"),
        "STANDARD_OVERNIGHT": _service("FedEx Standard Overnight", "38.20", "2.95", "79", "6.45"),
        "PRIORITY_OVERNIGHT": _service("FedEx Priority Overnight", "44.60", "3.40", "81", "6.45"),
        "FEDEX_2_DAY_AM": _service("FedEx 2Day A.M.", "26.15", "1.95", "82", "6.45"),
        "FIRST_OVERNIGHT": _service("FedEx First Overnight", "71.20", "3.90", "83", "6.45"),
        "FEDEX_INTERNATIONAL_PRIORITY": _service("FedEx International Priority", "58.40", "5.10", "84"),
        "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS": _service("FedEx Intl Priority Express", "66.80", "5.60", "85"),
        "FEDEX_INTERNATIONAL_CONNECT_PLUS": _service("FedEx Intl Connect Plus", "36.90", "3.60", "86"),
        "INTERNATIONAL_ECONOMY": _service("FedEx International Economy", "47.30", "4.20", "87"),
        "INTERNATIONAL_FIRST": _service("FedEx International First", "92.10", "6.30", "88"),
    },
    "ups": {
        "GROUND": _service("UPS Ground", "10.15", "0.64", "1ZSAMPLE03", "6.00"),
        "3_DAY_SELECT": _service("UPS 3 Day Select", "17.80", "1.22", "1ZSAMPLE12", "6.50"),
        "2ND_DAY_AIR": _service("UPS 2nd Day Air", "23.45", "1.86", "1ZSAMPLE02", "6.50"),
        "NEXT_DAY_AIR_SAVER": _service("UPS Next Day Air Saver", "37.90", "2.90", "1ZSAMPLE13", "6.50"),
        "NEXT_DAY_AIR": _service("UPS Next Day Air", "45.30", "3.45", "1ZSAMPLE01", "6.50"),
        "NEXT_DAY_AIR_EARLY": _service("UPS Next Day Air Early", "77.10", "3.95", "1ZSAMPLE14", "6.50"),
        "2ND_DAY_AIR_AM": _service("UPS 2nd Day Air A.M.", "26.90", "2.05", "1ZSAMPLE59", "6.50"),
        "STANDARD": _service("UPS Standard", "12.40", "0.75", "1ZSAMPLE11", "6.50"),
        "SAVER": _service("UPS Saver", "31.70", "2.15", "1ZSAMPLE65", "6.50"),
        "EXPRESS": _service("UPS Express", "36.20", "2.45", "1ZSAMPLE07", "6.50"),
        "EXPRESS_PLUS": _service("UPS Express Plus", "62.50", "3.10", "1ZSAMPLE54", "6.50"),
        "EXPEDITED": _service("UPS Expedited", "28.60", "1.95", "1ZSAMPLE08", "6.50"),
    },
    "usps": {
        "GROUND_ADVANTAGE": replace(
            _service("USPS Ground Advantage", "6.25", "0.85", "94001900000000"), by_the_ounce=Decimal("5.15")
        ),
        "PRIORITY_MAIL": _service("USPS Priority Mail", "9.35", "1.10", "92055900000000"),
        "PRIORITY_MAIL_EXPRESS": _service("USPS Priority Mail Express", "31.40", "2.75", "92701900000000"),
    },
}

INTERNATIONAL: dict[str, dict[str, Service]] = {
    "usps": {
        "FIRST_CLASS_PACKAGE_INTERNATIONAL": _service("USPS First-Class Package International", "17.45", "4.60", "LX"),
        "PRIORITY_MAIL_INTERNATIONAL": _service("USPS Priority Mail International", "44.60", "4.35", "CP"),
        "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": _service(
            "USPS Priority Mail Express International", "68.15", "6.20", "EE"
        ),
    },
}
"""The services to other countries; a prefix of two letters starts a number of the Universal Postal Union."""

HEAVIEST_POUNDS: dict[str, Decimal] = {"fedex": Decimal(150), "ups": Decimal(150), "usps": Decimal(70)}

_POUNDS: dict[str, Decimal] = {
    "lb": Decimal(1),
    "oz": Decimal(1) / 16,
    "kg": Decimal("2.20462262"),
    "g": Decimal("0.00220462262"),
}


def pounds(weight: Decimal, unit: str) -> Decimal:
    """Convert a weight to pounds; `unit` is lb, oz, kg or g."""
    return weight * _POUNDS[unit]


def price(service: Service, weights: list[Decimal], *, residential: bool = False) -> Decimal:
    """Return the price in USD of parcels with these weights in pounds; each is rounded up to whole pounds."""
    total = Decimal(0)
    for weight in weights:
        if service.by_the_ounce is not None and weight <= OUNCES:
            total += service.by_the_ounce
            continue
        whole_pounds = weight.to_integral_value(ROUND_CEILING)
        total += service.base + service.per_pound * (max(whole_pounds, Decimal(1)) - 1)
        total += service.residential if residential else 0
    return total.quantize(Decimal("0.01"))
