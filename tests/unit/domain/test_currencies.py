"""Currencies have known codes, and amounts have the decimals of their currency."""

import pytest

from domain.bounds import bound_amount
from domain.currencies import DECIMALS, decimals_of, format_amount


@pytest.mark.parametrize(("code", "decimals"), [("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)])
def test_decimals_are_those_of_iso_4217(code: str, decimals: int) -> None:
    assert decimals_of(code) == decimals


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XDR", "ABC", "eur", ""])
def test_codes_without_amounts_are_unknown(code: str) -> None:
    assert code not in DECIMALS


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("12.5000", "USD", "12.50"), ("12.50", "JPY", "12.5"), ("100.00", "JPY", "100"), ("5", "KWD", "5.000"),
        ("5", None, "5.00"), ("1.2345", "USD", "1.2345"), ("-3", "EUR", "-3.00"), ("0", "JPY", "0"),
    ],
)  # fmt: skip
def test_amounts_are_written_with_their_decimals(amount: str, currency: str | None, expected: str) -> None:
    """Further decimals are kept unless they are zero."""
    assert format_amount(amount, currency) == expected


def test_prices_of_vendors_have_the_decimals_of_their_currency() -> None:
    assert bound_amount("11.5", "USD") == ("11.50", "USD")
    assert bound_amount("1200.0", "JPY") == ("1200", "JPY")
