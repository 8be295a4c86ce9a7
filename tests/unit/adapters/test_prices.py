"""Prices as carriers write them: what is none is not read as one."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.carriers.common.answers import parse_price


@pytest.mark.parametrize("currency", [None, "", "US", "USDX", "USDOLLAR" * 80, "U$D", "ÜSD", 840, {"code": "USD"}])
def test_a_currency_that_is_none_makes_no_price(currency: Any) -> None:
    """Its first three letters may be those of another one."""
    assert parse_price("7.90", currency) is None


@pytest.mark.parametrize("currency", ["USD", "usd", " usd "])
def test_a_currency_may_have_small_letters(currency: str) -> None:
    assert parse_price("7.90", currency) == (Decimal("7.90"), "USD")


def test_nothing_costs_less_than_nothing() -> None:
    assert parse_price("-0.01", "USD") is None
    assert parse_price("0", "USD") == (Decimal("0.00"), "USD")
