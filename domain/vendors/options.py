"""Declarations of the shipping options that a carrier supports; validation, the API and the docs are made from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from domain.vendors.holidays import Holiday

Scalar: TypeAlias = str | bool | int | float

OPTIONS = (
    "signature",
    "insurance",
    "declared_value",
    "packaging",
    "references.order",
    "references.po",
    "references.invoice",
    "references.department",
    "ship_date",
    "saturday_delivery",
    "hold_at_location",
    "billing",
    "notifications",
    "return_address",
    "address_validation",
    "label.size",
    "label.dpi",
)
"""The names of the options that a carrier can support."""


def fits_service(services: Sequence[str], service: str) -> bool:
    """Whether a service matches one of the patterns; without patterns, or without a service, all match."""
    return not services or not service or any(fnmatchcase(service, pattern) for pattern in services)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSupport:
    """A carrier's support of one option, or of some of its values with some of its services.

    Attributes:
        option: the option's name, one of `OPTIONS`.
        vendor_field: the path of the carrier's field in the body of a purchase; `[]` is any element of a list.
        choices: the accepted values, each with the carrier's value at `vendor_field`; empty if any value is accepted.
        services: patterns of the service codes with which the option is available; empty for all services.
        formats: the label formats with which the option is available; empty for all formats.
        max_amount: the maximum of an insurance or a declared value.
        currencies: the currencies of an insurance or a declared value.
        max_length: the maximum number of characters of a reference.
        max_count: the maximum number of e-mail addresses.
        max_days: the latest ship date, in days after today.
        holidays: the days that a ship date must avoid.
        fields: the accepted parts of the option; empty for all of them.
        needs: the required parts of the option.
        excludes: the options that are not available together with this one.
        is_priced: whether the option is part of a request for prices.
        note: a clause for the docs.
    """

    option: str
    vendor_field: str
    choices: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    max_amount: Decimal | None = None
    currencies: tuple[str, ...] = ("USD",)
    max_length: int | None = None
    max_count: int | None = None
    max_days: int | None = None
    holidays: tuple[Holiday, ...] = ()
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    is_priced: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if self.option not in OPTIONS:
            raise ValueError(f"{self.option} is not an option")

    def has_choice(self, value: str) -> bool:
        """Whether the carrier accepts a value, with some service."""
        return not self.choices or value in self.choices

    def fits_format(self, label_format: str | None) -> bool:
        """Whether the option is available with a label format; without one, with any of them."""
        return not self.formats or label_format is None or label_format in self.formats

    def fits(self, service: str, label_format: str) -> bool:
        """Whether the option is available with a service and a label format; without a service, with any of them."""
        return self.fits_format(label_format if service else None) and fits_service(self.services, service)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierOption:
    """A documented field of the carrier that `carrier_options` passes through.

    Attributes:
        name: its key in `carrier_options`, in the carrier's spelling.
        vendor_field: its path in the body of a purchase; `[]` is any element of a list.
        meaning: its description, one sentence.
        kind: the JSON type of its value.
        example: a valid value.
        choices: the accepted texts; empty for any text.
        pattern: the form of a text, an anchored regular expression.
        expected: the pattern in words; part of the error.
        minimum: the least number.
        maximum: the greatest number.
        services: patterns of the service codes with which it is available; empty for all services.
    """

    name: str
    vendor_field: str
    meaning: str
    kind: Literal["string", "boolean", "integer", "number"]
    example: Scalar
    choices: tuple[str, ...] = ()
    pattern: str = r"[ -~]{1,200}"
    expected: str = "1 to 200 printable ASCII characters"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    services: tuple[str, ...] = ()
