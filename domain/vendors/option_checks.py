"""Checks a shipment's options against the carrier's declarations, before anything is recorded or sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.errors import FieldError
from domain.postal.letters import UnprintableLetterError, transliterate
from domain.shipping_options import (
    HAZARDOUS,
    NESTED,
    NO_HAZARDS,
    Billing,
    Money,
    Notifications,
    ShippingOptions,
    Signature,
)
from domain.vendors.holidays import find_holiday
from domain.vendors.options import CarrierOption, OptionSupport, fits_service
from domain.vendors.profile import CarrierProfile

Path = tuple[str | int, ...]

ROOT, OWN = "shipping_options", "carrier_options"
CHOICES = ("signature", "packaging", "address_validation", "label.size", "label.dpi")
PARTS = {"billing": "payer", "notifications": "events"}
"""The part of an option that its declared choices apply to."""
WEST, EAST = timedelta(hours=-10), timedelta(hours=10)
"""Hawaii and Guam: the first and the last place in the United States in which a day ends."""
MAX_DAYS = 29
LEAVE_OUT = "Send null here, and the value with a service in the operation"
OWN_REFERENCE = re.compile(r"[A-Z2-7]{26}", re.IGNORECASE)
"""The form of `domain.ids.effect_reference`: look-ups at a carrier must not find another label by such a reference."""
KINDS: Mapping[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


def find_option_problems(
    profile: CarrierProfile, options: ShippingOptions, now: datetime, *, service: str = "", label_format: str = ""
) -> list[FieldError]:
    """Return an error for each option that the carrier does not support; its path starts with `shipping_options`.

    Without a service, as in a request for prices, the options may be those of any service and label format.
    """
    wanted = dict(list_options(options))
    check = _OptionCheck(profile, service, label_format, now, tuple(wanted))
    found = [problem for name, value in wanted.items() for problem in check.find(name, value)]
    for name, item in (options.carrier_options or {}).items():
        problem = _find_own_problem(profile, service, name, item)
        found += [FieldError((ROOT, OWN, name), problem)] if problem is not None else []
    return found


def find_price_problems(profile: CarrierProfile, options: ShippingOptions) -> list[FieldError]:
    """Return an error for each option that a request for prices, which has no service, leaves undecided.

    The carriers behind an aggregator may have different values for it; carriers of their own choose by service.
    """
    if profile.service_form is None:
        return []
    found = []
    for name, value in list_options(options):
        (choice, *_) = read_choices(name, value)
        entries = [entry for entry in profile.list_support(name) if entry.is_priced and choice in entry.choices]
        values = {entry.choices[str(choice)]: entry.services for entry in entries}
        if len(values) > 1:
            each = ", ".join(f"{code} with {' or '.join(services)}" for code, services in values.items())
            problem = f"depends on the service, which a request for prices does not have: {each}. {LEAVE_OUT}"
            found.append(FieldError((ROOT, *name.split(".")), problem))
    return found


def list_options(options: ShippingOptions) -> Iterator[tuple[str, Any]]:
    """Return the name and value of each requested option, except `carrier_options`."""
    for field in fields(options):
        value = getattr(options, field.name)
        if value is None or field.name == OWN:
            continue
        if field.name not in NESTED:
            yield field.name, value
            continue
        for part in fields(value):
            if getattr(value, part.name) is not None:
                yield f"{field.name}.{part.name}", getattr(value, part.name)


def read_choices(name: str, value: Any) -> Sequence[str | None]:
    """Return the parts of an option's value that declared choices apply to; one None if there are none."""
    if isinstance(value, Billing):
        return [value.payer.value]
    if isinstance(value, Notifications):
        return [event.value for event in value.events]
    return [str(value)] if name in CHOICES else [None]


@dataclass(frozen=True, slots=True)
class _OptionCheck:
    """Checks the options of one shipment; `wanted` are their names."""

    profile: CarrierProfile
    service: str
    label_format: str
    now: datetime
    wanted: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.profile.title

    def find(self, name: str, value: Any) -> list[FieldError]:
        """Return the problems of one option."""
        path: Path = (ROOT, *name.split("."))
        entries = self.profile.list_support(name)
        if value is Signature.NONE and not any(entry.has_choice(value) for entry in entries):
            return []  # a carrier without a value for it collects no signature unless one is requested
        if not entries:
            supported = ", ".join(self.profile.option_names) or "none"
            return [FieldError(path, f"is not supported by {self.title} here. Supported options: {supported}")]
        found: dict[FieldError, None] = {}
        for choice in read_choices(name, value):
            accepting = [entry for entry in entries if choice is None or entry.has_choice(choice)]
            problem = self._find_choice_problem(entries, accepting)
            if problem is not None:
                return [FieldError((*path, PARTS[name]) if name in PARTS else path, problem)]
            limits = [self._find_limits(entry, path, value) for entry in self._choose_fitting(accepting)]
            fewest: list[FieldError] = min(limits, key=len)
            found |= dict.fromkeys(fewest)
        return list(found)

    def _choose_fitting(self, entries: list[OptionSupport]) -> list[OptionSupport]:
        """Return the entries that fit the shipment; those that name its service precede those for all services."""
        fitting = [entry for entry in entries if self._fits(entry)]
        named = [entry for entry in fitting if entry.services and self.service]
        return named or fitting

    def _fits(self, entry: OptionSupport) -> bool:
        return entry.fits(self.service, self.label_format)

    def _find_choice_problem(self, entries: list[OptionSupport], accepting: list[OptionSupport]) -> str | None:
        """Return why no entry accepts a value for this service and label format."""
        if not accepting:
            accepted = dict.fromkeys(choice for entry in entries for choice in entry.choices)
            return f"is not supported by {self.title} here. Supported: {', '.join(accepted)}"
        if any(self._fits(entry) for entry in accepting):
            return None
        for_service = [entry for entry in accepting if fits_service(entry.services, self.service)]
        if for_service:
            formats = dict.fromkeys(name for entry in for_service for name in entry.formats)
            return f"is available only with the label formats {', '.join(formats)}"
        services = dict.fromkeys(name for entry in accepting for name in entry.services)
        return f"is available only with the services {', '.join(services)}"

    def _find_limits(self, entry: OptionSupport, path: Path, value: Any) -> list[FieldError]:
        """Return the limits of an entry that a value exceeds."""
        others = (name for name in self.wanted if name in entry.excludes or name.split(".")[0] in entry.excludes)
        found = [FieldError(path, f"can't be combined with {other}") for other in others]
        found += self._find_part_problems(entry, path, value)
        if isinstance(value, Money):
            found += self._find_money_problems(entry, path, value)
        elif isinstance(value, date):
            problem = self._find_date_problem(entry, value)
            found += [FieldError(path, problem)] if problem is not None else []
        elif isinstance(value, Notifications) and entry.max_count is not None and len(value.emails) > entry.max_count:
            found.append(FieldError((*path, "emails"), f"must have at most {entry.max_count} addresses"))
        elif isinstance(value, str) and path[1] == "references":
            problem = self._find_reference_problem(entry, value)
            found += [FieldError(path, problem)] if problem is not None else []
        return found

    def _find_part_problems(self, entry: OptionSupport, path: Path, value: Any) -> list[FieldError]:
        """Return the missing parts of an option, and those that the carrier does not support."""
        found = [
            FieldError((*path, part), f"is required by {self.title}")
            for part in entry.needs
            if getattr(value, part) is None
        ]
        for part in fields(value) if entry.fields else ():
            if part.name not in entry.fields and getattr(value, part.name) is not None:
                problem = f"is not supported by {self.title} here. Supported: {', '.join(entry.fields)}"
                found.append(FieldError((*path, part.name), problem))
        return found

    def _find_money_problems(self, entry: OptionSupport, path: Path, value: Money) -> list[FieldError]:
        if value.currency not in entry.currencies:
            return [FieldError((*path, "currency"), f"must be {' or '.join(entry.currencies)} with {self.title}")]
        if entry.max_amount is not None and value.amount > entry.max_amount:
            limit = f"{entry.max_amount:f} {value.currency}"
            return [FieldError((*path, "amount"), f"must be at most {limit} with {self.title}")]
        return []

    def _find_reference_problem(self, entry: OptionSupport, text: str) -> str | None:
        """Return why the carrier can't print a reference, or could take it for one of this service's own."""
        limits = self.profile.limits
        try:
            written = text if limits is None else transliterate(text, limits.letters)
        except UnprintableLetterError as error:
            return str(error)
        if not written:
            return "is empty"
        if OWN_REFERENCE.fullmatch(written):
            return "must not have the form of this service's own references: 26 characters of A-Z and 2-7"
        if entry.max_length is not None and len(written) > entry.max_length:
            return f"must have at most {entry.max_length} characters"
        return None

    def _find_date_problem(self, entry: OptionSupport, day: date) -> str | None:
        """Return why a ship date is invalid: past everywhere in the US, too far ahead, or a holiday."""
        days = MAX_DAYS if entry.max_days is None else min(entry.max_days, MAX_DAYS)
        earliest = (self.now + WEST).date()
        latest = (self.now + EAST).date() + timedelta(days=days)
        if not earliest <= day <= latest:
            return f"must be from {earliest} to {latest}: {self.title} accepts today and the next {days} days"
        holiday = find_holiday(day, entry.holidays)
        return f"is {holiday.title}, on which {self.title} accepts no parcels" if holiday is not None else None


def _find_own_problem(profile: CarrierProfile, service: str, name: str, item: Any) -> str | None:
    """Return why a field of `carrier_options` is invalid; None if it is valid."""
    option = next((option for option in profile.carrier_options if option.name == name), None)
    if option is None and HAZARDOUS.search(name):
        return NO_HAZARDS
    if option is None:
        supported = ", ".join(option.name for option in profile.carrier_options) or "none"
        return f"is not a field of {profile.title} that is supported here. Supported: {supported}"
    if not fits_service(option.services, service):
        return f"is available only with the services {', '.join(option.services)}"
    is_bool = isinstance(item, bool)
    if not isinstance(item, KINDS[option.kind]) or (is_bool and option.kind != "boolean"):
        return f"must be {'an' if option.kind == 'integer' else 'a'} {option.kind}"
    if is_bool:
        return None
    return (
        _find_text_problem(option, item) if isinstance(item, str) else _find_number_problem(option, Decimal(str(item)))
    )


def _find_text_problem(option: CarrierOption, text: str) -> str | None:
    if option.choices:
        return None if text in option.choices else f"must be one of {', '.join(option.choices)}"
    return None if re.fullmatch(option.pattern, text) else f"must be {option.expected}"


def _find_number_problem(option: CarrierOption, value: Decimal) -> str | None:
    if option.minimum is not None and value < option.minimum:
        return f"must be at least {option.minimum:f}"
    return f"must be at most {option.maximum:f}" if option.maximum is not None and value > option.maximum else None
