"""Checks a shipment against the carrier's rules before anything is recorded or sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import FieldError, InvalidInput, Rejected
from domain.json_values import Json
from domain.ports.references import References
from domain.postal.refusals import FieldsRefused
from domain.shipping import CarrierAccount, ShipmentRequest
from domain.shipping_options import NESTED, NO_OPTIONS

Path = tuple[str | int, ...]

IN_ORDER: Path = ("order", "ship_to")
IN_ACCOUNT: Path = ("carrier_account", "settings")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the client gave the parts of a shipment: in the body, in the order, or in the account's settings.

    `own_options` are the shipping options of the body; the others are the account's defaults. `default_customs` are the
    fields of the customs data that come from the account.
    """

    ship_to: Path
    ship_from: Path
    parcels: Path
    own_options: Mapping[str, Any] = field(default_factory=dict)
    default_customs: frozenset[str] = frozenset()

    @classmethod
    def choose(
        cls,
        *,
        in_order: bool,
        in_account_from: bool,
        in_account_parcels: bool,
        own_options: Json | None,
        default_customs: Collection[str] = (),
    ) -> "Sources":
        """Return the paths, given the parts that are not in the body, and the options that are."""
        return cls(
            ship_to=IN_ORDER if in_order else ("ship_to",),
            ship_from=(*IN_ACCOUNT, "ship_from") if in_account_from else ("ship_from",),
            parcels=(*IN_ACCOUNT, "default_parcel") if in_account_parcels else ("parcels",),
            own_options=own_options or {},
            default_customs=frozenset(default_customs),
        )

    def locate(self, field: str) -> Path:
        """Return the client's path of a field of the shipment, such as `parcels.0.weight`."""
        first, *rest = field.split(".")
        below: Path = tuple(int(part) if part.isdigit() else part for part in rest)
        if first == "parcels" and self.parcels[-1] == "default_parcel":
            below = below[1:]  # an account has one default parcel, so its path has no index
        if first == "shipping_options" and rest and not self._has_own_option(*rest):
            return (*IN_ACCOUNT, "shipping_defaults", *below)
        if first == "customs" and rest and rest[0] in self.default_customs:
            return (*IN_ACCOUNT, "customs_defaults", *below)
        return (*getattr(self, first, (first,)), *below)

    def _has_own_option(self, name: str, part: str | None = None, *_: str) -> bool:
        """Whether an option, or its part that has a default of its own, is in the body."""
        if name in NESTED and part is not None:
            return part in (self.own_options.get(name) or {})
        return name in self.own_options


def check_shipment(references: References, account: CarrierAccount, request: ShipmentRequest, sources: Sources) -> None:
    """Refuse a shipment that the account's carrier would reject.

    Raises:
        InvalidInput: with the client's path of the field.
    """
    found = references.find_option_problems(account, request) if request.shipping_options != NO_OPTIONS else []
    if found:
        raise _to_invalid_input(found, sources)
    try:
        references.check_shipment(account, request)
    except FieldsRefused as error:
        raise _to_invalid_input(error.problems, sources) from None
    except Rejected as error:
        field = error.field or ""
        raise InvalidInput([FieldError(sources.locate(field), error.message.removeprefix(f"{field} "))]) from None


def _to_invalid_input(problems: Sequence[FieldError], sources: Sources) -> InvalidInput:
    """Return the problems with the client's paths."""
    paths = (sources.locate(".".join(map(str, problem.path))) for problem in problems)
    return InvalidInput([replace(problem, path=path) for problem, path in zip(problems, paths, strict=True)])
