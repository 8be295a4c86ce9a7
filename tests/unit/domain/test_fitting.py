"""Streets, names and phones are fitted to a carrier's fields."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import Rejected
from domain.postal.fitting import FittedAddress, describe_changes, fit_address
from domain.postal.limits import Letters, PhoneLimits, ShipmentLimits
from domain.postal.lines import is_po_box, shorten_name, wrap_street
from tests.fixtures.builders import SHIP_FROM, SHIP_TO, build_ship_to, build_shipment_request

LIMITS = ShipmentLimits(
    name=35,
    company=35,
    street_lines=3,
    street=35,
    city=30,
    letters=Letters.LATIN_1,
    phone=PhoneLimits(needed=("ship_to",), min_digits=10, extension=4),
    is_military=False,
    is_po_box=False,
)


def fit(limits: ShipmentLimits = LIMITS, default_phone: str | None = None, **changes: Any) -> FittedAddress:
    request = build_shipment_request(ship_to={**SHIP_TO, **changes})
    return fit_address(replace(request, default_phone=default_phone), "ship_to", "UPS", limits)


@pytest.mark.parametrize(
    ("parts", "limits", "lines"),
    [
        (["77 W", "Apt 5"], (3, 35), ("77 W", "Apt 5")),
        (
            ["1234 Northwest Martin Luther King Junior Boulevard"],
            (3, 35),
            ("1234 Northwest Martin Luther King", "Junior Boulevard"),
        ),
        (["4815 Old William Penn Highway Suite 230"], (3, 35), ("4815 Old William Penn Highway", "Suite 230")),
        (["1600 Pennsylvania Avenue Northwest #1203"], (3, 35), ("1600 Pennsylvania Avenue Northwest", "#1203")),
        (
            ["12 Main St, Suite 400, Attn Receiving Dock Number Seven", "Back door"],
            (3, 35),
            ("12 Main St, Suite 400", "Attn Receiving Dock Number Seven", "Back door"),
        ),
        (
            ["12345 Southwest Very Long Street Name Boulevard, Building 7", "Unit 4"],
            (2, 50),
            ("12345 Southwest Very Long Street Name Boulevard", "Building 7 Unit 4"),
        ),
        (["x" * 36], (3, 35), None),
        (["a " * 60], (3, 35), None),
        (["x" * 36, "y"], (1, 35), None),
    ],
)
def test_a_street_is_wrapped_without_losing_a_word(
    parts: list[str], limits: tuple[int, int], lines: tuple[str, ...] | None
) -> None:
    """A line ends before a unit or after a comma, if possible."""
    assert wrap_street(parts, *limits) == lines
    if lines is not None:
        assert " ".join(lines).replace(",", "").split() == " ".join(parts).replace(",", "").split()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Grace Hopper", "Grace Hopper"),
        ("x" * 35, "x" * 35),
        ("International Business Machines Corporation of NY", "International Business Machines"),
        ("Smith, Jones & Partners International, LLC", "Smith, Jones & Partners"),
        ("Wolfeschlegelsteinhausenbergerdorffwelche", "Wolfeschlegelsteinhausenbergerdorff"),
    ],
)
def test_a_long_name_loses_its_last_words(name: str, short: str) -> None:
    assert shorten_name(name, 35) == short


@pytest.mark.parametrize(
    ("parts", "is_box"),
    [
        (["PO Box 12"], True),
        (["P.O. Box 12-A"], True),
        (["P O BOX #12"], True),
        (["Post Office Box 9"], True),
        (["POB 12"], True),
        (["123 Main St", "PO Box 12"], False),
        (["12 Box Elder Ln"], False),
        (["Pobedy 5"], False),
    ],
)
def test_a_post_office_box_is_recognized(parts: list[str], is_box: bool) -> None:
    assert is_po_box(parts) is is_box


def test_a_post_office_box_in_puerto_rico_is_accepted() -> None:
    """Many addresses there have nothing else."""
    assert fit(street1="PO Box 7", country="PR", state=None, postal_code="00901").street == ("PO Box 7",)


def test_long_names_are_shortened_and_noted() -> None:
    """The note has the fields and lengths, but no name."""
    fitted = fit(
        company="The International Widget Trading Company Ltd.", name="Maximiliana Konstantinopolitanskaya-Smythe"
    )
    assert (fitted.company, fitted.name) == ("The International Widget Trading", "Maximiliana")
    assert fitted.notes == (
        "ship_to.name is shortened from 42 to 11 characters",
        "ship_to.company is shortened from 45 to 32 characters",
    )


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"street1": "1 " + "x" * 40}, "ship_to.street1", "3 lines of 35 characters"),
        ({"street2": "x" * 40}, "ship_to.street2", "3 lines of 35 characters"),
        ({"street1": "12 " + "Main Street " * 12}, "ship_to.street1", "3 lines of 35 characters"),
        ({"city": "x" * 31}, "ship_to.city", "31 characters; UPS accepts 30"),
        ({"city": "Portland \ue000"}, "ship_to.city", "U+E000"),
        ({"name": "\u200b"}, "ship_to.name", "empty"),
        ({"street1": "PO Box 7"}, "ship_to.street1", "post office box"),
        ({"state": "AE", "postal_code": "09012", "city": "APO"}, "ship_to.state", "APO"),
        ({"phone": None}, "ship_to.phone", "missing"),
        ({"phone": "x"}, "ship_to.phone", "not a phone number"),
        ({"phone": "12"}, "ship_to.phone", "not a phone number"),
        ({"phone": "+44 20 7946 0958"}, "ship_to.phone", "not a phone number"),
    ],
)
def test_an_address_that_does_not_fit_names_the_field_and_the_limit(
    changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Rejected) as refused:
        fit(**changes)
    assert refused.value.field == field
    assert words in refused.value.message


def test_the_accounts_phone_replaces_a_missing_or_invalid_one() -> None:
    """An invalid number is noted, even if the carrier needs none."""
    default = "+1 919 555 0100 x12"
    missing, unusable, valid = (fit(default_phone=default, phone=phone) for phone in (None, "12", "5035550199"))

    assert [str(fitted.phone) for fitted in (missing, unusable)] == ["+19195550100;ext=12"] * 2
    assert str(valid.phone) == "+15035550199"
    assert (missing.notes, len(unusable.notes), valid.notes) == ((), 1, ())
    without_phone = fit(replace(LIMITS, phone=PhoneLimits()), phone="12")
    assert (without_phone.phone, len(without_phone.notes)) == (None, 1)


def test_an_extension_that_does_not_fit_is_dropped_with_a_note() -> None:
    fits, too_long = (fit(phone=f"(901) 555-0123 x{extension}") for extension in ("45", "51023"))
    assert (str(fits.phone), fits.notes) == ("+19015550123;ext=45", ())
    assert (str(too_long.phone), too_long.notes) == (
        "+19015550123",
        ("ship_to.phone is sent without its extension",),
    )


def test_the_notes_name_the_addresses_of_options() -> None:
    places = {"return_address": {**SHIP_FROM, "name": "x" * 36}}
    held = {"location_id": "1", "address": {**SHIP_FROM, "company": "y" * 36}}
    request = build_shipment_request(shipping_options={**places, "hold_at_location": held})
    assert [note.split()[0] for note in describe_changes(request, "UPS", LIMITS)] == [
        "shipping_options.return_address.name",
        "shipping_options.hold_at_location.address.company",
    ]


def test_the_notes_name_sender_and_recipient() -> None:
    request = build_shipment_request(ship_from={**SHIP_FROM, "name": "x" * 36}, ship_to=build_ship_to(name="y" * 36))
    assert [note.split()[0] for note in describe_changes(request, "UPS", LIMITS)] == ["ship_from.name", "ship_to.name"]
