"""How organizations share slots that calls keep for long."""

from uuid import UUID, uuid4

from domain.fair_slots import FairSlots


def fill(slots: FairSlots, organization_id: UUID) -> int:
    """Take all that an organization may take; return how many that are."""
    taken = 0
    while slots.take(organization_id):
        taken += 1
    return taken


def test_one_organization_gets_half() -> None:
    slots = FairSlots(100)
    assert fill(slots, uuid4()) == 50
    assert slots.free == 50


def test_the_next_organizations_always_find_some() -> None:
    slots = FairSlots(100)
    assert [fill(slots, uuid4()) for _ in range(4)] == [50, 25, 13, 6]


def test_an_organization_gives_way_as_its_calls_end() -> None:
    """It took its share while it was alone."""
    slots, many, few = FairSlots(12), uuid4(), uuid4()
    assert (fill(slots, many), fill(slots, few)) == (6, 3)
    slots.release(many)
    assert not slots.take(many)
    assert slots.take(few)
    slots.release(many)
    assert (fill(slots, many), slots.free) == (0, 4)


def test_the_smallest_number_serves_one_after_the_other() -> None:
    slots, one, other = FairSlots(1), uuid4(), uuid4()
    assert slots.take(one)
    assert not slots.take(other)
    slots.release(one)
    assert slots.take(other)
