"""The shape of a vendor's facts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import FieldError

HEADER_TEXT = r"^[\x21-\x7e]+$"
"""What a header can carry without quoting: printable ASCII, no blanks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One value that a vendor asks for.

    Attributes:
        name: its key in `credentials` or in `settings.options`.
        meaning: what it is, for the OpenAPI document.
        pattern: an anchored regular expression.
        expected: the pattern in words, for the error.
        needed: whether nothing works without it.
    """

    name: str
    meaning: str
    pattern: str = HEADER_TEXT
    expected: str = "printable ASCII without blanks"
    needed: bool = True


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
    credentials: tuple[Asked, ...]
    options: tuple[Asked, ...] = ()


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
        most_parcels: in one shipment.
        service_form: for an aggregator; None where the profile's `services` are all there are.
    """

    label_formats: tuple[str, ...] = ("PDF",)
    most_parcels: int = 1
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
        most = SIMULATED_PARCELS if simulated or self.real is None else self.real.most_parcels
        return None if count <= most else f"{self.name} takes at most {most} in one shipment here"


@dataclass(frozen=True, slots=True)
class ChannelProfile:
    """One sales channel: whether the sandbox plays it, its real shops where an adapter is there, and what it undoes."""

    name: str
    simulated: bool = False
    real: RealVendor | None = None
    can_cancel: bool = True


Profile = CarrierProfile | ChannelProfile


def problems(asked: Sequence[Asked], given: Mapping[str, Any], *path: str) -> list[FieldError]:
    """Name what is missing, unknown or malformed of the values that a vendor asks for; no value is repeated."""
    found = [
        FieldError((*path, one.name), f"needed: {one.meaning}") for one in asked if one.needed and one.name not in given
    ]
    known = {one.name: one for one in asked}
    for name, value in given.items():
        if name not in known:
            there = f"there is {', '.join(known)}" if known else "there is none"
            found.append(FieldError((*path, name), f"unknown; {there}"))
        elif not re.fullmatch(known[name].pattern, str(value)):
            found.append(FieldError((*path, name), f"must be {known[name].expected}"))
    return found
