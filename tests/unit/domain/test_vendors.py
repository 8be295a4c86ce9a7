"""What the vendors' facts say about what is asked for."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.shipping import Connection, ConnectionSettings, Mode
from domain.vendors.catalogue import CARRIERS, CHANNELS, collect
from domain.vendors.profile import (
    HEADER_TEXT,
    CarrierProfile,
    CredentialField,
    Profile,
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
    adapter="many.adapter:Many",
    title="Many",
    base_url="https://many.example",
    credentials=(),
    service_form=ServiceForm(r"^[a-z_]+$", "like ups_ground"),
    sandbox_credentials={},
)


def test_two_vendors_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="many"):
        collect((AGGREGATOR, AGGREGATOR), "no.group")


def test_every_vendor_is_named_by_its_key() -> None:
    assert {name: carrier.name for name, carrier in CARRIERS.items()} == {name: name for name in CARRIERS}
    assert {name: channel.name for name, channel in CHANNELS.items()} == {name: name for name in CHANNELS}


@pytest.mark.parametrize("profile", EVERYBODY, ids=lambda profile: profile.name)
def test_what_an_account_has_at_the_sandbox_is_what_its_vendor_asks_for(profile: Profile) -> None:
    """A user needs to give nothing; what the user gives counts."""
    settings = ConnectionSettings(options={"pace": "slow"}, label_format="ZPL")
    bare = Connection(UUID(int=1), profile.name, Mode.TEST, True, datetime.now(UTC), settings, {"note": "own"})
    whole = profile.at_sandbox(bare)
    options = dict(whole.settings.options or {})
    assert find_problems(profile.credentials, profile.sandbox_credentials) == []
    assert find_problems(profile.options, profile.sandbox_options) == []
    assert (options.pop("pace"), whole.settings.label_format) == ("slow", "ZPL")
    assert options == profile.sandbox_options
    assert whole.credentials == {**profile.sandbox_credentials, "note": "own"}


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
    assert fedex.service_problem("GROUND") is None
    told = fedex.service_problem("PIGEON") or ""
    assert all(code in told for code in fedex.services)
    assert AGGREGATOR.service_problem("usps_ground") is None
    assert "like ups_ground" in (AGGREGATOR.service_problem("BY AIR") or "")


def test_formats_and_parcels_are_those_of_the_carrier() -> None:
    ups = CARRIERS["ups"]
    assert ups.format_problem("PDF") is None
    assert ups.format_problem("PNG") == "ups prints labels as ZPL, PDF"
    assert ups.parcels_problem(1) is None
    assert ups.parcels_problem(2) == "ups takes at most 1 in one shipment here"


def test_patterns_are_anchored() -> None:
    """They are told in the OpenAPI document too, where a pattern may match anywhere."""
    patterns = [field.pattern for vendor in EVERYBODY for field in (*vendor.credentials, *vendor.options)]
    assert HEADER_TEXT.startswith("^")
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns)
