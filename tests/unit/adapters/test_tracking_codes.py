"""Tables of tracking codes have every code of the carrier's page, each with a status."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import pytest

from adapters.carriers.easypost import codes as easypost
from adapters.carriers.fedex import answers as fedex_answers
from adapters.carriers.fedex import codes as fedex
from adapters.carriers.shipengine import answers as shipengine_answers
from adapters.carriers.shipengine import codes as shipengine
from adapters.carriers.ups import answers as ups_answers
from adapters.carriers.ups import codes as ups
from adapters.carriers.usps import answers as usps_answers
from adapters.carriers.usps import codes as usps
from domain.tracking import TrackingStatus
from sandbox.carriers.tracking_codes import CODES

Table = Mapping[TrackingStatus, str]

TABLES: list[tuple[str, Table, int]] = [
    ("USPS Publication 199, appendix G-4, the 70 numbered codes", usps.DOMESTIC, 70),
    ("USPS Publication 199, appendix G-5", usps.INTERNATIONAL, 75),
    ("USPS, lettered codes of answers and of Web Tools", usps.LETTERED, 15),
    ("FedEx, Tracking Status Codes", fedex.STATUS_PAGE, 53),
    ("UPS, Status description codes", ups.STATUS_CODES, 160),
    ("UPS, Package activity types, with P, O and RS", ups.ACTIVITY_TYPES, 13),
    ("ShipEngine, status_code", shipengine.STATUS_CODES, 8),
    ("ShipEngine, status_detail_code", shipengine.DETAIL_CODES, 75),
    ("EasyPost, Tracker status, with both spellings of cancelled", easypost.TRACKER_STATUSES, 11),
    ("EasyPost, Tracker status_detail", easypost.TRACKER_DETAILS, 28),
]


@pytest.mark.parametrize(("page", "table", "codes"), TABLES, ids=[page for page, _, _ in TABLES])
def test_a_table_has_every_code_of_its_page_once(page: str, table: Table, codes: int) -> None:
    codes_in_table = Counter(code for line in table.values() for code in line.split())
    assert len(codes_in_table) == codes, page
    assert set(codes_in_table.values()) == {1}, page


def test_the_sandbox_can_send_every_code() -> None:
    """It has its own lists, taken from the same pages."""
    assert CODES["usps"] == set(usps.EVENTS)
    assert {code.upper() for code in CODES["fedex"]} == set(fedex.STATUSES)
    assert CODES["ups"] == set(ups.CODES)
    assert CODES["shipengine"] == set(shipengine.DETAILS)
    assert CODES["easypost"] == set(easypost.DETAILS)


@pytest.mark.parametrize(
    ("code", "derived", "status"),
    [
        ("FD", "IT", TrackingStatus.IN_TRANSIT),
        ("DY", "DY", TrackingStatus.EXCEPTION),
        ("HP", "HL", TrackingStatus.IN_TRANSIT),
        ("AD", "IT", TrackingStatus.IN_TRANSIT),
        ("LO", "IT", TrackingStatus.IN_TRANSIT),
        ("DD", "DY", TrackingStatus.EXCEPTION),
        ("OX", "IT", TrackingStatus.IN_TRANSIT),
        ("Ow", "IT", TrackingStatus.IN_TRANSIT),
        ("ZZ", "OD", TrackingStatus.OUT_FOR_DELIVERY),
        (None, "DL", TrackingStatus.DELIVERED),
        ("ZZ", "ZZ", TrackingStatus.UNKNOWN),
    ],
)
def test_an_unknown_code_of_fedex_gets_its_derived_status(
    code: str | None, derived: str, status: TrackingStatus
) -> None:
    """The parcel and its events get it."""
    result = {
        "trackingNumberInfo": {"trackingNumber": "794953555571"},
        "latestStatusDetail": {"code": code, "derivedCode": derived},
        "scanEvents": [{"date": "2026-11-24T08:00:00-06:00", "eventType": code, "derivedStatusCode": derived}],
    }
    body = {"output": {"completeTrackResults": [{"trackResults": [result]}]}}
    tracking = fedex_answers.parse_tracking(body, "794953555571")
    assert (tracking.status, tracking.events[0].status) == (status, status)


@pytest.mark.parametrize(
    ("raw_status", "status"),
    [
        ({"type": "I", "code": "OT", "statusCode": "021"}, TrackingStatus.OUT_FOR_DELIVERY),
        ({"type": "X", "code": "DJ", "statusCode": "035"}, TrackingStatus.RETURNED),
        ({"type": "I", "code": "X9", "statusCode": "119"}, TrackingStatus.EXCEPTION),
        ({"type": "I", "code": "2M", "statusCode": "095"}, TrackingStatus.IN_TRANSIT),
        ({"type": "I", "statusCode": "999"}, TrackingStatus.IN_TRANSIT),
        ({"code": "011"}, TrackingStatus.DELIVERED),
        ({"type": "X", "code": "11"}, TrackingStatus.EXCEPTION),
        ({"type": "DO"}, TrackingStatus.IN_TRANSIT),
        ({"statusCode": "000"}, TrackingStatus.UNKNOWN),
    ],
)
def test_the_status_code_of_ups_overrides_its_type(raw_status: dict[str, str], status: TrackingStatus) -> None:
    """A short `code` belongs to the table of exceptions, so 11 is not a delivery."""
    parcel = {"trackingNumber": "1Z1", "currentStatus": raw_status, "activity": [{"status": raw_status}]}
    body = {"trackResponse": {"shipment": [{"package": [parcel]}]}}
    tracking = ups_answers.parse_tracking(body, "1Z1")
    assert (tracking.status, tracking.events[0].status) == (status, status)


@pytest.mark.parametrize(
    ("raw_status", "status"),
    [
        ({"status_code": "", "status_detail_code": "OUT_FOR_DELIVERY"}, TrackingStatus.OUT_FOR_DELIVERY),
        ({"status_code": "IT", "status_detail_code": "RETURN_TO_SENDER"}, TrackingStatus.RETURNED),
        ({"status_code": "IT", "status_detail_code": "INFORMATION"}, TrackingStatus.IN_TRANSIT),
        ({"status_code": "DE", "status_detail_code": None}, TrackingStatus.DELIVERED),
        ({"status_code": "", "status_detail_code": ""}, TrackingStatus.UNKNOWN),
    ],
)
def test_the_detail_code_of_shipengine_overrides_its_status(raw_status: dict[str, str], status: TrackingStatus) -> None:
    tracking = shipengine_answers.parse_tracking({**raw_status, "events": [raw_status]}, "94")
    assert (tracking.status, tracking.events[0].status) == (status, status)


@pytest.mark.parametrize(
    ("scan", "time"),
    [
        (
            {"eventTimestamp": "2026-11-24T08:00:00", "GMTTimestamp": "2026-11-24T13:00:45Z", "GMTOffset": "-05:00"},
            "2026-11-24T13:00:45+00:00",
        ),
        ({"GMTTimestamp": "2026-11-24T13:00:45"}, "2026-11-24T13:00:45+00:00"),
        ({"eventTimestamp": "2026-11-24T08:00:00", "GMTOffset": "-7:00"}, "2026-11-24T15:00:00+00:00"),
        ({"eventTimestamp": "2026-11-24T08:00:00", "GMTOffset": "+10:00"}, "2026-11-23T22:00:00+00:00"),
        ({"eventTimestamp": "2026-11-24T08:00:00", "GMTTimestamp": "", "GMTOffset": "0530"}, None),
        ({"eventTimestamp": "2026-11-24T08:00:00", "GMTOffset": "-99:99"}, None),
        ({"eventTimestamp": "2026-11-24T08:00:00"}, None),
    ],
)
def test_an_event_of_usps_has_a_time_in_gmt_or_with_an_offset(scan: dict[str, str], time: str | None) -> None:
    at = usps_answers.parse_tracking({"trackingEvents": [scan]}, "94").events[0].at
    assert at == (datetime.fromisoformat(time) if time else None)


@pytest.mark.parametrize(
    ("activity", "time"),
    [
        ({"gmtDate": "20261124", "gmtTime": "74700"}, "2026-11-24T07:47:00+00:00"),
        ({"date": "20261124", "time": "071356", "gmtOffset": "-05:00"}, "2026-11-24T12:13:56+00:00"),
        ({"date": "20261124", "time": "071356"}, None),
    ],
)
def test_an_event_of_ups_has_a_time_in_gmt_or_with_an_offset(activity: dict[str, str], time: str | None) -> None:
    body = {"trackResponse": {"shipment": [{"package": [{"activity": [activity]}]}]}}
    at = ups_answers.parse_tracking(body, "1Z1").events[0].at
    assert at == (datetime.fromisoformat(time) if time else None)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Departed USPS Regional Facility", TrackingStatus.IN_TRANSIT),
        ("In Transit to Next Facility", TrackingStatus.IN_TRANSIT),
        ("Accepted at USPS Origin Facility", TrackingStatus.IN_TRANSIT),
        ("Held at Post Office, At Customer Request", TrackingStatus.IN_TRANSIT),
        ("Out for Delivery, Expected Delivery by 9:00pm", TrackingStatus.OUT_FOR_DELIVERY),
        ("Delivered, In/At Mailbox", TrackingStatus.DELIVERED),
        ("Delivery Attempted - No Access to Delivery Location", TrackingStatus.EXCEPTION),
        ("Notice Left (No Authorized Recipient Available)", TrackingStatus.EXCEPTION),
        ("Not Delivered, Address Problem", TrackingStatus.EXCEPTION),
        ("Return to Sender Processed", TrackingStatus.RETURNED),
        ("Shipping Label Created, USPS Awaiting Item", TrackingStatus.PRE_TRANSIT),
        ("Something else", TrackingStatus.UNKNOWN),
    ],
)
def test_an_unknown_code_of_usps_is_read_by_its_description(words: str, status: TrackingStatus) -> None:
    body = {"trackingEvents": [{"eventCode": "Q9", "eventType": words}]}
    assert usps_answers.parse_tracking(body, "94").events[0].status is status
