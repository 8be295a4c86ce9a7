"""Bounds on values in vendors' answers; built-in adapters and those of installed packages use them."""

import math
import re
from decimal import Decimal

from domain.currencies import format_amount

MAX_MESSAGE = 1000
MAX_WAIT_SECONDS = 86_400.0
MAX_AMOUNT = Decimal(10**9)
MAX_DECIMALS = 6

CODE = re.compile(r"[A-Za-z0-9._-]{1,60}")
CURRENCY = re.compile(r"[A-Z]{3}")
FIELD = re.compile(r"[ -~]{1,200}")


def bound_code(value: object) -> str | None:
    """Return a vendor's error code; None if the value does not look like a code, because such text may hold a secret.

    The ledger keeps the whole answer until it is settled, see docs/explanation/ledger.md.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    code = str(value)
    return code if CODE.fullmatch(code) else None


def bound_message(value: object) -> str:
    """Return a vendor's message, cut to `MAX_MESSAGE` characters, without characters that Postgres can't store."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else "no message"
    return text[:MAX_MESSAGE].replace("\0", "").encode(errors="ignore").decode()


def bound_field(value: object) -> str | None:
    """Return the input field that the vendor names, in its spelling; None if the value does not look like a name."""
    return value if isinstance(value, str) and FIELD.fullmatch(value) else None


def bound_wait(seconds: float) -> float:
    """Return the seconds that a vendor asks to wait, from 0 to one day; 1 if the value is not finite."""
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS) if math.isfinite(seconds) else 1.0


def bound_amount(amount: object, currency: object) -> tuple[str, str] | None:
    """Return an amount as a decimal string with its currency code; None if either is invalid."""
    try:
        value = Decimal(str(amount))
    except ArithmeticError:
        return None
    is_amount = value.is_finite() and abs(value) < MAX_AMOUNT and -int(value.as_tuple().exponent) in range(MAX_DECIMALS)
    return (
        (format_amount(str(value), str(currency)), str(currency))
        if is_amount and CURRENCY.fullmatch(str(currency))
        else None
    )


def bound_price(amount: object, currency: object) -> tuple[str, str] | None:
    """Return a price as `bound_amount` does; None also if it is negative."""
    price = bound_amount(amount, currency)
    return price if price is not None and Decimal(price[0]) >= 0 else None
