"""ShipEngine (v1): an aggregator of carriers. See docs/reference/carriers/shipengine.md."""

from domain.postal.limits import Letters, PhoneLimits, ShipmentLimits
from domain.vendors.parcels import ParcelSale, ParcelSupport
from domain.vendors.profile import WHOLE, CarrierProfile, CredentialField, TextForm
from domain.vendors.shipengine_customs import CUSTOMS
from domain.vendors.shipengine_options import CARRIER_OPTIONS, OPTIONS

LIMITS = ShipmentLimits(
    name=100,
    company=100,
    street_lines=3,
    street=100,
    city=100,
    letters=Letters.UNICODE,
    phone=PhoneLimits(needed=("ship_from",)),
    needs_state=True,
)
"""ShipEngine documents no lengths: each carrier behind it has its own, and cuts or refuses. These exceed all labels."""

PARCELS = (
    ParcelSupport(
        sale=ParcelSale.MULTI_PIECE,
        max_parcels=25,
        services=("fedex_*", "ups_*", "dhl_express_*"),
        note="ShipEngine's description has no maximum",
    ),
)
"""The services with several packages. Source: ShipEngine's documentation of multi-package shipping."""

SHIPENGINE = CarrierProfile(
    name="shipengine",
    adapter="adapters.carriers.shipengine:ShipEngineCarrier",
    request_check="adapters.carriers.shipengine.requests:check_request",
    title="ShipEngine",
    base_url="https://api.shipengine.com",
    credentials=(
        CredentialField(
            "api_key",
            "an API key of the ShipEngine account; a key that starts with TEST_ buys only test labels",
            identity=r"TEST_",
        ),
    ),
    options=(
        CredentialField(
            "carrier_id",
            "the id of the connected carrier: se- and a number, from ShipEngine's list of carriers",
            r"^se(-[a-z0-9]+)+$",
            "of the form se-123456",
            identity=WHOLE,
        ),
    ),
    label_formats=("PDF", "ZPL", "PNG"),
    limits=LIMITS,
    service_form=TextForm(
        r"^[a-z0-9]+(_[a-z0-9-]+)*$", "lower-case words joined by underscores, such as usps_ground_advantage"
    ),
    shipment_id_form=TextForm(r"^se(-[a-z0-9]+)+$", "ShipEngine's label id, such as se-123456"),
    shipping_options=OPTIONS,
    carrier_options=CARRIER_OPTIONS,
    parcels=PARCELS,
    customs=CUSTOMS,
    usual_void_days={"usps": 28},  # Stamps.com's rule, through which ShipEngine sells USPS's labels
    sandbox_credentials={"api_key": "sandbox"},
    sandbox_options={"carrier_id": "se-123890"},
)
