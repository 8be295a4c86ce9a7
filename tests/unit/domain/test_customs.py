"""Customs data: the account's defaults, and the stored form."""

from decimal import Decimal

import pytest

from domain.customs import Customs, CustomsDefaults, merge_customs
from domain.json_values import from_json, to_json
from domain.shipping import ShipmentRequest
from domain.shipping_options import Payer
from tests.fixtures.builders import build_shipment_request
from tests.fixtures.customs import PARIS, build_customs, build_item

DEFAULTS = from_json(
    CustomsDefaults,
    {
        "contents": "sample",
        "signer": "Ada Lovelace",
        "sender_tax_ids": [{"type": "eori", "number": "GB123456789000", "country": "GB"}],
        "duties": {"payer": "third_party", "account": "1", "country": "US"},
    },
)


def test_a_shipment_without_customs_data_gets_no_defaults() -> None:
    assert merge_customs(DEFAULTS, None) is None


def test_the_operation_replaces_the_defaults_of_the_same_name() -> None:
    merged = to_json(merge_customs(DEFAULTS, build_customs(contents="gift", duties={"payer": "recipient"})))
    assert merged["contents"] == "gift"
    assert merged["duties"] == {"payer": "recipient"}
    assert merged["signer"] == "Ada Lovelace"
    assert merged["sender_tax_ids"] == to_json(DEFAULTS)["sender_tax_ids"]


def test_a_null_removes_a_default() -> None:
    merged = merge_customs(DEFAULTS, {**build_customs(), "signer": None, "sender_tax_ids": None, "contents": None})
    assert merged is not None
    assert (merged.signer, merged.sender_tax_ids, merged.contents) == (None, (), "merchandise")


def test_contents_are_merchandise_by_default() -> None:
    merged = merge_customs(None, build_customs())
    assert merged is not None
    assert merged.contents == "merchandise"


def test_values_and_weights_are_those_of_one_piece() -> None:
    items = [build_item(), build_item(quantity=1, value="2.50", weight="16", weight_unit="oz")]
    merged = merge_customs(None, build_customs(items=items))
    assert merged is not None
    assert (merged.total_value, merged.total_pounds) == (Decimal("40.50"), Decimal("1.8"))
    assert merged.describe() == "customs data: merchandise, 2 items, 40.50 USD"


@pytest.mark.parametrize(
    ("changes", "payer"),
    [
        ({}, Payer.RECIPIENT),
        ({"incoterm": "DAP"}, Payer.RECIPIENT),
        ({"incoterm": "DDP"}, Payer.SENDER),
        ({"incoterm": "DDP", "duties": {"payer": "third_party", "account": "1"}}, Payer.THIRD_PARTY),
    ],
)
def test_the_incoterm_decides_who_pays_duties(changes: dict[str, object], payer: Payer) -> None:
    merged = merge_customs(None, build_customs(**changes))
    assert merged is not None
    assert merged.duties_payer is payer


def test_the_stored_request_has_the_customs_data() -> None:
    """A request that an earlier version stored has none."""
    customs = build_customs(incoterm="DDP", export_declaration={"itn": "X20260101123456"})
    request = build_shipment_request(ship_to=PARIS, customs=customs)
    assert isinstance(request.customs, Customs)
    stored = to_json(request)
    assert from_json(ShipmentRequest, stored) == request
    del stored["customs"]
    assert from_json(ShipmentRequest, stored).customs is None
