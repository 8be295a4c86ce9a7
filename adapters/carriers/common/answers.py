"""Parse the parts that several carriers' answers share: prices, times, events and documents."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from adapters.http.json import to_words
from domain.bounds import CURRENCY
from domain.currencies import smallest_amount
from domain.effects import UndoOutcome
from domain.errors import Rejected
from domain.shipping import CostPart, EchoedDetails, Rate, format_of
from domain.tracking import TrackingEvent, TrackingStatus

CENT = Decimal("0.01")
OFFSET = re.compile(r"^([+-])([0-9]{1,2}):?([0-9]{2})?$")
MAX_OFFSET = 24 * 60
MAX_AMOUNT = 10**9
MAX_WORDS = 10

Price = tuple[Decimal, str]
"""An amount and its currency."""


def parse_amount(value: object, smallest: Decimal = CENT) -> Decimal | None:
    """Parse an amount of money, rounded to `smallest`, by default a cent; None if it is no amount."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return amount.quantize(smallest) if amount.is_finite() and abs(amount) < MAX_AMOUNT else None


def parse_price(value: object, currency: object) -> Price | None:
    """Parse an amount with its currency, rounded to the currency's last decimal; None if invalid or negative."""
    code = currency.strip().upper() if isinstance(currency, str) else ""
    if not CURRENCY.fullmatch(code):
        return None
    amount = parse_amount(value, smallest_amount(code))
    return None if amount is None or amount < 0 else (amount, code)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a label, and the parts that the carrier lists; the parts add up to the amount."""

    amount: str | None = None
    currency: str | None = None
    parts: tuple[CostPart, ...] = ()


def make_cost(total: Price | None, parts: Iterable[tuple[object, object]] = ()) -> Cost:
    """Return a cost with its parts; a difference to the total becomes the part `other`."""
    if total is None:
        return Cost()
    smallest = smallest_amount(total[1])
    amounts = [(to_words(name or "other"), parse_amount(amount, smallest)) for name, amount in parts]
    known = [(name, amount) for name, amount in amounts if amount]
    rest = total[0] - sum(amount for _, amount in known)
    if known and rest:
        known.append(("other", rest))
    return Cost(str(total[0]), total[1], tuple(CostPart(name, str(amount)) for name, amount in known))


def add_amounts(values: Iterable[object], currency: str) -> Price | None:
    """Return the sum of the amounts; None if one is invalid, because a partial sum is no price."""
    prices = [parse_price(value, currency) for value in values]
    known = [price[0] for price in prices if price is not None]
    return (sum(known, Decimal(0)), currency) if len(known) == len(prices) else None


def require_rates(vendor: str, rates: Sequence[Rate], words: Iterable[object]) -> list[Rate]:
    """Return the prices; raises Rejected with the vendor's messages if there are none."""
    if rates:
        return list(rates)
    messages = list(dict.fromkeys(word.strip() for word in words if isinstance(word, str) and word.strip()))
    message = f"{vendor} quoted no price for this shipment" + (
        f": {'; '.join(messages[:MAX_WORDS])}" if messages else ""
    )
    raise Rejected(message, vendor_code="no_rates")


def to_rates(prices: Iterable[tuple[str, Price]]) -> list[Rate]:
    """Return the cheapest price of each service."""
    cheapest: dict[str, Price] = {}
    for service, price in prices:
        if service not in cheapest or price[0] < cheapest[service][0]:
            cheapest[service] = price
    return [Rate(service, str(amount), currency) for service, (amount, currency) in cheapest.items()]


def parse_time(value: object, offset: object = None) -> datetime | None:
    """Parse an ISO 8601 time in its own zone, else at the given offset from UTC; None if it has neither."""
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    zone = time.tzinfo or _parse_offset(offset)
    return time.replace(tzinfo=zone) if zone is not None else None


def _parse_offset(text: object) -> timezone | None:
    """Parse `-05:00`, `-5:00` or `+0530`; None if it is no offset."""
    found = OFFSET.match(str(text).strip())
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes < MAX_OFFSET else None


def map_codes(codes: Mapping[TrackingStatus, str]) -> dict[str, TrackingStatus]:
    """Invert a table of the carrier's codes by status into one of statuses by code."""
    return {code: status for status, listed in codes.items() for code in listed.split()}


def make_event(
    at: datetime | None, status: TrackingStatus, code: object, description: object, *place: object
) -> TrackingEvent:
    """Return one scan; `place` is the parts of the place that the carrier names."""
    where = ", ".join(part.strip() for part in place if isinstance(part, str) and part.strip())
    return TrackingEvent(at, status, to_words(code or ""), to_words(description or ""), where)


def order_events(events: Iterable[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """Sort events by time, those without a time first."""
    return tuple(sorted(events, key=lambda event: event.at.timestamp() if event.at else 0.0))


def order_timed_events(events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """Sort events by time and drop those without a time, unless none has one."""
    return order_events([event for event in events if event.at] or events)


def explain_void(status: TrackingStatus) -> UndoOutcome | None:
    """Return why a void of a parcel with this status is refused; None if the status does not explain it."""
    if status is TrackingStatus.CANCELLED:
        return UndoOutcome.ALREADY_VOIDED
    return None if status in (TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN) else UndoOutcome.TOO_LATE


def explain_voids(parcels: Sequence[UndoOutcome | None]) -> UndoOutcome | None:
    """Return why a void of several parcels is refused, given why for each; None if nothing explains it.

    One parcel that can't be voided any more refuses all; they are voided already only if each of them is.
    """
    if UndoOutcome.TOO_LATE in parcels:
        return UndoOutcome.TOO_LATE
    return parcels[0] if len(set(parcels)) == 1 else None


def make_echo(postal_code: object, pounds: Decimal | None) -> EchoedDetails:
    return EchoedDetails(postal_code if isinstance(postal_code, str) else None, pounds)


def decode_label(content: object, label_format: str) -> bytes | None:
    """Decode a label's document from Base64; None if it has another format."""
    try:
        document = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except ValueError:
        return None
    return document if format_of(document) == label_format else None
