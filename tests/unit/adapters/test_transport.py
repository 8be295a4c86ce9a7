"""What a status and its headers mean, whoever the vendor is."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.transport import LONGEST_WAIT_SECONDS, retry_after
from domain.shipping import RawAnswer


def _waits(value: str) -> float | None:
    return retry_after(RawAnswer(429, b"", {"retry-after": value}))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("99999999", LONGEST_WAIT_SECONDS),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_WAIT_SECONDS),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2026 23:59:59 +99999999999999", None),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_how_long_to_wait(value: str, seconds: float | None) -> None:
    """A number or a time, at most an hour; what is neither, or no time that there is, says nothing."""
    assert _waits(value) == seconds


def test_until_when_to_wait() -> None:
    """A time yet to come."""
    until = datetime.now(UTC) + timedelta(seconds=30)
    assert 0 < (_waits(format_datetime(until, usegmt=True)) or 0) <= 30
