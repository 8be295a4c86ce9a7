"""Where a parcel is, as its carrier tells it: a story that only goes forward, and when to ask for more of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.bounds import bound_message

MAX_EVENTS = 500
MAX_CODE, MAX_DESCRIPTION, MAX_PLACE = 60, 200, 200


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
    """One scan. `code`, `description` and `place` are the carrier's own; `at` is None if the carrier gives no time."""

    at: datetime | None
    status: TrackingStatus
    code: str
    description: str
    place: str = ""

    def __post_init__(self) -> None:
        """Bound what an adapter read: texts are cut, a time is one in UTC."""
        object.__setattr__(self, "code", bound_message(self.code)[:MAX_CODE])
        object.__setattr__(self, "description", bound_message(self.description)[:MAX_DESCRIPTION])
        object.__setattr__(self, "place", bound_message(self.place)[:MAX_PLACE])
        object.__setattr__(self, "at", _to_utc(self.at))


def _to_utc(time: datetime | None) -> datetime | None:
    """Return a time in UTC, because Postgres takes no offset of 16 hours; None if it has no zone, or no such time."""
    if time is None or time.tzinfo is None:
        return None
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Tracking:
    """What a carrier knows of a tracking number; `events` oldest first."""

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


def advance(known: Progress, report: Progress) -> Progress:
    """Return how far a parcel is after one more answer, which may be an older one that comes late.

    Never backwards: the rank does not fall, and within a rank what is told counts unless it is surely older.
    """
    scanned_at = _of(min, known.scanned_at, report.scanned_at)
    further = RANKS[report.status] - RANKS[known.status]
    if further < 0 or (further == 0 and _is_older(report, known)):
        return Progress(known.status, known.at, scanned_at)
    return Progress(report.status, report.at if further else report.at or known.at, scanned_at)


def _is_older(progress: Progress, other: Progress) -> bool:
    return progress.at is not None and other.at is not None and progress.at < other.at


def _of(choose: Callable[[Iterable[datetime]], datetime], *times: datetime | None) -> datetime | None:
    known = [time for time in times if time is not None]
    return choose(known) if known else None


def select_events(tracking: Tracking, bought_at: datetime, answered_at: datetime) -> tuple[TrackingEvent, ...]:
    """Return the events that can be the parcel's own: carriers give tracking numbers out again, after some months.

    A time yet to come is taken for none: all that happens later would be older than it. A day of grace either way,
    because some carriers report times without their zone. Events without a time are the parcel's own unless all others
    are older than the label.
    """
    times = [event.at for event in tracking.events if event.at is not None]
    if times and max(times) < bought_at - ONE_DAY:
        return ()
    own = (event for event in tracking.events if event.at is None or event.at >= bought_at - ONE_DAY)
    limit = answered_at + ONE_DAY
    return tuple(replace(event, at=None) if event.at is not None and event.at > limit else event for event in own)


def read_progress(tracking: Tracking, bought_at: datetime, answered_at: datetime) -> Progress:
    """Read from an answer how far the parcel is.

    An answer all of whose events are older than the label, which was `bought_at`, is of another parcel. If only some
    are, the carrier's status may be the other parcel's, and the newest event of this one counts. A scan without a time
    of its own has that of the answer.
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
"""A label of which nothing new was heard for so long is not asked about any more."""
MIN_CHECK_INTERVAL = timedelta(seconds=30)
"""However often somebody asks to look, a carrier that has answered is left alone so long about that parcel."""

_GAPS: Mapping[TrackingStatus, timedelta] = {
    TrackingStatus.IN_TRANSIT: timedelta(hours=3),
    TrackingStatus.EXCEPTION: timedelta(hours=3),
    TrackingStatus.OUT_FOR_DELIVERY: timedelta(minutes=30),
}
_FIRST_GAP, _MAX_GAP = timedelta(hours=1), timedelta(hours=12)
_FIRST_WAIT, _MAX_WAIT = timedelta(minutes=1), timedelta(hours=6)


def next_check_delay(status: TrackingStatus, quiet_for: timedelta) -> timedelta | None:
    """Say after how long to ask again; None: not any more. Nothing new was heard `quiet_for`, from the purchase on."""
    if status in ENDED or quiet_for > MAX_QUIET_TIME:
        return None
    return max(_GAPS.get(status, _FIRST_GAP), min(quiet_for / 8, _MAX_GAP))


FIRST_REFUND_LOOK, _MAX_REFUND_GAP = timedelta(hours=1), timedelta(hours=12)
MAX_REFUND_TIME = timedelta(days=60)
"""A refund is asked about for so long; EasyPost names 30 days as the longest."""


def next_refund_look(asked_for: timedelta) -> timedelta | None:
    """Return after how long to ask about a refund again that was asked for so long ago; None: not any more."""
    return None if asked_for > MAX_REFUND_TIME else max(FIRST_REFUND_LOOK, min(asked_for / 8, _MAX_REFUND_GAP))


def retry_delay(failures: int) -> timedelta:
    """Say how long to wait after so many failures in a row, the first one being 1."""
    return min(_FIRST_WAIT * (1 << min(failures - 1, 10)), _MAX_WAIT)
