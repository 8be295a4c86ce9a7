"""FedEx: Ship v1 and Track v1. See docs/reference/carriers/fedex.md."""

from domain.postal.limits import Letters, PhoneLimits, ShipmentLimits, Territories
from domain.vendors.fedex_customs import CUSTOMS, INTERNATIONAL_SERVICES, LANES
from domain.vendors.fedex_options import CARRIER_OPTIONS, OPTIONS
from domain.vendors.parcels import ParcelSale, ParcelSupport
from domain.vendors.profile import WHOLE, CarrierProfile, CredentialField, TextForm

LIMITS = ShipmentLimits(
    name=70,
    company=35,
    street_lines=3,
    street=35,
    city=35,
    letters=Letters.LATIN_1,
    phone=PhoneLimits(needed=("ship_from", "ship_to"), min_digits=10, extension=6),
    territories=Territories.COUNTRY,
    countries=("US", "CA"),
    is_military=False,
    is_po_box=False,
    max_pounds=150,
    max_inches=999,
)
"""Source: FedEx's API description of Ship v1."""

FEDEX = CarrierProfile(
    name="fedex",
    adapter="adapters.carriers.fedex:FedexCarrier",
    request_check="adapters.carriers.fedex.requests:check_request",
    services=(
        "GROUND",
        "GROUND_HOME_DELIVERY",
        "FEDEX_2_DAY",
        "FEDEX_2_DAY_AM",
        "FEDEX_EXPRESS_SAVER",
        "STANDARD_OVERNIGHT",
        "PRIORITY_OVERNIGHT",
        "FIRST_OVERNIGHT",
        "FEDEX_FIRST",
        "FEDEX_PRIORITY_EXPRESS",
        "FEDEX_PRIORITY",
        "FEDEX_ECONOMY",
        "FEDEX_REGIONAL_ECONOMY",
        "FEDEX_DISTANCE_DEFERRED",
        "FEDEX_NEXT_DAY",
        "FEDEX_NEXT_DAY_EARLY_MORNING",
        "FEDEX_NEXT_DAY_MID_MORNING",
        "FEDEX_NEXT_DAY_10AM",
        "FEDEX_NEXT_DAY_12PM",
        "FEDEX_NEXT_DAY_AFTERNOON",
        "FEDEX_NEXT_DAY_END_OF_DAY",
        *INTERNATIONAL_SERVICES,
    ),
    title="FedEx",
    base_url="https://apis.fedex.com",
    credentials=(
        CredentialField("client_id", "the project's API key at developer.fedex.com"),
        CredentialField("client_secret", "the project's secret key"),
        CredentialField(
            "account_number", "the shipping account's number", r"^[0-9]{9}$", "nine digits", identity=WHOLE
        ),
    ),
    options=(
        CredentialField(
            "pickup_type",
            "how FedEx receives the parcels; default: DROPOFF_AT_FEDEX_LOCATION",
            r"^(CONTACT_FEDEX_TO_SCHEDULE|DROPOFF_AT_FEDEX_LOCATION|USE_SCHEDULED_PICKUP)$",
            "CONTACT_FEDEX_TO_SCHEDULE, DROPOFF_AT_FEDEX_LOCATION or USE_SCHEDULED_PICKUP",
            required=False,
        ),
    ),
    label_formats=("PDF", "ZPL", "PNG"),
    limits=LIMITS,
    shipment_id_form=TextForm(r"^[0-9]{12,34}$", "FedEx's master tracking number, 12 to 34 digits without spaces"),
    shipping_options=OPTIONS,
    carrier_options=CARRIER_OPTIONS,
    lanes=LANES,
    customs=CUSTOMS,
    parcels=(
        ParcelSupport(sale=ParcelSale.MULTI_PIECE, max_parcels=1, services=("FEDEX_INTERNATIONAL_CONNECT_PLUS",)),
        ParcelSupport(sale=ParcelSale.MULTI_PIECE, max_parcels=40),
    ),
    sandbox_credentials={"client_id": "sandbox", "client_secret": "sandbox", "account_number": "740561073"},
)
