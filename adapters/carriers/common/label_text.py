"""What stands on a label: in letters that its printer has, and no longer than its line."""

import unicodedata
from collections.abc import Mapping

from adapters.carriers.common.checks import refuse_field
from domain.parcels import Address

_PLAIN = str.maketrans({"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "’": "'", "‘": "'"})
_PLAIN |= str.maketrans({"“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "ẞ": "SS"})
_LATIN_1 = 0xFF
NORTH_AMERICA = ("US", "CA")
DIGITS_IN_NORTH_AMERICA = 10


def to_label_text(text: str, field: str, max_length: int) -> str:
    """Write a text as it is printed: in Latin-1, on one line.

    Letters with accents that Latin-1 has not got lose them; control characters become blanks.

    Raises:
        Rejected: it holds letters that can't be printed, or too many. The text itself is not repeated.
    """
    letters = "".join(_to_latin(char, field) for char in unicodedata.normalize("NFC", text.translate(_PLAIN)))
    line = " ".join(letters.split())
    if len(line) > max_length:
        raise refuse_field(field, f"has {len(line)} characters; {max_length} can be printed", "too_long")
    return line


def to_address_texts(address: Address, where: str, parts: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """Write those parts of an address that are set, as they are printed; raises as `to_label_text` does.

    `parts` holds, by the carrier's name of a part, ours and how many characters fit.
    """
    texts = {}
    for theirs, (ours, max_length) in parts.items():
        text = getattr(address, ours)
        if text:
            texts[theirs] = to_label_text(text, f"{where}.{ours}", max_length)
    return texts


def phone_digits(address: Address) -> str:
    """Return the digits of a phone number, in North America without the country's own."""
    digits = "".join(char for char in address.phone or "" if char.isascii() and char.isdigit())
    is_long = address.country in NORTH_AMERICA and len(digits) == DIGITS_IN_NORTH_AMERICA + 1
    return digits.removeprefix("1") if is_long else digits


def _to_latin(char: str, field: str) -> str:
    if unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return " "
    if ord(char) <= _LATIN_1:
        return char
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    if not plain or any(ord(part) > _LATIN_1 for part in plain):
        if unicodedata.combining(char):
            return ""
        raise refuse_field(field, "holds letters that can't be printed: use Latin ones", "unprintable")
    return plain
