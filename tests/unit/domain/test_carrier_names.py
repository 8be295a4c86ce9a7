"""A carrier has many spellings, and its own name at each channel."""

import pytest

from adapters.channels.amazon import codes as amazon
from adapters.channels.bigcommerce import codes as bigcommerce
from adapters.channels.shopify import codes as shopify
from adapters.channels.woocommerce import codes as woocommerce
from domain.carrier_names import CARRIER_NAMES, carrier_title, find_carrier, name_parcel_carrier


@pytest.mark.parametrize(
    ("name", "carrier"),
    [
        ("USPS", "usps"),
        ("stamps_com", "usps"),
        ("endicia", "usps"),
        ("UPSDAP", "ups"),
        ("ups_walleted", "ups"),
        ("FedExDefault", "fedex"),
        ("FedEx", "fedex"),
        ("DHLExpress", "dhl_express"),
        ("dhl", "dhl_express"),
        ("DhlEcs", "dhl_ecommerce"),
        ("dhl_global_mail", "dhl_ecommerce"),
        ("CanadaPost", "canada_post"),
        ("canadapost", "canada_post"),
        ("OntracV3", "ontrac"),
        ("LaserShipV2", "lasership"),
        ("AustraliaPost", "australia_post"),
        ("auspost", "australia_post"),
        ("Royal Mail", "royal_mail"),
        ("purolator_canada", "purolator"),
        ("Our Van", None),
        ("", None),
    ],
)
def test_a_carrier_is_found_by_every_spelling(name: str, carrier: str | None) -> None:
    """Case, blanks and punctuation do not matter."""
    assert find_carrier(name) == carrier


def test_no_two_carriers_share_a_name() -> None:
    for carrier, names in CARRIER_NAMES.items():
        for name in (carrier, names.title, *names.aliases.split()):
            assert find_carrier(name) == carrier, name


def test_tables_of_channels_name_known_carriers() -> None:
    tables = (
        amazon.CARRIERS,
        bigcommerce.PROVIDERS,
        bigcommerce.TRACKING_CARRIERS,
        shopify.COMPANIES,
        woocommerce.PROVIDERS,
    )
    for table in tables:
        assert table.keys() <= CARRIER_NAMES.keys()
    assert all(bigcommerce.PROVIDER.fullmatch(name) for name in bigcommerce.PROVIDERS.values())


@pytest.mark.parametrize(
    ("vendor", "service", "parcel_carrier", "carrier"),
    [
        ("easypost", "USPS.GroundAdvantage", "USPS", "usps"),
        ("easypost", "UPSDAP.Ground", None, "ups"),
        ("shipengine", "ups_ground", None, "ups"),
        ("shipengine", "parcel_select", None, "shipengine"),
        ("shipengine", "van_next_day", "our_van", "our_van"),
        ("fedex", "GROUND", None, "fedex"),
    ],
)
def test_the_carrier_of_a_parcel_is_found(vendor: str, service: str, parcel_carrier: str | None, carrier: str) -> None:
    """The aggregator's answer comes first, then the label's seller, then the service."""
    assert name_parcel_carrier(vendor, service, parcel_carrier) == carrier


def test_an_unknown_carrier_keeps_its_name() -> None:
    """A known carrier gets its usual title."""
    assert [carrier_title(name) for name in ("Our Van", "stamps_com")] == ["Our Van", "USPS"]
