"""Declarations of a carrier's services over borders, and of the customs data that it supports."""

import dataclasses
from collections.abc import Mapping

from domain.borders import FREE_TERRITORIES, Route
from domain.customs import Lane
from domain.vendors.options import fits_service

CUSTOMS_FIELDS = (
    "contents",
    "contents_explanation",
    "incoterm",
    "signer",
    "sender_tax_ids",
    "recipient_tax_ids",
    "non_delivery",
    "export_declaration.exemption",
    "export_declaration.itn",
    "duties",
    "invoice_number",
    "items.description",
    "items.quantity",
    "items.value",
    "items.weight",
    "items.origin",
    "items.hs_code",
    "items.sku",
)
"""The names of the fields that a carrier can support."""
HOME_LANES = (Lane.DOMESTIC, Lane.TERRITORY, Lane.MILITARY)
BORDER_LANES = (Lane.TERRITORY, Lane.MILITARY, Lane.INTERNATIONAL)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLane:
    """Routes of some services; a service fits a shipment if one of the entries that name it fits.

    Attributes:
        services: patterns of service codes.
        lanes: the kinds of routes.
        origins: the areas of the sender, see `domain.borders.find_area`; empty for all.
        destinations: the areas of the recipient; empty for all.
    """

    services: tuple[str, ...]
    lanes: tuple[Lane, ...]
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()

    def fits(self, route: Route) -> bool:
        """Whether a route is one of this entry's."""
        ends = ((self.origins, route.origin), (self.destinations, route.destination))
        return route.lane in self.lanes and all(not areas or area in areas for areas, area in ends)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomsField:
    """A carrier's support of one field of the customs data, or of some of its values.

    Attributes:
        field: the field's name, one of `CUSTOMS_FIELDS`.
        vendor_field: the path of the carrier's field in the body of a purchase; `[]` is any element of a list.
        choices: the accepted values, each with the carrier's value at `vendor_field`; empty if any value is accepted.
            Those of tax ids are types, those of `duties` are payers.
        services: patterns of the service codes that have the field; empty for all services.
        lanes: the routes that have the field; empty for all.
        max_length: the maximum number of characters.
        max_count: the maximum number of tax ids.
        needs: the required parts of `duties`.
        is_required: whether the carrier needs the field.
        note: a clause for the docs.
    """

    field: str
    vendor_field: str
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    services: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    max_length: int | None = None
    max_count: int | None = None
    needs: tuple[str, ...] = ()
    is_required: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if self.field not in CUSTOMS_FIELDS:
            raise ValueError(f"{self.field} is not a field of the customs data")

    def has_choice(self, value: str | None) -> bool:
        """Whether the carrier accepts a value."""
        return value is None or not self.choices or value in self.choices

    def fits(self, service: str, lane: Lane | None = None) -> bool:
        """Whether the field is available with a service and on a route; without them, with any."""
        return fits_service(self.services, service) and (not self.lanes or lane is None or lane in self.lanes)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomsSupport:
    """The customs data that a carrier supports.

    Attributes:
        fields: the supported fields; all others are refused.
        max_items: the maximum number of items.
        currencies: the currencies of values; empty for all.
        free_territories: the US territories that need no customs data.
        lanes: the routes on which the carrier accepts customs data.
        formats: the label formats with customs data; empty for all.
        phones: the sides, `ship_from` and `ship_to`, that need a phone number if there are customs data.
        is_needed_for_rates: whether a request for prices needs customs data too.
    """

    fields: tuple[CustomsField, ...]
    max_items: int
    currencies: tuple[str, ...] = ()
    free_territories: tuple[str, ...] = FREE_TERRITORIES
    lanes: tuple[Lane, ...] = BORDER_LANES
    formats: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    is_needed_for_rates: bool = False

    @property
    def field_names(self) -> list[str]:
        """The names of the supported fields, each once."""
        return list(dict.fromkeys(support.field for support in self.fields))

    def list_fields(self, name: str) -> list[CustomsField]:
        """Return every declaration of a field."""
        return [support for support in self.fields if support.field == name]

    def find_field(
        self, name: str, value: str | None = None, service: str = "", lane: Lane | None = None
    ) -> CustomsField | None:
        """Return the first declaration of a field that accepts a value with a service; None if there is none."""
        found = (support for support in self.list_fields(name) if support.fits(service, lane))
        return next((support for support in found if support.has_choice(value)), None)

    def vendor_value(self, name: str, value: str, service: str = "", lane: Lane | None = None) -> str | None:
        """Return the carrier's value for one of a field's values; None if it does not support the value."""
        support = self.find_field(name, value, service, lane)
        return support.choices.get(value) if support is not None else None
