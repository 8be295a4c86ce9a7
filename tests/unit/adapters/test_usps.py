"""USPS's requests as its API description has them, and its answers read."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from adapters.carriers.usps import answers, requests
from adapters.carriers.usps.codes import IMAGES, RATE_INDICATORS, SERVICES, SKUS
from adapters.carriers.usps.errors import explain_void_refusal, is_never_bought, parse_answer
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer, ShipmentRequest
from domain.tracking import TrackingStatus
from domain.vendors.usps import USPS
from tests.fixtures.builders import FULL_SENDER, SHORT_RECIPIENT, build_shipment_request

REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
ASKED = datetime(2026, 11, 24, 3, 59, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
FROM = {**FULL_SENDER, "company": None, "state": "nc", "postal_code": "27713-1234", "phone": None}
TO = {**SHORT_RECIPIENT, "name": "Ada  King Lovelace", "company": "Engines"}
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "4", "width": "12", "height": "9", "dimension_unit": "in"}
PDF = b"%PDF-1.4\r\n--not a boundary\r\n\xff\x00 the label"


def request(**changed: Any) -> ShipmentRequest:
    usual = {"service": "GROUND_ADVANTAGE", "ship_from": FROM, "ship_to": TO, "parcels": [PARCEL], "asked_at": ASKED}
    return build_shipment_request(**{**usual, **changed})


def test_a_purchase_is_what_labels_v3_asks_for() -> None:
    """Required parts, units, names as USPS has them, the longest side as the length."""
    body = requests.build_purchase(REFERENCE, request(), LATER)

    assert body == {
        "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE"},
        "toAddress": {
            "firstName": "Ada King",
            "lastName": "Lovelace",
            "firm": "Engines",
            "streetAddress": "1 Way",
            "city": "Portland",
            "state": "OR",
            "ZIPCode": "97201",
        },
        "fromAddress": {
            "firm": "Warehouse",
            "streetAddress": "2600 Meridian Parkway",
            "secondaryAddress": "Dock 4",
            "city": "Durham",
            "state": "NC",
            "ZIPCode": "27713",
            "ZIPPlus4": "1234",
        },
        "packageDescription": {
            "mailClass": "USPS_GROUND_ADVANTAGE",
            "rateIndicator": "SP",
            "weight": 2.5,
            "length": 12.0,
            "width": 9.0,
            "height": 4.0,
            "processingCategory": "MACHINABLE",
            "destinationEntryFacilityType": "NONE",
            "weightUOM": "lb",
            "dimensionsUOM": "in",
            "mailingDate": "2026-11-23",
            "customerReference": [{"referenceNumber": REFERENCE, "printReferenceNumber": True}],
        },
    }
    assert json.loads(json.dumps(body)) == body


def test_a_purchase_that_is_sent_again_is_the_same() -> None:
    """Days later too, with the same key: USPS replays an identical request only."""
    assert requests.build_purchase(REFERENCE, request(), ASKED) == requests.build_purchase(REFERENCE, request(), LATER)
    assert requests.make_key(REFERENCE) == requests.make_key(REFERENCE) != requests.make_key(REFERENCE.lower())
    assert UUID(requests.make_key(REFERENCE)).version == 4


@pytest.mark.parametrize(
    ("asked", "zip_code", "day"),
    [
        ("2026-11-24T03:59:00+00:00", "27713", "2026-11-23"),
        ("2026-11-24T04:00:00+00:00", "27713", "2026-11-24"),
        ("2026-11-24T04:00:00+00:00", "96813", "2026-11-24"),
        ("2026-11-23T14:00:00+00:00", "96910", "2026-11-24"),
    ],
)
def test_a_mailing_date_is_never_over_where_the_parcel_begins(asked: str, zip_code: str, day: str) -> None:
    given = request(asked_at=datetime.fromisoformat(asked), ship_from={**FROM, "state": None, "postal_code": zip_code})
    assert requests.choose_mailing_date(given, LATER).isoformat() == day


def test_every_service_and_format_has_its_code() -> None:
    """What the API takes, USPS is asked for, and told of in a reprint."""
    assert set(SERVICES) == set(USPS.services) == set(RATE_INDICATORS) == set(SKUS.values())
    assert set(IMAGES) == set(USPS.label_formats)


@pytest.mark.parametrize(
    ("parcel", "category"),
    [({}, "MACHINABLE"), ({"weight": "401"}, "NONSTANDARD"), ({"length": "23"}, "NONSTANDARD")],
)
def test_what_a_machine_can_not_sort_is_told(parcel: dict[str, str], category: str) -> None:
    body = requests.build_purchase(REFERENCE, request(parcels=[{**PARCEL, **parcel}]), ASKED)
    assert body["packageDescription"]["processingCategory"] == category


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"service": "PIGEON"}, "service"),
        ({"ship_to": {**TO, "country": "DE"}}, "ship_to.country"),
        ({"ship_from": {**FROM, "country": "CA"}}, "ship_from.country"),
        ({"ship_to": {**TO, "state": "Pluto"}}, "ship_to.state"),
        ({"ship_to": {**TO, "postal_code": "972"}}, "ship_to.postal_code"),
        ({"ship_to": {**TO, "postal_code": "97201 0"}}, "ship_to.postal_code"),
        ({"ship_to": {**TO, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**TO, "street1": "x" * 51}}, "ship_to.street1"),
        ({"ship_to": {**TO, "street2": "x" * 51}}, "ship_to.street2"),
        ({"ship_to": {**TO, "city": "x" * 29}}, "ship_to.city"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
        ({"parcels": [{"weight": "1", "weight_unit": "lb"}]}, "parcels.0.length"),
        ({"parcels": [{**PARCEL, "weight": "1121"}]}, "parcels.0.weight"),
    ],
)
def test_what_usps_could_not_take_names_its_field(changed: dict[str, Any], field: str) -> None:
    """Before anything is sent; an unknown service is answered with those that there are."""
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, request(**changed), ASKED)
    assert refused.value.field == field
    if field == "service":
        assert all(code in refused.value.message for code in USPS.services)


def test_payer_and_owner_are_the_account() -> None:
    """The manifest's mailer is the label's where it is not set."""
    body = requests.build_authorization({"crid": "1", "mid": "902994482", "account_number": "1000"})
    account = {"CRID": "1", "MID": "902994482", "manifestMID": "902994482"}
    paid = {"accountType": "EPS", "accountNumber": "1000"}
    assert body == {"roles": [{"roleName": name, **account, **paid} for name in ("PAYER", "LABEL_OWNER")]}


METADATA = {"trackingNumber": "9400 1111 0555 5842 3326 69", "SKU": "DPXX0XXXXC04050", "postage": 9.35}
IMAGE = base64.b64encode(PDF).decode()


def build_answer(body: object, status: int = 200) -> RawAnswer:
    return RawAnswer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def in_parts(metadata: object = METADATA, image: bytes = PDF, head: bytes = b'form-data; name="labelImage"') -> bytes:
    return (
        b'--b7\r\nContent-Disposition: form-data; name="labelMetadata"\r\nContent-Type: application/json\r\n\r\n'
        + json.dumps(metadata).encode()
        + b"\r\n--b7\r\nContent-Disposition: "
        + head
        + b"\r\nContent-Type: application/pdf\r\n\r\n"
        + image
        + b"\r\n--b7--\r\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        {**METADATA, "labelImage": IMAGE},
        {"labelMetadata": METADATA, "labelImage": IMAGE},
        in_parts(),
        in_parts(image=IMAGE.encode()),
        in_parts(head=b'attachment; filename="label-image.pdf"'),
    ],
)
def test_a_label_is_read_in_each_of_its_shapes(answer: object) -> None:
    """USPS's own JSON, the same with its metadata inside, and several parts."""
    label = answers.parse_purchase(build_answer(answer), "PRIORITY_MAIL", "PDF")
    assert (label.tracking_number, label.service) == ("9400111105555842332669", "PRIORITY_MAIL")
    assert (label.cost, label.currency, label.document) == ("9.35", "USD", PDF)


def test_a_large_label_is_read_whole() -> None:
    large = PDF.ljust(2 * 1024 * 1024, b"\r\n"[:1])
    assert answers.parse_purchase(build_answer(in_parts(image=large)), "PRIORITY_MAIL", "PDF").document == large


def test_fees_and_extra_services_are_paid_too() -> None:
    fees = {"fees": [{"name": "Nonstandard", "price": 4.0}], "extraServices": [{"price": 1.1}, {"name": "Tracking"}]}
    assert answers.parse_purchase(build_answer({**METADATA, **fees}), "PRIORITY_MAIL", "PDF").cost == "14.45"


@pytest.mark.parametrize("amount", [None, "much", True, 1e300, [], float("nan")])
def test_a_strange_price_is_no_reason_to_lose_a_label(amount: Any) -> None:
    assert answers.parse_purchase(build_answer({**METADATA, "postage": amount}), "PRIORITY_MAIL", "PDF").cost is None


@pytest.mark.parametrize("image", [None, "", "not base64!", 7, base64.b64encode(b"<html>").decode()])
def test_a_label_without_a_readable_document_was_bought_all_the_same(image: Any) -> None:
    found = answers.parse_purchase(build_answer({**METADATA, "labelImage": image}), "PRIORITY_MAIL", "PDF")
    assert (found.tracking_number, found.document) == ("9400111105555842332669", None)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"trackingNumber": None},
        {"trackingNumber": 7},
        {"trackingNumber": " "},
        {"trackingNumber": "9" * 256},
        {"labelMetadata": [], "labelImage": IMAGE},
        b"",
        b"<html>maintenance",
        b'{"trackingNumber": "94',
        b"--",
        in_parts()[:-8],
        in_parts()[:60],
        in_parts(metadata=[]),
        in_parts(metadata={}),
    ],
)
def test_an_answer_that_can_not_be_read_may_have_bought(answer: object) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_purchase(build_answer(answer), "PRIORITY_MAIL", "PDF")


def test_a_reprint_tells_service_and_format() -> None:
    """In the account's format, whatever was asked for at first; a service that can't be told needs a person."""
    label = answers.parse_reprint(build_answer({"labelMetadata": METADATA, "labelImage": IMAGE}))
    assert (label.service, label.label_format, label.document, label.live) == ("PRIORITY_MAIL", "PDF", PDF, True)
    with pytest.raises(Rejected) as unknown:
        answers.parse_reprint(build_answer({"labelMetadata": {**METADATA, "SKU": "XX"}, "labelImage": IMAGE}))
    assert unknown.value.vendor_code == "unknown_sku"


def refusal(
    status: int, message: str = "in USPS's words", parameter: str = "", wait: str = "", code: str = "160113"
) -> RawAnswer:
    one = {
        "status": str(status),
        "code": code,
        "title": "Bad",
        "detail": message,
        "source": {"parameter": parameter},
    }
    body = {"apiVersion": "v3", "error": {"code": str(status), "message": "high level", "errors": [one]}}
    return RawAnswer(status, json.dumps(body).encode(), {"retry-after": wait})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400), Rejected),
        (refusal(401), AuthFailed),
        (refusal(403), AuthFailed),
        (refusal(404), Rejected),
        (refusal(429, wait="7"), RateLimited),
        (refusal(503, wait="5"), Ambiguous),
        (refusal(500), Ambiguous),
        (build_answer(b"<html>bad gateway", 502), Ambiguous),
        (build_answer(b"<html>bad request", 400), Rejected),
        (build_answer({"error": {"code": "400", "errors": "none"}}, 400), Rejected),
        (build_answer({"error": "invalid_token"}, 401), AuthFailed),
        (build_answer(b"", 302), Ambiguous),
    ],
)
def test_a_failure_is_what_it_says(answer: RawAnswer, error: type[EffectError]) -> None:
    """To a purchase, and to any other call."""
    for reading in (
        parse_answer,
        answers.parse_reprint,
        lambda told: answers.parse_purchase(told, "PRIORITY_MAIL", "PDF"),
    ):
        with pytest.raises(error) as raised:
            reading(answer)
        assert type(raised.value) is error


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "The Idempotency Key was already used."),
        refusal(400, parameter="X-Idempotency-Key"),
        refusal(409),
    ],
)
def test_a_key_that_is_known_is_no_refusal(answer: RawAnswer) -> None:
    """A purchase that is refused for its key says that something was bought; a reprint that is, says nothing."""
    with pytest.raises(Ambiguous):
        answers.parse_purchase(answer, "PRIORITY_MAIL", "PDF")
    for reading in (parse_answer, answers.parse_reprint):
        with pytest.raises(Rejected):
            reading(answer)


@pytest.mark.parametrize("document", [b"^XA^FO1^XZ", b"~SD20^XA^XZ", b"\x10CT~~CD,~CC^~CT~\n^XA^PW812^XZ"])
def test_settings_may_come_before_a_label_of_zpl(document: bytes) -> None:
    image = base64.b64encode(document).decode()
    assert (
        answers.parse_purchase(build_answer({**METADATA, "labelImage": image}), "PRIORITY_MAIL", "ZPL").document
        == document
    )


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
def test_a_refusal_has_the_words_of_usps_and_our_field(parameter: str, field: str | None) -> None:
    with pytest.raises(Rejected) as refused:
        parse_answer(refusal(400, parameter=parameter))
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
def test_only_plain_words_say_what_became_of_the_label(message: str, outcome: UndoOutcome | None) -> None:
    """Without a code; a no that merely speaks of cancelling is no yes."""
    assert explain_void_refusal(refusal(400, message)) is outcome


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
def test_the_codes_of_a_refused_cancel_say_what_became_of_the_label(
    code: str, message: str, outcome: UndoOutcome | None
) -> None:
    """Every code of USPS's list for this call, all of them with status 400."""
    assert explain_void_refusal(refusal(400, message, code=code)) is outcome


@pytest.mark.parametrize(
    ("code", "says_so"),
    [("160378", True), ("160379", False), ("160380", False), ("160381", False), ("160382", False), ("160383", False)],
)
def test_one_code_of_a_refused_reprint_says_that_nothing_was_bought(code: str, says_so: bool) -> None:
    """A label that is cancelled, disputed, too old or printed too often was bought."""
    assert is_never_bought(refusal(400, "in USPS's words", code=code)) is says_so


def test_a_cancel_is_what_it_says() -> None:
    """Cancelled, or disputed: a refund that is decided later; anything else is unknown."""
    assert answers.parse_void({"status": "CANCELED"}).outcome is UndoOutcome.VOIDED
    pending = answers.parse_void({"status": "DISPUTED", "disputeId": 104660})
    assert (pending.outcome, pending.ticket) == (UndoOutcome.REFUND_PENDING, "104660")
    for strange in ({}, {"status": "canceled"}, {"status": None}):
        with pytest.raises(Ambiguous):
            answers.parse_void(strange)


def test_scans_are_told_in_their_order() -> None:
    """USPS tells the newest first, many in local time without a zone: those have no time here."""
    body = {
        "statusCategory": "Out for Delivery",
        "trackingEvents": [
            {"eventType": "Out for Delivery", "eventCode": "OF", "eventTimestamp": "2026-11-24T08:00:00"},
            {"eventType": "New to us", "eventCode": "Z9", "eventTimestamp": "2026-11-23T08:00:00Z"},
            {"eventType": "Label Created", "eventCode": "GX", "eventTimestamp": "never"},
        ],
    }
    found = answers.parse_tracking(body, "94")
    assert found.status is TrackingStatus.OUT_FOR_DELIVERY
    assert [event.code for event in found.events] == ["GX", "Z9", "OF"]
    assert [event.at is None for event in found.events] == [True, False, True]
    assert found.events[1].status is TrackingStatus.UNKNOWN
    assert (
        answers.parse_tracking({"trackingEvents": body["trackingEvents"]}, "94").status
        is TrackingStatus.OUT_FOR_DELIVERY
    )
    with pytest.raises(Ambiguous):
        answers.parse_tracking({}, "94")


def test_prices_are_asked_for_each_service() -> None:
    """With the account's commercial price; an answer without one is none."""
    asked = requests.build_rate_requests(request(), ASKED)
    assert [service for service, _ in asked] == list(USPS.services)
    assert {body["originZIPCode"] for _, body in asked} == {"27713"}
    assert answers.parse_price({"totalBasePrice": 9.3}, "PRIORITY_MAIL").amount == "9.30"
    with pytest.raises(Ambiguous):
        answers.parse_price({"rates": []}, "PRIORITY_MAIL")
