"""Texts are written in the letters that a carrier prints."""

import pytest

from domain.postal.letters import UnprintableLetterError, transliterate
from domain.postal.limits import Letters

TEXTS = {
    "Jane Doe": ("Jane Doe", "Jane Doe", "Jane Doe"),
    "2365 Ka\u02bbanapali Pkwy": ("2365 Ka'anapali Pkwy",) * 3,
    "O\u2019Hara": ("O'Hara",) * 3,
    "12\u201134 Queens": ("12-34 Queens",) * 3,
    "Dock \u2022 4": ("Dock * 4",) * 3,
    "Suite “5” – rear…": ('Suite "5" - rear...',) * 3,
    "José Müller": ("Jose Muller", "José Müller", "José Müller"),
    "Jose\u0301": ("Jose", "José", "José"),
    "Łódź": ("Lodz", "Lódz", "Łódź"),
    "Nguyễn Văn": ("Nguyen Van", "Nguyen Van", "Nguyễn Văn"),
    "Straße": ("Strasse", "Straße", "Straße"),
    "Δelta": ("Delta", "Delta", "Δelta"),
    "Москва": ("Moskva", "Moskva", "Москва"),
    "葛飾北斎": ("GeShiBeiZhai", "GeShiBeiZhai", "葛飾北斎"),
    "123½ Main St": ("123 1/2 Main St",) * 3,
    "№ 5, 3º": ("No 5, 3o",) * 3,
    "Ｊｏｅ ７": ("Joe 7",) * 3,
    "ﬁne": ("fine",) * 3,
    "a\u200bb\u00adc\u2060d\ufeff": ("abcd",) * 3,
    "\u202aJane\u202c": ("Jane",) * 3,
    " a\tb\r\nc\u00a0d  e ": ("a b c d e",) * 3,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_written_in_the_carriers_letters(text: str) -> None:
    assert tuple(transliterate(text, letters) for letters in Letters) == TEXTS[text]


@pytest.mark.parametrize(
    ("text", "description"), [("smile 😀", "😀 (U+1F600)"), ("private \ue000", "U+E000"), ("odd \ud83d", "U+D83D")]
)
@pytest.mark.parametrize("letters", [Letters.ASCII, Letters.LATIN_1])
def test_an_unprintable_letter_is_named(text: str, description: str, letters: Letters) -> None:
    """The message has only the letter, because the text may be a person's name."""
    with pytest.raises(UnprintableLetterError) as refused:
        transliterate(text, letters)
    assert description in str(refused.value)
    assert text.split(maxsplit=1)[0] not in str(refused.value)


def test_a_unicode_carrier_accepts_emoji_but_no_private_letters() -> None:
    assert transliterate("smile 😀", Letters.UNICODE) == "smile 😀"
    with pytest.raises(UnprintableLetterError):
        transliterate("private \ue000", Letters.UNICODE)
