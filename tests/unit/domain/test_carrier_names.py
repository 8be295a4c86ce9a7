"""Names of carriers: one carrier behind many spellings, and each channel's own name for it."""

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
def test_a_carrier_is_found_by_every_name(name: str, carrier: str | None) -> None:
    """Capitals, blanks and signs do not matter."""
    assert find_carrier(name) == carrier


def test_no_two_carriers_share_a_name() -> None:
    """Each alias leads to the carrier that has it."""
    for carrier, known in CARRIER_NAMES.items():
        for name in (carrier, known.title, *known.aliases.split()):
            assert find_carrier(name) == carrier, name


def test_channels_name_known_carriers() -> None:
    """Every key of their tables is a carrier."""
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
    ("vendor", "service", "behind", "carrier"),
    [
        ("easypost", "USPS.GroundAdvantage", "USPS", "usps"),
        ("easypost", "UPSDAP.Ground", None, "ups"),
        ("shipengine", "ups_ground", None, "ups"),
        ("shipengine", "parcel_select", None, "shipengine"),
        ("shipengine", "van_next_day", "our_van", "our_van"),
        ("fedex", "GROUND", None, "fedex"),
    ],
)
def test_a_parcels_carrier_is_told_by_its_label(vendor: str, service: str, behind: str | None, carrier: str) -> None:
    """By the aggregator's word, else by the seller, else by the service."""
    assert name_parcel_carrier(vendor, service, behind) == carrier


def test_an_unknown_carrier_keeps_its_name() -> None:
    """A known one is written as it writes itself."""
    assert [carrier_title(name) for name in ("Our Van", "stamps_com")] == ["Our Van", "USPS"]
