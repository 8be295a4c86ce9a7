"""Dataclasses are read from what any version wrote, and written whole."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from activities.payloads import RunInput
from domain.json_values import from_json, to_json
from domain.operations import RunKind, RunOptions
from domain.parcels import Address, Parcel
from domain.plan import Plan
from domain.shipping import ConnectionSettings, SafetyClass


@dataclass(frozen=True, slots=True)
class Whole:
    ident: UUID
    at: datetime | None
    parcels: tuple[Parcel, ...]
    safety: SafetyClass | None = None
    note: str | None = None
    is_new: bool = False


ID = UUID(int=7)
JSON = {
    "ident": str(ID),
    "at": "2026-11-24T03:59:00Z",
    "parcels": [{"weight": "2.50", "weight_unit": "lb"}],
    "safety": "keyed",
    "is_new": False,
}
VALUE = Whole(ID, datetime(2026, 11, 24, 3, 59, tzinfo=UTC), (Parcel(Decimal("2.50"), "lb"),), SafetyClass.KEYED)


def test_a_value_survives_the_round_trip() -> None:
    """What is None by default is left out; a value without a default is written even if it is None."""
    assert to_json(VALUE) == JSON
    assert from_json(Whole, JSON) == VALUE
    assert to_json(Whole(ID, None, ())) == {"ident": str(ID), "at": None, "parcels": [], "is_new": False}


def test_an_earlier_version_may_have_written_less_or_more() -> None:
    """A key that is missing is None where the field may be None; one that is not known is left alone."""
    assert from_json(Whole, {"ident": str(ID), "parcels": [], "gone": 1}) == Whole(ID, None, ())
    with pytest.raises(TypeError):
        from_json(Whole, {"ident": str(ID)})


def test_settings_keep_their_shape() -> None:
    """Only what is set is written."""
    given = {"base_url": "http://127.0.0.1:1", "max_per_second": 0.5, "options": {"carrier_id": "se-1"}}
    settings = from_json(ConnectionSettings, {**given, "max_concurrent": None})

    assert to_json(settings) == given
    assert settings.option("carrier_id") == "se-1"
    assert (ConnectionSettings().option("carrier_id"), ConnectionSettings().may_cancel) == (None, True)


def test_nested_values_are_written_too() -> None:
    """An address within settings, without its empty parts."""
    home = Address("Ada", "1 Way", "Portland", "97201", "US")
    written = to_json(ConnectionSettings(ship_from=home, can_cancel=False))

    assert written == {
        "ship_from": {"name": "Ada", "street1": "1 Way", "city": "Portland", "postal_code": "97201", "country": "US"},
        "can_cancel": False,
    }
    assert from_json(ConnectionSettings, written).ship_from == home


def test_a_plan_keeps_the_keys_of_an_installed_type() -> None:
    """They stand beside the known ones, whatever they are called, and are found by their name."""
    given = {"carrier_account_id": str(ID), "can_undo": False, "pickup_id": "p", "extra": [1], "value": {"a": None}}
    plan = from_json(Plan, given)

    assert to_json(plan) == given
    assert (plan.carrier_account_id, plan.can_undo, plan.service) == (ID, False, None)
    assert [plan.value(key) for key in ("carrier_account_id", "pickup_id", "extra", "value", "gone")] == [
        ID, "p", [1], {"a": None}, None,
    ]  # fmt: skip


def test_a_runs_input_keeps_its_shape() -> None:
    """In Temporal's histories, too: the plan is flat, and only what is given of the options is written."""
    given = {"carrier": "ups", "pickup_id": "p"}
    run = RunInput(
        organization_id=ID, operation_id=ID, operation_type="t", order_id=None, run=1, kind=RunKind.EXECUTE,
        plan=from_json(Plan, given), options=RunOptions(doubted=True),
    )  # fmt: skip
    written = run.model_dump(mode="json")

    assert (written["plan"], written["options"]) == (given, {"doubted": True})
    assert RunInput.model_validate_json(run.model_dump_json()) == run
