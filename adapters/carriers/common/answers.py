"""What several carriers' answers have in common: prices, times, events and documents."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from domain.currencies import smallest_amount
from domain.effects import UndoOutcome
from domain.shipping import EchoedDetails, Rate, format_of
from domain.tracking import TrackingEvent, TrackingStatus

CENT = Decimal("0.01")
OFFSET = re.compile(r"^([+-])([0-9]{1,2}):?([0-9]{2})?$")
MAX_OFFSET = 24 * 60
MAX_AMOUNT = 10**9

Price = tuple[Decimal, str]
"""An amount and its currency."""


def parse_amount(value: object, smallest: Decimal = CENT) -> Decimal | None:
    """Read an amount of money, to the cent by default; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return amount.quantize(smallest) if amount.is_finite() and abs(amount) < MAX_AMOUNT else None


def parse_price(value: object, currency: object) -> Price | None:
    """Read an amount with its currency, to the currency's last decimal; None if one of them is none."""
    if not isinstance(currency, str) or not currency:
        return None
    code = currency[:3].upper()
    amount = parse_amount(value, smallest_amount(code))
    return None if amount is None else (amount, code)


def to_cost(price: Price | None) -> tuple[str | None, str | None]:
    return (None, None) if price is None else (str(price[0]), price[1])


def to_rates(prices: Iterable[tuple[str, Price]]) -> list[Rate]:
    """Return the cheapest price of each service."""
    cheapest: dict[str, Price] = {}
    for service, price in prices:
        if service not in cheapest or price[0] < cheapest[service][0]:
            cheapest[service] = price
    return [Rate(service, str(amount), currency) for service, (amount, currency) in cheapest.items()]


def parse_time(value: object, offset: object = None) -> datetime | None:
    """Read a time in ISO 8601, in the zone that it names, else at the offset from UTC; None if it has neither."""
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    zone = time.tzinfo or _parse_offset(offset)
    return time.replace(tzinfo=zone) if zone is not None else None


def _parse_offset(text: object) -> timezone | None:
    """Read `-05:00`, `-5:00` or `+0530`; None if it is no offset."""
    found = OFFSET.match(str(text).strip())
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes < MAX_OFFSET else None


def map_codes(codes: Mapping[TrackingStatus, str]) -> dict[str, TrackingStatus]:
    """Turn a table of the carrier's codes by our status into one of our status by code."""
    return {code: status for status, listed in codes.items() for code in listed.split()}


def make_event(
    at: datetime | None, status: TrackingStatus, code: object, description: object, *place: object
) -> TrackingEvent:
    """Return one scan. `place` holds the parts of the place that the carrier names."""
    where = ", ".join(part.strip() for part in place if isinstance(part, str) and part.strip())
    return TrackingEvent(at, status, str(code or ""), str(description or ""), where)


def order_events(events: Iterable[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """Sort events by time, those without a time first."""
    return tuple(sorted(events, key=lambda event: event.at.timestamp() if event.at else 0.0))


def order_timed_events(events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """Sort events by time, without those that have none, unless none has one."""
    return order_events([event for event in events if event.at] or events)


def explain_void(status: TrackingStatus) -> UndoOutcome | None:
    """Say why a void is refused for a parcel with this status; None if it does not tell."""
    if status is TrackingStatus.CANCELLED:
        return UndoOutcome.ALREADY_VOIDED
    return None if status in (TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN) else UndoOutcome.TOO_LATE


def make_echo(postal_code: object, pounds: Decimal | None) -> EchoedDetails:
    return EchoedDetails(postal_code if isinstance(postal_code, str) else None, pounds)


def decode_label(content: object, label_format: str) -> bytes | None:
    """Decode a label's document from Base64; None if it is none of that format."""
    try:
        document = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except ValueError:
        return None
    return document if format_of(document) == label_format else None
