"""WooCommerce pushes write custom fields, and its answers are read."""

import json
from typing import Any

import pytest

from adapters.channels.common.ids import split_id
from adapters.channels.woocommerce import answers, errors, requests
from domain.channels import FulfillmentStatus
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from tests.fixtures.builders import REFERENCE, build_raw_answer
from tests.unit.adapters.woocommerce_pushes import COMPLETED, ORDER, apply_change, build_push, build_request

OTHER = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
PART = [{"sku": "TEE", "quantity": 1}]


def test_a_push_writes_one_custom_field() -> None:
    """Its key has the reference. The status stays if completing the order would notify the customer unasked."""
    body = build_push()

    assert set(body) == {"meta_data"}
    [meta] = body["meta_data"]
    assert meta["key"] == f"orderly_fulfillment_{REFERENCE}"
    assert json.loads(meta["value"]) == {
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": [{"id": "315", "quantity": 2}, {"id": "316", "quantity": 1}],
        "state": "live",
        "status_before": None,
    }


def test_an_order_is_completed_only_if_no_unwanted_mail_is_sent() -> None:
    """It is completed if all items are pushed, and the customer wants a mail or the shop sends none."""
    assert build_push(notify_customer=True)["status"] == "completed"
    assert build_push(mails=False)["status"] == "completed"
    assert "status" not in build_push(mails=False, line_items=PART)
    assert "status" not in build_push(line_items=PART)
    rest = apply_change(build_push(OTHER, line_items=[{"sku": "TEE", "quantity": 2}]))
    assert build_push(order=rest, mails=False)["status"] == "completed"


@pytest.mark.parametrize(
    ("mails", "order", "items"),
    [(True, ORDER, PART), (False, ORDER, None), (True, COMPLETED, None)],
)
def test_a_notification_that_would_not_be_sent_is_refused(
    mails: bool,
    order: dict[str, Any],
    items: list[dict[str, Any]] | None,
) -> None:
    """It is refused before any call, with the field's name."""
    with pytest.raises(Rejected) as refused:
        build_push(order=order, mails=mails, line_items=items, notify_customer=True)
    assert (refused.value.vendor_code, refused.value.field) == ("no_mail", "notify_customer")


def test_pushed_quantities_remain_taken_until_the_push_is_undone() -> None:
    once = apply_change(build_push(OTHER))
    with pytest.raises(Rejected) as refused:
        build_push(order=once)
    assert (refused.value.vendor_code, refused.value.field) == ("exceeds_remaining", "line_items")

    back = apply_change(requests.build_cancel(answers.parse_entries(once)[0], once), once)

    assert build_push(order=back) == build_push()


def test_a_pushed_fulfillment_is_read_from_the_answer() -> None:
    """It is the newest live entry with the tracking number, and knows whether the customer got a mail."""
    order = apply_change(build_push(notify_customer=True))
    entry = answers.find_pushed_entry(order, build_request())

    fulfillment = answers.to_fulfillment(order, entry, mails=True)

    assert (fulfillment.fulfillment_id, fulfillment.status, fulfillment.notified) == (
        f"727/{REFERENCE}",
        FulfillmentStatus.LIVE,
        True,
    )
    assert answers.to_fulfillment(order, entry, mails=False).notified is False
    with pytest.raises(Ambiguous):
        answers.find_pushed_entry(order, build_request(tracking_number="1Z"))


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", None, 7, {"tracking_number": ""}, '{"tracking_number": "1"}'])
def test_an_entry_that_was_edited_by_hand_is_ambiguous(value: object) -> None:
    """Nothing is sent, and the fulfillment is not assumed to be missing."""
    with pytest.raises(Ambiguous):
        answers.parse_entries({"meta_data": [{"key": f"orderly_fulfillment_{REFERENCE}", "value": value}]})


@pytest.mark.parametrize(
    "order", [{}, {"status": "processing"}, {**ORDER, "line_items": [[]]}, {**ORDER, "meta_data": "x"}]
)
def test_an_order_of_another_shape_is_ambiguous(order: dict[str, Any]) -> None:
    """It is never read as an empty order."""
    with pytest.raises(Ambiguous):
        build_push(order=order)


def test_ids_are_checked_before_they_become_part_of_a_path() -> None:
    with pytest.raises(Rejected):
        requests.check_order_id("../727")
    for wrong in ("727", "x/y", "/y"):
        with pytest.raises(Rejected):
            split_id(wrong)
    assert split_id(f"727/{REFERENCE}") == ("727", REFERENCE)


INVALID = {
    "code": "rest_invalid_param",
    "message": "Invalid parameter(s): status",
    "data": {"status": 400, "params": {"status": "status is not one of pending, processing."}},
}
FAILURES = [
    (build_raw_answer(400, INVALID), Rejected, "rest_invalid_param"),
    (
        build_raw_answer(401, {"code": "woocommerce_rest_cannot_edit", "message": "no"}),
        AuthFailed,
        "woocommerce_rest_cannot_edit",
    ),
    (build_raw_answer(403, {"code": "rest_forbidden", "message": "no"}), AuthFailed, "rest_forbidden"),
    (build_raw_answer(403, b"<html>"), Rejected, None),
    (build_raw_answer(404, b"<html>"), Rejected, None),
    (build_raw_answer(500, b"<b>Fatal error</b>"), Ambiguous, None),
    (build_raw_answer(503, b"", retry_after="1"), Ambiguous, None),
    (build_raw_answer(429, b"", retry_after="3"), RateLimited, None),
    (build_raw_answer(200, b"<br />Warning: ...{}"), Ambiguous, None),
    (build_raw_answer(200, b""), Ambiguous, None),
    (build_raw_answer(200, []), Ambiguous, None),
]


@pytest.mark.parametrize(("raw_answer", "kind", "code"), FAILURES)
def test_a_failed_answer_raises_the_matching_error(
    raw_answer: RawAnswer, kind: type[EffectError], code: str | None
) -> None:
    """The error has WooCommerce's code, if the answer has one."""
    with pytest.raises(kind) as raised:
        errors.parse_answer(raw_answer)
    assert type(raised.value) is kind
    assert getattr(raised.value, "vendor_code", None) == code


def test_the_error_of_a_field_is_reported() -> None:
    """WordPress has it below `data`."""
    with pytest.raises(Rejected, match="status is not one of"):
        errors.parse_answer(build_raw_answer(400, INVALID))


def test_only_woocommerce_itself_can_report_a_missing_order() -> None:
    """The 404 of a server in front of it proves nothing."""
    code = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    assert errors.is_missing(build_raw_answer(404, code))
    assert errors.is_missing(build_raw_answer(400, code))
    assert not errors.is_missing(build_raw_answer(404, b"<html>"))
    assert not errors.is_missing(build_raw_answer(404, {"code": "rest_no_route", "message": "No route"}))
