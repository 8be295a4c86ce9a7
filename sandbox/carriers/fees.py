"""The fees of shipping options in the sandbox."""

from collections.abc import Mapping
from decimal import Decimal

_FEES = {
    "signature": Decimal("3.65"),
    "packaging": Decimal("1.25"),
    "saturday_delivery": Decimal("16.00"),
    "return_address": Decimal("0.50"),
    "address_validation": Decimal("0.10"),
}
"""Fixed fees by option, in USD; all other options are free, except those of `_SHARED`."""
_SHARED = ("insurance", "declared_value")
"""Options that cost one percent of their amount."""
_PERCENT, _LEAST = Decimal("0.01"), Decimal("1.00")


def fee_of(options: Mapping[str, str]) -> Decimal:
    """Return the fee of options in USD; an amount is a number, with or without its currency after a space."""
    amounts = (Decimal(options[name].split()[0]) for name in _SHARED if name in options)
    shares = (max(amount * _PERCENT, _LEAST) for amount in amounts)
    fixed = sum((fee for name, fee in _FEES.items() if name in options), Decimal(0))
    return (fixed + sum(shares, Decimal(0))).quantize(_PERCENT)
