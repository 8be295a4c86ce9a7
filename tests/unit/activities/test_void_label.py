"""A void of several parcels names all of them to the carrier, which must not judge by one."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from activities.void import void_label
from adapters.carriers.common.answers import explain_voids
from domain.effects import UndoOutcome
from domain.ports.carrier import CarrierPort
from domain.shipping import VoidResult


class RecordingCarrier:
    """A carrier that keeps the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Sequence[str]]] = []

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        self.calls.append((carrier_shipment_id, tuple(parcels)))
        return VoidResult(UndoOutcome.VOIDED)


@pytest.mark.parametrize(("numbers", "named"), [(["A"], ()), (["A", "B", "C"], ("A", "B", "C"))])
async def test_all_of_several_parcels_are_named(numbers: list[str], named: tuple[str, ...]) -> None:
    carrier = RecordingCarrier()
    outcome, message = await void_label(cast(CarrierPort, carrier), "M", numbers)
    assert (outcome, message) == (UndoOutcome.VOIDED, "void of label A: voided")
    assert carrier.calls == [("M", named)]


VOIDED, LATE, MISSING = UndoOutcome.ALREADY_VOIDED, UndoOutcome.TOO_LATE, UndoOutcome.NOT_FOUND


@pytest.mark.parametrize(
    ("parcels", "whole"),
    [
        ([VOIDED], VOIDED),
        ([VOIDED, VOIDED], VOIDED),
        ([VOIDED, None], None),
        ([VOIDED, LATE], LATE),
        ([VOIDED, MISSING], None),
        ([MISSING, MISSING], MISSING),
        ([None, None], None),
    ],
)
def test_one_parcel_does_not_explain_all(parcels: list[Any], whole: UndoOutcome | None) -> None:
    assert explain_voids(parcels) is whole
