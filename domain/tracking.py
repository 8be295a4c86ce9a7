"""Where a parcel is, as its carrier tells it: a story that only goes forward, and when to ask for more of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class TrackingStatus(StrEnum):
    """The carriers' many codes, as few words; `unknown` is a code that no one here knows, or no answer yet."""

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
    """One scan. `code` and `description` are the carrier's own; `at` is None where the carrier gives no time."""

    at: datetime | None
    status: TrackingStatus
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Tracking:
    """What a carrier knows of a tracking number; `events` oldest first."""

    tracking_number: str
    status: TrackingStatus
    events: tuple[TrackingEvent, ...]


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
"""How far a parcel is. What has one rank may follow each other, as their times have it: a parcel that could not be
delivered goes out again. A label that was cancelled and is scanned all the same is on its way."""

ENDED = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED, TrackingStatus.CANCELLED})
"""After these nothing is to be expected, and nobody asks any more."""

SCANNED = frozenset(
    {
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.DELIVERED,
        TrackingStatus.RETURNED,
    }
)
"""The carrier has, or had, the parcel. An exception alone is no proof: some carriers call a lost file one."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a parcel is known to be.

    `at` is the newest event's time in the answer that told the status, `scanned_at` that of the first scan known.
    """

    status: TrackingStatus = TrackingStatus.UNKNOWN
    at: datetime | None = None
    scanned_at: datetime | None = None


def advanced(known: Progress, told: Progress) -> Progress:
    """Return how far a parcel is after one more answer, which may be an older one that comes late.

    Never backwards: the rank does not fall, and within a rank what is told counts unless it is surely older.
    """
    scanned_at = _of(min, known.scanned_at, told.scanned_at)
    further = RANKS[told.status] - RANKS[known.status]
    if further < 0 or (further == 0 and _is_older(told, known)):
        return Progress(known.status, known.at, scanned_at)
    return Progress(told.status, told.at if further else told.at or known.at, scanned_at)


def _is_older(one: Progress, other: Progress) -> bool:
    return one.at is not None and other.at is not None and one.at < other.at


def _of(choose: Callable[[Iterable[datetime]], datetime], *times: datetime | None) -> datetime | None:
    known = [one for one in times if one is not None]
    return choose(known) if known else None


def events_of(tracking: Tracking, bought_at: datetime, heard_at: datetime) -> tuple[TrackingEvent, ...]:
    """Return the events that can be the parcel's own: carriers give tracking numbers out again, after some months.

    A time yet to come is taken for none: all that happens later would be older than it. A day of grace either way, for
    some carriers tell times without their zone.
    """
    own = (one for one in tracking.events if one.at is None or one.at >= bought_at - ONE_DAY)
    return tuple(replace(one, at=None) if one.at is not None and one.at > heard_at + ONE_DAY else one for one in own)


def progress_of(tracking: Tracking, bought_at: datetime, heard_at: datetime) -> Progress:
    """Read from an answer how far the parcel is.

    Args:
        tracking: the answer.
        bought_at: when the label was bought; an answer all of whose events are older is of another parcel.
        heard_at: when it was given, for a scan without a time of its own.
    """
    events = events_of(tracking, bought_at, heard_at)
    if tracking.events and not events:
        return Progress()
    scans = [one.at or heard_at for one in events if one.status in SCANNED]
    if tracking.status in SCANNED and not scans:
        scans = [heard_at]
    return Progress(tracking.status, _of(max, *(one.at for one in events)), _of(min, *scans))


FOLLOWED_FOR = timedelta(days=60)
"""A label of which nothing new was heard for so long is not asked about any more."""
SOONEST = timedelta(seconds=30)
"""However often somebody asks to look, a carrier that has answered is left alone so long about that parcel."""

_GAPS: Mapping[TrackingStatus, timedelta] = {
    TrackingStatus.IN_TRANSIT: timedelta(hours=3),
    TrackingStatus.EXCEPTION: timedelta(hours=3),
    TrackingStatus.OUT_FOR_DELIVERY: timedelta(minutes=30),
}
_FIRST_GAP, _LONGEST_GAP = timedelta(hours=1), timedelta(hours=12)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


def next_look(status: TrackingStatus, quiet_for: timedelta) -> timedelta | None:
    """Say after how long to ask again; None: not any more.

    Args:
        status: how far the parcel is known to be.
        quiet_for: for how long nothing new was heard, from the purchase on.
    """
    if status in ENDED or quiet_for > FOLLOWED_FOR:
        return None
    return max(_GAPS.get(status, _FIRST_GAP), min(quiet_for / 8, _LONGEST_GAP))


def wait_after(failures: int) -> timedelta:
    """Say how long to wait after so many failures in a row, the first one being 1."""
    return min(_FIRST_WAIT * (1 << min(failures - 1, 10)), _LONGEST_WAIT)
