"""Phone numbers in carriers' notations."""

from domain.postal.phones import NORTH_AMERICA, Phone


def to_digits(phone: Phone) -> str:
    """Return a number's digits: ten in North America, elsewhere with the country's calling code."""
    return phone.number if phone.code == NORTH_AMERICA else phone.international


def write_phone(phone: Phone | None) -> str | None:
    """Return a number in the notation of aggregators: ten digits in North America, elsewhere with a plus sign."""
    if phone is None:
        return None
    return phone.number if phone.code == NORTH_AMERICA else f"+{phone.international}"
