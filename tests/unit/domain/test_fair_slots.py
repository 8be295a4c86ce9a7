"""How organizations share slots that calls keep for long."""

from uuid import UUID, uuid4

from domain.fair_slots import FairSlots


def fill(slots: FairSlots, organization_id: UUID) -> int:
    """Take all that an organization may take; return how many that are."""
    taken = 0
    while slots.take(organization_id):
        taken += 1
    return taken


def test_one_organization_gets_half_of_what_is_shared() -> None:
    assert fill(FairSlots(256), uuid4()) == 64


def test_each_of_the_next_gets_half_of_what_is_left() -> None:
    slots = FairSlots(256)
    assert [fill(slots, uuid4()) for _ in range(4)] == [64, 32, 16, 8]


def test_the_sixtieth_organization_still_finds_slots() -> None:
    slots = FairSlots(256)
    assert [fill(slots, uuid4()) for _ in range(60)][-1] == 2


def test_there_are_no_more_slots_than_that() -> None:
    slots = FairSlots(256)
    assert sum(fill(slots, uuid4()) for _ in range(1000)) == 256


def test_an_organization_gives_way_as_its_calls_end() -> None:
    """It took its share while it was alone."""
    slots, many, few = FairSlots(24), uuid4(), uuid4()
    assert (fill(slots, many), fill(slots, few)) == (6, 3)
    slots.release(many)
    assert not slots.take(many)
    assert slots.take(few)
    slots.release(many)
    assert fill(slots, many) == 0


def test_the_smallest_number_serves_one_after_the_other() -> None:
    slots, one, other = FairSlots(1), uuid4(), uuid4()
    assert slots.take(one)
    assert not slots.take(other)
    slots.release(one)
    assert slots.take(other)
