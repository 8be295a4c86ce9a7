"""Options that a carrier's profile does not declare are refused, with the accepted ones."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.ids import effect_reference
from domain.shipping_options import merge_options
from domain.vendors.catalogue import CARRIERS
from domain.vendors.holidays import CHRISTMAS, FEDERAL, LABOR_DAY, MEMORIAL_DAY, THANKSGIVING, find_holiday
from domain.vendors.option_checks import find_option_problems, find_price_problems
from domain.vendors.options import CarrierOption, OptionSupport
from domain.vendors.profile import CarrierProfile

NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)
USD = {"amount": "100", "currency": "USD"}
MADE = CarrierProfile(
    name="made",
    adapter="made:Made",
    title="Made",
    base_url="https://made.example",
    credentials=(),
    sandbox_credentials={},
    services=("GROUND", "AIR"),
    shipping_options=(
        OptionSupport(option="signature", vendor_field="s", choices={"direct": "D"}, excludes=("hold_at_location",)),
        OptionSupport(option="signature", vendor_field="s", choices={"adult": "A"}, services=("AIR",)),
        OptionSupport(option="insurance", vendor_field="i", max_amount=Decimal(5000), excludes=("references",)),
        OptionSupport(option="insurance", vendor_field="i", max_amount=Decimal(9000), services=("AIR",)),
        OptionSupport(option="references.po", vendor_field="r", max_length=5),
        OptionSupport(option="ship_date", vendor_field="d", max_days=30, holidays=FEDERAL),
        OptionSupport(option="hold_at_location", vendor_field="h", fields=("location_id",), needs=("location_id",)),
        OptionSupport(option="billing", vendor_field="b", choices={"third_party": "3"}, needs=("postal_code",)),
        OptionSupport(option="notifications", vendor_field="n", choices={"shipped": "S"}, max_count=1),
        OptionSupport(option="label.size", vendor_field="l", choices={"4x8": "8"}, formats=("ZPL",)),
    ),
    carrier_options=(
        CarrierOption(
            name="kind", vendor_field="k", meaning="M", kind="string", choices=("a", "b"), services=("G*",), example="a"
        ),
        CarrierOption(name="fragile", vendor_field="f", meaning="Fragile.", kind="boolean", example=True),
        CarrierOption(name="count", vendor_field="c", meaning="Count.", kind="integer", example=1, maximum=Decimal(9)),
    ),
)  # fmt: skip


def find(service: str = "GROUND", label_format: str = "PDF", **options: Any) -> dict[str, str]:
    """Return the problems of options, by path."""
    merged = merge_options(None, options)
    found = find_option_problems(MADE, merged, NOW, service=service, label_format=label_format)
    return {".".join(map(str, problem.path[1:])): problem.message for problem in found}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"signature": "direct", "insurance": USD, "ship_date": "2026-12-01"},
        {"signature": "none"},
        {"ship_date": "2026-12-30", "references": {"po": "12345"}},
        {"service": "AIR", "insurance": {**USD, "amount": "9000"}, "signature": "adult", "references": {"po": "1"}},
        {"service": "", "signature": "adult", "label": {"size": "4x8"}},
        {"label_format": "ZPL", "label": {"size": "4x8"}},
        {"billing": {"payer": "third_party", "account": "1", "postal_code": "1"}},
        {"carrier_options": {"kind": "a", "count": 9, "fragile": True}},
        {"notifications": {"emails": ["a@b.example"], "events": ["shipped"]}},
    ],
)
def test_declared_options_are_accepted(options: dict[str, Any]) -> None:
    assert find(**options) == {}


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({"saturday_delivery": True}, "saturday_delivery", "Supported options: signature, insurance, references.po"),
        ({"references": {"order": "1"}}, "references.order", "is not supported by Made here"),
        ({"signature": "indirect"}, "signature", "Supported: direct, adult"),
        ({"signature": "adult"}, "signature", "only with the services AIR"),
        ({"label": {"size": "4x8"}}, "label.size", "only with the label formats ZPL"),
        ({"insurance": {**USD, "amount": "5000.01"}}, "insurance.amount", "at most 5000 USD"),
        ({"service": "AIR", "insurance": {**USD, "amount": "9000.01"}}, "insurance.amount", "at most"),
        ({"insurance": {**USD, "currency": "CAD"}}, "insurance.currency", "must be USD"),
        ({"insurance": USD, "references": {"po": "1"}}, "insurance", "can't be combined with references.po"),
        (
            {"signature": "direct", "hold_at_location": {"location_id": "1"}},
            "signature",
            "combined with hold_at_location",
        ),
        ({"references": {"po": "123456"}}, "references.po", "at most 5 characters"),
        ({"ship_date": "2026-11-30"}, "ship_date", "must be from 2026-12-01 to 2026-12-31"),
        ({"ship_date": "2027-01-01"}, "ship_date", "the next 29 days"),
        ({"ship_date": "2026-12-25"}, "ship_date", "is Christmas Day"),
        ({"hold_at_location": {}}, "hold_at_location.location_id", "is required by Made"),
        ({"billing": {"payer": "third_party", "account": "1"}}, "billing.postal_code", "is required by Made"),
        ({"billing": {"payer": "recipient", "account": "1"}}, "billing.payer", "Supported: third_party"),
        ({"notifications": {"emails": ["a@b.example"], "events": ["delivered"]}}, "notifications.events", "shipped"),
        ({"notifications": {"emails": ["a", "b"], "events": ["shipped"]}}, "notifications.emails", "at most 1"),
        ({"carrier_options": {"mind": "a"}}, "carrier_options.mind", "Supported: kind, fragile, count"),
        ({"carrier_options": {"hazmatType": "a"}}, "carrier_options.hazmatType", "hazardous contents"),
        ({"carrier_options": {"kind": "c"}}, "carrier_options.kind", "must be one of a, b"),
        ({"carrier_options": {"kind": 1}}, "carrier_options.kind", "must be a string"),
        ({"service": "AIR", "carrier_options": {"kind": "a"}}, "carrier_options.kind", "only with the services G*"),
        ({"carrier_options": {"count": True}}, "carrier_options.count", "must be an integer"),
        ({"carrier_options": {"count": 10}}, "carrier_options.count", "must be at most 9"),
    ],
)
def test_other_options_are_refused_by_name(options: dict[str, Any], path: str, message: str) -> None:
    found = find(**options)
    assert list(found) == [path]
    assert message in found[path]


def test_values_of_the_carrier_follow_the_service() -> None:
    assert MADE.vendor_value("signature", "adult", "AIR") == "A"
    assert MADE.vendor_value("signature", "adult", "GROUND") is None
    assert MADE.vendor_value("packaging", "pak", "AIR") is None
    assert MADE.vendor_value("label.size", "4x8", "AIR") == MADE.vendor_value("label.size", "4x8", "AIR", "ZPL") == "8"
    assert MADE.vendor_value("label.size", "4x8", "AIR", "PDF") is None


@pytest.mark.parametrize(
    ("carrier", "options", "named"),
    [
        ("easypost", {"packaging": "pak"}, ["FedExPak", "Pak"]),
        ("easypost", {"packaging": "envelope", "signature": "direct"}, []),
        ("shipengine", {"packaging": "letter"}, ["letter", "ups_letter"]),
        ("shipengine", {"signature": "direct"}, ["signature", "direct_signature"]),
        ("shipengine", {"signature": "adult", "packaging": "small_flat_rate_box"}, []),
        ("usps", {"signature": "direct", "packaging": "flat_rate_envelope"}, []),
    ],
)
def test_a_price_needs_a_value_that_does_not_depend_on_the_service(
    carrier: str, options: dict[str, Any], named: list[str]
) -> None:
    found = find_price_problems(CARRIERS[carrier], merge_options(None, options))
    assert [problem.path for problem in found] == [("shipping_options", name) for name in options if named]
    assert all(value in problem.message for problem in found for value in named)


def test_an_unknown_option_can_not_be_declared() -> None:
    with pytest.raises(ValueError, match="color"):
        OptionSupport(option="color", vendor_field="c")


def test_holidays_are_found_by_their_rule() -> None:
    assert THANKSGIVING.in_year(2026) == date(2026, 11, 26)
    assert MEMORIAL_DAY.in_year(2026) == date(2026, 5, 25)
    assert MEMORIAL_DAY.in_year(2027) == date(2027, 5, 31)
    assert LABOR_DAY.in_year(2026) == date(2026, 9, 7)
    assert find_holiday(date(2026, 12, 25), FEDERAL) is CHRISTMAS
    assert find_holiday(date(2026, 12, 24), FEDERAL) is None


@pytest.mark.parametrize(
    ("carrier", "service", "day", "title"),
    [
        ("usps", "PRIORITY_MAIL", date(2026, 10, 12), "Columbus Day"),
        ("easypost", "USPS.Priority", date(2026, 10, 12), "Columbus Day"),
        ("easypost", "UPSDAP.Ground", date(2026, 10, 12), None),
        ("easypost", "FedEx.FEDEX_GROUND", date(2026, 11, 26), "Thanksgiving Day"),
        ("easypost", "OnTrac.Ground", date(2026, 11, 26), None),
        ("easypost", "", date(2026, 11, 26), None),
        ("shipengine", "usps_priority_mail", date(2026, 10, 12), "Columbus Day"),
        ("shipengine", "ups_ground", date(2026, 11, 26), "Thanksgiving Day"),
        ("shipengine", "dhl_express_worldwide", date(2026, 11, 26), None),
    ],
)
def test_the_holidays_are_those_of_the_services_carrier(
    carrier: str, service: str, day: date, title: str | None
) -> None:
    """The declaration that names the service counts, and not the one for all services."""
    options = merge_options(None, {"ship_date": day.isoformat()})
    now = datetime(day.year, day.month, day.day - 3, 20, tzinfo=UTC)
    found = find_option_problems(CARRIERS[carrier], options, now, service=service)
    assert [problem.message for problem in found] == (
        [] if title is None else [f"is {title}, on which {CARRIERS[carrier].title} accepts no parcels"]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PO \U0001f600", "which has no Latin form"),
        ("\u200b", "is empty"),
        ("\u6771\u4eac" * 6, "at most 35 characters"),
        (effect_reference(UUID(int=1), "buy_label", "do", 1), "the form of this service's own references"),
        ("ab2cd3ef4gh5ij6kl7mn2op3qr", "the form of this service's own references"),
        ("AB2CD3EF4GH5IJ6KL7MN2OP3Q", None),
        ("Z\u00fcrich \u2116 7", None),
    ],
)
def test_a_reference_is_checked_in_the_letters_of_the_carrier(text: str, words: str | None) -> None:
    options = merge_options(None, {"references": {"po": text}})
    messages = [problem.message for problem in find_option_problems(CARRIERS["ups"], options, NOW)]
    assert len(messages) == (words is not None)
    assert words is None or words in messages[0]
