"""Values of adapters are bounded when they are created, so installed adapters are bounded too."""

from datetime import datetime
from typing import Any

import pytest

from domain.bounds import MAX_MESSAGE
from domain.channels import Fulfillment, FulfillmentStatus
from domain.errors import Ambiguous, RateLimited, Rejected
from domain.shipping import Label, Rate
from domain.tracking import MAX_EVENTS, Tracking, TrackingEvent, TrackingStatus


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("SHIPMENT.POSTAGE.FAILURE", "SHIPMENT.POSTAGE.FAILURE"),
        ("woocommerce_rest_shop_order_invalid-id", "woocommerce_rest_shop_order_invalid-id"),
        (160185, "160185"),
        ("x" * 61, None),
        ("x" * 5_000_000, None),
        ("Bearer abc", None),
        ("", None),
        ({"code": "X"}, None),
        (["X"], None),
        (True, None),
        (None, None),
    ],
)
def test_a_vendors_code_is_short_and_has_plain_letters(code: Any, expected: str | None) -> None:
    assert Rejected("no", vendor_code=code).vendor_code == expected


def test_messages_and_fields_are_cut_to_the_stored_length() -> None:
    error = Rejected("n\0o" + "\ud800" + "x" * 20_000_000, vendor_code="X", field="f" * 300)
    assert (error.message[:3], len(error.message) <= MAX_MESSAGE, error.field) == ("nox", True, None)
    assert Rejected("no", field="to_address.zip").field == "to_address.zip"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(5.0, 5.0), (-1.0, 0.0), (float("nan"), 1.0), (float("inf"), 1.0), (1e300, 86_400.0)],
)
def test_a_wait_is_at_most_a_day(seconds: float, expected: float) -> None:
    assert RateLimited("wait", after=seconds).after == expected


def build_label(**changes: Any) -> Label:
    defaults = {"carrier_shipment_id": "s1", "tracking_number": "1Z", "service": "GROUND", "live": True}
    return Label(
        **{**defaults, "label_format": "PDF", "cost": "7.90", "currency": "USD", "document": b"%PDF", **changes}
    )


@pytest.mark.parametrize(
    "changes",
    [{"cost": "NaN"}, {"cost": "Infinity"}, {"cost": "1e30"}, {"cost": "much"}, {"currency": "<b>"}, {"cost": None}],
)
def test_a_label_with_an_invalid_price_has_no_price(changes: dict[str, Any]) -> None:
    label = build_label(**changes)
    assert (label.cost, label.currency, label.document) == (None, None, b"%PDF")


def test_a_label_has_the_format_of_its_document_or_no_document() -> None:
    wrong = build_label(label_format="GIF<script>", document=b"GIF89a")
    corrected = build_label(label_format="GIF<script>", document=b"^XA^XZ")
    assert (wrong.label_format, wrong.document) == ("PDF", None)
    assert (corrected.label_format, corrected.document) == ("ZPL", b"^XA^XZ")


@pytest.mark.parametrize("name", ["carrier_shipment_id", "tracking_number", "service"])
@pytest.mark.parametrize("value", ["", "x" * 256, None, {"id": 1}])
def test_a_label_without_an_id_number_or_service_is_ambiguous(name: str, value: Any) -> None:
    with pytest.raises(Ambiguous):
        build_label(**{name: value})


@pytest.mark.parametrize("amount", ["NaN", "-Infinity", "1e12", "free", ""])
def test_a_rate_with_an_invalid_amount_is_ambiguous(amount: str) -> None:
    with pytest.raises(Ambiguous):
        Rate("GROUND", amount, "USD")


@pytest.mark.parametrize("number", ["<script>", "../../x", "[secret]", "\u202e794", "794\n", "", "9" * 256, "東京"])
def test_a_label_with_a_strange_id_or_number_is_ambiguous(number: str) -> None:
    """The ledger then searches at the carrier."""
    for names in ((number, "1Z"), ("shp_1", number)):
        with pytest.raises(Ambiguous):
            Label(*names, "GROUND", live=True, label_format="PDF")


@pytest.mark.parametrize("number", ["shp_0a", "se-1", "9400 1000 0000", "AB/12:3.4+5"])
def test_ids_of_labels_may_have_punctuation(number: str) -> None:
    assert Label(number, number, "GROUND", live=True, label_format="PDF").tracking_number == number


def test_a_negative_price_is_not_accepted() -> None:
    label = Label("1", "1", "GROUND", live=True, label_format="PDF", cost="-5.00", currency="USD")
    assert (label.cost, label.currency) == (None, None)
    with pytest.raises(Ambiguous):
        Rate("GROUND", "-5.00", "USD")


def test_a_fulfillment_has_an_id_and_a_short_message() -> None:
    fulfillment = Fulfillment("f1", FulfillmentStatus.REJECTED, "1Z", notified=False, message="x" * 5000)
    assert len(fulfillment.message or "") == MAX_MESSAGE
    with pytest.raises(Ambiguous):
        Fulfillment("", FulfillmentStatus.LIVE, "1Z", notified=False)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-11-30T11:00:00+23:59", "2026-11-29T11:01:00+00:00"),
        ("2026-11-30T11:00:00-18:00", "2026-12-01T05:00:00+00:00"),
        ("9999-12-31T23:59:59-14:00", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_time_that_postgres_can_not_store_is_dropped(time: str, expected: str | None) -> None:
    """Postgres accepts no offset of 16 hours or more."""
    event = TrackingEvent(datetime.fromisoformat(time), TrackingStatus.IN_TRANSIT, "IT", "")
    assert (event.at and event.at.isoformat()) == expected


def test_tracking_has_a_limited_number_of_short_events() -> None:
    event = TrackingEvent(datetime(2026, 1, 1), TrackingStatus.IN_TRANSIT, "c" * 999, "d" * 999)  # noqa: DTZ001 - no zone
    assert (event.at, len(event.code), len(event.description)) == (None, 60, 200)
    assert len(Tracking("1Z", TrackingStatus.IN_TRANSIT, (event,) * 10_000).events) == MAX_EVENTS
