"""Tracking: the progress of a parcel, which never goes back, and the time of the next question to its carrier."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.bounds import bound_message

MAX_EVENTS = 500
MAX_CODE, MAX_DESCRIPTION, MAX_PLACE = 60, 200, 200


class TrackingStatus(StrEnum):
    """Tracking statuses common to all carriers; `unknown` is an unmapped code, or no answer yet."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One scan. `code`, `description` and `place` are the carrier's; `at` is None if the carrier gives no time."""

    at: datetime | None
    status: TrackingStatus
    code: str
    description: str
    place: str = ""

    def __post_init__(self) -> None:
        """Bound the values that an adapter parsed: texts are cut, times converted to UTC."""
        object.__setattr__(self, "code", bound_message(self.code)[:MAX_CODE])
        object.__setattr__(self, "description", bound_message(self.description)[:MAX_DESCRIPTION])
        object.__setattr__(self, "place", bound_message(self.place)[:MAX_PLACE])
        object.__setattr__(self, "at", _to_utc(self.at))


def _to_utc(time: datetime | None) -> datetime | None:
    """Return a time in UTC, because Postgres refuses offsets of 16 hours; None if it has no zone or overflows."""
    if time is None or time.tzinfo is None:
        return None
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Tracking:
    """A carrier's answer about a tracking number; `events` are ordered oldest first."""

    tracking_number: str
    status: TrackingStatus
    events: tuple[TrackingEvent, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", self.events[-MAX_EVENTS:])


RANKS: Mapping[TrackingStatus, int] = {
    TrackingStatus.UNKNOWN: 0,
    TrackingStatus.PRE_TRANSIT: 1,
    TrackingStatus.CANCELLED: 2,
    TrackingStatus.IN_TRANSIT: 3,
    TrackingStatus.OUT_FOR_DELIVERY: 3,
    TrackingStatus.EXCEPTION: 3,
    TrackingStatus.DELIVERED: 4,
    TrackingStatus.RETURNED: 5,
}
"""The order of the statuses. Statuses of equal rank may follow each other in order of time: a parcel that could not be
delivered goes out again. A cancelled label that is scanned nevertheless is in transit."""

ENDED = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED, TrackingStatus.CANCELLED})
"""Statuses after which the carrier is not asked any more."""

SCANNED = frozenset(
    {
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.DELIVERED,
        TrackingStatus.RETURNED,
    }
)
"""Statuses of a parcel that the carrier has, or had. Not `exception`: some carriers report a lost data file as one."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """The known progress of a parcel.

    `at` is the time of the newest event in the answer with this status, `scanned_at` the time of the first known scan.
    """

    status: TrackingStatus = TrackingStatus.UNKNOWN
    at: datetime | None = None
    scanned_at: datetime | None = None


def advance(known: Progress, report: Progress) -> Progress:
    """Return a parcel's progress after one more answer, which may be an older one that arrives late.

    Progress never goes back: the rank does not fall, and within a rank an answer counts unless it is surely older.
    """
    scanned_at = _of(min, known.scanned_at, report.scanned_at)
    further = RANKS[report.status] - RANKS[known.status]
    if further < 0 or (further == 0 and _is_older(report, known)):
        return Progress(known.status, known.at, scanned_at)
    return Progress(report.status, report.at if further else report.at or known.at, scanned_at)


def combine(parcels: Sequence[Progress]) -> Progress:
    """Return the progress of a shipment with these parcels: that of the parcel that is least far, or an exception.

    A cancelled parcel counts only if all are cancelled, so that the others are still tracked.
    """
    live = [parcel for parcel in parcels if parcel.status is not TrackingStatus.CANCELLED] or parcels
    least = min(live, key=lambda parcel: (RANKS[parcel.status], parcel.status is TrackingStatus.OUT_FOR_DELIVERY))
    has_exception = any(parcel.status is TrackingStatus.EXCEPTION for parcel in live)
    return Progress(
        TrackingStatus.EXCEPTION if has_exception else least.status,
        _of(max, *(parcel.at for parcel in parcels)),
        _of(min, *(parcel.scanned_at for parcel in parcels)),
    )


def _is_older(progress: Progress, other: Progress) -> bool:
    return progress.at is not None and other.at is not None and progress.at < other.at


def _of(choose: Callable[[Iterable[datetime]], datetime], *times: datetime | None) -> datetime | None:
    known = [time for time in times if time is not None]
    return choose(known) if known else None


def select_events(tracking: Tracking, bought_at: datetime, answered_at: datetime) -> tuple[TrackingEvent, ...]:
    """Return the events that can belong to this parcel: carriers reuse tracking numbers after some months.

    A time in the future is dropped, because every later event would seem older. Both limits allow one day, because some
    carriers report times without a zone. Events without a time belong to the parcel unless all others are older than
    the label.
    """
    times = [event.at for event in tracking.events if event.at is not None]
    if times and max(times) < bought_at - ONE_DAY:
        return ()
    own = (event for event in tracking.events if event.at is None or event.at >= bought_at - ONE_DAY)
    limit = answered_at + ONE_DAY
    return tuple(replace(event, at=None) if event.at is not None and event.at > limit else event for event in own)


def read_progress(tracking: Tracking, bought_at: datetime, answered_at: datetime) -> Progress:
    """Return the progress of the parcel according to an answer.

    If all events are older than the label, which was `bought_at`, the answer is about another parcel. If only some are,
    the answer's status may be the other parcel's, and the newest event of this one counts. A scan without a time gets
    the time of the answer.
    """
    events = select_events(tracking, bought_at, answered_at)
    if tracking.events and not events:
        return Progress()
    status = tracking.status if len(events) == len(tracking.events) else _newest_status(events)
    scans = [event.at or answered_at for event in events if event.status in SCANNED]
    if status in SCANNED and not scans:
        scans = [answered_at]
    return Progress(status, _of(max, *(event.at for event in events)), _of(min, *scans))


def _newest_status(events: Iterable[TrackingEvent]) -> TrackingStatus:
    known = [event.status for event in events if event.status is not TrackingStatus.UNKNOWN]
    return known[-1] if known else TrackingStatus.UNKNOWN


MAX_QUIET_TIME = timedelta(days=60)
"""Carriers are not asked any more about a label without news for this long."""
MIN_CHECK_INTERVAL = timedelta(seconds=30)
"""The minimum interval between two answers about one parcel, however often clients ask."""

_GAPS: Mapping[TrackingStatus, timedelta] = {
    TrackingStatus.IN_TRANSIT: timedelta(hours=3),
    TrackingStatus.EXCEPTION: timedelta(hours=3),
    TrackingStatus.OUT_FOR_DELIVERY: timedelta(minutes=30),
}
_FIRST_GAP, _MAX_GAP = timedelta(hours=1), timedelta(hours=12)
_FIRST_WAIT, _MAX_WAIT = timedelta(minutes=1), timedelta(hours=6)


def next_check_delay(status: TrackingStatus, quiet_for: timedelta) -> timedelta | None:
    """Return the delay of the next question; None for never. `quiet_for`: time without news since purchase."""
    if status in ENDED or quiet_for > MAX_QUIET_TIME:
        return None
    return max(_GAPS.get(status, _FIRST_GAP), min(quiet_for / 8, _MAX_GAP))


FIRST_REFUND_LOOK, _MAX_REFUND_GAP = timedelta(hours=1), timedelta(hours=12)
MAX_REFUND_TIME = timedelta(days=60)
"""How long a refund is tracked; EasyPost names 30 days as its longest."""


def next_refund_look(asked_for: timedelta) -> timedelta | None:
    """Return the delay of the next question about a refund that was requested `asked_for` ago; None for never."""
    return None if asked_for > MAX_REFUND_TIME else max(FIRST_REFUND_LOOK, min(asked_for / 8, _MAX_REFUND_GAP))


def retry_delay(failures: int) -> timedelta:
    """Return the delay after this number of consecutive failures, from 1."""
    return min(_FIRST_WAIT * (1 << min(failures - 1, 10)), _MAX_WAIT)
