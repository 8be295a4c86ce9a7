"""What several carriers' answers have in common: prices, times, events and documents."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from domain.effects import UndoOutcome
from domain.shipping import EchoedDetails, Rate, format_of
from domain.tracking import TrackingEvent, TrackingStatus

CENT = Decimal("0.01")
MAX_AMOUNT = 10**9

Price = tuple[Decimal, str]
"""An amount and its currency."""


def parse_amount(value: object) -> Decimal | None:
    """Read an amount of money to the cent; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return amount.quantize(CENT) if amount.is_finite() and abs(amount) < MAX_AMOUNT else None


def parse_price(value: object, currency: object) -> Price | None:
    """Read an amount with its currency; None if one of them is none."""
    amount = parse_amount(value)
    return (amount, currency[:3].upper()) if amount is not None and isinstance(currency, str) and currency else None


def to_cost(price: Price | None) -> tuple[str | None, str | None]:
    return (None, None) if price is None else (str(price[0]), price[1])


def to_rates(prices: Iterable[tuple[str, Price]]) -> list[Rate]:
    """Return the cheapest price of each service."""
    cheapest: dict[str, Price] = {}
    for service, price in prices:
        if service not in cheapest or price[0] < cheapest[service][0]:
            cheapest[service] = price
    return [Rate(service, str(amount), currency) for service, (amount, currency) in cheapest.items()]


def parse_time(value: object) -> datetime | None:
    """Read a time in ISO 8601; None if it is none, or has no zone."""
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def make_event(
    statuses: Mapping[str, TrackingStatus], at: datetime | None, code: object, description: object
) -> TrackingEvent:
    """Return one scan, its status by the carrier's code."""
    status = statuses.get(str(code), TrackingStatus.UNKNOWN)
    return TrackingEvent(at, status, str(code or ""), str(description or ""))


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
