"""Bounds on what vendors answer, for every adapter: the built-in ones and those of installed packages."""

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
    """Return a vendor's error code; None if it is no code: such text may hold anything, a secret of ours too.

    The ledger keeps the whole answer until it is settled, see docs/explanation/ledger.md.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    code = str(value)
    return code if CODE.fullmatch(code) else None


def bound_message(value: object) -> str:
    """Return a vendor's words, at most `MAX_MESSAGE` characters, without what Postgres can't store."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else "no message"
    return text[:MAX_MESSAGE].replace("\0", "").encode(errors="ignore").decode()


def bound_field(value: object) -> str | None:
    """Return the name of an input's field as the vendor wrote it; None if it is no name."""
    return value if isinstance(value, str) and FIELD.fullmatch(value) else None


def bound_wait(seconds: float) -> float:
    """Return how many seconds a vendor asks to wait: at least 0 and at most a day; 1 for what is no number."""
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS) if math.isfinite(seconds) else 1.0


def bound_amount(amount: object, currency: object) -> tuple[str, str] | None:
    """Return an amount of money as a decimal string with its currency's code; None if one of them is none."""
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
    """Return what something costs as `bound_amount` does; None if it is less than nothing, too."""
    price = bound_amount(amount, currency)
    return price if price is not None and Decimal(price[0]) >= 0 else None
