"""Parse the parcels and documents of FedEx's shipments. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from adapters.carriers.common.answers import decode_label
from adapters.carriers.common.units import read_pounds
from adapters.http.json import Json, dig, find_objects, require_text
from domain.label_parts import DocumentKind, LabelDocument, LabelParcel

INVOICES = ("COMMERCIAL_INVOICE", "PROFORMA_INVOICE")
MASTER = "STANDARD_MPS"
"""Track's identifier of a parcel that names the master number of its shipment."""


def sort_pieces(pieces: Sequence[Json]) -> list[Json]:
    """Return the pieces of an answer by their sequence numbers, if each has one."""
    places = [piece.get("packageSequenceNumber") for piece in pieces]
    numbers = [place for place in places if isinstance(place, int)]
    if len(set(numbers)) != len(pieces):
        return list(pieces)
    return [piece for _, piece in sorted(zip(numbers, pieces, strict=True), key=lambda pair: pair[0])]


def parse_piece(piece: Json, currency: str | None, label_format: str) -> LabelParcel:
    """Parse one piece of several; its number is set later."""
    charge = piece.get("netChargeAmount")
    is_priced = isinstance(charge, int | float) and not isinstance(charge, bool)
    return LabelParcel(
        number=0,
        tracking_number=require_text(piece.get("trackingNumber") or piece.get("masterTrackingNumber")),
        cost=str(charge) if is_priced else None,
        currency=currency if is_priced else None,
        document=find_document(piece, label_format),
    )


def find_document(piece: Json, label_format: str) -> bytes | None:
    documents = find_objects(piece.get("packageDocuments"))
    labels = [document for document in documents if document.get("contentType", "LABEL") == "LABEL"]
    contents = (decode_label(label.get("encodedLabel"), label_format) for label in labels)
    return next((content for content in contents if content is not None), None)


def find_invoices(shipment: Json) -> tuple[LabelDocument, ...]:
    """Return the invoices of a shipment; those that can't be decoded are left out."""
    documents = find_objects(shipment.get("shipmentDocuments"))
    invoices = [document for document in documents if document.get("contentType") in INVOICES]
    contents = (decode_label(invoice.get("encodedLabel"), "PDF") for invoice in invoices)
    return tuple(LabelDocument(DocumentKind.COMMERCIAL_INVOICE, "PDF", content) for content in contents if content)


def group_results(results: Sequence[Json], is_cancelled: Callable[[Json], bool]) -> list[list[Json]]:
    """Group Track's results by shipment, each in the order of its parcels.

    Track shows each parcel by itself. If two parcels have the same place and no other master number, several shipments
    have the reference: each parcel is then a part.
    """
    kinds: dict[tuple[object, ...], list[Json]] = {}
    for result in results:
        kind = (find_master(result), dig(result, "packageDetails", "count"), is_cancelled(result))
        kinds.setdefault(kind, []).append(result)
    shipments: list[list[Json]] = []
    for found in kinds.values():
        is_one = len(set(map(_read_place, found))) == len(found)
        shipments += [sorted(found, key=_read_place)] if is_one else [[result] for result in found]
    return shipments


def find_master(result: Json) -> str | None:
    """Return the master number of the shipment; None if Track does not name it."""
    identifiers = find_objects(dig(result, "additionalTrackingInfo", "packageIdentifiers"))
    values = [identifier.get("value") for identifier in identifiers if identifier.get("type") == MASTER]
    numbers = [number for value in values for number in (value if isinstance(value, list) else [value])]
    return next((number for number in numbers if isinstance(number, str) and number), None)


def read_number(result: Json) -> str:
    return str(dig(result, "trackingNumberInfo", "trackingNumber") or "")


def read_weight(result: Json) -> Decimal | None:
    weights = find_objects(dig(result, "packageDetails", "weightAndDimensions", "weight"))
    pounds = (read_pounds(weight.get("value"), weight.get("unit")) for weight in weights)
    return next((weight for weight in pounds if weight is not None), None)


def _read_place(result: Json) -> int:
    """Return the place of a parcel in its shipment; 0 if Track does not name it."""
    place = str(dig(result, "packageDetails", "sequenceNumber") or "")
    return int(place) if place.isdecimal() and place.isascii() else 0
