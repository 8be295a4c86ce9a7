"""What several carriers refuse before anything is sent."""

from collections.abc import Collection

from domain.errors import Rejected
from domain.parcels import Parcel
from domain.shipping import ShipmentRequest


def refuse_field(field: str, problem: str, code: str) -> Rejected:
    return Rejected(f"{field} {problem}", vendor_code=code, field=field)


def check_service(request: ShipmentRequest, carrier: str, services: Collection[str]) -> None:
    """Raise Rejected if a carrier has no such service; names those it has."""
    if request.service not in services:
        message = f"{carrier} has no service {request.service}; it has {', '.join(services)}"
        raise Rejected(message, vendor_code="unknown_service", field="service")


def check_shipment(request: ShipmentRequest, carrier: str) -> Parcel:
    """Return the parcel of a shipment within one country.

    Raises:
        Rejected: it crosses a border, or has several parcels.
    """
    if request.ship_from.country != request.ship_to.country:
        raise refuse_border(carrier, "ship_to")
    if len(request.parcels) != 1:
        raise Rejected(
            f"{carrier} takes one parcel in a shipment here", vendor_code="too_many_parcels", field="parcels"
        )
    return request.parcels[0]


def refuse_border(carrier: str, where: str) -> Rejected:
    """Make the refusal of a shipment to or from another country."""
    message = f"{carrier} needs customs data for a shipment over a border, which is not sent yet"
    return Rejected(message, vendor_code="customs_needed", field=f"{where}.country")
