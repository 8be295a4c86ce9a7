"""Weights, sizes and letters, as carriers take them."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.carriers.common.label_text import to_label_text
from adapters.carriers.common.units import to_sides, to_weight
from domain.errors import Rejected


@pytest.mark.parametrize(
    ("given", "unit", "found"),
    [
        (("2.5", "lb"), "lb", "2.50"),
        (("1", "oz"), "lb", "0.07"),
        (("0.1", "g"), "lb", "0.01"),
        (("1", "kg"), "lb", "2.21"),
        (("1", "lb"), "kg", "0.46"),
        (("16", "oz"), "oz", "16.00"),
        (("1", "lb"), "oz", "16.00"),
    ],
)
def test_a_weight_is_never_declared_too_low(given: tuple[str, str], unit: str, found: str) -> None:
    assert to_weight({"weight": given[0], "weight_unit": given[1]}, 0, unit=unit) == Decimal(found)


def test_sides_are_rounded_up() -> None:
    parcel = {"length": "25.4", "width": "10", "height": "0.1", "dimension_unit": "cm"}
    assert to_sides(parcel, 0) == {"length": Decimal(10), "width": Decimal(4), "height": Decimal(1)}
    assert to_sides(parcel, 0, unit="cm") == {"length": Decimal(26), "width": Decimal(10), "height": Decimal(1)}
    assert to_sides({"weight": "1", "weight_unit": "lb"}, 0) is None


@pytest.mark.parametrize(
    ("parcel", "field"),
    [
        ({"weight": "1", "weight_unit": "stone"}, "parcels.2.weight_unit"),
        ({"weight": "1"}, "parcels.2.weight_unit"),
        ({"weight": "0", "weight_unit": "lb"}, "parcels.2.weight"),
        ({"weight": "NaN", "weight_unit": "lb"}, "parcels.2.weight"),
        ({"weight": "much", "weight_unit": "lb"}, "parcels.2.weight"),
        ({"weight": None, "weight_unit": "lb"}, "parcels.2.weight"),
    ],
)
def test_a_wrong_weight_names_its_field(parcel: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        to_weight(parcel, 2)
    assert refused.value.field == field


def test_a_wrong_size_names_its_field() -> None:
    for parcel, field in (
        ({"length": "1", "width": "1", "height": "1", "dimension_unit": "ell"}, "parcels.0.dimension_unit"),
        ({"length": "1", "width": "1", "dimension_unit": "in"}, "parcels.0.height"),
    ):
        with pytest.raises(Rejected) as refused:
            to_sides(parcel, 0)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Jane Doe", "Jane Doe"),
        ("Jos\u00e9 M\u00fcller", "Jos\u00e9 M\u00fcller"),
        ("Jose\u0301", "Jos\u00e9"),
        ("Łódź", "Lódz"),
        ("Nguyễn Văn", "Nguyen Van"),
        ("a\tb\r\nc\u200bd\u00a0e", "a b c d e"),
        ("Suite “5” – rear", 'Suite "5" - rear'),
    ],
)
def test_a_line_is_printed_in_latin_letters(text: str, line: str) -> None:
    assert to_label_text(text, "ship_to.name", 40) == line


@pytest.mark.parametrize("text", ["葛飾北斎", "Δelta", "smile 😀", "x" * 41])
def test_what_can_not_be_printed_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        to_label_text(text, "ship_to.name", 40)
    assert refused.value.field == "ship_to.name"
    assert text not in refused.value.message
