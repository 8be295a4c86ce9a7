"""Dataclasses are read from the JSON of any version, and written to JSON."""

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
class Example:
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
VALUE = Example(ID, datetime(2026, 11, 24, 3, 59, tzinfo=UTC), (Parcel(Decimal("2.50"), "lb"),), SafetyClass.KEYED)


def test_a_value_survives_the_round_trip() -> None:
    """A field that is None by default is left out; a field without a default is always written."""
    assert to_json(VALUE) == JSON
    assert from_json(Example, JSON) == VALUE
    assert to_json(Example(ID, None, ())) == {"ident": str(ID), "at": None, "parcels": [], "is_new": False}


def test_other_versions_may_write_other_keys() -> None:
    """A missing key is None if the field allows it; an unknown key is ignored."""
    assert from_json(Example, {"ident": str(ID), "parcels": [], "gone": 1}) == Example(ID, None, ())
    with pytest.raises(TypeError):
        from_json(Example, {"ident": str(ID)})


def test_settings_are_written_without_empty_fields() -> None:
    source = {"base_url": "http://127.0.0.1:1", "max_per_second": 0.5, "options": {"carrier_id": "se-1"}}
    settings = from_json(ConnectionSettings, {**source, "max_concurrent": None})

    assert to_json(settings) == source
    assert settings.option("carrier_id") == "se-1"
    assert (ConnectionSettings().option("carrier_id"), ConnectionSettings().may_cancel) == (None, True)


def test_nested_values_are_written_without_empty_fields() -> None:
    home = Address("Ada", "1 Way", "Portland", "97201", "US")
    document = to_json(ConnectionSettings(ship_from=home, can_cancel=False))

    assert document == {
        "ship_from": {"name": "Ada", "street1": "1 Way", "city": "Portland", "postal_code": "97201", "country": "US"},
        "can_cancel": False,
    }
    assert from_json(ConnectionSettings, document).ship_from == home


def test_a_plan_keeps_the_keys_of_an_installed_type() -> None:
    """They are on one level with the known keys, and `value` finds them by name."""
    source = {"carrier_account_id": str(ID), "can_undo": False, "pickup_id": "p", "extra": [1], "value": {"a": None}}
    plan = from_json(Plan, source)

    assert to_json(plan) == source
    assert (plan.carrier_account_id, plan.can_undo, plan.service) == (ID, False, None)
    assert [plan.value(key) for key in ("carrier_account_id", "pickup_id", "extra", "value", "gone")] == [
        ID, "p", [1], {"a": None}, None,
    ]  # fmt: skip


def test_a_runs_input_keeps_its_json_form() -> None:
    """Temporal's histories have this form: a flat plan, and only the options that are set."""
    source = {"carrier": "ups", "pickup_id": "p"}
    run = RunInput(
        organization_id=ID, operation_id=ID, operation_type="t", order_id=None, run=1, kind=RunKind.EXECUTE,
        plan=from_json(Plan, source), options=RunOptions(doubted=True),
    )  # fmt: skip
    document = run.model_dump(mode="json")

    assert (document["plan"], document["options"]) == (source, {"doubted": True})
    assert RunInput.model_validate_json(run.model_dump_json()) == run
