"""Tables of shipping options in the docs, from the carriers' declarations."""

from collections.abc import Iterable

from domain.vendors.catalogue import CARRIERS
from domain.vendors.options import OPTIONS, CarrierOption, OptionSupport
from domain.vendors.profile import CarrierProfile

Rows = list[tuple[str, ...]]

MATRIX_COLUMNS = ("option", *(profile.title for profile in CARRIERS.values()))
CARRIER_COLUMNS = ("option", "value: the carrier's value", "the carrier's field", "limits")


def build_matrix() -> Rows:
    """Return a row for each option, with a cell for each carrier."""
    return [
        (f"`{option}`", *(_describe_support(profile, option) for profile in CARRIERS.values())) for option in OPTIONS
    ]


def _describe_support(profile: CarrierProfile, option: str) -> str:
    entries = profile.list_support(option)
    if not entries:
        return "no"
    choices = write_code(choice for entry in entries for choice in entry.choices)
    limits = "; ".join(dict.fromkeys(limit for entry in entries for limit in _list_amounts(entry)))
    services = "" if any(not entry.services for entry in entries) else "some services"
    return "; ".join(part for part in (choices, limits, services) if part) or "yes"


def build_carrier_table(name: str) -> Rows:
    """Return a row for each declaration of a carrier, and for each of its own fields."""
    profile = CARRIERS[name]
    rows = [_option_row(entry) for entry in profile.shipping_options]
    rows += [_own_row(option) for option in profile.carrier_options]
    return rows or [("none",) * len(CARRIER_COLUMNS)]


def _option_row(entry: OptionSupport) -> tuple[str, ...]:
    values = (
        ", ".join(f"`{ours}`: `{theirs}`" if theirs else f"`{ours}`" for ours, theirs in entry.choices.items()) or "any"
    )
    limits = "; ".join([*_list_amounts(entry), *_list_conditions(entry)])
    return f"`{entry.option}`", values, f"`{entry.vendor_field}`", limits or "none"


def _own_row(option: CarrierOption) -> tuple[str, ...]:
    limits = [f"from {option.minimum:f}"] if option.minimum is not None else []
    limits += [f"to {option.maximum:f}"] if option.maximum is not None else []
    limits += [f"only {write_code(option.services)}"] if option.services else []
    name = f"`carrier_options.{option.name}`: {option.meaning}"
    return name, write_code(option.choices) or option.kind, f"`{option.vendor_field}`", "; ".join(limits) or "none"


def _list_amounts(entry: OptionSupport) -> list[str]:
    found = {
        f"to {entry.max_amount} {' or '.join(entry.currencies)}": entry.max_amount,
        f"{entry.max_length} characters": entry.max_length,
        f"{entry.max_count} addresses": entry.max_count,
        f"{entry.max_days} days ahead": entry.max_days,
    }
    return [text for text, limit in found.items() if limit is not None]


def _list_conditions(entry: OptionSupport) -> list[str]:
    found = {
        f"only {write_code(entry.services)}": entry.services,
        f"only labels in {', '.join(entry.formats)}": entry.formats,
        f"parts {write_code(entry.fields)}": entry.fields,
        f"needs {write_code(entry.needs)}": entry.needs,
        f"not with {write_code(entry.excludes)}": entry.excludes,
        f"not on {', '.join(holiday.title for holiday in entry.holidays)}": entry.holidays,
        entry.note: entry.note,
    }
    return [text for text, condition in found.items() if condition]


def write_code(names: Iterable[str]) -> str:
    """Return names as code, each once."""
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))
