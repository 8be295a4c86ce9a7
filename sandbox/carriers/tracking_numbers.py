"""Tracking numbers in each carrier's format, with a valid check digit.

- FedEx: 12 digits; weights 3, 1, 7 from the left, modulo 11, ten counting as zero.
- UPS: `1Z`, six characters of shipper, two of service, seven digits, check digit; letters count as their place in the
  alphabet plus one, modulo ten; every second character counts double, modulo 10.
- USPS: 22 digits (Intelligent Mail package barcode); weights 3, 1 from the right, modulo 10.
- USPS to other countries: two letters, eight digits, check digit, `US` (standard S10 of the Universal Postal Union).
"""

import secrets

_LENGTHS = {"fedex": 12, "ups": 18, "usps": 22}
_S10_DIGITS, _S10_WEIGHTS = 8, (8, 6, 4, 2, 3, 5, 9, 7)


def random_tracking_number(carrier: str, prefix: str) -> str:
    """Return a random number of the carrier (fedex, ups, usps) with the prefix; it may be in use already."""
    if prefix.isalpha():
        return _random_s10(prefix)
    digits = _LENGTHS[carrier] - 1 - len(prefix)
    payload = f"{prefix}{secrets.randbelow(10**digits):0{digits}d}"
    return payload + check_digit(carrier, payload)


def check_digit(carrier: str, payload: str) -> str:
    """Return the check digit of a payload, which is the whole number without its last character."""
    if carrier == "fedex":
        weights = (3, 1, 7)
        return str(sum(int(digit) * weights[place % 3] for place, digit in enumerate(payload)) % 11 % 10)
    if carrier == "ups":
        values = [int(char) if char.isdigit() else (ord(char) - 63) % 10 for char in payload[2:]]
        return str(-sum(value * (1 + place % 2) for place, value in enumerate(values)) % 10)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return str(-total % 10)


def _random_s10(prefix: str) -> str:
    digits = f"{secrets.randbelow(10**_S10_DIGITS):0{_S10_DIGITS}d}"
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, digits, strict=True)) % 11
    check = {10: 0, 11: 5}.get(rest, rest)
    return f"{prefix}{digits}{check}US"
