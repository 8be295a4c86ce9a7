"""Customs data are strict, and checked against the carrier's profile and the shipment's route."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.customs import Lane
from domain.json_values import to_json
from domain.vendors.catalogue import CARRIERS
from domain.vendors.customs import HOME_LANES, CustomsField, CustomsSupport, ServiceLane
from tests.fixtures.builders import SHIP_TO, Json, build_own_account, build_purchase
from tests.fixtures.customs import GUAM, PARIS, SAN_JUAN, TORONTO, build_customs, build_item
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.organization import Carrier
from tests.fixtures.rows import Rows
from tests.integration.api.test_shipping_options import find_messages

CONTENTS = {"merchandise": "SOLD", "gift": "GIFT", "other": "OTHER"}
TEXTS = ("contents_explanation", "signer", "export_declaration.itn")
ITEMS = ("description", "quantity", "value", "weight", "origin", "hs_code")
SUPPORT = CustomsSupport(
    fields=(
        CustomsField(field="contents", vendor_field="c", choices=CONTENTS),
        CustomsField(field="incoterm", vendor_field="i", choices={"DAP": "DAP", "DDP": "DDP"}),
        CustomsField(field="duties", vendor_field="d", choices={name: name for name in ("recipient", "third_party")}),
        CustomsField(field="sender_tax_ids", vendor_field="t", choices={"eori": "EORI"}),
        *(CustomsField(field=name, vendor_field=name) for name in TEXTS),
        *(CustomsField(field=f"items.{name}", vendor_field=name) for name in ITEMS),
    ),
    max_items=2,
)
LANES = (
    ServiceLane(services=("GROUND",), lanes=HOME_LANES),
    ServiceLane(services=("GROUND", "FEDEX_2_DAY"), lanes=(Lane.INTERNATIONAL,), destinations=("CA",)),
)
THIRD: Json = {"payer": "third_party", "account": "1"}


@pytest.fixture(autouse=True)
def supported(monkeypatch: pytest.MonkeyPatch) -> None:
    """FedEx supports `SUPPORT` and nothing else, and ships from the US to Canada."""
    monkeypatch.setitem(CARRIERS, "fedex", replace(CARRIERS["fedex"], customs=SUPPORT, lanes=LANES))


async def create_account(client: ApiClient, **settings: Any) -> Json:
    own = build_own_account()
    own["settings"] = {**own["settings"], **settings}
    return dict(await client.data("POST", "/api/carrier-accounts", own))


def build_body(rows: Rows, ship_to: Json = TORONTO, **inputs: Any) -> Json:
    return build_purchase(rows.insert_order(ship_to=ship_to), **inputs)


async def test_the_customs_data_of_a_purchase_are_recorded(client: ApiClient, rows: Rows) -> None:
    """A null stays, because it removes a default of the account; an HS code loses its dots."""
    await create_account(client)
    customs = build_customs(incoterm="DAP") | {"signer": None, "duties": {"payer": "recipient"}}
    sent = {**customs, "items": [build_item(hs_code="6109.10 00")]}
    created = await client.data("POST", "/api/operations", build_body(rows, customs=sent))
    assert created["input"]["customs"] == {**customs, "items": [build_item(hs_code="61091000")]}


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"items": []}, "items", "must not be empty"),
        ({"items": [build_item()] * 101}, "items", "at most 100 entries"),
        ({"items": [build_item()] * 3}, "items", "at most 2 items with FedEx"),
        ({"items": [build_item(quantity=0)]}, "items.0.quantity", "at least 1"),
        ({"items": [build_item(quantity="2")]}, "items.0.quantity", "whole number"),
        ({"items": [build_item(value="0")]}, "items.0.value", "greater than 0"),
        ({"items": [build_item(value="1.001")]}, "items.0.value", "at most 2 decimals"),
        ({"items": [build_item(value="1.5", currency="JPY")]}, "items.0", "more decimals than its currency"),
        ({"items": [build_item(currency="EUX")]}, "items.0.currency", "ISO 4217"),
        ({"items": [build_item(), build_item(currency="CAD")]}, "items.1.currency", "must be USD, like"),
        ({"items": [build_item(weight="3")]}, "items", "but the parcels only 2.50 lb"),
        ({"items": [build_item(origin="Portugal")]}, "items.0.origin", "country code of two capital letters"),
        ({"items": [build_item(origin=None)]}, "items.0.origin", "is required"),
        ({"items": [build_item(hs_code="61.09")]}, "items.0.hs_code", "6 to 12 digits"),
        ({"items": [build_item(description="x" * 201)]}, "items.0.description", "at most 200 characters"),
        ({"items": [build_item(description="Hat \ue000")]}, "items.0.description", "U+E000"),
        ({"items": [build_item(sku="T")]}, "items.0.sku", "is not supported by FedEx here. Supported fields: contents"),
        ({"items": [build_item(colour="red")]}, "items.0.colour", "is unknown; accepted: description"),
        ({"content": "gift"}, "content", "is unknown; accepted: contents"),
        ({"contents": "gifts"}, "contents", "must be one of merchandise, gift, documents"),
        ({"contents": "sample"}, "contents", "Supported: merchandise, gift, other"),
        ({"contents": "other"}, "contents_explanation", "is required if contents is other"),
        ({"incoterm": "dap"}, "incoterm", "must be one of EXW"),
        ({"incoterm": "DDP", "duties": {"payer": "recipient"}}, "duties.payer", "can't be recipient with DDP"),
        ({"duties": {"payer": "third_party"}}, "duties.account", "is required if payer is third_party"),
        ({"duties": {**THIRD, "payer": "sender"}}, "duties.account", "only if payer is recipient or third_party"),
        ({"non_delivery": "abandon"}, "non_delivery", "is not supported by FedEx here"),
        ({"sender_tax_ids": [{"type": "vat", "number": "1", "country": "FR"}]}, "sender_tax_ids.0.type", "eori"),
        ({"sender_tax_ids": [{"type": "tax", "number": "1", "country": "FR"}]}, "sender_tax_ids.0.type", "one of vat"),
        ({"export_declaration": {"itn": "2026"}}, "export_declaration.itn", "X and 14 digits"),
        ({"export_declaration": {"exemption": "30.37"}}, "export_declaration.exemption", "NOEEI 30.37(a)"),
        ({"export_declaration": {}}, "export_declaration", "exactly one of exemption and itn"),
    ],
)
async def test_customs_data_that_are_invalid_are_refused_by_name(
    client: ApiClient, rows: Rows, changes: Json, path: str, message: str
) -> None:
    """Also for fulfill_order and for prices."""
    await create_account(client)
    customs = {**build_customs(), **changes}
    order = build_body(rows, customs=customs)
    found = find_messages(await client.call("POST", "/api/operations", order))
    assert list(found) == [f"input.customs.{path}"]
    assert message in found[f"input.customs.{path}"]
    both = {**order, "type": "fulfill_order", "input": {**order["input"], "bridge_id": str(rows.insert_bridge())}}
    assert find_messages(await client.call("POST", "/api/operations", both)) == found
    rates = {"carrier": "fedex", "ship_to": TORONTO, "customs": customs}
    assert list(find_messages(await client.call("POST", "/api/rates", rates))) == [f"customs.{path}"]


@pytest.mark.parametrize(
    ("ship_to", "inputs", "expected"),
    [
        (TORONTO, {}, {"input.customs": "is required by FedEx for this route"}),
        (GUAM, {}, {"input.customs": "is required by FedEx for this route"}),
        (SHIP_TO, {"customs": build_customs()}, {"input.customs": "is accepted only for shipments over a border"}),
        (
            TORONTO,
            {"service": "FIRST_OVERNIGHT"},
            {"input.service": "does not go from US to CA. Services that do: GROU"},
        ),
        (
            PARIS,
            {"customs": build_customs()},
            {"order.ship_to.country": "is not served: FedEx has no service here from"},
        ),
    ],
)
async def test_a_route_that_does_not_fit_is_refused(
    client: ApiClient, rows: Rows, ship_to: Json, inputs: Json, expected: dict[str, str]
) -> None:
    await create_account(client)
    found = find_messages(await client.call("POST", "/api/operations", build_body(rows, ship_to, **inputs)))
    assert list(found) == list(expected)
    assert all(found[path].startswith(message) for path, message in expected.items())


async def test_a_territory_that_the_carrier_treats_like_a_state_needs_none(client: ApiClient, rows: Rows) -> None:
    await create_account(client)
    await client.data("POST", "/api/operations", build_body(rows, SAN_JUAN))


async def test_all_problems_are_listed(client: ApiClient, rows: Rows) -> None:
    await create_account(client)
    customs = build_customs(contents="sample", incoterm="FOB", items=[build_item(weight="9", sku="T")])
    found = find_messages(await client.call("POST", "/api/operations", build_body(rows, customs=customs)))
    paths = {path.removeprefix("input.customs.") for path in found}
    assert paths == {"contents", "incoterm", "items", "items.0.sku"}


async def test_an_error_in_a_default_has_the_path_of_the_account(client: ApiClient, rows: Rows) -> None:
    """A default can contradict the shipment, and the operation can replace it."""
    await create_account(client, customs_defaults={"contents": "other", "duties": THIRD, "incoterm": "DDP"})
    refused = build_customs(duties={"payer": "recipient"}, contents_explanation="Parts")
    found = find_messages(await client.call("POST", "/api/operations", build_body(rows, customs=refused)))
    assert list(found) == ["input.customs.duties.payer"]
    found = find_messages(await client.call("POST", "/api/operations", build_body(rows, customs=build_customs())))
    assert list(found) == ["input.customs.contents_explanation"]
    accepted = {**refused, "incoterm": None}
    await client.data("POST", "/api/operations", build_body(rows, customs=accepted))


@pytest.mark.parametrize(
    ("defaults", "path"),
    [
        ({"contents": "sample"}, "contents"),
        ({"colour": "red"}, "colour"),
        ({"items": [build_item()]}, "items"),
        ({"non_delivery": "return"}, "non_delivery"),
        ({"duties": {"payer": "third_party"}}, "duties.account"),
        ({"incoterm": "DDP", "duties": {"payer": "recipient"}}, "duties.payer"),
    ],
)
async def test_defaults_of_an_account_are_checked(client: ApiClient, defaults: Json, path: str) -> None:
    own = build_own_account()
    body = {**own, "settings": {**own["settings"], "customs_defaults": defaults}}
    found = find_messages(await client.call("POST", "/api/carrier-accounts", body))
    assert list(found) == [f"settings.customs_defaults.{path}"]


async def test_prices_are_asked_with_the_customs_data(client: ApiClient, carrier: Carrier) -> None:
    """The account's defaults count; without customs data there are no defaults."""
    await create_account(client, customs_defaults={"signer": "Ada Lovelace", "incoterm": "DAP"})
    body = {"carrier": "fedex", "ship_to": TORONTO}
    await client.data("POST", "/api/rates", {**body, "customs": build_customs(incoterm="DDP")})
    await client.data("POST", "/api/rates", body)
    with_customs, without = carrier.asked
    expected = build_customs(contents="merchandise", signer="Ada Lovelace", incoterm="DDP")
    sent = to_json(with_customs.customs)
    assert {name: value for name, value in sent.items() if value != []} == expected
    assert without.customs is None


async def test_another_purchase_with_other_customs_data_is_a_duplicate(client: ApiClient, rows: Rows) -> None:
    """Customs data are often corrected: the same parcels of an order are probably the same goods."""
    await create_account(client)
    await client.data("PATCH", "/api/organization", {"settings": {"duplicate_guard_seconds": 600}})
    body = build_body(rows, customs=build_customs())
    first = await client.data("POST", "/api/operations", body)
    corrected = {**body, "input": {**body["input"], "customs": build_customs(contents="gift")}}
    answer = await client.call("POST", "/api/operations", corrected)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "duplicate_purchase")
    assert UUID(answer.json()["error"]["details"]["id"]) == UUID(first["id"])
    corrected["input"]["allow_duplicate"] = True
    await client.data("POST", "/api/operations", corrected)
