"""Transliterate texts into the letters that a carrier prints."""

import unicodedata
from collections.abc import Iterator

from anyascii import anyascii

from domain.postal.limits import Letters

APOSTROPHES = dict.fromkeys(map(ord, "\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u2019\u201b\u2032\u00b4\u0060"), "'")
"""Characters that people type as an apostrophe, such as the okina of Hawaiian street names."""
LATIN_1 = 0xFF
BLANKS = ("Cc", "Zs", "Zl", "Zp")
FRACTION_SLASH = "\u2044"


class UnprintableLetterError(ValueError):
    """A letter has no Latin form; `letter` names it."""

    def __init__(self, char: str) -> None:
        self.letter = f"{char} (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}"
        super().__init__(f"contains {self.letter}, which has no Latin form")


def transliterate(text: str, letters: Letters) -> str:
    """Return a text on one line, with apostrophes, dashes and foreign letters in the form that the carrier prints.

    Drops format characters (Unicode's category Cf, such as a zero-width space).

    Raises:
        UnprintableLetterError: a letter has no such form.
    """
    translated = unicodedata.normalize("NFC", text.translate(APOSTROPHES))
    if translated.isascii() and translated.isprintable():
        return " ".join(translated.split())
    return " ".join("".join(_write(translated, letters)).split())


def to_ascii(text: str) -> str:
    """Return a text as ASCII for comparison, without characters that have no such form."""
    return anyascii(unicodedata.normalize("NFKC", text.translate(APOSTROPHES)))


def _write(text: str, letters: Letters) -> Iterator[str]:
    previous = ""
    for char in text:
        written = _write_char(char, letters)
        if FRACTION_SLASH in unicodedata.normalize("NFKC", char) and previous.isdigit():
            written = f" {written}"  # 12½ is 12 1/2, not 121/2
        yield written
        previous = written[-1:]


def _write_char(char: str, letters: Letters) -> str:
    category = unicodedata.category(char)
    if category in BLANKS:
        return " "
    if category == "Cf":
        return ""
    if char.isascii() or _prints_as_is(char, category, letters):
        return char
    if category[0] == "M":
        return ""  # an accent that does not combine with its letter
    plain = "".join(anyascii(part) for part in unicodedata.normalize("NFKC", char))
    if plain.isprintable() and plain and not _is_emoji(plain):
        return plain
    if letters is Letters.UNICODE and category not in ("Co", "Cn", "Cs"):
        return char
    raise UnprintableLetterError(char)


def _prints_as_is(char: str, category: str, letters: Letters) -> bool:
    """Whether the carrier prints a letter as it is; punctuation is always made plain."""
    if letters is Letters.UNICODE:
        return category[0] in "LM" and unicodedata.normalize("NFKC", char) == char
    return letters is Letters.LATIN_1 and ord(char) <= LATIN_1 and category in ("Lu", "Ll")


def _is_emoji(plain: str) -> bool:
    """Whether a transliteration is an emoji's name, such as `:grinning:`."""
    return len(plain) > 1 and plain[0] == plain[-1] == ":"
