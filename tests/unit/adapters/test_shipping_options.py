"""Each declared shipping option changes the carrier's field, and has its declared limits."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.shipping_options import AddressValidation, LabelSize, Packaging, ShippingOptions, Signature, merge_options
from domain.vendors.catalogue import CARRIERS
from domain.vendors.option_checks import find_option_problems
from domain.vendors.options import OPTIONS
from domain.vendors.profile import CarrierProfile
from tests.fixtures.builders import Json
from tests.fixtures.option_carriers import OPTION_CARRIERS
from tests.fixtures.option_cases import CASES, OWN_CASES, SAMPLES, OptionCase, OwnCase, list_services
from tests.unit.docs.pages import read_page
from workflows.operations.create_shipment import CREATE_SHIPMENT

NOW = datetime.now(UTC)
CARRIER_DOCS = "docs/reference/carriers/README.md"
VALUES = {
    "signature": tuple(Signature),
    "packaging": (value for value in Packaging if value is not Packaging.OWN),
    "address_validation": tuple(AddressValidation),
    "label.size": tuple(LabelSize),
}
CHOICES = {name: [value.value for value in values] for name, values in VALUES.items()}
"""The values of the options that have choices of their own."""

UNDECLARED: Json = {
    **SAMPLES,
    **{name: values[-1] for name, values in CHOICES.items()},
    "insurance": {"amount": "1", "currency": "USD"},
    "declared_value": {"amount": "1", "currency": "USD"},
    "billing": {**SAMPLES["billing"], "payer": "recipient"},
    "ship_date": NOW.date().isoformat(),
    "label.dpi": 203,
}

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_own_case = pytest.mark.parametrize("case", OWN_CASES, ids=str)
each_choice = pytest.mark.parametrize(
    ("profile", "option"),
    [(profile, option) for profile in CARRIERS.values() for option in CHOICES if profile.list_support(option)],
    ids=str,
)


def read_field(body: Any, path: str) -> list[Any]:
    """Return the values at a path of a body; `[]` is any element of a list."""
    found = [body]
    for part in path.split("."):
        name = part.removesuffix("[]")
        found = [value[name] for value in found if isinstance(value, dict) and name in value]
        if part.endswith("[]"):
            found = [item for items in found for item in items]
    return found


def list_fields(body: Any, except_for: Sequence[str], path: str = "") -> list[tuple[str, Any]]:
    """Return the path and value of each field of a body, except those at or below some paths."""
    if any(f"{path}.".replace("[].", ".").startswith(f"{own}.".replace("[].", ".")) for own in except_for):
        return []
    if isinstance(body, dict):
        return [
            found
            for name in sorted(body)
            for found in list_fields(body[name], except_for, f"{path}.{name}".removeprefix("."))
        ]
    if isinstance(body, list):
        return [found for item in body for found in list_fields(item, except_for, f"{path}[]")]
    return [(path, body)]


def to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def find_problems(case: OptionCase | OwnCase, options: Json, service: str | None = None) -> dict[str, str]:
    """Return the problems of options, by path below `shipping_options`."""
    return find(case.profile, merge_options(None, options), case.service if service is None else service, case)


def find(profile: CarrierProfile, options: ShippingOptions, service: str, case: Any = None) -> dict[str, str]:
    label_format = getattr(case, "format", profile.label_formats[0])
    found = find_option_problems(profile, options, NOW, service=service, label_format=label_format)
    return {".".join(map(str, problem.path[1:])): problem.message for problem in found}


@each_case
def test_an_option_is_in_the_carriers_field(case: OptionCase) -> None:
    """The rest of the body is that of a label without the option, and each send has the same body."""
    assert find_problems(case, case.build_options()) == {}
    body = case.build_body()
    found = read_field(body, case.entry.vendor_field)
    assert found, f"{case.entry.vendor_field} is not in {body}"
    assert body == case.build_body(now=NOW + timedelta(days=3))
    own = (case.entry.vendor_field, *case.carrier.companions.get(case.entry.option, ()))
    assert list_fields(body, own) == list_fields(case.build_body({}), own)
    if not case.vendor_value:
        assert not case.is_usual
    else:
        assert case.vendor_value in map(to_text, found)


@each_own_case
def test_an_own_field_is_passed_through(case: OwnCase) -> None:
    assert find_problems(case, {"carrier_options": {case.option.name: case.option.example}}) == {}
    body = case.build_body()
    assert to_text(case.option.example) in map(to_text, read_field(body, case.option.vendor_field))
    assert body != case.build_body({})


@each_own_case
def test_a_misspelt_own_field_is_refused(case: OwnCase) -> None:
    name = f"{case.option.name}X"
    found = find_problems(case, {"carrier_options": {name: case.option.example}})
    assert case.option.name in found[f"carrier_options.{name}"]
    wrong = 1 if case.option.kind in ("string", "boolean") else "one"
    assert list(find_problems(case, {"carrier_options": {case.option.name: wrong}})) == [
        f"carrier_options.{case.option.name}"
    ]


@pytest.mark.parametrize("profile", CARRIERS.values(), ids=lambda profile: profile.name)
def test_an_option_that_is_not_declared_is_refused(profile: CarrierProfile) -> None:
    """The message lists the declared ones."""
    for option in set(OPTIONS) - set(profile.option_names):
        group, _, part = option.partition(".")
        value = UNDECLARED[option]
        found = find(profile, merge_options(None, {group: {part: value} if part else value}), "")
        assert list(found) == [option]
        assert all(name in found[option] for name in profile.option_names)


@each_choice
def test_a_value_that_is_not_declared_is_refused(profile: CarrierProfile, option: str) -> None:
    """The message lists the declared ones."""
    declared = {choice for entry in profile.list_support(option) for choice in entry.choices}
    group, _, part = option.partition(".")
    for choice in set(CHOICES[option]) - declared - {"none"}:
        found = find(profile, merge_options(None, {group: {part: choice} if part else choice}), "")
        assert all(accepted in found[option] for accepted in declared)


@each_case
def test_a_service_without_the_option_is_refused(case: OptionCase) -> None:
    accepting = [
        entry
        for entry in case.profile.list_support(case.entry.option)
        if case.choice is None or entry.has_choice(case.choice)
    ]
    for service in list_services(case.profile):
        if not any(entry.fits(service, case.format) for entry in accepting):
            assert any("available only" in text for text in find_problems(case, case.build_options(), service).values())


@each_case
def test_the_limit_of_an_option_is_the_last_accepted_value(case: OptionCase) -> None:
    """The largest limit counts if several declarations fit the service."""
    entries = [entry for entry in case.profile.list_support(case.entry.option) if entry.fits(case.service, case.format)]
    option, value = case.entry.option, case.build_value()
    group, _, part = option.partition(".")

    def check(changed: Any) -> list[str]:
        return list(find_problems(case, {group: {part: changed} if part else changed}))

    if all(entry.max_amount is not None for entry in entries) and option in ("insurance", "declared_value"):
        most = max(entry.max_amount or Decimal(0) for entry in entries)
        assert check({**value, "amount": f"{most:f}"}) == []
        assert check({**value, "amount": f"{most + Decimal('0.01'):f}"}) == [f"{option}.amount"]
    if all(entry.max_length is not None for entry in entries):
        length = max(entry.max_length or 0 for entry in entries)
        assert (check("0" * length), check("0" * (length + 1))) == ([], [option])
    if all(entry.max_count is not None for entry in entries):
        count = max(entry.max_count or 0 for entry in entries)
        emails = [f"a{number}@example.com" for number in range(count + 1)]
        assert check({**value, "emails": emails[:count]}) == []
        assert check({**value, "emails": emails}) == ["notifications.emails"]
    if option == "ship_date":
        for day in (NOW - timedelta(days=2), NOW + timedelta(days=31)):
            assert check(day.date().isoformat()) == ["ship_date"]


@each_case
def test_a_required_part_of_an_option_is_named(case: OptionCase) -> None:
    for part in case.entry.needs:
        options = case.build_options()
        options[case.entry.option] = {**options[case.entry.option], part: None}
        assert find_problems(case, options) == {f"{case.entry.option}.{part}": f"is required by {case.profile.title}"}


def test_each_carrier_of_the_catalogue_has_an_entry() -> None:
    declaring = {name for name, profile in CARRIERS.items() if profile.shipping_options or profile.carrier_options}
    assert declaring <= set(OPTION_CARRIERS)


def test_the_example_of_the_documents_is_accepted() -> None:
    example = dict(CREATE_SHIPMENT.example or {})
    assert f'"declared_value": {json.dumps(example["shipping_options"]["declared_value"])}' in read_page(CARRIER_DOCS)
    options = merge_options(None, example["shipping_options"])
    assert find(CARRIERS[example["carrier"]], options, example["service"]) == {}
