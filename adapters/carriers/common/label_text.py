"""What stands on a label: in letters that its printer has, and no longer than its line."""

import unicodedata

from domain.errors import Rejected

_PLAIN = str.maketrans({"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "’": "'", "‘": "'"})
_PLAIN |= str.maketrans({"“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "ẞ": "SS"})
_LATIN_1 = 0xFF


def to_label_text(text: str, field: str, most: int) -> str:
    """Write a text as it is printed: in Latin-1, on one line.

    Letters with accents that Latin-1 has not got lose them; control characters become blanks.

    Args:
        text: as it was given.
        field: where it was given, for the error: `ship_to.name`.
        most: so many characters fit.

    Raises:
        Rejected: it holds letters that can't be printed, or too many. The text itself is not repeated.
    """
    letters = "".join(_to_latin(char, field) for char in unicodedata.normalize("NFC", text.translate(_PLAIN)))
    line = " ".join(letters.split())
    if len(line) > most:
        raise Rejected(
            f"{field} has {len(line)} characters; {most} can be printed", vendor_code="too_long", field=field
        )
    return line


def _to_latin(char: str, field: str) -> str:
    if unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return " "
    if ord(char) <= _LATIN_1:
        return char
    plain = "".join(one for one in unicodedata.normalize("NFKD", char) if not unicodedata.combining(one))
    if not plain or any(ord(one) > _LATIN_1 for one in plain):
        if unicodedata.combining(char):
            return ""
        raise Rejected(
            f"{field} holds letters that can't be printed: use Latin ones", vendor_code="unprintable", field=field
        )
    return plain
