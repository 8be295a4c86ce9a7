"""Phone numbers: parse them in every form that people type."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberMatcher, is_possible_number, is_valid_number
from phonenumbers import parse as parse_number

from domain.postal.limits import PhoneLimits

NORTH_AMERICA = 1
DEFAULT_REGION = "US"
"""The numbering plan of an account's default_phone, unless it begins with + and a country code."""
NORTH_AMERICAN_COUNTRIES = ("US", "CA", "PR", "VI", "GU", "AS", "MP")
OPTIONAL_ZERO = re.compile(r"\(0\)")
NANP_NUMBER = re.compile(r"[2-9]\d{2}[2-9]\d{6}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number: the country's calling code, the number within the country, the extension."""

    code: int
    number: str
    extension: str | None = None

    @property
    def international(self) -> str:
        return f"{self.code}{self.number}"

    def __str__(self) -> str:
        """Return the number as in RFC 3966, such as `+14155550136;ext=51023`."""
        return f"+{self.international}" + (f";ext={self.extension}" if self.extension else "")


@lru_cache(maxsize=4096)
def read_phone(text: str, country: str) -> Phone | None:
    """Parse the phone number of a person in that country; None if the text contains none.

    If the text contains several numbers, the first one is returned.
    """
    cleaned = OPTIONAL_ZERO.sub("", unicodedata.normalize("NFKC", text)).strip()
    return next((_to_phone(number) for number in _find_numbers(cleaned, country) if number is not None), None)


def fit_phone(phone: Phone | None, country: str, limits: PhoneLimits) -> Phone | None:
    """Return the number in the form that the carrier accepts; None if it accepts no such number in that country."""
    if phone is None:
        return None
    if country in NORTH_AMERICAN_COUNTRIES:
        fits = phone.code == NORTH_AMERICA
    else:
        fits = limits.min_digits <= len(phone.international) <= limits.max_digits
    if not fits:
        return None
    extension = phone.extension if phone.extension and len(phone.extension) <= limits.extension else None
    return Phone(phone.code, phone.number, extension)


def _find_numbers(text: str, country: str) -> Iterator[PhoneNumber | None]:
    """Yield the possible readings of the text, the most likely first."""
    whole = _parse(text, country)
    if whole is not None and is_valid_number(whole):
        yield whole
    if text.startswith("00"):
        yield _only_valid(_parse(f"+{text[2:]}", country))
    yield from (match.number for match in PhoneNumberMatcher(text, country))
    if whole is not None and _is_plausible(whole):
        yield whole


def _parse(text: str, country: str) -> PhoneNumber | None:
    try:
        return parse_number(text, country)
    except NumberParseException:
        return None


def _only_valid(number: PhoneNumber | None) -> PhoneNumber | None:
    return number if number is not None and is_valid_number(number) else None


def _is_plausible(number: PhoneNumber) -> bool:
    """Whether a number may exist although no numbering plan lists its area yet."""
    national = str(number.national_number)
    if number.country_code == NORTH_AMERICA:
        return NANP_NUMBER.fullmatch(national) is not None
    return is_possible_number(number) and len(set(national)) > 1


def _to_phone(number: PhoneNumber) -> Phone:
    code = int(number.country_code or 0)
    has_zeros = number.italian_leading_zero and code != NORTH_AMERICA
    zeros = "0" * (number.number_of_leading_zeros or 1) if has_zeros else ""
    return Phone(code, f"{zeros}{number.national_number}", number.extension or None)
