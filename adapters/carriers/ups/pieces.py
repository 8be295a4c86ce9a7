"""Parse the parcels and documents of UPS's shipments. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from adapters.carriers.common.answers import decode_label
from adapters.carriers.common.units import read_pounds
from adapters.carriers.ups.errors import to_text
from adapters.http.json import Json, dig, find_objects, require_text
from domain.label_parts import DocumentKind, LabelDocument, LabelParcel


def parse_piece(piece: Json, label_format: str) -> LabelParcel:
    """Parse one piece of several; its number is set later. UPS lists no total for it."""
    image = dig(piece, "ShippingLabel", "GraphicImage")
    number = require_text(to_text(piece.get("TrackingNumber")))
    return LabelParcel(0, number, document=decode_label(image, label_format))


def find_forms(results: object) -> tuple[LabelDocument, ...]:
    """Return the international forms of a shipment; those that can't be decoded are left out."""
    forms = find_objects(dig(results, "Form"))
    contents = (decode_label(dig(form, "Image", "GraphicImage"), "PDF") for form in forms)
    return tuple(LabelDocument(DocumentKind.COMMERCIAL_INVOICE, "PDF", content) for content in contents if content)


def group_parcels(parcels: Sequence[Json], is_cancelled: Callable[[Json], bool]) -> list[list[Json]]:
    """Group Tracking's parcels by shipment, each in the order of its tracking numbers.

    Tracking shows each parcel by itself, with the number of parcels of its shipment, and does not name the shipment. If
    there are more parcels than that number, several shipments have the reference: each parcel is then a part.
    """
    kinds: dict[tuple[int, bool], list[Json]] = {}
    for parcel in sorted(parcels, key=read_number):
        kinds.setdefault((_read_count(parcel), is_cancelled(parcel)), []).append(parcel)
    shipments: list[list[Json]] = []
    for (count, _), found in kinds.items():
        shipments += [found] if len(found) <= count else [[parcel] for parcel in found]
    return shipments


def read_number(parcel: Json) -> str:
    return to_text(parcel.get("trackingNumber"))


def read_weight(parcel: Json) -> Decimal | None:
    weight, unit = (to_text(dig(parcel, "weight", name)) for name in ("weight", "unitOfMeasurement"))
    return read_pounds(weight, unit)


def _read_count(parcel: Json) -> int:
    """Return the number of parcels of a parcel's shipment; 1 if Tracking does not name it."""
    count = to_text(parcel.get("packageCount"))
    return max(int(count), 1) if count.isdecimal() and count.isascii() else 1
