"""Weights, sizes and letters, as carriers take them."""

from decimal import Decimal

import pytest

from adapters.carriers.common.label_text import to_label_text
from adapters.carriers.common.units import to_sides, to_weight
from domain.errors import Rejected
from domain.parcels import Parcel


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
    assert to_weight(Parcel(Decimal(given[0]), given[1]), unit=unit) == Decimal(found)


def test_sides_are_rounded_up() -> None:
    parcel = Parcel(Decimal(1), "lb", Decimal("25.4"), Decimal(10), Decimal("0.1"), "cm")
    assert to_sides(parcel) == {"length": Decimal(10), "width": Decimal(4), "height": Decimal(1)}
    assert to_sides(parcel, unit="cm") == {"length": Decimal(26), "width": Decimal(10), "height": Decimal(1)}
    assert to_sides(Parcel(Decimal(1), "lb")) == {}


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
