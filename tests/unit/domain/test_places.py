"""Countries, states and postal codes have one normal form."""

import pytest

from domain.errors import Rejected
from domain.parcels import Address
from domain.postal.limits import Territories
from domain.postal.places import normalize_place, to_carrier_country
from domain.postal.states import find_country

US_STATES = {
    "TN": "TN", "tn": "TN", "Tn.": "TN", "T.N.": "TN", "Tennessee": "TN", "TENNESSEE": "TN", "US-TN": "TN",
    "Tenn.": "TN", "Calif.": "CA", "N. Carolina": "NC", "North  Carolina": "NC", "D.C.": "DC", "Washington DC": "DC",
    "Washington": "WA", "Mass": "MA", "Miss.": "MS", "new york": "NY", "N.Y.": "NY", "W. Va.": "WV", "Penna.": "PA",
    "Armed Forces Europe": "AE", "AP": "AP", "Puerto Rico": "PR", "U.S. Virgin Islands": "VI", "Guam": "GU",
    "Northern Mariana Islands": "MP", "Foo": None, "Tennesee": None, "Ontario": None,
}  # fmt: skip
CANADIAN_PROVINCES = {
    "Quebec": "QC", "Québec": "QC", "qc": "QC", "Colombie-Britannique": "BC", "B.C.": "BC", "PEI": "PE", "CA-ON": "ON",
    "Newfoundland": "NL", "nouvelle-ecosse": "NS", "Tennessee": None,
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), US_STATES.items())
def test_a_state_is_found_by_its_common_names(name: str, code: str | None) -> None:
    assert find_country("US").find_state(name) == code


@pytest.mark.parametrize(("name", "code"), CANADIAN_PROVINCES.items())
def test_a_province_is_found_by_its_name_in_each_language(name: str, code: str | None) -> None:
    assert find_country("CA").find_state(name) == code


def build_place(country: str, state: str | None, postal_code: str) -> Address:
    return Address("Ada", "1 Way", "Town", postal_code, country, state=state)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        (("US", "Tennessee", "38103"), ("US", "TN", "38103")),
        (("US", "MA", "2108"), ("US", "MA", "02108")),
        (("US", "Massachusetts", "2108-1234"), ("US", "MA", "02108-1234")),
        (("US", "MA", "21081234"), ("US", "MA", "02108-1234")),
        (("US", "MA", "021081234"), ("US", "MA", "02108-1234")),
        (("US", "MA", "02108 1234"), ("US", "MA", "02108-1234")),
        (("US", "MA", "02108\u20111234"), ("US", "MA", "02108-1234")),
        (("US", "MA", " 02108\u200b "), ("US", "MA", "02108")),
        (("US", "WI", "５４３２１"), ("US", "WI", "54321")),
        (("US", None, "97201"), ("US", "OR", "97201")),
        (("US", None, "06390"), ("US", "NY", "06390")),
        (("US", "NY", "501"), ("US", "NY", "00501")),
        (("US", "AE", "09012"), ("US", "AE", "09012")),
        (("US", None, "96201"), ("US", "AP", "96201")),
        (("US", "PR", "00901"), ("US", "PR", "00901")),
        (("US", "Puerto Rico", "901"), ("US", "PR", "00901")),
        (("PR", None, "00901"), ("US", "PR", "00901")),
        (("PR", "PR", "901"), ("US", "PR", "00901")),
        (("PR", "San Juan", "00901"), ("US", "PR", "00901")),
        (("GU", None, "96910"), ("US", "GU", "96910")),
        (("VI", "St Thomas", "00802"), ("US", "VI", "00802")),
        (("AS", None, "96799"), ("US", "AS", "96799")),
        (("MP", "MP", "96950"), ("US", "MP", "96950")),
        (("FM", None, "96941"), ("US", "FM", "96941")),
        (("MH", None, "96960"), ("US", "MH", "96960")),
        (("PW", None, "96940"), ("US", "PW", "96940")),
        (("CA", "Ontario", "k1a0b1"), ("CA", "ON", "K1A 0B1")),
        (("CA", "ON", "K1A-0B1"), ("CA", "ON", "K1A 0B1")),
        (("CA", None, "M5V 2T6"), ("CA", "ON", "M5V 2T6")),
        (("AU", "New South Wales", "2000"), ("AU", "NSW", "2000")),
        (("FR", None, "75001"), ("FR", None, "75001")),
        (("GB", None, "sw1a1aa"), ("GB", None, "SW1A1AA")),
        (("IE", "Dublin", "D02 AF30"), ("IE", "Dublin", "D02 AF30")),
        (("ZZ", "Nowhere", "1"), ("ZZ", "Nowhere", "1")),
    ],
)
def test_a_place_has_one_normal_form(raw: tuple[str, str | None, str], normal: tuple[str, str | None, str]) -> None:
    place = normalize_place(build_place(*raw), "ship_to")
    assert (place.country, place.state, place.postal_code) == normal
    assert normalize_place(place, "ship_to") == place


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (("US", "Tennesee", "38103"), "ship_to.state"),
        (("US", "TN", "97201"), "ship_to.postal_code"),
        (("US", None, "2108"), "ship_to.postal_code"),
        (("US", "TN", "2108"), "ship_to.postal_code"),
        (("US", "MA", "21"), "ship_to.postal_code"),
        (("US", "MA", "021081"), "ship_to.postal_code"),
        (("US", "MA", "0210812345"), "ship_to.postal_code"),
        (("US", "MA", "O2108"), "ship_to.postal_code"),
        (("US", "NY", "09012"), "ship_to.postal_code"),
        (("US", "MA", "\ue000"), "ship_to.postal_code"),
        (("PR", "FL", "33101"), "ship_to.state"),
        (("PR", None, "33101"), "ship_to.postal_code"),
        (("CA", "BC", "M5V 2T6"), "ship_to.postal_code"),
        (("CA", "Texas", "M5V 2T6"), "ship_to.state"),
        (("CA", "ON", "12345"), "ship_to.postal_code"),
        (("CA", None, "K1A 0B1"), "ship_to.state"),  # in Ontario and in Quebec
        (("FR", None, "750011"), "ship_to.postal_code"),
    ],
)
def test_a_contradiction_names_its_field(raw: tuple[str, str | None, str], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        normalize_place(build_place(*raw), "ship_to")
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("state", "country"),
    [("PR", ("PR", "PR")), ("GU", ("GU", None)), ("FM", ("FM", None)), ("TN", ("US", "TN")), ("AE", ("US", "AE"))],
)
def test_a_territory_is_a_country_to_some_carriers(state: str, country: tuple[str, str | None]) -> None:
    address = build_place("US", state, "00000")
    assert to_carrier_country(address, Territories.COUNTRY) == country
    assert to_carrier_country(address, Territories.STATE) == ("US", state)
