"""Checks a shipment against the carrier's rules before anything is recorded or sent."""

from dataclasses import dataclass

from domain.errors import FieldError, InvalidInput, Rejected
from domain.ports.references import References
from domain.shipping import CarrierAccount, ShipmentRequest

Path = tuple[str | int, ...]

IN_ORDER: Path = ("order", "ship_to")
IN_ACCOUNT: Path = ("carrier_account", "settings")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the client gave the parts of a shipment: in the body, in the order, or in the account's settings."""

    ship_to: Path
    ship_from: Path
    parcels: Path

    @classmethod
    def choose(cls, *, in_order: bool, in_account_from: bool, in_account_parcels: bool) -> "Sources":
        """Return the paths, given which parts are not in the body."""
        return cls(
            ship_to=IN_ORDER if in_order else ("ship_to",),
            ship_from=(*IN_ACCOUNT, "ship_from") if in_account_from else ("ship_from",),
            parcels=(*IN_ACCOUNT, "default_parcel") if in_account_parcels else ("parcels",),
        )

    def locate(self, field: str) -> Path:
        """Return the client's path of a field of the shipment, such as `parcels.0.weight`."""
        first, *rest = field.split(".")
        below: Path = tuple(int(part) if part.isdigit() else part for part in rest)
        if first == "parcels" and self.parcels[-1] == "default_parcel":
            below = below[1:]  # an account has one default parcel, so its path has no index
        return (*getattr(self, first, (first,)), *below)


def check_shipment(references: References, account: CarrierAccount, request: ShipmentRequest, sources: Sources) -> None:
    """Refuse a shipment that the account's carrier would reject.

    Raises:
        InvalidInput: with the client's path of the field.
    """
    try:
        references.check_shipment(account, request)
    except Rejected as error:
        field = error.field or ""
        raise InvalidInput([FieldError(sources.locate(field), error.message.removeprefix(f"{field} "))]) from None
