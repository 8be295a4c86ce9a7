"""Tables of routes and customs data in the docs, from the carriers' declarations."""

from domain.customs import Lane
from domain.vendors.catalogue import CARRIERS
from domain.vendors.customs import CUSTOMS_FIELDS, HOME_LANES, CustomsField, CustomsSupport, ServiceLane
from domain.vendors.profile import CarrierProfile
from tests.unit.docs.option_tables import Rows, write_code

MATRIX_COLUMNS = ("field", *(profile.title for profile in CARRIERS.values()))
CARRIER_COLUMNS = ("field", "value: the carrier's value", "the carrier's field", "limits")
ROUTE_COLUMNS = ("services", "routes")


def build_matrix() -> Rows:
    """Return a row for the routes, one for the limits, and one for each field, with a cell for each carrier."""
    profiles = CARRIERS.values()
    return [
        ("routes with customs data", *(_describe_lanes(profile.customs) for profile in profiles)),
        ("items", *(f"to {profile.customs.max_items}" if profile.customs else "no" for profile in profiles)),
        *(
            (f"`{name}`", *(_describe_support(profile.customs, name) for profile in profiles))
            for name in CUSTOMS_FIELDS
        ),
    ]


def _describe_lanes(support: CustomsSupport | None) -> str:
    return ", ".join(support.lanes) if support is not None else "no"


def _describe_support(support: CustomsSupport | None, name: str) -> str:
    entries = support.list_fields(name) if support is not None else []
    if not entries:
        return "no"
    choices = write_code(choice for entry in entries for choice in entry.choices)
    needed = "required" if all(entry.is_required for entry in entries) else ""
    limits = "; ".join(dict.fromkeys(limit for entry in entries for limit in _list_limits(entry)))
    return "; ".join(part for part in (choices, limits, needed) if part) or "yes"


def build_carrier_table(name: str) -> Rows:
    """Return a row for each declaration of a carrier."""
    support = CARRIERS[name].customs
    if support is None:
        return [("none",) * len(CARRIER_COLUMNS)]
    return [_field_row(entry) for entry in support.fields]


def _field_row(entry: CustomsField) -> tuple[str, ...]:
    values = ", ".join(f"`{ours}`: `{theirs}`" for ours, theirs in entry.choices.items()) or "any"
    conditions = {
        "required": entry.is_required,
        f"only {write_code(entry.services)}": entry.services,
        f"only {' and '.join(entry.lanes)} routes": entry.lanes,
        f"needs {write_code(entry.needs)}": entry.needs,
        entry.note: entry.note,
    }
    limits = "; ".join([*_list_limits(entry), *(text for text, condition in conditions.items() if condition)])
    return f"`{entry.field}`", values, f"`{entry.vendor_field}`", limits or "none"


def _list_limits(entry: CustomsField) -> list[str]:
    found = {f"{entry.max_length} characters": entry.max_length, f"{entry.max_count} ids": entry.max_count}
    return [text for text, limit in found.items() if limit is not None]


def build_route_table(name: str) -> Rows:
    """Return a row for each declaration of a carrier's routes, and one for the other services."""
    profile = CARRIERS[name]
    rows = [(write_code(entry.services), _describe_routes(entry)) for entry in profile.lanes]
    return [*rows, ("all others" if rows else "all", _describe_others(profile))]


def _describe_routes(entry: ServiceLane) -> str:
    ends = {"from": entry.origins, "to": entry.destinations}
    return " ".join([", ".join(entry.lanes), *(f"{word} {', '.join(areas)}" for word, areas in ends.items() if areas)])


def _describe_others(profile: CarrierProfile) -> str:
    is_home = profile.service_form is None or profile.customs is None
    return ", ".join(HOME_LANES if is_home else Lane)
