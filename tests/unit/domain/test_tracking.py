"""A parcel's story only goes forward, and is asked for as often as it is worth."""

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
TOLD = st.builds(Progress, st.sampled_from(STATUSES), st.none() | TIMES, st.none() | TIMES)
DATED = st.builds(Progress, st.sampled_from(STATUSES), TIMES, st.none() | TIMES)


def heard(*told: Progress) -> Progress:
    """What is known after these answers, in this order."""
    known = Progress()
    for progress in told:
        known = advance(known, progress)
    return known


def at(status: TrackingStatus, hour: int) -> Progress:
    return Progress(status, T0 + timedelta(hours=hour))


def test_every_status_has_a_rank() -> None:
    """A new one is put somewhere, and what ends the story is of a rank of its own: nothing follows it unseen."""
    assert set(RANKS) == set(STATUSES)
    assert all(list(RANKS.values()).count(RANKS[status]) == 1 for status in ENDED)


@given(st.lists(TOLD, max_size=12))
def test_it_never_goes_back(told: list[Progress]) -> None:
    """Whatever is told in whatever order: no rank is lost, no time within a rank, and no scan that was known."""
    known = Progress()
    for progress in told:
        following = advance(known, progress)
        assert RANKS[following.status] >= max(RANKS[known.status], RANKS[progress.status])
        if RANKS[following.status] == RANKS[known.status]:
            assert known.at is None or (following.at is not None and following.at >= known.at)
        scans = [scan for scan in (known.scanned_at, progress.scanned_at) if scan is not None]
        assert following.scanned_at == min(scans, default=None)
        known = following


@given(st.lists(TOLD, max_size=6), TOLD)
def test_what_is_told_twice_is_known_once(told: list[Progress], again: Progress) -> None:
    known = heard(*told, again)

    assert advance(known, again) == known


@given(st.lists(DATED, max_size=4, unique_by=lambda event: event.at))
def test_the_order_in_which_answers_come_does_not_matter(told: list[Progress]) -> None:
    """Where each has a time of its own: however they overtake each other, the end is the same."""
    ends = {heard(*order).status for order in permutations(told)}

    assert len(ends) <= 1


@given(st.lists(TOLD, max_size=8))
def test_what_has_arrived_has_arrived(late: list[Progress]) -> None:
    """Nothing moves a delivered parcel but its return, and a returned one nothing."""
    after = heard(at(TrackingStatus.DELIVERED, 1), *late).status
    returned = heard(at(TrackingStatus.RETURNED, 1), *late).status

    assert after in (TrackingStatus.DELIVERED, TrackingStatus.RETURNED)
    assert returned is TrackingStatus.RETURNED


@pytest.mark.parametrize(
    ("known", "told", "then"),
    [
        (at(TrackingStatus.DELIVERED, 5), at(TrackingStatus.IN_TRANSIT, 9), TrackingStatus.DELIVERED),
        (at(TrackingStatus.IN_TRANSIT, 5), at(TrackingStatus.PRE_TRANSIT, 9), TrackingStatus.IN_TRANSIT),
        (at(TrackingStatus.OUT_FOR_DELIVERY, 5), at(TrackingStatus.IN_TRANSIT, 4), TrackingStatus.OUT_FOR_DELIVERY),
        (at(TrackingStatus.OUT_FOR_DELIVERY, 5), at(TrackingStatus.EXCEPTION, 6), TrackingStatus.EXCEPTION),
        (at(TrackingStatus.EXCEPTION, 5), at(TrackingStatus.OUT_FOR_DELIVERY, 7), TrackingStatus.OUT_FOR_DELIVERY),
        (at(TrackingStatus.IN_TRANSIT, 5), Progress(TrackingStatus.EXCEPTION), TrackingStatus.EXCEPTION),
        (at(TrackingStatus.PRE_TRANSIT, 5), at(TrackingStatus.UNKNOWN, 9), TrackingStatus.PRE_TRANSIT),
        (at(TrackingStatus.CANCELLED, 5), at(TrackingStatus.IN_TRANSIT, 1), TrackingStatus.IN_TRANSIT),
    ],
)
def test_what_follows_what(known: Progress, told: Progress, then: TrackingStatus) -> None:
    """On its way a parcel goes to and fro as the times have it; all else is one-way."""
    assert advance(known, told).status is then


def event(status: TrackingStatus, hour: int | None) -> TrackingEvent:
    return TrackingEvent(T0 + timedelta(hours=hour) if hour is not None else None, status, "X", "")


def test_a_scan_is_what_proves_that_the_carrier_has_the_parcel() -> None:
    """The first of them counts, also where the parcel's status has become another since; an exception is none."""
    seen = (
        event(TrackingStatus.PRE_TRANSIT, 1),
        event(TrackingStatus.IN_TRANSIT, 2),
        event(TrackingStatus.EXCEPTION, 9),
    )
    lost = (event(TrackingStatus.EXCEPTION, 3),)
    now = T0 + timedelta(hours=20)

    assert read_progress(Tracking("1", TrackingStatus.EXCEPTION, seen), T0, now) == Progress(
        TrackingStatus.EXCEPTION, T0 + timedelta(hours=9), T0 + timedelta(hours=2)
    )
    assert read_progress(Tracking("1", TrackingStatus.EXCEPTION, lost), T0, now).scanned_at is None
    assert read_progress(Tracking("1", TrackingStatus.DELIVERED, ()), T0, now).scanned_at == now
    undated = (event(TrackingStatus.IN_TRANSIT, None),)
    assert read_progress(Tracking("1", TrackingStatus.IN_TRANSIT, undated), T0, now).scanned_at == now


def test_a_number_that_was_somebody_elses_before() -> None:
    """Carriers give numbers out again: what is older than the label, but for a day of doubt, is not its parcel's."""
    old = (event(TrackingStatus.IN_TRANSIT, -2000), event(TrackingStatus.DELIVERED, -1990))
    both = (*old, event(TrackingStatus.PRE_TRANSIT, -3))

    assert read_progress(Tracking("1", TrackingStatus.DELIVERED, old), T0, T0) == Progress()
    assert select_events(Tracking("1", TrackingStatus.PRE_TRANSIT, both), T0, T0) == (both[2],)
    told = read_progress(Tracking("1", TrackingStatus.PRE_TRANSIT, both), T0, T0)
    assert (told.status, told.scanned_at) == (TrackingStatus.PRE_TRANSIT, None)


def test_the_status_of_the_other_parcel_does_not_become_ours() -> None:
    """If an answer mixes two stories, the newest event of ours counts; untimed events of an old one do not."""
    old = event(TrackingStatus.DELIVERED, -2000)
    ours = event(TrackingStatus.PRE_TRANSIT, 1)

    told = read_progress(Tracking("1", TrackingStatus.DELIVERED, (old, ours)), T0, T0)
    undated = read_progress(
        Tracking("1", TrackingStatus.DELIVERED, (event(TrackingStatus.DELIVERED, None), old)), T0, T0
    )

    assert (told.status, told.scanned_at) == (TrackingStatus.PRE_TRANSIT, None)
    assert undated == Progress()


def test_a_time_yet_to_come_is_taken_for_none() -> None:
    """But for a day of doubt: else what happens later would be older than it, and never be told."""
    wrong, soon = event(TrackingStatus.IN_TRANSIT, 4000), event(TrackingStatus.IN_TRANSIT, 23)
    last = TrackingEvent(datetime.fromisoformat("9999-12-31T23:59:59-14:00"), TrackingStatus.IN_TRANSIT, "X", "")

    first = read_progress(Tracking("1", TrackingStatus.IN_TRANSIT, (wrong,)), T0, T0)
    out = (event(TrackingStatus.OUT_FOR_DELIVERY, 5),)
    then = read_progress(Tracking("1", TrackingStatus.OUT_FOR_DELIVERY, out), T0, T0)

    assert (first.at, first.scanned_at) == (None, T0)
    assert advance(first, then).status is TrackingStatus.OUT_FOR_DELIVERY
    assert select_events(Tracking("1", TrackingStatus.IN_TRANSIT, (soon, last)), T0, T0) == (
        soon,
        replace(last, at=None),
    )


@given(st.sampled_from(STATUSES), st.floats(-100, 2000))
def test_when_to_ask_again(status: TrackingStatus, hours: float) -> None:
    """Never more often than twice an hour, at least twice a day, and not at all once nothing is to be expected."""
    gap = next_check_delay(status, timedelta(hours=hours))

    assert (gap is None) == (status in ENDED or timedelta(hours=hours) > MAX_QUIET_TIME)
    assert gap is None or timedelta(minutes=30) <= gap <= timedelta(hours=12)


def test_it_is_asked_about_more_seldom_the_longer_nothing_is_heard() -> None:
    gaps = [next_check_delay(TrackingStatus.PRE_TRANSIT, timedelta(hours=hours)) for hours in (0, 8, 24, 96, 400)]

    assert gaps == [timedelta(hours=hours) for hours in (1, 1, 3, 12, 12)]
    assert next_check_delay(TrackingStatus.OUT_FOR_DELIVERY, timedelta(0)) == timedelta(minutes=30)


def test_waits_grow() -> None:
    waits = [retry_delay(failures) for failures in range(1, 200)]

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)


def test_what_is_over_or_scanned_is_known_of_each() -> None:
    assert {TrackingStatus.DELIVERED, TrackingStatus.RETURNED} <= ENDED & SCANNED
    assert not {TrackingStatus.EXCEPTION, TrackingStatus.UNKNOWN, TrackingStatus.PRE_TRANSIT} & (ENDED | SCANNED)
