"""ISO 4217 currencies, and the number of decimals of their amounts."""

from decimal import Decimal

from iso4217 import Currency

DECIMALS = {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}
"""Decimals by currency code. Metals, funds units and test codes have none, so a price can't use them."""

CURRENCY_PATTERN = r"^[A-Z]{3}$"
MAX_DECIMALS = max(DECIMALS.values())


def require_currency(code: str) -> str:
    """Return the code of a currency; raises ValueError if there is no such currency."""
    if code not in DECIMALS:
        raise ValueError("must be an ISO 4217 currency code, such as USD")
    return code


def decimals_of(currency: str | None) -> int:
    """Return how many decimals an amount has; 2 for a withdrawn code, which a stored amount may have."""
    return DECIMALS.get(currency or "", 2)


def has_too_many_decimals(amount: Decimal, currency: str) -> bool:
    """Whether an amount has more decimals than its currency; trailing zeros count."""
    exponent = amount.as_tuple().exponent
    return not isinstance(exponent, int) or -exponent > decimals_of(currency)


def smallest_amount(currency: str | None) -> Decimal:
    """Return the smallest positive amount of a currency, such as 0.01 USD."""
    return Decimal(1).scaleb(-decimals_of(currency))


def format_amount(amount: str, currency: str | None) -> str:
    """Format an amount with its currency's decimals; with more only if they are not zero."""
    value = Decimal(amount)
    rounded = value.quantize(smallest_amount(currency))
    return f"{rounded if rounded == value else value.normalize():f}"
