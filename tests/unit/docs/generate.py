"""Write the tables of codes in the docs from their declarations: `make docs`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from itertools import groupby

from api.http.auth import ROLE_SCOPES, Scope
from api.http.errors import list_errors, status_of
from domain.codes import FailureCode
from domain.errors import DomainError
from domain.events import DATA_FIELDS, EVENT_TYPES, HIDDEN_FIELDS
from domain.operations import AttentionReason, UndoRefusal
from domain.postal.limits import PhoneLimits, ShipmentLimits
from domain.users import Role
from domain.vendors.catalogue import CARRIERS
from tests.unit.docs import customs_tables, option_tables
from tests.unit.docs.pages import ROOT

OUTCOMES = ("happened", "did_not_happen", "retry")


def errors() -> list[tuple[str, ...]]:
    """Return a row for each code; codes with the same columns share one row."""
    declared: dict[str, list[type[DomainError]]] = {}
    for error in list_errors():
        declared.setdefault(error.code, []).append(error)
    coded = sorted(((*_row(found), code) for code, found in declared.items()), key=lambda row: int(row[0]))
    return [
        (status, ", ".join(f"`{row[-1]}`" for row in rows), *rest)
        for (status, *rest), rows in ((key, list(rows)) for key, rows in groupby(coded, key=lambda row: row[:-1]))
    ]


def _row(found: list[type[DomainError]]) -> tuple[str, str, str, str]:
    error = found[0]
    names = dict.fromkeys(field.name for variant in found for field in fields(variant))  # type: ignore[arg-type]
    details = ", ".join(f"`{name}`" for name in names if not name.startswith("_"))
    return str(status_of(error)), details, " ".join((error.__doc__ or "").split()), error.remedy


def attention() -> list[tuple[str, ...]]:
    """Return a row for each reason for attention."""
    return [
        (f"`{reason}`: {reason.meaning}", *(reason.choices.get(outcome, "") for outcome in OUTCOMES))
        for reason in AttentionReason
    ]


def refusals() -> list[tuple[str, ...]]:
    """Return a row for each reason why an undo is not available."""
    return [(f"`{reason}`", f"{reason.message} {reason.note}".strip()) for reason in UndoRefusal]


def failures() -> list[tuple[str, ...]]:
    """Return a row for each cause of a failed operation."""
    return [(f"`{code}`", f"{code.message} {code.note}".strip(), code.remedy) for code in FailureCode]


def scopes() -> list[tuple[str, ...]]:
    """Return a row for each scope of a key."""
    return [(f"`{scope}`", scope.message) for scope in Scope]


def roles() -> list[tuple[str, ...]]:
    """Return a row for each role with its scopes, except those of the role before."""
    rows: list[tuple[str, ...]] = []
    known = frozenset[Scope]()
    for role in Role:
        added = ", ".join(f"`{scope}`" for scope in Scope if scope in ROLE_SCOPES[role] - known)
        rows.append((f"`{role}`", role.message, f"also {added}" if known else added))
        known = ROLE_SCOPES[role]
    return rows


def events() -> list[tuple[str, ...]]:
    """Return a row for each type of events."""
    return [(f"`{found.name}`", found.subject, found.meaning) for found in EVENT_TYPES.values()]


def event_fields() -> list[tuple[str, ...]]:
    """Return a row for each type of resource, with the fields that its events have."""
    return [
        (f"`{subject}`", _names(names), _names(HIDDEN_FIELDS.get(subject, ())))
        for subject, names in DATA_FIELDS.items()
    ]


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def limits() -> list[tuple[str, ...]]:
    """Return a row for each carrier with its limits on addresses and parcels."""
    return [_limits_row(profile.title, profile.limits) for profile in CARRIERS.values() if profile.limits is not None]


def _limits_row(title: str, limits: ShipmentLimits) -> tuple[str, ...]:
    lengths = (f"{limits.name}", f"{limits.company}", f"{limits.street_lines} × {limits.street}", f"{limits.city}")
    refused = [name for name, is_taken in (("APO", limits.is_military), ("PO boxes", limits.is_po_box)) if not is_taken]
    weight = f"{limits.max_pounds} lb" if limits.max_pounds else "any"
    size = f"{limits.max_inches} in" if limits.max_inches else "any"
    return (
        title,
        *lengths,
        limits.letters.value,
        _phone_cell(limits.phone),
        weight,
        f"{size}, needed" if limits.needs_size else size,
        limits.territories.value,
        ", ".join(refused) or "none",
        ", ".join(limits.countries or ()) or "any",
    )


def _phone_cell(phone: PhoneLimits | None) -> str:
    if phone is None:
        return "not sent"
    needed = " and ".join(f"`{where}`" for where in phone.needed)
    extension = f"extension of {phone.extension} digits" if phone.extension else "no extension"
    return f"needed: {needed}; {extension}" if needed else f"optional; {extension}"


TABLES: dict[tuple[str, str], tuple[tuple[str, ...], Callable[[], list[tuple[str, ...]]]]] = {
    ("docs/reference/events.md", "Types"): (("type", "subject", "meaning"), events),
    ("docs/reference/events.md", "Fields"): (("subject", "`data`", "only named in `changes`"), event_fields),
    ("docs/reference/errors.md", "Errors of a call"): (("status", "code", "`details`", "when", "do"), errors),
    ("docs/reference/errors.md", "Reasons for a refused undo"): (("reason", "meaning"), refusals),
    ("docs/reference/errors.md", "Causes of a failed operation"): (("code", "meaning", "retry"), failures),
    ("docs/reference/api.md", "Keys and scopes"): (("scope", "allows"), scopes),
    ("docs/reference/api.md", "Users and roles"): (("role", "allows", "scopes"), roles),
    ("docs/reference/carriers/README.md", "Limits of each carrier"): (
        (
            "carrier",
            "name",
            "company",
            "street lines",
            "city",
            "letters",
            "phone",
            "weight",
            "longest side",
            "US territories",
            "not delivered",
            "countries",
        ),
        limits,
    ),
    ("docs/reference/carriers/README.md", "Support by carrier"): (
        option_tables.MATRIX_COLUMNS,
        option_tables.build_matrix,
    ),
    **{
        (f"docs/reference/carriers/{name}.md", "Shipping options"): (
            option_tables.CARRIER_COLUMNS,
            partial(option_tables.build_carrier_table, name),
        )
        for name in ("easypost", "fedex", "shipengine", "ups", "usps")
    },
    ("docs/reference/carriers/README.md", "Customs data by carrier"): (
        customs_tables.MATRIX_COLUMNS,
        customs_tables.build_matrix,
    ),
    **{
        (f"docs/reference/carriers/{name}.md", heading): (columns, partial(build, name))
        for name in ("easypost", "fedex", "shipengine", "ups", "usps")
        for heading, columns, build in (
            ("Routes", customs_tables.ROUTE_COLUMNS, customs_tables.build_route_table),
            ("Customs data", customs_tables.CARRIER_COLUMNS, customs_tables.build_carrier_table),
        )
    },
    ("docs/reference/api.md", "Resolve"): (("attention", *(f"`{outcome}`" for outcome in OUTCOMES)), attention),
}
"""By page and heading: the columns, and the function that returns the rows."""


def regenerate(page: str) -> str:
    """Return the text of a page with its tables generated again."""
    text = (ROOT / page).read_text()
    for (name, heading), (columns, rows) in TABLES.items():
        if name == page:
            text = replace_table(text, heading, [columns, ("---",) * len(columns), *rows()])
    return text


def replace_table(text: str, heading: str, rows: Sequence[Sequence[str]]) -> str:
    """Replace the first table below a heading."""
    table = "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in rows).replace("| --- ", "|---")
    pattern = rf"(^#+ {re.escape(heading)}$(?:(?!^#+ ).)*?)^\|.*?\n(?!\|)"
    replaced, count = re.subn(pattern, lambda found: found.group(1) + table, text, flags=re.MULTILINE | re.DOTALL)
    assert count == 1, heading
    return replaced


if __name__ == "__main__":
    for page in {name for name, _ in TABLES}:
        (ROOT / page).write_text(regenerate(page))
