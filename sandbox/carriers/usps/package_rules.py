"""USPS's rules for packages: rate indicators of each mail class, cubic prices and extra services."""

from collections.abc import Sequence

from sandbox.carriers.places import MILITARY

EXPRESS = "PRIORITY_MAIL_EXPRESS"
SOFT_PACKS = ("P5", "P6", "P7", "P8", "P9", "Q6", "Q7", "Q8", "Q9", "Q0")
CUBIC = ("CP", *SOFT_PACKS)
INDICATORS = {
    "USPS_GROUND_ADVANTAGE": ("SP", *CUBIC),
    "PRIORITY_MAIL": ("SP", "FE", "FA", "FP", "FS", "FB", "PL", *CUBIC),
    EXPRESS: ("PA", "E4", "E6", "FP"),
}
MAX_CUBIC_POUNDS, MAX_CUBIC_INCHES = 20, 18
MAX_CUBIC_FEET = {"USPS_GROUND_ADVANTAGE": 1.0, "PRIORITY_MAIL": 0.5}
CUBIC_INCHES = 12**3

EXTRA_SERVICES = {
    480: "Tracking Plus 6 Months",
    481: "Tracking Plus 1 Year",
    482: "Tracking Plus 3 Years",
    483: "Tracking Plus 5 Years",
    484: "Tracking Plus 7 Years",
    485: "Tracking Plus 10 Years",
    486: "Tracking Plus Signature 3 Years",
    487: "Tracking Plus Signature 5 Years",
    488: "Tracking Plus Signature 7 Years",
    489: "Tracking Plus Signature 10 Years",
    920: "USPS Tracking",
    921: "Signature Confirmation",
    922: "Adult Signature Required",
    923: "Adult Signature Restricted Delivery",
    924: "Signature Confirmation Restricted Delivery",
    925: "Priority Mail Express Merchandise Insurance",
    930: "Insurance <= $500",
    931: "Insurance > $500",
    955: "Return Receipt",
    957: "Return Receipt Electronic",
    981: "Signature Requested (Priority Mail Express only)",
}
"""The extra services that the simulator sells; USPS's description has further ones, for example hazardous materials."""
SIGNATURES = (921, 922, 923, 924, 981)
INSURED_EXPRESS, INSURED_LESS, INSURED_MORE = 925, 930, 931
INSURANCES = (INSURED_EXPRESS, INSURED_LESS, INSURED_MORE)
EXPRESS_ONLY = (INSURED_EXPRESS, 981)
NOT_EXPRESS = (921, 924, INSURED_LESS, INSURED_MORE)
INSURED_TO, MAX_INSURED = 500, 5000
CUSTOMS_STATES = ("AS", "FM", "GU", "MH", "MP", "PW")
"""The territories to and from which USPS needs a customs form; it needs none for Puerto Rico and the Virgin Islands."""
ASSOCIATED = ("FM", "MH", "PW")
_NOT_SOLD = (
    ("160025", (INSURED_MORE,), MILITARY, "ExtraService: [931] is not valid at APO/FPO/DPO locations."),
    ("160026", (922, 923, 924), (*MILITARY, *ASSOCIATED), "ExtraServices are not valid at APO/FPO/DPO/FAS locations."),
    ("160027", (957,), (*MILITARY, *CUSTOMS_STATES), "ExtraService: [957] is not supported to the address provided."),
    ("160130", (921, *range(480, 490)), MILITARY, "ExtraServices are not valid at the APO/FPO/DPO address provided"),
)
"""USPS's code, the extra services, the states that it does not sell them to, and its words."""


def find_cubic_problem(mail_class: str, weight: float, sides: Sequence[float]) -> str | None:
    """Return why a parcel has no cubic price; None if it has one."""
    feet = sides[0] * sides[1] * sides[2] / CUBIC_INCHES
    if weight > MAX_CUBIC_POUNDS or max(sides) > MAX_CUBIC_INCHES or feet > MAX_CUBIC_FEET.get(mail_class, 0):
        return f"cubic prices need at most {MAX_CUBIC_POUNDS} lb, {MAX_CUBIC_INCHES} in and the class's cubic feet"
    return None


def find_service_problem(mail_class: str, codes: Sequence[int], value: float | None) -> str | None:
    """Return why a package cannot have its extra services together; None if it can."""
    wrong = set(codes) & set(NOT_EXPRESS if mail_class == EXPRESS else EXPRESS_ONLY)
    if wrong:
        return f"extra service {min(wrong)} is not available for {mail_class}"
    if len(set(codes)) < len(codes) or len(set(codes) & set(SIGNATURES)) > 1:
        return "extra services must differ, with at most one signature service"
    return _find_insurance_problem(mail_class, codes, value)


def _find_insurance_problem(mail_class: str, codes: Sequence[int], value: float | None) -> str | None:
    insurances = set(codes) & set(INSURANCES)
    if not insurances:
        return None
    if value is None or len(insurances) > 1:
        return "packageValue is required with one insurance"
    if value > MAX_INSURED:
        return f"the insured value is at most {MAX_INSURED} USD"
    if choose_insurance(mail_class, value) not in insurances:
        return f"extra service {INSURED_LESS} insures up to {INSURED_TO} USD, {INSURED_MORE} above"
    return None


def choose_insurance(mail_class: str, value: float) -> int:
    """Return the extra service that insures a value in US dollars."""
    if mail_class == EXPRESS:
        return INSURED_EXPRESS
    return INSURED_MORE if value > INSURED_TO else INSURED_LESS


def find_destination_problem(state: str, codes: Sequence[int]) -> str | None:
    """Return why a package to a state cannot have its extra services; None if it can."""
    found = (
        f"{code}: {words}" for code, unsold, states, words in _NOT_SOLD if state in states and set(codes) & set(unsold)
    )
    return next(found, None)
