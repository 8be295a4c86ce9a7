"""Statuses and headers have the same meaning for every vendor."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.carriers.common.answers import make_event
from adapters.http.errors import MAX_WAIT_SECONDS, ErrorDetails, describe_error, refuse_failures, retry_after_seconds
from domain.errors import AuthFailed, Rejected
from domain.shipping import RawAnswer
from domain.tracking import TrackingStatus


def _read_wait(value: str) -> float | None:
    return retry_after_seconds(RawAnswer(429, b"", {"retry-after": value}))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("99999999", MAX_WAIT_SECONDS),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_WAIT_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 -2359", MAX_WAIT_SECONDS),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2026 23:59:59 +99999999999999", None),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """The wait is at most an hour; an invalid value is ignored."""
    assert _read_wait(value) == seconds


def test_retry_after_may_be_a_future_date() -> None:
    until = datetime.now(UTC) + timedelta(seconds=30)
    assert 0 < (_read_wait(format_datetime(until, usegmt=True)) or 0) <= 30


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, None, AuthFailed),
        (401, "X", AuthFailed),
        (403, "X", AuthFailed),
        (403, None, Rejected),
        (404, "X", Rejected),
    ],
)
def test_a_403_with_a_vendor_code_is_about_the_credentials(status: int, code: str | None, kind: type[Rejected]) -> None:
    """A firewall's page has no code, so it refuses only the request."""
    with pytest.raises(kind) as refused:
        refuse_failures(RawAnswer(status, b""), lambda _: ErrorDetails(code, "no"))
    assert type(refused.value) is kind


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("No such city.", "No such city."),
        (["No such city.", "No such street."], "No such city.; No such street."),
        ({"city": ["unknown", 1]}, '{"city": ["unknown", 1]}'),
        ([{"é": None}], '[{"é": null}]'),
        (7, "7"),
        (None, "FedEx rejected the request"),
        ([], "FedEx rejected the request"),
    ],
)
def test_a_message_that_is_not_a_string_is_shown_as_json(message: object, text: str) -> None:
    assert describe_error("FedEx", None, message).message == text
    assert make_event(None, TrackingStatus.UNKNOWN, None, message).description == ("" if not message else text)
