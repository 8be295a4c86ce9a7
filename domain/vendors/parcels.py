"""Declarations of how a carrier sells several parcels of one shipment."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.vendors.options import fits_service


class ParcelSale(StrEnum):
    """How a carrier sells several parcels: with one purchase for all, or with one purchase for each."""

    MULTI_PIECE = "multi_piece"
    ONE_LABEL_EACH = "one_label_each"


READY = frozenset({ParcelSale.MULTI_PIECE})
"""The ways that the service can use; requests for several parcels are refused for the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelSupport:
    """A carrier's way to sell several parcels with some of its services.

    Attributes:
        sale: whether one purchase contains all parcels.
        max_parcels: the maximum number of parcels of one shipment.
        services: patterns of the service codes; empty for all services.
        note: a clause for the docs.
    """

    sale: ParcelSale
    max_parcels: int
    services: tuple[str, ...] = ()
    note: str = ""


def find_parcel_support(supports: Sequence[ParcelSupport], service: str) -> ParcelSupport | None:
    """Return the first declaration for a service; None if the carrier sells it with one parcel only.

    Without a service, return the declaration with the most parcels.
    """
    found = [support for support in supports if fits_service(support.services, service)]
    if not service:
        return max(found, key=lambda support: support.max_parcels, default=None)
    return next(iter(found), None)
