"""Profiles of vendors check credentials, services, formats and parcels, and make fingerprints."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.fingerprint import Fingerprint
from domain.json_values import to_json
from domain.shipping import Connection, ConnectionSettings, Mode
from domain.vendors.catalogue import CARRIERS, CHANNELS, collect
from domain.vendors.profile import (
    HEADER_TEXT,
    CarrierProfile,
    CredentialField,
    Profile,
    TextForm,
    find_problems,
)
from tests.fixtures.builders import build_shipment_request

PROFILES: list[Profile] = [*CARRIERS.values(), *CHANNELS.values()]
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
    service_form=TextForm(r"^[a-z_]+$", "like ups_ground"),
    sandbox_credentials={},
)


def test_two_vendors_with_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="many"):
        collect((AGGREGATOR, AGGREGATOR), "no.group")


def test_every_vendor_is_named_by_its_key() -> None:
    assert {name: carrier.name for name, carrier in CARRIERS.items()} == {name: name for name in CARRIERS}
    assert {name: channel.name for name, channel in CHANNELS.items()} == {name: name for name in CHANNELS}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_sandbox_account_has_everything_that_its_vendor_requires(profile: Profile) -> None:
    """Values of the account override those of the sandbox."""
    settings = ConnectionSettings(options={"pace": "slow"}, label_format="ZPL")
    bare = Connection(UUID(int=1), profile.name, Mode.TEST, True, datetime.now(UTC), settings, {"note": "own"})
    complete = profile.at_sandbox(bare)
    options = dict(complete.settings.options or {})
    assert find_problems(profile.credentials, profile.sandbox_credentials) == []
    assert find_problems(profile.options, profile.sandbox_options) == []
    assert (options.pop("pace"), complete.settings.label_format) == ("slow", "ZPL")
    assert options == profile.sandbox_options
    assert complete.credentials == {**profile.sandbox_credentials, "note": "own"}


@pytest.mark.parametrize(
    ("values", "bad_names"),
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
def test_every_bad_credential_is_named_without_its_value(values: dict[str, str], bad_names: list[str]) -> None:
    problems = find_problems(FIELDS, values, "credentials")

    assert [field.path for field in problems] == [("credentials", name) for name in bad_names]
    assert not any(value in field.message for field in problems for value in values.values() if len(value) > 3)


def test_the_refusal_of_an_unknown_service_lists_the_services() -> None:
    """An aggregator describes the form instead, because each account has other services."""
    fedex = CARRIERS["fedex"]
    assert fedex.service_problem("GROUND") is None
    problem = fedex.service_problem("PIGEON") or ""
    assert all(code in problem for code in fedex.services)
    assert AGGREGATOR.service_problem("usps_ground") is None
    assert "like ups_ground" in (AGGREGATOR.service_problem("BY AIR") or "")


def test_label_formats_and_parcel_counts_are_the_carriers() -> None:
    ups = CARRIERS["ups"]
    assert ups.format_problem("PDF") is None
    assert ups.format_problem("PNG") == "ups label formats: ZPL, PDF"
    assert ups.parcels_problem(50) is None
    assert ups.parcels_problem(51) == "too many parcels: ups accepts 50 for each shipment here"


def test_patterns_are_anchored() -> None:
    """In an OpenAPI document, a pattern without anchors may match anywhere."""
    patterns = [field.pattern for vendor in PROFILES for field in (*vendor.credentials, *vendor.options)]
    assert HEADER_TEXT.startswith("^")
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns)


USPS_KEYS = CARRIERS["usps"].sandbox_credentials


def build_fingerprint(name: str = "usps", mode: Mode = Mode.LIVE, **settings: Any) -> Fingerprint:
    credentials = settings.pop("credentials", USPS_KEYS)
    return {**CARRIERS, **CHANNELS}[name].fingerprint(mode, ConnectionSettings(**settings), credentials)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, None),
        ({"base_url": "https://apis.usps.com"}, None),
        ({"base_url": "HTTPS://APIS.usps.com:443/"}, None),
        ({"base_url": "https://apis.usps.com/v3"}, None),
        ({"base_url": "https://apis-tem.usps.com"}, "address"),
        ({"base_url": "https://apis.usps.com:8443"}, "address"),
        ({"base_url": "http://apis.usps.com"}, "address"),
        ({"mode": Mode.TEST}, "address"),
        ({"credentials": {**USPS_KEYS, "client_id": "new", "client_secret": "new"}}, None),
        ({"credentials": {**USPS_KEYS, "account_number": "1000405526"}}, "identity"),
        ({"credentials": {**USPS_KEYS, "crid": "39384022"}}, "identity"),
        ({"credentials": {**USPS_KEYS, "mid": "902994483"}, "base_url": "https://a.example"}, "address.*identity"),
        ({"name": "ups"}, "vendor"),
    ],
)
def test_a_fingerprint_changes_with_the_address_and_the_account(changes: dict[str, Any], names: str | None) -> None:
    """New keys and another spelling of the address change nothing."""
    change = build_fingerprint().find_change(build_fingerprint(**changes))

    assert (change is None) if names is None else re.search(names, change or "")


@pytest.mark.parametrize("name", [*CARRIERS, *CHANNELS])
def test_default_credentials_may_be_written_out_at_the_sandbox(name: str) -> None:
    """Another account number at the sandbox is another account all the same."""
    profile = {**CARRIERS, **CHANNELS}[name]
    bare = build_fingerprint(name, Mode.TEST, credentials={})
    names = [field.name for field in profile.credentials if field.name in ("account_number", "store_hash")]
    other = {**profile.sandbox_credentials, **dict.fromkeys(names, "12345")}

    assert build_fingerprint(name, Mode.TEST, credentials=profile.sandbox_credentials) == bare
    assert bool(bare.find_change(build_fingerprint(name, Mode.TEST, credentials=other))) == bool(names)


def test_shops_on_one_host_have_different_fingerprints() -> None:
    first, second = (build_fingerprint("woocommerce", base_url=f"https://shops.example/{name}") for name in "ab")
    same_shop = build_fingerprint("woocommerce", base_url="https://shops.example/a/")

    assert first.find_change(second) == "address (settings.base_url)"
    assert first == same_shop


def test_test_and_production_keys_have_different_fingerprints() -> None:
    """A test key can't see labels of a production key; two keys of one kind have one identity."""
    keys = [build_fingerprint("easypost", credentials={"api_key": key}) for key in ("EZAKone", "EZAKtwo", "EZTKone")]

    assert keys[0] == keys[1]
    assert keys[0].find_change(keys[2]) == "identity (such as the account number)"


def test_a_fingerprint_contains_no_secret() -> None:
    json_form = to_json(build_fingerprint())

    assert re.fullmatch(r"[0-9a-f]{64}", json_form["address"])
    assert re.fullmatch(r"[0-9a-f]{64}", json_form["identity"])


@pytest.mark.parametrize(
    ("carrier", "label_format", "wanted", "is_other"),
    [
        ("usps", "PDF", {}, False),
        ("usps", "PDF", {"label": {"size": "4x6"}}, False),
        ("usps", "PDF", {"label": {"size": "6x4"}}, True),
        ("usps", "ZPL", {"label": {"dpi": 300}}, True),
        ("usps", "ZPL", {"label": {"dpi": 203}}, False),
        ("fedex", "PDF", {"label": {"size": "6x4"}}, False),
    ],
)
def test_a_reprint_of_another_size_is_described(
    carrier: str, label_format: str, wanted: dict[str, Any], is_other: bool
) -> None:
    request = build_shipment_request("GROUND", label_format=label_format, shipping_options=wanted)

    described = CARRIERS[carrier].describe_reprint(request)

    assert described == ("it is a reprint, 4x6 with 203 dpi" if is_other else None)
