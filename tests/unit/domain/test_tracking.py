"""A parcel's progress only moves forward, and the time of the next check depends on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tracking import (
    ENDED,
    MAX_QUIET_TIME,
    RANKS,
    SCANNED,
    Progress,
    Tracking,
    TrackingEvent,
    TrackingStatus,
    advance,
    next_check_delay,
    read_progress,
    retry_delay,
    select_events,
)

T0 = datetime(2026, 1, 15, 12, tzinfo=UTC)
STATUSES = list(TrackingStatus)
TIMES = st.integers(0, 500).map(lambda hours: T0 + timedelta(hours=hours))
PROGRESS = st.builds(Progress, st.sampled_from(STATUSES), st.none() | TIMES, st.none() | TIMES)
DATED = st.builds(Progress, st.sampled_from(STATUSES), TIMES, st.none() | TIMES)


def advance_all(*answers: Progress) -> Progress:
    """Return the progress after these answers, in this order."""
    current = Progress()
    for progress in answers:
        current = advance(current, progress)
    return current


def build_progress(status: TrackingStatus, hour: int) -> Progress:
    return Progress(status, T0 + timedelta(hours=hour))


def test_every_status_has_a_rank() -> None:
    """A final status has a rank of its own, so that no other status can replace it."""
    assert set(RANKS) == set(STATUSES)
    assert all(list(RANKS.values()).count(RANKS[status]) == 1 for status in ENDED)


@given(st.lists(PROGRESS, max_size=12))
def test_progress_never_compensates(answers: list[Progress]) -> None:
    """In any order of answers, the rank, the time within a rank and the first scan are kept."""
    current = Progress()
    for progress in answers:
        following = advance(current, progress)
        assert RANKS[following.status] >= max(RANKS[current.status], RANKS[progress.status])
        if RANKS[following.status] == RANKS[current.status]:
            assert current.at is None or (following.at is not None and following.at >= current.at)
        scans = [scan for scan in (current.scanned_at, progress.scanned_at) if scan is not None]
        assert following.scanned_at == min(scans, default=None)
        current = following


@given(st.lists(PROGRESS, max_size=6), PROGRESS)
def test_a_repeated_answer_changes_nothing(answers: list[Progress], repeated: Progress) -> None:
    current = advance_all(*answers, repeated)

    assert advance(current, repeated) == current


@given(st.lists(DATED, max_size=4, unique_by=lambda event: event.at))
def test_the_order_of_dated_answers_does_not_matter(answers: list[Progress]) -> None:
    ends = {advance_all(*order).status for order in permutations(answers)}

    assert len(ends) <= 1


@given(st.lists(PROGRESS, max_size=8))
def test_a_final_status_is_kept(late: list[Progress]) -> None:
    """Only a return changes a delivered parcel, and nothing changes a returned one."""
    after_delivery = advance_all(build_progress(TrackingStatus.DELIVERED, 1), *late).status
    after_return = advance_all(build_progress(TrackingStatus.RETURNED, 1), *late).status

    assert after_delivery in (TrackingStatus.DELIVERED, TrackingStatus.RETURNED)
    assert after_return is TrackingStatus.RETURNED


@pytest.mark.parametrize(
    ("current", "answer", "expected"),
    [
        (
            build_progress(TrackingStatus.DELIVERED, 5),
            build_progress(TrackingStatus.IN_TRANSIT, 9),
            TrackingStatus.DELIVERED,
        ),
        (
            build_progress(TrackingStatus.IN_TRANSIT, 5),
            build_progress(TrackingStatus.PRE_TRANSIT, 9),
            TrackingStatus.IN_TRANSIT,
        ),
        (
            build_progress(TrackingStatus.OUT_FOR_DELIVERY, 5),
            build_progress(TrackingStatus.IN_TRANSIT, 4),
            TrackingStatus.OUT_FOR_DELIVERY,
        ),
        (
            build_progress(TrackingStatus.OUT_FOR_DELIVERY, 5),
            build_progress(TrackingStatus.EXCEPTION, 6),
            TrackingStatus.EXCEPTION,
        ),
        (
            build_progress(TrackingStatus.EXCEPTION, 5),
            build_progress(TrackingStatus.OUT_FOR_DELIVERY, 7),
            TrackingStatus.OUT_FOR_DELIVERY,
        ),
        (build_progress(TrackingStatus.IN_TRANSIT, 5), Progress(TrackingStatus.EXCEPTION), TrackingStatus.EXCEPTION),
        (
            build_progress(TrackingStatus.PRE_TRANSIT, 5),
            build_progress(TrackingStatus.UNKNOWN, 9),
            TrackingStatus.PRE_TRANSIT,
        ),
        (
            build_progress(TrackingStatus.CANCELLED, 5),
            build_progress(TrackingStatus.IN_TRANSIT, 1),
            TrackingStatus.IN_TRANSIT,
        ),
    ],
)
def test_the_newest_status_in_transit_counts(current: Progress, answer: Progress, expected: TrackingStatus) -> None:
    """In transit, the status follows the times of the answers; any other change goes one way."""
    assert advance(current, answer).status is expected


def build_event(status: TrackingStatus, hour: int | None) -> TrackingEvent:
    return TrackingEvent(T0 + timedelta(hours=hour) if hour is not None else None, status, "X", "")


def test_the_first_scan_proves_that_the_carrier_has_the_parcel() -> None:
    """The scan counts even if the status changed since; an exception is not a scan."""
    scanned = (
        build_event(TrackingStatus.PRE_TRANSIT, 1),
        build_event(TrackingStatus.IN_TRANSIT, 2),
        build_event(TrackingStatus.EXCEPTION, 9),
    )
    only_exception = (build_event(TrackingStatus.EXCEPTION, 3),)
    now = T0 + timedelta(hours=20)

    assert read_progress(Tracking("1", TrackingStatus.EXCEPTION, scanned), T0, now) == Progress(
        TrackingStatus.EXCEPTION, T0 + timedelta(hours=9), T0 + timedelta(hours=2)
    )
    assert read_progress(Tracking("1", TrackingStatus.EXCEPTION, only_exception), T0, now).scanned_at is None
    assert read_progress(Tracking("1", TrackingStatus.DELIVERED, ()), T0, now).scanned_at == now
    undated = (build_event(TrackingStatus.IN_TRANSIT, None),)
    assert read_progress(Tracking("1", TrackingStatus.IN_TRANSIT, undated), T0, now).scanned_at == now


def test_events_of_an_earlier_parcel_with_the_number_are_ignored() -> None:
    """Carriers reuse numbers: an event more than a day older than the label belongs to another parcel."""
    old = (build_event(TrackingStatus.IN_TRANSIT, -2000), build_event(TrackingStatus.DELIVERED, -1990))
    mixed = (*old, build_event(TrackingStatus.PRE_TRANSIT, -3))

    assert read_progress(Tracking("1", TrackingStatus.DELIVERED, old), T0, T0) == Progress()
    assert select_events(Tracking("1", TrackingStatus.PRE_TRANSIT, mixed), T0, T0) == (mixed[2],)
    progress = read_progress(Tracking("1", TrackingStatus.PRE_TRANSIT, mixed), T0, T0)
    assert (progress.status, progress.scanned_at) == (TrackingStatus.PRE_TRANSIT, None)


def test_the_status_of_an_earlier_parcel_is_ignored() -> None:
    """If an answer mixes two parcels, the newest event of this one counts."""
    old = build_event(TrackingStatus.DELIVERED, -2000)
    own_event = build_event(TrackingStatus.PRE_TRANSIT, 1)

    progress = read_progress(Tracking("1", TrackingStatus.DELIVERED, (old, own_event)), T0, T0)
    undated = read_progress(
        Tracking("1", TrackingStatus.DELIVERED, (build_event(TrackingStatus.DELIVERED, None), old)), T0, T0
    )

    assert (progress.status, progress.scanned_at) == (TrackingStatus.PRE_TRANSIT, None)
    assert undated == Progress()


def test_a_time_more_than_a_day_ahead_is_ignored() -> None:
    """Otherwise every later event would seem older and be ignored."""
    far, soon = build_event(TrackingStatus.IN_TRANSIT, 4000), build_event(TrackingStatus.IN_TRANSIT, 23)
    last = TrackingEvent(datetime.fromisoformat("9999-12-31T23:59:59-14:00"), TrackingStatus.IN_TRANSIT, "X", "")

    first = read_progress(Tracking("1", TrackingStatus.IN_TRANSIT, (far,)), T0, T0)
    out = (build_event(TrackingStatus.OUT_FOR_DELIVERY, 5),)
    then = read_progress(Tracking("1", TrackingStatus.OUT_FOR_DELIVERY, out), T0, T0)

    assert (first.at, first.scanned_at) == (None, T0)
    assert advance(first, then).status is TrackingStatus.OUT_FOR_DELIVERY
    assert select_events(Tracking("1", TrackingStatus.IN_TRANSIT, (soon, last)), T0, T0) == (
        soon,
        replace(last, at=None),
    )


@given(st.sampled_from(STATUSES), st.floats(-100, 2000))
def test_the_next_check_is_in_half_an_hour_to_twelve_hours(status: TrackingStatus, hours: float) -> None:
    """There is none after a final status or a long silence."""
    gap = next_check_delay(status, timedelta(hours=hours))

    assert (gap is None) == (status in ENDED or timedelta(hours=hours) > MAX_QUIET_TIME)
    assert gap is None or timedelta(minutes=30) <= gap <= timedelta(hours=12)


def test_checks_become_rarer_while_nothing_changes() -> None:
    gaps = [next_check_delay(TrackingStatus.PRE_TRANSIT, timedelta(hours=hours)) for hours in (0, 8, 24, 96, 400)]

    assert gaps == [timedelta(hours=hours) for hours in (1, 1, 3, 12, 12)]
    assert next_check_delay(TrackingStatus.OUT_FOR_DELIVERY, timedelta(0)) == timedelta(minutes=30)


def test_the_delay_after_failures_grows_to_six_hours() -> None:
    waits = [retry_delay(failures) for failures in range(1, 200)]

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)


def test_final_and_scanned_statuses() -> None:
    assert {TrackingStatus.DELIVERED, TrackingStatus.RETURNED} <= ENDED & SCANNED
    assert not {TrackingStatus.EXCEPTION, TrackingStatus.UNKNOWN, TrackingStatus.PRE_TRANSIT} & (ENDED | SCANNED)
