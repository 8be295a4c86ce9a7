"""Response models of carriers."""

from typing import Literal

from api.carriers.customs_schemas import CustomsSupportRead, RouteRead
from api.http.types import ResponseModel
from domain.postal.limits import Letters, PhoneLimits, ShipmentLimits, Territories
from domain.vendors.options import CarrierOption, OptionSupport, Scalar
from domain.vendors.profile import CarrierProfile


class PhoneLimitsRead(ResponseModel):
    """Limits on phone numbers."""

    needed: list[str]
    """Sides of a shipment that must have a number: `ship_to`, `ship_from`."""
    min_digits: int
    """Minimum for numbers outside North America, with the country code."""
    max_digits: int
    """Maximum for numbers outside North America, with the country code."""
    extension: int
    """Digits of an extension that the carrier takes; 0 if it takes none."""

    @classmethod
    def of_limits(cls, limits: PhoneLimits) -> "PhoneLimitsRead":
        return cls.of(limits, needed=list(limits.needed))


class ShipmentLimitsRead(ResponseModel):
    """Limits on addresses and parcels. The service shortens names, and splits streets over the lines."""

    name: int
    """Characters of a person's name."""
    company: int
    """Characters of a company's name."""
    street_lines: int
    """Lines for the street."""
    street: int
    """Characters of a street line."""
    city: int
    """Characters of the city."""
    letters: Letters
    """Letters that the carrier prints; others are transliterated."""
    phone: PhoneLimitsRead | None
    """Limits on phone numbers; null if none is sent."""
    territories: Territories
    """How the carrier writes US territories."""
    countries: list[str] | None
    """Countries of its services; null for any."""
    is_military: bool
    """Whether it delivers to APO, FPO and DPO addresses."""
    is_po_box: bool
    """Whether it delivers to post office boxes."""
    needs_state: bool
    """Whether every address needs a state."""
    needs_size: bool
    """Whether a parcel needs its dimensions."""
    max_pounds: int | None
    """Maximum weight of a parcel; null if the carrier alone decides."""
    max_inches: int | None
    """Maximum of a parcel's longest side; null if the carrier alone decides."""

    @classmethod
    def of_limits(cls, limits: ShipmentLimits) -> "ShipmentLimitsRead":
        phone = None if limits.phone is None else PhoneLimitsRead.of_limits(limits.phone)
        return cls.of(limits, phone=phone, countries=None if limits.countries is None else list(limits.countries))


class OptionSupportRead(ResponseModel):
    """Support of one shipping option, or of some of its values. A value is accepted if any entry accepts it."""

    option: str
    """Path of the option in `shipping_options`."""
    choices: list[str]
    """Accepted values; empty if any value is accepted."""
    services: list[str]
    """Patterns of the service codes with which it is available, with `*` for any characters; empty for all."""
    formats: list[str]
    """Label formats with which it is available; empty for all."""
    max_amount: str | None
    """Maximum amount of money, as a decimal string."""
    currencies: list[str]
    """Currencies of an amount of money."""
    max_length: int | None
    """Maximum number of characters."""
    max_count: int | None
    """Maximum number of e-mail addresses."""
    max_days: int | None
    """Latest date, in days after today."""
    holidays: list[str]
    """Days that a date must avoid."""
    fields: list[str]
    """Accepted parts of the option; empty for all."""
    needs: list[str]
    """Required parts of the option."""
    excludes: list[str]
    """Options that are not available together with this one."""
    is_priced: bool
    """Whether `POST /api/rates` includes its price."""
    note: str
    """Explanation for people; empty if there is none."""

    @classmethod
    def of_support(cls, support: OptionSupport) -> "OptionSupportRead":
        amount = None if support.max_amount is None else f"{support.max_amount:f}"
        return cls.of(
            support,
            choices=list(support.choices),
            services=list(support.services),
            formats=list(support.formats),
            max_amount=amount,
            currencies=list(support.currencies) if amount is not None else [],
            holidays=[holiday.title for holiday in support.holidays],
            fields=list(support.fields),
            needs=list(support.needs),
            excludes=list(support.excludes),
        )


class CarrierOptionRead(ResponseModel):
    """A field of the carrier that `shipping_options.carrier_options` passes through."""

    name: str
    """Key in `carrier_options`."""
    meaning: str
    """Description of the field."""
    kind: Literal["string", "boolean", "integer", "number"]
    """JSON type of the value."""
    choices: list[str]
    """Accepted texts; empty for any."""
    expected: str | None
    """Form of a text, in words; null if there are choices, or if it is no text."""
    minimum: str | None
    """Least number, as a decimal string."""
    maximum: str | None
    """Greatest number, as a decimal string."""
    services: list[str]
    """Patterns of the service codes with which it is available, with `*` for any characters; empty for all."""
    example: Scalar
    """Valid value."""

    @classmethod
    def of_option(cls, option: CarrierOption) -> "CarrierOptionRead":
        return cls.of(
            option,
            choices=list(option.choices),
            expected=option.expected if option.kind == "string" and not option.choices else None,
            minimum=None if option.minimum is None else f"{option.minimum:f}",
            maximum=None if option.maximum is None else f"{option.maximum:f}",
            services=list(option.services),
        )


class CarrierRead(ResponseModel):
    """A carrier or aggregator, and what the service supports of it."""

    name: str
    """Name of the carrier in the API."""
    title: str
    """The carrier's own spelling of its name."""
    services: list[str]
    """Codes of its services; empty for an aggregator, whose codes depend on the account."""
    service_form: str | None
    """Form of an aggregator's service codes, in words; null if `services` lists them."""
    label_formats: list[str]
    """Formats of its labels, the default first."""
    max_parcels: int
    """Maximum number of parcels in one shipment, with the service that takes the most."""
    shipping_options: list[OptionSupportRead]
    """Supported shipping options; all others are refused."""
    carrier_options: list[CarrierOptionRead]
    """Accepted keys of `shipping_options.carrier_options`."""
    routes: list[RouteRead]
    """Routes of services; a service without an entry covers no other country, or every route at an aggregator."""
    customs: CustomsSupportRead | None
    """Supported customs data; null if the service takes no shipment to another country."""
    limits: ShipmentLimitsRead | None
    """Limits on addresses and parcels; null if the service checks none."""

    @classmethod
    def of_profile(cls, profile: CarrierProfile) -> "CarrierRead":
        parcels = profile.find_parcel_support("")
        return cls.of(
            profile,
            services=list(profile.services),
            service_form=None if profile.service_form is None else profile.service_form.expected,
            label_formats=list(profile.label_formats),
            max_parcels=1 if parcels is None else parcels.max_parcels,
            shipping_options=list(map(OptionSupportRead.of_support, profile.shipping_options)),
            carrier_options=list(map(CarrierOptionRead.of_option, profile.carrier_options)),
            routes=list(map(RouteRead.of_lane, profile.lanes)),
            customs=None if profile.customs is None else CustomsSupportRead.of_support(profile.customs),
            limits=None if profile.limits is None else ShipmentLimitsRead.of_limits(profile.limits),
        )
