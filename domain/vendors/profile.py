"""The shape of a vendor's facts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import FieldError
from domain.fingerprint import Fingerprint, digest
from domain.postal.limits import ShipmentLimits
from domain.shipping import Connection, ConnectionSettings, Mode

HEADER_TEXT = r"^[\x21-\x7e]+$"
"""What a header can carry without quoting: printable ASCII, no blanks."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One value that a vendor asks for.

    Attributes:
        name: its key in `credentials` or in `settings.options`.
        meaning: what it is, for the OpenAPI document.
        pattern: an anchored regular expression.
        expected: the pattern in words, for the error.
        required: whether nothing works without it.
        identity: a regular expression for the start of the value that tells whose account it is; None: a secret, or a
            preference. See `Profile.fingerprint`.
    """

    name: str
    meaning: str
    pattern: str = HEADER_TEXT
    expected: str = "printable ASCII without blanks"
    required: bool = True
    identity: str | None = None

    def read_identity(self, value: str) -> str:
        """Return the part of a value that tells whose account it is, in one spelling."""
        found = re.match(self.identity, value) if self.identity is not None else None
        return found[0].upper() if found is not None else ""


WHOLE = r".+"
"""The `identity` of a value that is no secret and names the account."""
URL = r"(?i)(?P<scheme>https?)://(?P<host>\[[^]]*\]|[^/:?#]+)(:(?P<port>[0-9]+))?(?P<path>[^?#]*)"
DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class TextForm:
    """What codes or ids of a vendor look like: an anchored regular expression, and its meaning in words."""

    pattern: str
    expected: str


NUMBER = TextForm(r"[0-9]+", "numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a vendor's account or shop needs.

    Attributes:
        name: its name in the API, and in the path of its simulator.
        adapter: the class that speaks the vendor's protocol, as `module:name`.
        title: the vendor's name as it writes it.
        base_url: its production address; None if each account has its own, which must then be set.
        credentials: the secrets it asks for.
        options: what else can be set, in `settings.options`.
        sandbox_credentials: those of an account at the sandbox that has none of its own.
        sandbox_options: those of an account at the sandbox, unless it sets them.
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
        """Complete what an account or a bridge needs at the sandbox."""
        options = {**self.sandbox_options, **(connection.settings.options or {})}
        return replace(
            connection,
            settings=replace(connection.settings, options=options),
            credentials={**self.sandbox_credentials, **connection.credentials},
        )

    def fingerprint(self, mode: Mode, settings: ConnectionSettings, credentials: Mapping[str, str]) -> Fingerprint:
        """Return what tells this connection from one to another address or to another account."""
        values = {**(settings.options or {}), **credentials}
        names = (
            f"{field.name}={identity}"
            for field in (*self.credentials, *self.options)
            if (identity := field.read_identity(values.get(field.name, "")))
        )
        own_address = None if mode is Mode.TEST else self.base_url
        address = self._read_address(settings.base_url or own_address)
        return Fingerprint(self.name, digest(self.name, address), digest(self.name, *sorted(names)))

    def _read_address(self, base_url: str | None) -> str:
        """Return the origin of a base URL, with its path if each account has an address of its own.

        The sandbox has no base URL: it is the same sandbox wherever ORDERLY_SANDBOX_URL moves it.
        """
        if base_url is None:
            return "sandbox"
        found = re.match(URL, base_url)
        if found is None:  # no call can be made to it
            return base_url
        scheme, host = found["scheme"].lower(), found["host"].lower()
        path = found["path"].rstrip("/") if self.base_url is None else ""
        return f"{scheme}://{host}:{found['port'] or DEFAULT_PORTS[scheme]}{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierProfile(Profile):
    """What a carrier's account needs, and offers.

    Attributes:
        services: the codes of its services.
        service_form: for an aggregator, in place of `services`.
        shipment_id_form: of `carrier_shipment_id`, by which a label is voided.
        label_formats: of PDF, ZPL and PNG, the default first.
        max_parcels: in one shipment.
        limits: how much of an address and a parcel it takes; `make docs` makes a table of them.
        request_check: the function that refuses a shipment that the carrier could not take, as `module:name`: pure,
            given the shipment in normal form and the account's settings. A shipment without a service asks for prices.
        webhook_reader: the function that reads the carrier's webhooks, as `module:name`.
        usual_void_days: by the parcel's carrier (`domain.carrier_names`), for how many days after a purchase the
            published rules accept the void of an unused label. Only for reminders: an undo is tried at any time.
    """

    services: tuple[str, ...] = ()
    service_form: TextForm | None = None
    shipment_id_form: TextForm | None = None
    label_formats: tuple[str, ...] = ("PDF",)
    max_parcels: int = 1
    limits: ShipmentLimits | None = None
    request_check: str | None = None
    webhook_reader: str | None = None
    usual_void_days: Mapping[str, int] = field(default_factory=dict)

    def service_problem(self, code: str) -> str | None:
        """Say what is wrong with a service code; None if it can be asked for."""
        form = self.service_form
        if form is not None:
            return None if re.fullmatch(form.pattern, code) else f"{self.name} service codes are {form.expected}"
        if code in self.services:
            return None
        return f"{self.name} has no service {code}; it has {', '.join(self.services)}"

    def shipment_id_problem(self, shipment_id: str) -> str | None:
        """Say what is wrong with the id of a label; None if the carrier can be asked about it."""
        form = self.shipment_id_form
        if form is None or re.fullmatch(form.pattern, shipment_id):
            return None
        return f"must be {form.expected}"

    def format_problem(self, label_format: str) -> str | None:
        """Say what is wrong with a label's format; None if it can be asked for."""
        formats = self.label_formats
        return None if label_format in formats else f"{self.name} prints labels as {', '.join(formats)}"

    def parcels_problem(self, count: int) -> str | None:
        """Say what is wrong with the number of parcels in one shipment; None if they can be asked for."""
        limit = self.max_parcels
        return None if count <= limit else f"{self.name} takes at most {limit} in one shipment here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelProfile(Profile):
    """What a sales channel's shop needs, and takes.

    Attributes:
        can_cancel: whether a fulfillment there can be cancelled.
        order_form: what ids of orders look like.
        carrier_form: what names of carriers look like; None if any name will do.
        max_tracking_number: how many characters a tracking number may have.
        mute_options: the options, each with the value, with which the channel mails nobody.
    """

    can_cancel: bool = True
    order_form: TextForm | None = None
    carrier_form: TextForm | None = None
    max_tracking_number: int | None = None
    mute_options: Mapping[str, str] = field(default_factory=dict)

    def order_problem(self, external_id: str) -> str | None:
        """Name what is wrong with an order's external_id; None if the channel can have such an order."""
        form = self.order_form
        if form is None or re.fullmatch(form.pattern, external_id, re.ASCII):
            return None
        return f"{self.title}'s order ids are {form.expected}; the order's external_id is not"

    def carrier_problem(self, name: str | None) -> str | None:
        """Name what is wrong with the channel's name for a carrier; None if the channel takes it."""
        form = self.carrier_form
        if name is None or form is None or re.fullmatch(form.pattern, name, re.ASCII):
            return None
        return f"{self.title} takes {form.expected}"

    def tracking_problem(self, number: str | None) -> str | None:
        """Name what is wrong with a tracking number; None if the channel takes it."""
        limit = self.max_tracking_number
        if limit is None or len(number or "") <= limit:
            return None
        return f"{self.title} takes tracking numbers of at most {limit} characters"

    def mail_problem(self, settings: ConnectionSettings) -> str | None:
        """Name the option with which a bridge's shop mails nobody; None if it mails."""
        mute = next((name for name, value in self.mute_options.items() if settings.option(name) == value), None)
        return f"the shop mails nobody: settings.options.{mute} is {settings.option(mute)}" if mute else None


def find_problems(
    fields: Sequence[CredentialField], given: Mapping[str, Any], *path: str, is_whole: bool = True
) -> list[FieldError]:
    """Name what is missing, unknown or malformed of the values that a vendor asks for; no value is repeated.

    Args:
        fields: what it asks for.
        given: the values.
        path: where they stand in the body.
        is_whole: whether what is needed must be there.
    """
    missing = [wanted for wanted in fields if is_whole and wanted.required and wanted.name not in given]
    found = [FieldError((*path, wanted.name), f"needed: {wanted.meaning}") for wanted in missing]
    known = {wanted.name: wanted for wanted in fields}
    for name, value in given.items():
        if name not in known:
            there = f"there is {', '.join(known)}" if known else "there is none"
            found.append(FieldError((*path, name), f"unknown; {there}"))
        elif not re.fullmatch(known[name].pattern, str(value)):
            found.append(FieldError((*path, name), f"must be {known[name].expected}"))
    return found
