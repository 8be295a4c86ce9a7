"""Checks of requests that several carriers share, before anything is sent."""

from collections.abc import Collection

from domain.errors import Rejected
from domain.parcels import Parcel
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest


def check_service(request: ShipmentRequest, carrier: str, services: Collection[str]) -> None:
    """Raise Rejected if the carrier has no such service; the message lists its services."""
    if request.service not in services:
        message = f"{carrier} has no service {request.service}. Its services: {', '.join(services)}"
        raise Rejected(message, vendor_code="unknown_service", field="service")


def check_shipment(
    request: ShipmentRequest, carrier: str, countries: Collection[str] | None = None, *, max_parcels: int = 1
) -> Parcel:
    """Return the first parcel of a shipment whose two countries are in `countries`, if given.

    Raises:
        Rejected: a side is in another country, or there are too many parcels.
    """
    sides = {"ship_to": request.ship_to.country, "ship_from": request.ship_from.country}
    unserved = [where for where, country in sides.items() if countries is not None and country not in countries]
    if unserved:
        problem = f"is not supported: {carrier}'s services here cover only {' and '.join(countries or ())}"
        raise refuse_field(f"{unserved[0]}.country", problem, "country_not_served")
    if len(request.parcels) > max_parcels:
        most = "one parcel" if max_parcels == 1 else f"at most {max_parcels} parcels"
        problem = f"must contain {most}: {carrier} accepts {most} for each shipment here"
        raise refuse_field("parcels", problem, "too_many_parcels")
    return request.parcels[0]
