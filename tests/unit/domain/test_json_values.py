"""Dataclasses are read from what any version wrote, and written whole."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from domain.json_values import from_json, to_json
from domain.parcels import Address, Parcel
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
