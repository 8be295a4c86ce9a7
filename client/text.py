"""Makes control, bidirectional and invisible characters visible in values that a terminal shows."""

import unicodedata

INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Control and format characters, unassigned and private ones, surrogates, and separators of lines."""

BLANKS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters and marks without a shape."""


def make_visible(text: str) -> str:
    """Return the text with an escape for each character that has no shape or moves others."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _is_invisible(char) else char for char in text)


def _is_invisible(char: str) -> bool:
    return char in BLANKS or unicodedata.category(char) in INVISIBLE_CATEGORIES


def _escape(char: str) -> str:
    number = ord(char)
    if number > 0xFFFF:  # noqa: PLR2004 - the last character with four hexadecimal digits
        return f"\\U{number:08x}"
    return f"\\u{number:04x}" if number > 0xFF else f"\\x{number:02x}"  # noqa: PLR2004 - as above
