"""Shipping options merge with the account's defaults, and survive their JSON form."""

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.json_values import from_json, to_json
from domain.shipping import ShipmentRequest
from domain.shipping_options import (
    NO_OPTIONS,
    Billing,
    LabelReferences,
    Money,
    Packaging,
    Payer,
    ShippingOptions,
    Signature,
    merge_options,
)
from tests.fixtures.builders import SHIP_FROM, build_shipment_request

DEFAULTS = ShippingOptions(
    signature=Signature.DIRECT,
    insurance=Money(Decimal("50.00"), "USD"),
    references=LabelReferences(department="Toys"),
    billing=Billing(Payer.THIRD_PARTY, "123456", "97201"),
    ship_date=date(2026, 12, 1),
    carrier_options={"a": 1},
)


def test_options_survive_their_json_form() -> None:
    assert from_json(ShippingOptions, to_json(DEFAULTS)) == DEFAULTS
    assert to_json(NO_OPTIONS) == {}


def test_a_shipment_with_every_option_survives_the_ledger() -> None:
    """A repeat of a purchase is built from the ledger's copy, and must have the same body."""
    address = {**SHIP_FROM, "company": "Orderly"}
    wanted = {
        "signature": "adult",
        "insurance": {"amount": "100.10", "currency": "USD"},
        "declared_value": {"amount": "7", "currency": "CAD"},
        "packaging": "small_flat_rate_box",
        "references": {"order": "1", "po": "2", "invoice": "3", "department": "4"},
        "ship_date": "2026-12-01",
        "saturday_delivery": True,
        "hold_at_location": {"location_id": "H1", "address": address},
        "billing": {"payer": "recipient", "account": "1", "postal_code": "2", "country": "US"},
        "notifications": {"emails": ["ada@example.com"], "events": ["shipped", "delivered"]},
        "return_address": address,
        "address_validation": "strict",
        "label": {"size": "4x6.75", "dpi": 300},
        "carrier_options": {"text": "a", "flag": False, "count": 3, "share": 1.5},
    }
    request = build_shipment_request(shipping_options=wanted)
    assert {field.name for field in fields(ShippingOptions)} == set(wanted)
    assert None not in [getattr(request.shipping_options, name) for name in wanted]
    assert from_json(ShipmentRequest, json.loads(json.dumps(to_json(request)))) == request


def test_without_options_nothing_is_requested() -> None:
    assert merge_options(None, None) is NO_OPTIONS
    assert merge_options(None, {}) is NO_OPTIONS
    assert merge_options(DEFAULTS, None) == DEFAULTS


def test_an_option_of_the_operation_replaces_the_default() -> None:
    """References, the label and the carrier's own options are merged by name."""
    wanted = {
        "signature": "adult",
        "insurance": {"amount": "9", "currency": "CAD"},
        "references": {"po": "4711"},
        "billing": {"payer": "recipient", "account": "9"},
        "carrier_options": {"b": 2},
    }
    merged = merge_options(DEFAULTS, wanted)
    assert merged.signature is Signature.ADULT
    assert merged.insurance == Money(Decimal(9), "CAD")
    assert merged.references == LabelReferences(po="4711", department="Toys")
    assert merged.billing == Billing(Payer.RECIPIENT, "9")
    assert merged.carrier_options == {"a": 1, "b": 2}
    assert merge_options(DEFAULTS, {"carrier_options": {"a": None, "b": 2}}).carrier_options == {"b": 2}


@pytest.mark.parametrize(
    "wanted",
    [
        {"signature": None},
        {"insurance": None},
        {"references": None},
        {"references": {"department": None}},
        {"billing": {"payer": "sender"}},
        {"carrier_options": {"a": None}},
    ],
)
def test_a_null_and_the_usual_treatment_remove_a_default(wanted: dict[str, Any]) -> None:
    (name,) = wanted
    assert getattr(merge_options(DEFAULTS, wanted), name) is None


@pytest.mark.parametrize("wanted", [{"packaging": "own"}, {"saturday_delivery": False}, {"references": {}}])
def test_the_usual_treatment_is_no_option(wanted: dict[str, Any]) -> None:
    assert merge_options(None, wanted) == NO_OPTIONS
    assert (
        merge_options(ShippingOptions(packaging=Packaging.PAK, saturday_delivery=True), {}).packaging is Packaging.PAK
    )
