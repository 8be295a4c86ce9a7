"""Number the parcels that a carrier's answer lists."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.http.json import SHAPE
from domain.errors import Ambiguous
from domain.label_parts import LabelParcel


def number_parcels(parcels: Sequence[LabelParcel]) -> tuple[LabelParcel, ...]:
    """Return several parcels numbered from 1; none for a shipment of one parcel.

    Raises:
        Ambiguous: two parcels have the same tracking number.
    """
    if len({parcel.tracking_number for parcel in parcels}) != len(parcels):
        raise Ambiguous(SHAPE)
    return tuple(replace(parcel, number=number) for number, parcel in enumerate(parcels, 1)) if len(parcels) > 1 else ()
