"""Organizations share slots for calls fairly."""

from uuid import UUID, uuid4

from domain.fair_slots import FairSlots


def fill(slots: FairSlots, organization_id: UUID) -> int:
    """Take as many slots as an organization may take; return their number."""
    count = 0
    while slots.take(organization_id):
        count += 1
    return count


def test_one_organization_gets_half_of_the_shared_slots() -> None:
    assert fill(FairSlots(256), uuid4()) == 64


def test_each_further_organization_gets_half_of_the_rest() -> None:
    slots = FairSlots(256)
    assert [fill(slots, uuid4()) for _ in range(4)] == [64, 32, 16, 8]


def test_the_sixtieth_organization_still_finds_slots() -> None:
    slots = FairSlots(256)
    assert [fill(slots, uuid4()) for _ in range(60)][-1] == 2


def test_the_number_of_slots_is_never_exceeded() -> None:
    slots = FairSlots(256)
    assert sum(fill(slots, uuid4()) for _ in range(1000)) == 256


def test_an_organization_shrinks_to_its_share_as_its_calls_end() -> None:
    """It has taken more while it was alone."""
    slots, bulk, single = FairSlots(24), uuid4(), uuid4()
    assert (fill(slots, bulk), fill(slots, single)) == (6, 3)
    slots.release(bulk)
    assert not slots.take(bulk)
    assert slots.take(single)
    slots.release(bulk)
    assert fill(slots, bulk) == 0


def test_a_single_slot_serves_organizations_in_turn() -> None:
    slots, first, second = FairSlots(1), uuid4(), uuid4()
    assert slots.take(first)
    assert not slots.take(second)
    slots.release(first)
    assert slots.take(second)
