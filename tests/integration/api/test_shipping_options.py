"""Shipping options are strict, and checked against the carrier's profile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from domain.json_values import to_json
from domain.vendors.catalogue import CARRIERS
from domain.vendors.holidays import FEDERAL, find_holiday
from domain.vendors.options import CarrierOption, OptionSupport
from tests.fixtures.builders import SHIP_FROM, SHIP_TO, Json, build_own_account, build_purchase
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.organization import Carrier
from tests.fixtures.rows import Rows
from workflows.operations.common_inputs import Address
from workflows.operations.shipping_options import ShippingOptions

SUPPORT = (
    OptionSupport(option="signature", vendor_field="s", choices={"direct": "D"}),
    OptionSupport(option="signature", vendor_field="s", choices={"adult": "A"}, services=("GROUND",)),
    OptionSupport(option="insurance", vendor_field="i", max_amount=Decimal(5000)),
    OptionSupport(option="references.po", vendor_field="r", max_length=5),
    OptionSupport(option="references.department", vendor_field="r", max_length=5),
    OptionSupport(option="ship_date", vendor_field="d", max_days=10, holidays=FEDERAL),
    OptionSupport(option="billing", vendor_field="b", choices={"third_party": "3"}, needs=("postal_code",)),
    OptionSupport(option="saturday_delivery", vendor_field="w", services=("PRIORITY_OVERNIGHT",)),
    OptionSupport(option="notifications", vendor_field="n", max_count=2),
    OptionSupport(option="return_address", vendor_field="a"),
    OptionSupport(option="label.size", vendor_field="l", choices={"4x8": "8"}, formats=("ZPL",)),
)
OWN = (CarrierOption(name="kind", vendor_field="k", meaning="Kind.", kind="string", choices=("a", "b"), example="a"),)
USD = {"amount": "100.00", "currency": "USD"}
PAYER = {"payer": "third_party", "account": "123456789", "postal_code": "97201"}


@pytest.fixture(autouse=True)
def supported(monkeypatch: pytest.MonkeyPatch) -> None:
    """FedEx supports `SUPPORT` and nothing else."""
    profile = replace(CARRIERS["fedex"], shipping_options=SUPPORT, carrier_options=OWN)
    monkeypatch.setitem(CARRIERS, "fedex", profile)


def find_workday() -> str:
    """Return a day of the next week that is no holiday."""
    days = (datetime.now(UTC).date() + timedelta(days=ahead) for ahead in (2, 3, 4))
    return next(day.isoformat() for day in days if find_holiday(day, FEDERAL) is None)


def build_body(rows: Rows, options: Json, **inputs: Any) -> Json:
    return build_purchase(rows.insert_order(), carrier="fedex", service="GROUND", shipping_options=options, **inputs)


def build_account_body(settings: Json) -> Json:
    own = build_own_account()
    return {**own, "settings": {**own["settings"], **settings}}


async def create_account(client: ApiClient, **settings: Any) -> Json:
    return dict(await client.data("POST", "/api/carrier-accounts", build_account_body(settings)))


def find_messages(response: Any) -> dict[str, str]:
    """Return the message of each refused field, by path."""
    assert response.status_code == 422, response.text
    fields = response.json()["error"]["details"]["fields"]
    return {".".join(map(str, field["path"])): field["message"] for field in fields}


def iterate_nulls(model: type[BaseModel], sample: Json) -> Iterator[Json]:
    """Iterate over the values of a model in which one field is null; the other fields of its part are set."""
    for name, field in model.model_fields.items():
        kinds = get_args(field.annotation)
        if NoneType in kinds:
            yield {**sample, name: None}
        for kind in kinds or (field.annotation,):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from ({name: {**sample[name], **part}} for part in iterate_nulls(kind, sample[name]))


async def test_a_null_is_accepted_or_refused_anywhere(client: ApiClient, rows: Rows) -> None:
    """Whether it is in the options of an operation, of a request for prices, or in an account's defaults."""
    account = await create_account(client)
    place = {key: SHIP_FROM.get(key) for key in Address.model_fields}
    sample: Json = {
        "insurance": USD,
        "declared_value": USD,
        "references": {"po": "1"},
        "hold_at_location": {"location_id": "1", "address": place},
        "billing": PAYER,
        "notifications": {"emails": ["ada@example.com"], "events": ["shipped"]},
        "return_address": place,
        "label": {"size": "4x8", "dpi": 203},
    }
    nulls = [*iterate_nulls(ShippingOptions, sample), {"carrier_options": {"kind": None}}]
    assert {"notifications": {**sample["notifications"], "events": None}} in nulls
    body = build_body(rows, {})
    for options in nulls:
        operation = {**body, "input": {**body["input"], "shipping_options": options}}
        rates = {"carrier": "fedex", "ship_to": SHIP_TO, "shipping_options": options}
        defaults = {"settings": {"shipping_defaults": options}}
        answers = [
            await client.call("POST", "/api/operations", operation),
            await client.call("POST", "/api/rates", rates),
            await client.call("PATCH", f"/api/carrier-accounts/{account['id']}", defaults),
        ]
        assert [answer.text for answer in answers if answer.status_code not in (200, 201, 202, 409, 422)] == []


async def test_a_null_in_an_option_is_a_missing_part(client: ApiClient, rows: Rows) -> None:
    await create_account(client)
    options = {"notifications": {"emails": ["ada@example.com"], "events": None}}
    await client.data("POST", "/api/operations", build_body(rows, options))


async def test_an_amount_has_no_exponent(client: ApiClient, rows: Rows) -> None:
    await create_account(client)
    options = {"insurance": {"amount": "1E+3", "currency": "USD"}}
    created = await client.data("POST", "/api/operations", build_body(rows, options))
    assert created["input"]["shipping_options"]["insurance"]["amount"] == "1000"


async def test_the_options_of_a_purchase_are_recorded(client: ApiClient, rows: Rows) -> None:
    """A null stays, because it removes a default of the account."""
    options = {
        "signature": "adult",
        "insurance": USD,
        "references": {"po": "4711"},
        "ship_date": find_workday(),
        "billing": PAYER,
        "notifications": {"emails": ["ada@example.com"]},
        "return_address": SHIP_FROM,
        "packaging": "own",
        "label": None,
        "carrier_options": {"kind": "b"},
    }
    await create_account(client)
    created = await client.data("POST", "/api/operations", build_body(rows, options))
    assert created["input"]["shipping_options"] == options


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({"sigature": "adult"}, "sigature", "is unknown; accepted: signature, insurance"),
        ({"signature": "adlut"}, "signature", "must be one of none, direct, indirect, adult"),
        ({"signature": "indirect"}, "signature", "Supported: direct, adult"),
        ({"hold_at_location": {"location_id": "1"}}, "hold_at_location", "Supported options: signature, insurance"),
        ({"declared_value": USD}, "declared_value", "is not supported by FedEx here"),
        ({"insurance": {"amount": 0, "currency": "USD"}}, "insurance.amount", "must be greater than 0"),
        ({"insurance": {"amount": "5000.01", "currency": "USD"}}, "insurance.amount", "must be at most 5000 USD"),
        ({"insurance": {"amount": "1.001", "currency": "USD"}}, "insurance", "more decimals than its currency"),
        ({"insurance": {"amount": 1, "currency": "EUR"}}, "insurance.currency", "must be USD"),
        ({"insurance": {"amount": 1, "currency": "EUX"}}, "insurance.currency", "ISO 4217"),
        ({"references": {"po": "123456"}}, "references.po", "at most 5 characters"),
        ({"references": {"po": "A😀"}}, "references.po", "which has no Latin form"),
        ({"references": {"po": "東京都港"}}, "references.po", "at most 5 characters"),
        ({"references": {"po": "AB2CD3EF4GH5IJ6KL7MN2OP3QR"}}, "references.po", "this service's own references"),
        ({"references": {"ref1": "1"}}, "references.ref1", "accepted: order, po, invoice, department"),
        ({"ship_date": "2020-01-01"}, "ship_date", "must be from"),
        ({"ship_date": "tomorrow"}, "ship_date", "must be a date, such as 2026-01-15"),
        ({"ship_date": "2026-02-30"}, "ship_date", "must be a date"),
        ({"billing": {"payer": "third_party", "postal_code": "1"}}, "billing.account", "is required if payer"),
        ({"billing": {**PAYER, "postal_code": None}}, "billing.postal_code", "is required by FedEx"),
        ({"billing": {**PAYER, "payer": "sender"}}, "billing.account", "only if payer is recipient or third_party"),
        ({"billing": {**PAYER, "payer": "recipient"}}, "billing.payer", "Supported: third_party"),
        ({"saturday_delivery": True}, "saturday_delivery", "only with the services PRIORITY_OVERNIGHT"),
        ({"saturday_delivery": "yes"}, "saturday_delivery", "must be true or false"),
        ({"notifications": {"emails": ["ada"]}}, "notifications.emails.0", "must be an e-mail address"),
        ({"notifications": {"emails": ["a@b.de"] * 3}}, "notifications.emails", "at most 2 addresses"),
        ({"return_address": {**SHIP_FROM, "state": "CA"}}, "return_address.postal_code", ""),
        ({"label": {"size": "4x8"}}, "label.size", "only with the label formats ZPL"),
        ({"label": {"dpi": 200}}, "label.dpi", "must be"),
        ({"hazmat": True}, "hazmat", "hazardous contents"),
        ({"carrier_options": {"dangerousGoods": True}}, "carrier_options.dangerousGoods", "hazardous contents"),
        ({"carrier_options": {"kind": "c"}}, "carrier_options.kind", "must be one of a, b"),
        ({"carrier_options": {"kinds": "a"}}, "carrier_options.kinds", "Supported: kind"),
    ],
)
async def test_an_option_that_the_carrier_lacks_is_refused_by_name(
    client: ApiClient, rows: Rows, options: Json, path: str, message: str
) -> None:
    """Also for fulfill_order, and for prices unless the option depends on the service or the label format."""
    await create_account(client)
    order = build_body(rows, options)
    found = find_messages(await client.call("POST", "/api/operations", order))
    assert list(found) == [f"input.shipping_options.{path}"]
    assert message in found[f"input.shipping_options.{path}"]
    both = {**order, "type": "fulfill_order", "input": {**order["input"], "bridge_id": str(rows.insert_bridge())}}
    assert find_messages(await client.call("POST", "/api/operations", both)) == found
    if "available only" not in found[f"input.shipping_options.{path}"]:
        rates = {"carrier": "fedex", "ship_to": SHIP_TO, "shipping_options": options}
        assert list(find_messages(await client.call("POST", "/api/rates", rates))) == [f"shipping_options.{path}"]


async def test_every_option_that_is_not_supported_is_listed(client: ApiClient, rows: Rows) -> None:
    options = {"signature": "indirect", "insurance": {**USD, "amount": "6000"}, "packaging": "pak"}
    await create_account(client)
    found = find_messages(await client.call("POST", "/api/operations", build_body(rows, options)))
    paths = [path.removeprefix("input.shipping_options.") for path in found]
    assert paths == ["signature", "insurance.amount", "packaging"]


async def test_prices_are_asked_with_the_options(client: ApiClient, carrier: Carrier) -> None:
    """The account's defaults count, except those that the call replaces."""
    await create_account(client, shipping_defaults={"signature": "direct", "references": {"po": "1"}})
    options = {"insurance": USD, "references": {"department": "Toys"}, "saturday_delivery": True}
    body = {"carrier": "fedex", "ship_to": SHIP_TO}

    await client.data("POST", "/api/rates", {**body, "shipping_options": options})
    await client.data("POST", "/api/rates", {**body, "shipping_options": {"signature": None}})

    assert [to_json(request.shipping_options) for request in carrier.asked] == [
        {**options, "signature": "direct", "references": {"po": "1", "department": "Toys"}},
        {"references": {"po": "1"}},
    ]


async def test_a_price_is_refused_for_an_option_that_depends_on_the_service(
    client: ApiClient, carrier: Carrier
) -> None:
    """An aggregator's carriers have their own values of it; a null leaves it out."""
    account = build_account_body({"shipping_defaults": {"packaging": "pak"}})
    own = {"carrier": "easypost", "credentials": {"api_key": "k"}}
    await client.data("POST", "/api/carrier-accounts", {**account, **own})
    price = {"carrier": "easypost", "ship_to": SHIP_TO}

    by_default = find_messages(await client.call("POST", "/api/rates", price))
    by_call = find_messages(
        await client.call("POST", "/api/rates", {**price, "shipping_options": {"packaging": "tube"}})
    )
    await client.data("POST", "/api/rates", {**price, "shipping_options": {"packaging": None}})

    assert "FedExPak with FedEx*, Pak with UPS*" in by_default["carrier_account.settings.shipping_defaults.packaging"]
    assert "depends on the service" in by_call["shipping_options.packaging"]
    assert len(carrier.asked) == 1


@pytest.mark.parametrize(
    ("defaults", "path"),
    [
        ({"packaging": "pak"}, "packaging"),
        ({"colour": "red"}, "colour"),
        ({"ship_date": "2026-12-01"}, "ship_date"),
        ({"billing": {"payer": "third_party"}}, "billing.account"),
        ({"return_address": {**SHIP_FROM, "state": "CA"}}, "return_address.postal_code"),
    ],
)
async def test_defaults_of_an_account_are_checked(client: ApiClient, defaults: Json, path: str) -> None:
    body = build_account_body({"shipping_defaults": defaults})
    found = find_messages(await client.call("POST", "/api/carrier-accounts", body))
    assert list(found) == [f"settings.shipping_defaults.{path}"]


async def test_a_default_is_replaced_as_a_whole_and_removed_with_null(client: ApiClient) -> None:
    account = await create_account(client, shipping_defaults={"signature": "direct", "insurance": USD})
    path = f"/api/carrier-accounts/{account['id']}"
    changed = await client.data("PATCH", path, {"settings": {"shipping_defaults": {"signature": "adult"}}})
    removed = await client.data("PATCH", path, {"settings": {"shipping_defaults": None}})
    assert account["settings"]["shipping_defaults"] == {"signature": "direct", "insurance": USD}
    assert changed["settings"]["shipping_defaults"] == {"signature": "adult"}
    assert "shipping_defaults" not in removed["settings"]


async def test_a_default_is_checked_only_if_the_call_sends_it(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A carrier that supports less than before blocks no other change of the account."""
    account = await create_account(client, shipping_defaults={"signature": "direct"})
    monkeypatch.setitem(CARRIERS, "fedex", replace(CARRIERS["fedex"], shipping_options=()))
    path = f"/api/carrier-accounts/{account['id']}"
    changed = await client.data("PATCH", path, {"settings": {"max_concurrent": 3}})
    assert changed["settings"]["shipping_defaults"] == {"signature": "direct"}
    again = {"settings": {"shipping_defaults": {"signature": "direct"}}}
    assert list(find_messages(await client.call("PATCH", path, again))) == ["settings.shipping_defaults.signature"]


async def test_a_default_that_does_not_fit_the_service_is_named_in_the_account(client: ApiClient, rows: Rows) -> None:
    """The operation can remove it."""
    await create_account(client, shipping_defaults={"saturday_delivery": True})
    found = find_messages(await client.call("POST", "/api/operations", build_body(rows, {})))
    assert list(found) == ["carrier_account.settings.shipping_defaults.saturday_delivery"]
    await client.data("POST", "/api/operations", build_body(rows, {"saturday_delivery": None}))
    await client.data("POST", "/api/operations", build_body(rows, {"saturday_delivery": False}))


async def test_a_combination_that_only_the_carrier_knows_is_refused(client: ApiClient, rows: Rows) -> None:
    """USPS prints three references in addition to the operation's own."""
    credentials = dict(CARRIERS["usps"].sandbox_credentials)
    own = build_own_account(carrier="usps", credentials=credentials)
    account = await client.data("POST", "/api/carrier-accounts", own)
    references = dict.fromkeys(("order", "po", "invoice", "department"), "1")
    body = build_purchase(
        rows.insert_order(),
        carrier="usps",
        carrier_account_id=account["id"],
        service="PRIORITY_MAIL",
        shipping_options={"references": references},
    )
    assert list(find_messages(await client.call("POST", "/api/operations", body))) == [
        "input.shipping_options.references"
    ]


async def test_events_do_not_contain_personal_data_of_options(client: ApiClient, rows: Rows) -> None:
    """Neither those of operations nor those of accounts, which name only the changed settings."""
    marks = ("471147114", "ada.quill@example.com", "Quill Returns")
    options = {
        "billing": {**PAYER, "account": marks[0]},
        "notifications": {"emails": [marks[1]]},
        "return_address": {**SHIP_FROM, "name": marks[2]},
    }
    account = await create_account(client, shipping_defaults=options)
    await client.data("PATCH", f"/api/carrier-accounts/{account['id']}", {"settings": {"shipping_defaults": options}})
    created = await client.data("POST", "/api/operations", build_body(rows, options))
    assert all(mark in str(created) and mark in str(account) for mark in marks)
    events = rows.select("events")
    assert {event["subject_type"] for event in events} >= {"operation", "carrier_account"}
    assert not [mark for mark in marks if mark in str(events)]
