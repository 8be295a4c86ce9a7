"""Tracking numbers have the carrier's format and check digit."""

import re

import pytest

from sandbox.carriers.services import CARRIERS
from sandbox.carriers.tracking_numbers import check_digit, random_tracking_number

PATTERNS = {"fedex": r"\d{12}", "ups": r"1Z[0-9A-Z]{6}\d{10}", "usps": r"9[2-5]\d{20}"}


@pytest.mark.parametrize(
    ("carrier", "published"),
    [
        ("fedex", "986578788855"),
        ("fedex", "799531274483"),
        ("fedex", "974367662710"),
        ("ups", "1Z5R89390357567127"),
        ("ups", "1Z410E7W0392751591"),
        ("ups", "1ZXX3150YW44070023"),
        ("usps", "9400111202555842332669"),
        ("usps", "9361289878700317633795"),
        ("usps", "9205590164917312751089"),
    ],
)
def test_the_check_digit_matches_published_tracking_numbers(carrier: str, published: str) -> None:
    assert check_digit(carrier, published[:-1]) == published[-1]


@pytest.mark.parametrize(
    ("carrier", "code"), [(carrier, code) for carrier, codes in CARRIERS.items() for code in codes]
)
def test_tracking_numbers_have_the_format_of_the_carrier(carrier: str, code: str) -> None:
    prefix = CARRIERS[carrier][code].tracking_prefix
    for _ in range(50):
        number = random_tracking_number(carrier, prefix)
        assert number.startswith(prefix)
        assert re.fullmatch(PATTERNS[carrier], number)
        assert check_digit(carrier, number[:-1]) == number[-1]
