"""Phone numbers are read in the forms that people type."""

import pytest

from domain.json_values import from_json
from domain.parcels import Address
from domain.postal.limits import PhoneLimits
from domain.postal.normal_form import normalize_address
from domain.postal.phones import Phone, fit_phone, read_phone
from tests.fixtures.builders import SHIP_TO

AMERICAN = {
    "+1 415-555-0136 ext. 51023": "+14155550136;ext=51023",
    "(901) 555-0123 x45": "+19015550123;ext=45",
    "9195550100": "+19195550100",
    "19195550100": "+19195550100",
    "1.919.555.0100": "+19195550100",
    "+1 (919) 555-0100": "+19195550100",
    "1 (919) 555-0100 #22": "+19195550100;ext=22",
    "(919)555-0100 Ext:99": "+19195550100;ext=99",
    "9195550100 extension 7": "+19195550100;ext=7",
    "9195550100,,123#": "+19195550100;ext=123",
    "+1-919-555-0100;ext=12": "+19195550100;ext=12",
    "9195550100 ext 12345 (office)": "+19195550100;ext=12345",
    "919-555-0100 (cell)": "+19195550100",
    "cell: 919-555-0100": "+19195550100",
    "(919) 555-0100 ask for Bob": "+19195550100",
    "415-555-0136 / 415-555-0199": "+14155550136",
    "tel: 9195550100": "+19195550100",
    "+1 (0) 919 555 0100": "+19195550100",
    "001 919 555 0100": "+19195550100",
    "9195550100.0": "+19195550100",
    "９１９５５５０１００": "+19195550100",
    "\u202a+1 919 555 0100\u202c": "+19195550100",
    "919\u2011555\u20110100": "+19195550100",
    "919\u00a0555\u00a00100": "+19195550100",
    "1-800-FLOWERS": "+18003569377",
    "787-555-0123": "+17875550123",
    "671-555-0123": "+16715550123",
    "+44 20 7946 0958": "+442079460958",
    "011 44 20 7946 0958": "+442079460958",
    "0044 20 7946 0958": "+442079460958",
}
ELSEWHERE = {
    ("01 42 68 53 00", "FR"): "+33142685300",
    ("+33 (0)1 42 68 53 00", "FR"): "+33142685300",
    ("020 7946 0958", "GB"): "+442079460958",
    ("030 901820", "DE"): "+4930901820",
    ("06 12345678", "IT"): "+390612345678",
    ("03-3224-5000", "JP"): "+81332245000",
    ("0412 345 678", "AU"): "+61412345678",
    ("55 5555 5555", "MX"): "+525555555555",
    ("6135550111", "CA"): "+16135550111",
    ("692-625-3399", "MH"): "+6926253399",
}
NONE = ("n/a", "none", "-", "0000000000", "000-000-0000", "555-0100", "1234567890", "12", "1234567890123456", "x45", "")


@pytest.mark.parametrize(("text", "expected"), AMERICAN.items())
def test_a_number_in_the_us_is_read(text: str, expected: str) -> None:
    assert str(read_phone(text, "US")) == expected


@pytest.mark.parametrize(("number", "expected"), ELSEWHERE.items())
def test_a_number_of_another_country_is_read(number: tuple[str, str], expected: str) -> None:
    assert str(read_phone(*number)) == expected


@pytest.mark.parametrize("text", [*AMERICAN.values(), *ELSEWHERE.values()])
def test_a_written_number_is_read_again(text: str) -> None:
    assert str(read_phone(text, "US")) == text


@pytest.mark.parametrize("text", NONE)
def test_a_text_that_is_not_a_number_is_not_read(text: str) -> None:
    assert read_phone(text, "US") is None


@pytest.mark.parametrize("text", ["x", "n/a", "000-000-0000", "555-0100"])
def test_a_text_that_is_not_a_number_is_kept(text: str) -> None:
    """A carrier that needs a number then reports an invalid phone, and not a missing one."""
    address = from_json(Address, {**SHIP_TO, "phone": text})

    assert normalize_address(address, "ship_to").phone == text


@pytest.mark.parametrize(
    ("phone", "country", "fitted"),
    [
        (Phone(1, "4155550136", "51023"), "US", Phone(1, "4155550136", "51023")),
        (Phone(1, "4155550136", "1234567"), "US", Phone(1, "4155550136")),
        (Phone(44, "2079460958"), "US", None),
        (Phone(44, "2079460958"), "GB", Phone(44, "2079460958")),
        (Phone(298, "123456"), "FO", None),
        (None, "US", None),
    ],
)
def test_a_number_is_fitted_to_its_carrier(phone: Phone | None, country: str, fitted: Phone | None) -> None:
    """A number of North America needs ten digits; an extension that does not fit is dropped."""
    assert fit_phone(phone, country, PhoneLimits(min_digits=10, extension=6)) == fitted
