"""Currencies of ISO 4217, and the decimals of their amounts."""

from decimal import Decimal

from iso4217 import Currency

DECIMALS = {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}
"""By code. Metals, funds units and test codes have no decimals, so that no price can be in them."""

MAX_DECIMALS = max(DECIMALS.values())


def decimals_of(currency: str | None) -> int:
    """Return how many decimals an amount has; 2 for a code that was withdrawn since an amount was stored."""
    return DECIMALS.get(currency or "", 2)


def has_too_many_decimals(amount: Decimal, currency: str) -> bool:
    """Whether an amount has more decimals than its currency; zeros count."""
    exponent = amount.as_tuple().exponent
    return not isinstance(exponent, int) or -exponent > decimals_of(currency)


def smallest_amount(currency: str | None) -> Decimal:
    """Return the amount of 1 in the last decimal."""
    return Decimal(1).scaleb(-decimals_of(currency))


def format_amount(amount: str, currency: str | None) -> str:
    """Write an amount with the decimals of its currency; more only if they are not zero."""
    value = Decimal(amount)
    rounded = value.quantize(smallest_amount(currency))
    return f"{rounded if rounded == value else value.normalize():f}"
