"""What the vendors' facts say about what is asked for."""

import pytest

from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.profile import (
    HEADER_TEXT,
    CarrierProfile,
    CredentialField,
    Profile,
    RealCarrier,
    ServiceForm,
    find_problems,
)

EVERYBODY: list[Profile] = [*CARRIERS.values(), *CHANNELS.values()]
FIELDS = (
    CredentialField("key", "the key"),
    CredentialField("account", "the number", r"^[0-9]{3}$", "three digits"),
    CredentialField("note", "anything", r"^.{1,5}$", "short", required=False),
)
AGGREGATOR = CarrierProfile(
    name="many",
    real=RealCarrier("Many", "https://many.example", (), service_form=ServiceForm(r"^[a-z_]+$", "like ups_ground")),
)


def test_every_vendor_is_named_by_its_key() -> None:
    assert {name: vendor.name for name, vendor in CARRIERS.items()} == {name: name for name in CARRIERS}
    assert {name: vendor.name for name, vendor in CHANNELS.items()} == {name: name for name in CHANNELS}
    assert all(vendor.simulated or vendor.real for vendor in EVERYBODY)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"key": "abc", "account": "123"}, []),
        ({"key": "abc", "account": "123", "note": "hi"}, []),
        ({}, ["key", "account"]),
        ({"key": "abc", "account": "1234"}, ["account"]),
        ({"key": "abc", "account": "123\n"}, ["account"]),
        ({"key": "abc\r\nHost: evil", "account": "123"}, ["key"]),
        ({"key": "a b", "account": "123"}, ["key"]),
        ({"key": "schlüssel", "account": "123"}, ["key"]),
        ({"key": "abc", "account": "123", "note": "too long"}, ["note"]),
        ({"key": "abc", "account": "123", "secret": "x"}, ["secret"]),
    ],
)
def test_every_bad_value_is_named_and_none_repeated(given: dict[str, str], named: list[str]) -> None:
    found = find_problems(FIELDS, given, "credentials")

    assert [field.path for field in found] == [("credentials", name) for name in named]
    assert not any(value in field.message for field in found for value in given.values() if len(value) > 3)


def test_an_unknown_service_is_answered_with_those_there_are() -> None:
    """Of an aggregator with what they look like, for it has others in each account."""
    fedex = CARRIERS["fedex"]
    assert fedex.service_problem("GROUND", simulated=False) is None
    told = fedex.service_problem("PIGEON", simulated=False) or ""
    assert all(code in told for code in fedex.services)
    assert AGGREGATOR.service_problem("usps_ground", simulated=False) is None
    assert "like ups_ground" in (AGGREGATOR.service_problem("BY AIR", simulated=False) or "")


def test_formats_and_parcels_are_those_of_the_account() -> None:
    """The sandbox prints no PNG for a simulated account, and takes many parcels; FedEx itself does otherwise."""
    fedex = CARRIERS["fedex"]
    assert fedex.format_problem("PNG", simulated=False) is None
    assert fedex.format_problem("PNG", simulated=True) == "fedex prints labels as PDF, ZPL"
    assert fedex.parcels_problem(2, simulated=True) is None
    assert fedex.parcels_problem(2, simulated=False) == "fedex takes at most 1 in one shipment here"


def test_patterns_are_anchored() -> None:
    """They are told in the OpenAPI document too, where a pattern may match anywhere."""
    asked = [credential for vendor in EVERYBODY if vendor.real for credential in vendor.real.credentials]
    assert HEADER_TEXT.startswith("^")
    assert all(credential.pattern.startswith("^") and credential.pattern.endswith("$") for credential in asked)
