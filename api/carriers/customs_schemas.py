"""Response models of routes and customs data that carriers support."""

from api.http.types import ResponseModel
from domain.customs import Lane
from domain.vendors.customs import CustomsField, CustomsSupport, ServiceLane


class RouteRead(ResponseModel):
    """Routes of some services; a service covers a route if one of the entries that name it does."""

    services: list[str]
    """Patterns of service codes, with `*` for any characters."""
    lanes: list[Lane]
    """Kinds of routes."""
    origins: list[str]
    """Countries and US territories of the sender; empty for all."""
    destinations: list[str]
    """Countries and US territories of the recipient; empty for all."""

    @classmethod
    def of_lane(cls, lane: ServiceLane) -> "RouteRead":
        return cls(
            services=list(lane.services),
            lanes=list(lane.lanes),
            origins=list(lane.origins),
            destinations=list(lane.destinations),
        )


class CustomsFieldRead(ResponseModel):
    """Support of one field of the customs data, or of some of its values. A value is accepted if any entry does."""

    field: str
    """Path of the field in `customs`."""
    choices: list[str]
    """Accepted values, types of tax ids, or payers; empty if any value is accepted."""
    services: list[str]
    """Patterns of the service codes that have the field, with `*` for any characters; empty for all."""
    lanes: list[Lane]
    """Routes that have the field; empty for all."""
    max_length: int | None
    """Maximum number of characters."""
    max_count: int | None
    """Maximum number of tax ids."""
    needs: list[str]
    """Required parts of `duties`."""
    is_required: bool
    """Whether the carrier needs the field."""
    note: str
    """Explanation for people; empty if there is none."""

    @classmethod
    def of_field(cls, field: CustomsField) -> "CustomsFieldRead":
        return cls.of(
            field,
            choices=list(field.choices),
            services=list(field.services),
            lanes=list(field.lanes),
            needs=list(field.needs),
        )


class CustomsSupportRead(ResponseModel):
    """The customs data that a carrier supports."""

    fields: list[CustomsFieldRead]
    """Supported fields of `customs`; all others are refused."""
    max_items: int
    """Maximum number of items."""
    currencies: list[str]
    """Currencies of values; empty for all."""
    free_territories: list[str]
    """US territories that need no customs data."""
    lanes: list[Lane]
    """Routes with customs data."""
    formats: list[str]
    """Label formats with customs data; empty for all."""
    phones: list[str]
    """Sides that need a phone number if there are customs data."""
    is_needed_for_rates: bool
    """Whether `POST /api/rates` needs customs data too."""

    @classmethod
    def of_support(cls, support: CustomsSupport) -> "CustomsSupportRead":
        names = ("currencies", "free_territories", "lanes", "formats", "phones")
        lists = {name: list(getattr(support, name)) for name in names}
        return cls.of(support, fields=list(map(CustomsFieldRead.of_field, support.fields)), **lists)
