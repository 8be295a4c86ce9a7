"""Each declared field of the customs data changes the carrier's field, and has its declared limits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.customs import Contents, Incoterm, NonDelivery, TaxIdType, merge_customs
from domain.json_values import to_json
from domain.shipping import ShipmentRequest
from domain.shipping_options import Payer
from domain.vendors.catalogue import CARRIERS
from domain.vendors.customs import CUSTOMS_FIELDS
from domain.vendors.customs_checks import find_customs_problems, list_values
from domain.vendors.profile import CarrierProfile
from tests.fixtures.builders import Json
from tests.fixtures.customs import build_customs, build_item
from tests.fixtures.customs_carriers import CUSTOMS_CARRIERS
from tests.fixtures.customs_cases import ACCOUNT, CASES, NOW, SAMPLES, SUPPORTING, TAX_ID, CustomsCase
from tests.unit.adapters.test_shipping_options import list_fields, read_field, to_text

CHOICES = {
    "contents": tuple(Contents),
    "incoterm": tuple(Incoterm),
    "non_delivery": tuple(NonDelivery),
    "sender_tax_ids": tuple(TaxIdType),
    "recipient_tax_ids": tuple(TaxIdType),
    "duties": tuple(Payer),
}
"""All values of the fields that have choices."""

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_profile = pytest.mark.parametrize("profile", SUPPORTING, ids=lambda profile: profile.name)


def replace_customs(shipment: ShipmentRequest, customs: Json) -> ShipmentRequest:
    return replace(shipment, customs=merge_customs(None, customs))


def find(case: CustomsCase, sample: Any) -> dict[str, str]:
    """Return the problems of a shipment with a value of the field, by path below `customs`."""
    found = find_customs_problems(case.profile, case.build_request(sample))
    return {".".join(map(str, problem.path[1:])): problem.message for problem in found}


@each_case
def test_a_field_is_in_the_carriers_field(case: CustomsCase) -> None:
    """The rest of the body is that of a shipment without the field, and each send has the same body."""
    assert find(case, case.sample) == {}
    body, plain = case.build_body(case.sample), case.build_body(None)
    assert body == case.build_body(case.sample, NOW + timedelta(days=3))
    found = [to_text(value) for value in read_field(body, case.entry.vendor_field)]
    assert found, f"{case.entry.vendor_field} is not in {body}"
    own = (case.entry.vendor_field, *case.carrier.companions.get(case.entry.field, ()))
    assert list_fields(body, own) == list_fields(plain, own)
    if case.vendor_value is not None:
        assert case.vendor_value in found
    elif case.entry.field in ("items.quantity", "items.value", "items.weight"):
        assert body != plain
    else:
        assert any(case.sample in text for text in found)


@each_case
def test_the_limit_of_a_field_is_the_last_accepted_value(case: CustomsCase) -> None:
    length, count = case.entry.max_length, case.entry.max_count
    if length is not None and case.entry.field.endswith("_tax_ids"):
        [tax_id] = case.sample
        assert find(case, [{**tax_id, "number": "0" * length}]) == {}
        assert list(find(case, [{**tax_id, "number": "0" * (length + 1)}])) == [f"{case.entry.field}.0.number"]
    elif length is not None:
        assert find(case, "0" * length) == {}
        assert list(find(case, "0" * (length + 1))) == [case.entry.field.replace("items.", "items.0.")]
    if count is not None:
        assert find(case, case.sample * count) == {}
        assert list(find(case, case.sample * (count + 1))) == [case.entry.field]


@each_case
def test_a_required_field_is_named(case: CustomsCase) -> None:
    group, _, part = case.entry.field.partition(".")
    if case.entry.is_required and part in ("", "hs_code", "sku"):
        shipment = case.build_request(case.sample)
        customs = to_json(shipment.customs)
        changed = {"items": [build_item(**{part: None})]} if part else {group: None}
        found = find_customs_problems(case.profile, replace_customs(shipment, {**customs, **changed}))
        assert [problem.path[1:] for problem in found] == [(group, 0, part) if part else (group,)]
    for part in case.entry.needs:
        duties = {name: value for name, value in case.sample.items() if name != part}
        assert list(find(case, duties)) == [f"duties.{part}"]


@each_profile
def test_a_field_that_is_not_declared_is_refused(profile: CarrierProfile) -> None:
    """The message lists the declared ones."""
    assert profile.customs is not None
    for name in set(CUSTOMS_FIELDS) - set(profile.customs.field_names):
        group, _, part = name.partition(".")
        value = {**SAMPLES, **{field: values[0] for field, values in CHOICES.items()}}[name]
        value = [{**TAX_ID, "type": value}] if name.endswith("_tax_ids") else value
        value = {**ACCOUNT, "payer": Payer.THIRD_PARTY} if name == "duties" else value
        case = next(case for case in CASES if case.profile is profile)
        made = case.build_customs(None)
        if group == "items":
            made = {**made, "items": [build_item(**{part: value})]}
        else:
            made = {**made, group: {part: value} if part else value}
        found = find_customs_problems(profile, replace_customs(case.build_request(None), made))
        (problem,) = (problem for problem in found if "Supported fields" in problem.message)
        assert all(declared in problem.message for declared in profile.customs.field_names)


@each_profile
def test_a_value_that_is_not_declared_is_refused(profile: CarrierProfile) -> None:
    """The message lists the declared ones."""
    for name, values in CHOICES.items():
        cases = [case for case in CASES if case.profile is profile and case.entry.field == name]
        declared = {case.choice for case in cases}
        for value in {str(value) for value in values} - declared if cases else ():
            case = CustomsCase(profile, cases[0].entry, value)
            found = [message for path, message in find(case, case.sample).items() if path.startswith(name)]
            assert any(all(str(choice) in message for choice in declared) for message in found)


@each_profile
def test_the_number_of_items_is_limited(profile: CarrierProfile) -> None:
    case = next(case for case in CASES if case.profile is profile)
    most = case.support.max_items
    for count in (most, most + 1):
        items = [build_item(weight="0.01", value="1", quantity=1)] * count
        customs = {**case.build_customs(None), "items": items}
        found = find_customs_problems(profile, replace_customs(case.build_request(None), customs))
        assert [problem.path for problem in found] == ([("customs", "items")] if count > most else [])


def test_each_carrier_that_takes_customs_data_has_an_entry() -> None:
    assert {profile.name for profile in SUPPORTING} == set(CUSTOMS_CARRIERS)
    assert set(CUSTOMS_CARRIERS) <= set(CARRIERS)


def test_the_names_of_the_values_are_those_of_the_declarations() -> None:
    every = build_customs(
        incoterm="DAP",
        non_delivery="return",
        sender_tax_ids=[{**TAX_ID, "type": "vat"}],
        recipient_tax_ids=[{**TAX_ID, "type": "vat"}],
        export_declaration={"itn": "X20260101123456", "exemption": "NOEEI 30.36"},
        duties={"payer": "recipient"},
        items=[build_item(sku="T")],
        **{name: SAMPLES[name] for name in ("contents_explanation", "signer", "invoice_number")},
    )
    merged = merge_customs(None, every)
    assert merged is not None
    assert {value.name for value in list_values(merged)} == set(CUSTOMS_FIELDS)
