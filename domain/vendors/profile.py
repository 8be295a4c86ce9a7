"""The profile of a vendor: credentials, options, limits and forms of its ids."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import FieldError
from domain.fingerprint import Fingerprint, digest
from domain.postal.limits import ShipmentLimits
from domain.shipping import Connection, ConnectionSettings, Mode, ShipmentRequest
from domain.shipping_options import LabelStock
from domain.vendors.customs import CustomsSupport, ServiceLane
from domain.vendors.options import CarrierOption, OptionSupport, fits_service
from domain.vendors.parcels import READY, ParcelSupport, find_parcel_support

HEADER_TEXT = r"^[\x21-\x7e]+$"
"""Printable ASCII without blanks: an HTTP header carries it without quoting."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One value of a vendor's credentials or options.

    Attributes:
        name: its key in `credentials` or in `settings.options`.
        meaning: its description in the OpenAPI document.
        pattern: an anchored regular expression.
        expected: the pattern in words; part of the error.
        required: whether no call works without it.
        identity: a regular expression for the start of the value that identifies the account; None if the value is only
            a secret or a preference. See `Profile.fingerprint`.
    """

    name: str
    meaning: str
    pattern: str = HEADER_TEXT
    expected: str = "printable ASCII without spaces"
    required: bool = True
    identity: str | None = None

    def read_identity(self, value: str) -> str:
        """Return the part of a value that identifies the account, in upper case."""
        found = re.match(self.identity, value) if self.identity is not None else None
        return found[0].upper() if found is not None else ""


WHOLE = r".+"
"""The `identity` of a value that is not secret and identifies the account."""
URL = r"(?i)(?P<scheme>https?)://(?P<host>\[[^]]*\]|[^/:?#]+)(:(?P<port>[0-9]+))?(?P<path>[^?#]*)"
DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class TextForm:
    """The form of a vendor's codes or ids: an anchored regular expression, and its meaning in words."""

    pattern: str
    expected: str


NUMBER = TextForm(r"[0-9]+", "a number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The facts about a vendor that every account or bridge of it shares.

    Attributes:
        name: its name in the API, and in the path of its simulator.
        adapter: the class that implements the vendor's protocol, as `module:name`.
        title: the vendor's own spelling of its name.
        base_url: its production address; None if each account has its own, which must then be set.
        credentials: its secrets, and the values that identify the account.
        options: further values, in `settings.options`.
        sandbox_credentials: the default credentials of an account at the sandbox.
        sandbox_options: the default options of an account at the sandbox.
    """

    name: str
    adapter: str
    title: str
    base_url: str | None
    credentials: tuple[CredentialField, ...]
    options: tuple[CredentialField, ...] = ()
    sandbox_credentials: Mapping[str, str]
    sandbox_options: Mapping[str, str] = field(default_factory=dict)

    def at_sandbox(self, connection: Connection) -> Connection:
        """Add the default options and credentials of an account or bridge at the sandbox."""
        options = {**self.sandbox_options, **(connection.settings.options or {})}
        return replace(
            connection,
            settings=replace(connection.settings, options=options),
            credentials={**self.sandbox_credentials, **connection.credentials},
        )

    def fingerprint(self, mode: Mode, settings: ConnectionSettings, credentials: Mapping[str, str]) -> Fingerprint:
        """Return the fingerprint that distinguishes this connection from one to another address or account.

        At the sandbox, default values count like given ones: to write a default out changes nothing.
        """
        values = {**(settings.options or {}), **credentials}
        if mode is Mode.TEST and settings.base_url is None:
            values = {**self.sandbox_options, **self.sandbox_credentials, **values}
        names = (
            f"{field.name}={identity}"
            for field in (*self.credentials, *self.options)
            if (identity := field.read_identity(values.get(field.name, "")))
        )
        own_address = None if mode is Mode.TEST else self.base_url
        address = self._read_address(settings.base_url or own_address)
        return Fingerprint(self.name, digest(self.name, address), digest(self.name, *sorted(names)))

    def _read_address(self, base_url: str | None) -> str:
        """Return the origin of a base URL, with its path if each account has its own address.

        The sandbox has no base URL and counts as one address, wherever ORDERLY_SANDBOX_URL points.
        """
        if base_url is None:
            return "sandbox"
        found = re.match(URL, base_url)
        if found is None:  # no call to it is possible
            return base_url
        scheme, host = found["scheme"].lower(), found["host"].lower()
        path = found["path"].rstrip("/") if self.base_url is None else ""
        return f"{scheme}://{host}:{found['port'] or DEFAULT_PORTS[scheme]}{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierProfile(Profile):
    """The facts about a carrier.

    Attributes:
        services: the codes of its services.
        service_form: the form of service codes of an aggregator, which has no list of `services`.
        shipment_id_form: the form of `carrier_shipment_id`, which identifies the label in a void.
        label_formats: those of PDF, ZPL and PNG that it prints, the default first.
        parcels: how it sells several parcels of one shipment; a service without an entry sells one.
        limits: its limits on addresses and parcels; `make docs` makes a table of them.
        request_check: the function that refuses a shipment that the carrier would not accept, as `module:name`. Pure;
            it gets the shipment in normal form and the account's settings. A shipment without a service asks for
            prices.
        webhook_reader: the function that parses the carrier's webhooks, as `module:name`.
        usual_void_days: for each carrier of parcels (`domain.carrier_names`), how many days after a purchase its
            published rules accept the void of an unused label. Only for reminders: an undo is tried at any time.
        shipping_options: the shipping options that it supports; all others are refused.
        carrier_options: its own fields that `carrier_options` of the shipping options may contain.
        lanes: the routes of its services; a service without an entry covers no other country, and each route at an
            aggregator.
        customs: the customs data that it supports; None if it takes no shipment to another country.
        reprint: the size and resolution of a label that a look-up prints again; None if they are those of the purchase.
    """

    services: tuple[str, ...] = ()
    service_form: TextForm | None = None
    shipment_id_form: TextForm | None = None
    label_formats: tuple[str, ...] = ("PDF",)
    parcels: tuple[ParcelSupport, ...] = ()
    limits: ShipmentLimits | None = None
    request_check: str | None = None
    webhook_reader: str | None = None
    usual_void_days: Mapping[str, int] = field(default_factory=dict)
    shipping_options: tuple[OptionSupport, ...] = ()
    carrier_options: tuple[CarrierOption, ...] = ()
    lanes: tuple[ServiceLane, ...] = ()
    customs: CustomsSupport | None = None
    reprint: LabelStock | None = None

    def describe_reprint(self, request: ShipmentRequest) -> str | None:
        """Describe how a label that a look-up prints again differs from the requested one; None if it does not."""
        wanted, found = request.shipping_options.label, self.reprint
        if wanted is None or found is None:
            return None
        is_same_size = wanted.size in (None, found.size)
        is_same_dpi = request.label_format != "ZPL" or wanted.dpi in (None, found.dpi)
        return None if is_same_size and is_same_dpi else f"it is a reprint, {found.size} with {found.dpi} dpi"

    @property
    def option_names(self) -> list[str]:
        """The names of the supported options, each once."""
        own = ["carrier_options"] if self.carrier_options else []
        return [*dict.fromkeys(support.option for support in self.shipping_options), *own]

    def list_support(self, option: str) -> list[OptionSupport]:
        """Return every declaration of an option."""
        return [support for support in self.shipping_options if support.option == option]

    def find_support(
        self, option: str, value: str | None, service: str, label_format: str | None = None
    ) -> OptionSupport | None:
        """Return the first declaration of an option that accepts a value with a service; None if there is none.

        Without a `label_format`, the declaration may be for any.
        """
        found = (
            support
            for support in self.list_support(option)
            if fits_service(support.services, service) and support.fits_format(label_format)
        )
        return next((support for support in found if value is None or support.has_choice(value)), None)

    def vendor_value(self, option: str, value: str, service: str, label_format: str | None = None) -> str | None:
        """Return the carrier's value for one of an option's values; None if it does not support the value."""
        support = self.find_support(option, value, service, label_format)
        return support.choices.get(value) if support is not None else None

    def service_problem(self, code: str) -> str | None:
        """Return why a service code is invalid; None if it is valid."""
        form = self.service_form
        if form is not None:
            return (
                None
                if re.fullmatch(form.pattern, code)
                else f"is not a service code of {self.name}. Expected: {form.expected}"
            )
        if code in self.services:
            return None
        return f"{self.name} has no service {code}. Its services: {', '.join(self.services)}"

    def shipment_id_problem(self, shipment_id: str) -> str | None:
        """Return why the id of a label is invalid; None if it is valid."""
        form = self.shipment_id_form
        if form is None or re.fullmatch(form.pattern, shipment_id):
            return None
        return f"must be {form.expected}"

    def format_problem(self, label_format: str) -> str | None:
        """Return why a label format is invalid; None if it is valid."""
        formats = self.label_formats
        return None if label_format in formats else f"{self.name} label formats: {', '.join(formats)}"

    def parcels_problem(self, count: int, service: str = "") -> str | None:
        """Return why a number of parcels in one shipment is invalid; None if it is valid."""
        support = self.find_parcel_support(service)
        limit = 1 if support is None else support.max_parcels
        return None if count <= limit else f"too many parcels: {self.name} accepts {limit} for each shipment here"

    def find_parcel_support(self, service: str) -> ParcelSupport | None:
        """Return how several parcels of a service are sold; None if each shipment has one parcel."""
        supports = [support for support in self.parcels if support.sale in READY]
        return find_parcel_support(supports, service)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelProfile(Profile):
    """The facts about a sales channel.

    Attributes:
        can_cancel: whether its fulfillments can be cancelled.
        order_form: the form of order ids.
        carrier_form: the form of carrier names; None if any name is accepted.
        max_tracking_number: the maximum number of characters of a tracking number.
        takes_parcels: whether a fulfillment can have the tracking numbers of several parcels.
        mute_options: the options, each with its value, that stop the channel's mails to customers.
    """

    can_cancel: bool = True
    order_form: TextForm | None = None
    carrier_form: TextForm | None = None
    max_tracking_number: int | None = None
    takes_parcels: bool = False
    mute_options: Mapping[str, str] = field(default_factory=dict)

    def order_problem(self, external_id: str) -> str | None:
        """Return why an order's external_id is invalid; None if the channel can have such an order."""
        form = self.order_form
        if form is None or re.fullmatch(form.pattern, external_id, re.ASCII):
            return None
        return f"the order's external_id is not an order id of {self.title}. Expected: {form.expected}"

    def carrier_problem(self, name: str | None) -> str | None:
        """Return why the channel's name for a carrier is invalid; None if the channel accepts it."""
        form = self.carrier_form
        if name is None or form is None or re.fullmatch(form.pattern, name, re.ASCII):
            return None
        return f"{self.title} accepts {form.expected}"

    def tracking_problem(self, number: str | None) -> str | None:
        """Return why a tracking number is invalid; None if the channel accepts it."""
        limit = self.max_tracking_number
        if limit is None or len(number or "") <= limit:
            return None
        return f"{self.title} accepts tracking numbers of at most {limit} characters"

    def parcels_problem(self, count: int) -> str | None:
        """Return why a number of parcels is invalid; None if the channel accepts it in one fulfillment."""
        if count == 1 or self.takes_parcels:
            return None
        return f"{self.title} accepts one parcel for each fulfillment here, and there are {count}"

    def mail_problem(self, settings: ConnectionSettings) -> str | None:
        """Return which option of the bridge stops mails to customers; None if the channel sends them."""
        mute = next((name for name, value in self.mute_options.items() if settings.option(name) == value), None)
        return f"the shop sends no emails: settings.options.{mute} is {settings.option(mute)}" if mute else None


def find_problems(
    fields: Sequence[CredentialField], values: Mapping[str, Any], *path: str, is_whole: bool = True
) -> list[FieldError]:
    """Return an error for each missing, unknown or malformed value; no error repeats a value.

    Args:
        fields: the values that the vendor requires or accepts.
        values: the client's values.
        path: the path of the values in the body.
        is_whole: whether a missing required value is an error.
    """
    missing = [wanted for wanted in fields if is_whole and wanted.required and wanted.name not in values]
    found = [FieldError((*path, wanted.name), f"required: {wanted.meaning}") for wanted in missing]
    known = {wanted.name: wanted for wanted in fields}
    for name, value in values.items():
        if name not in known:
            accepted = f"accepted: {', '.join(known)}" if known else "no field is accepted here"
            found.append(FieldError((*path, name), f"is unknown; {accepted}"))
        elif not re.fullmatch(known[name].pattern, str(value)):
            found.append(FieldError((*path, name), f"must be {known[name].expected}"))
    return found
