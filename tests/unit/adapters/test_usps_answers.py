"""USPS failures, cancels, tracking and prices are read."""

import json

import pytest

from adapters.carriers.usps import answers
from adapters.carriers.usps.errors import explain_void_refusal, is_never_bought, parse_answer
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from domain.tracking import TrackingStatus
from tests.fixtures.builders import build_raw_answer


def build_refusal(
    status: int, message: str = "in USPS's words", parameter: str = "", wait: str = "", code: str = "160113"
) -> RawAnswer:
    error = {
        "status": str(status),
        "code": code,
        "title": "Bad",
        "detail": message,
        "source": {"parameter": parameter},
    }
    body = {"apiVersion": "v3", "error": {"code": str(status), "message": "high level", "errors": [error]}}
    return RawAnswer(status, json.dumps(body).encode(), {"retry-after": wait})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (build_refusal(400), Rejected),
        (build_refusal(401), AuthFailed),
        (build_refusal(403), AuthFailed),
        (build_refusal(404), Rejected),
        (build_refusal(429, wait="7"), RateLimited),
        (build_refusal(503, wait="5"), Ambiguous),
        (build_refusal(500), Ambiguous),
        (build_raw_answer(502, b"<html>bad gateway"), Ambiguous),
        (build_raw_answer(400, b"<html>bad request"), Rejected),
        (build_raw_answer(400, {"error": {"code": "400", "errors": "none"}}), Rejected),
        (build_raw_answer(401, {"error": "invalid_token"}), AuthFailed),
        (build_raw_answer(302, b""), Ambiguous),
    ],
)
def test_a_failed_answer_raises_the_matching_error(answer: RawAnswer, error: type[EffectError]) -> None:
    """A purchase, a reprint and any other call raise the same error."""
    for parse in (
        parse_answer,
        answers.parse_reprint,
        lambda answer: answers.parse_purchase(answer, "PRIORITY_MAIL", "PDF"),
    ):
        with pytest.raises(error) as raised:
            parse(answer)
        assert type(raised.value) is error


@pytest.mark.parametrize(
    "answer",
    [
        build_refusal(400, "The Idempotency Key was already used."),
        build_refusal(400, parameter="X-Idempotency-Key"),
        build_refusal(409),
    ],
)
def test_a_refused_idempotency_key_makes_a_purchase_ambiguous(answer: RawAnswer) -> None:
    """It may mean that the label was bought. For any other call it is a plain refusal."""
    with pytest.raises(Ambiguous):
        answers.parse_purchase(answer, "PRIORITY_MAIL", "PDF")
    for parse in (parse_answer, answers.parse_reprint):
        with pytest.raises(Rejected):
            parse(answer)


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("toAddress.ZIPCode", "ship_to.postal_code"),
        ("fromAddress/streetAddress", "ship_from.street1"),
        ("toAddress", "ship_to"),
        ("packageDescription.weight", "parcels.0.weight"),
        ("packageDescription.mailClass", "service"),
        ("something", None),
        ("", None),
    ],
)
def test_a_refusal_has_the_message_of_usps_and_the_apis_field_name(parameter: str, field: str | None) -> None:
    with pytest.raises(Rejected) as refused:
        parse_answer(build_refusal(400, parameter=parameter))
    assert (refused.value.vendor_code, refused.value.message) == ("160113", "in USPS's words")
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("The label has already been canceled.", UndoOutcome.ALREADY_VOIDED),
        ("Label already cancelled", UndoOutcome.ALREADY_VOIDED),
        ("A refund request was already submitted for the label.", UndoOutcome.REFUND_PENDING),
        ("Duplicate dispute for the tracking number", UndoOutcome.REFUND_PENDING),
        ("The label cannot be canceled because it has already been used.", None),
        ("The label cannot be canceled: the package was already accepted", None),
        ("The label is not eligible for a refund.", None),
        ("No refund can be requested: the manifest was already submitted.", None),
        ("A refund request for this order has already been submitted today", UndoOutcome.REFUND_PENDING),
        ("A refund request for this order cannot be submitted", UndoOutcome.TOO_LATE),
        ("Order not found", UndoOutcome.NOT_FOUND),
        ("Order already canceled", UndoOutcome.ALREADY_VOIDED),
        ("Order cannot be canceled", None),
        ("The payment account was not found", None),
    ],
)
def test_a_refused_cancel_without_a_known_code_is_read_by_its_message(
    message: str, outcome: UndoOutcome | None
) -> None:
    """A message that merely mentions cancelling does not confirm it."""
    assert explain_void_refusal(build_refusal(400, message)) is outcome


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [
        ("160174", "Labels associated with a scan form cannot be canceled", UndoOutcome.TOO_LATE),
        ("160184", "Order cannot be canceled", UndoOutcome.TOO_LATE),
        ("160185", "Order not found", UndoOutcome.NOT_FOUND),
        ("160186", "Order already canceled", UndoOutcome.ALREADY_VOIDED),
        ("160187", "Return label orders cannot be canceled", None),
        ("160301", "The provided order is not eligible for a refund in this API", UndoOutcome.TOO_LATE),
        ("00000XX", "A refund request for this order has already been submitted today", UndoOutcome.REFUND_PENDING),
        ("160113", "must not be null", None),
    ],
)
def test_a_refused_cancel_is_read_by_its_code(code: str, message: str, outcome: UndoOutcome | None) -> None:
    """Every code that USPS documents for this call; all have the status 400."""
    assert explain_void_refusal(build_refusal(400, message, code=code)) is outcome


@pytest.mark.parametrize(
    ("code", "says_so"),
    [("160378", True), ("160379", False), ("160380", False), ("160381", False), ("160382", False), ("160383", False)],
)
def test_one_code_of_a_refused_reprint_means_that_no_label_was_bought(code: str, says_so: bool) -> None:
    """The others mean a label that is cancelled, disputed, too old or printed too often."""
    assert is_never_bought(build_refusal(400, "in USPS's words", code=code)) is says_so


def test_the_outcome_of_a_cancel_follows_its_status() -> None:
    """A disputed label has a pending refund; an unknown status is ambiguous."""
    assert answers.parse_void({"status": "CANCELED"}).outcome is UndoOutcome.VOIDED
    pending = answers.parse_void({"status": "DISPUTED", "disputeId": 104660})
    assert (pending.outcome, pending.ticket) == (UndoOutcome.REFUND_PENDING, "104660")
    for strange in ({}, {"status": "canceled"}, {"status": None}):
        with pytest.raises(Ambiguous):
            answers.parse_void(strange)


def test_tracking_events_are_read_in_order() -> None:
    """USPS lists the newest event first. An event in local time without a zone has no time here."""
    body = {
        "statusCategory": "Out for Delivery",
        "trackingEvents": [
            {"eventType": "Out for Delivery", "eventCode": "OF", "eventTimestamp": "2026-11-24T08:00:00"},
            {"eventType": "New to us", "eventCode": "Z9", "eventTimestamp": "2026-11-23T08:00:00Z"},
            {"eventType": "Label Created", "eventCode": "GX", "eventTimestamp": "never"},
        ],
    }
    tracking = answers.parse_tracking(body, "94")
    assert tracking.status is TrackingStatus.OUT_FOR_DELIVERY
    assert [event.code for event in tracking.events] == ["GX", "Z9", "OF"]
    assert [event.at is None for event in tracking.events] == [True, False, True]
    assert tracking.events[1].status is TrackingStatus.UNKNOWN
    assert (
        answers.parse_tracking({"trackingEvents": body["trackingEvents"]}, "94").status
        is TrackingStatus.OUT_FOR_DELIVERY
    )
    with pytest.raises(Ambiguous):
        answers.parse_tracking({}, "94")
