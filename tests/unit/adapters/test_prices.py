"""Prices are read only if they are valid."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.carriers.common.answers import parse_price


@pytest.mark.parametrize("currency", [None, "", "US", "USDX", "USDOLLAR" * 80, "U$D", "ÜSD", 840, {"code": "USD"}])
def test_a_price_needs_a_valid_currency(currency: Any) -> None:
    """A longer text may begin with the letters of another currency."""
    assert parse_price("7.90", currency) is None


@pytest.mark.parametrize("currency", ["USD", "usd", " usd "])
def test_a_currency_may_have_small_letters(currency: str) -> None:
    assert parse_price("7.90", currency) == (Decimal("7.90"), "USD")


def test_a_price_is_not_negative() -> None:
    assert parse_price("-0.01", "USD") is None
    assert parse_price("0", "USD") == (Decimal("0.00"), "USD")
