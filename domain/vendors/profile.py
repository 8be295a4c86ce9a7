"""The shape of a vendor's facts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import FieldError

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
    """

    name: str
    meaning: str
    pattern: str = HEADER_TEXT
    expected: str = "printable ASCII without blanks"
    required: bool = True


@dataclass(frozen=True, slots=True)
class RealVendor:
    """What a vendor's own account or shop needs.

    Attributes:
        title: the vendor's name as it writes it.
        base_url: its production address; None where each account has its own, which must then be set.
        credentials: the secrets it asks for.
        options: what else can be set, in `settings.options`.
    """

    title: str
    base_url: str | None
    credentials: tuple[CredentialField, ...]
    options: tuple[CredentialField, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """What service codes look like where the vendor's list differs from account to account."""

    pattern: str
    expected: str


@dataclass(frozen=True, slots=True)
class RealCarrier(RealVendor):
    """What a carrier's own account needs, and offers.

    Attributes:
        label_formats: of PDF, ZPL and PNG, the default first.
        max_parcels: in one shipment.
        service_form: for an aggregator; None where the profile's `services` are all there are.
    """

    label_formats: tuple[str, ...] = ("PDF",)
    max_parcels: int = 1
    service_form: ServiceForm | None = None


SIMULATED_FORMATS = ("PDF", "ZPL")
SIMULATED_PARCELS = 50


@dataclass(frozen=True, slots=True)
class CarrierProfile:
    """One carrier: its service codes, whether the sandbox plays it, and its real accounts where an adapter is there."""

    name: str
    services: tuple[str, ...] = ()
    simulated: bool = False
    real: RealCarrier | None = None

    def service_problem(self, code: str, *, simulated: bool) -> str | None:
        """Say what is wrong with a service code; None where it can be asked for."""
        form = None if simulated or self.real is None else self.real.service_form
        if form is not None:
            fits = re.fullmatch(form.pattern, code) is not None
            return None if fits else f"{self.name} service codes are {form.expected}"
        if code in self.services:
            return None
        return f"{self.name} has no service {code}; it has {', '.join(self.services)}"

    def format_problem(self, label_format: str, *, simulated: bool) -> str | None:
        """Say what is wrong with a label's format; None where it can be asked for."""
        formats = SIMULATED_FORMATS if simulated or self.real is None else self.real.label_formats
        return None if label_format in formats else f"{self.name} prints labels as {', '.join(formats)}"

    def parcels_problem(self, count: int, *, simulated: bool) -> str | None:
        """Say what is wrong with so many parcels in one shipment; None where they can be asked for."""
        max_parcels = SIMULATED_PARCELS if simulated or self.real is None else self.real.max_parcels
        return None if count <= max_parcels else f"{self.name} takes at most {max_parcels} in one shipment here"


@dataclass(frozen=True, slots=True)
class ChannelProfile:
    """One sales channel: whether the sandbox plays it, its real shops where an adapter is there, and what it undoes."""

    name: str
    simulated: bool = False
    real: RealVendor | None = None
    can_cancel: bool = True


Profile = CarrierProfile | ChannelProfile


def find_problems(fields: Sequence[CredentialField], values: Mapping[str, Any], *path: str) -> list[FieldError]:
    """Name what is missing, unknown or malformed of the values that a vendor asks for; no value is repeated."""
    missing = [field for field in fields if field.required and field.name not in values]
    problems = [FieldError((*path, field.name), f"needed: {field.meaning}") for field in missing]
    known = {field.name: field for field in fields}
    for name, value in values.items():
        if name not in known:
            there = f"there is {', '.join(known)}" if known else "there is none"
            problems.append(FieldError((*path, name), f"unknown; {there}"))
        elif not re.fullmatch(known[name].pattern, str(value)):
            problems.append(FieldError((*path, name), f"must be {known[name].expected}"))
    return problems
