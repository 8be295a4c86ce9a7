"""The texts of a label, independent of its file format."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.carriers.contracts import Address, CustomsSummary

NOT_FOR_MAILING = "SAMPLE - NOT FOR MAILING"
# Letters that Unicode does not decompose into a plain letter and an accent.
_PLAIN = str.maketrans({"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "’": "'", "–": "-"})


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """The texts of one 4 by 6 inch label, ready to print.

    Attributes:
        service: the service's title.
        reference: the buyer's reference.
        tracking_number: without spaces, as in the barcode.
        ship_from: lines of the sender's address.
        ship_to: lines of the recipient's address.
        parcels: their number and weight, and the customs contents, on one line.
        options: lines of the shipping options, at most two.
    """

    service: str
    reference: str
    tracking_number: str
    ship_from: list[str]
    ship_to: list[str]
    parcels: str
    options: list[str]


def address_lines(address: Address) -> list[str]:
    """Return the lines of a printed address, at most seven of 48 characters."""
    place = " ".join(part for part in (address.city, address.state, address.postal_code) if part)
    lines = (address.name, address.company, address.street1, address.street2, address.street3, place, address.country)
    return [to_printable(line)[:48] for line in lines if line]


def parcels_line(weights: list[Decimal], customs: CustomsSummary | None = None) -> str:
    """Return a line such as `2 parcels, 4.25 lb, customs GIFT`, given the parcels' weights in pounds."""
    count = "1 parcel" if len(weights) == 1 else f"{len(weights)} parcels"
    contents = f", customs {to_printable(customs.fields.get('contents', 'data'))}" if customs is not None else ""
    return f"{count}, {sum(weights):.2f} lb{contents}"


def option_lines(options: Mapping[str, str]) -> list[str]:
    """Return a line of the buyer's references and a line of the other options; none if there are none."""
    texts: dict[bool, list[str]] = {True: [], False: []}
    for name, value in options.items():
        texts[name.startswith("references.")].append(f"{name.rpartition('.')[2].upper()} {value}")
    return [to_printable("  ".join(line)) for line in texts.values() if line]


def to_printable(text: str) -> str:
    """Convert a text to the letters of a label printer (Latin-1).

    Other letters lose their accents or become a question mark; control characters become spaces.
    """
    folded = []
    for char in text.translate(_PLAIN):
        if ord(char) > 0xFF:  # noqa: PLR2004
            plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
            folded.append(plain or "?")
        else:
            folded.append(char if char.isprintable() else " ")
    return "".join(folded)
