"""UPS: Shipping v2409, Tracking v1 and Rating v2409. See docs/reference/carriers/ups.md."""

from domain.postal.limits import Letters, PhoneLimits, ShipmentLimits, Territories
from domain.vendors.parcels import ParcelSale, ParcelSupport
from domain.vendors.profile import WHOLE, CarrierProfile, CredentialField, TextForm
from domain.vendors.ups_customs import CUSTOMS, LANES
from domain.vendors.ups_options import CARRIER_OPTIONS, OPTIONS

LIMITS = ShipmentLimits(
    name=35,
    company=35,
    street_lines=3,
    street=35,
    city=30,
    letters=Letters.LATIN_1,
    phone=PhoneLimits(extension=4),
    territories=Territories.COUNTRY,
    is_military=False,
    is_po_box=False,
    max_pounds=150,
    max_inches=108,
)
"""Source: UPS's API description of Shipping."""

UPS = CarrierProfile(
    name="ups",
    adapter="adapters.carriers.ups:UpsCarrier",
    request_check="adapters.carriers.ups.requests:check_request",
    services=(
        "GROUND",
        "3_DAY_SELECT",
        "2ND_DAY_AIR",
        "2ND_DAY_AIR_AM",
        "NEXT_DAY_AIR_SAVER",
        "NEXT_DAY_AIR",
        "NEXT_DAY_AIR_EARLY",
        "STANDARD",
        "EXPEDITED",
        "SAVER",
        "EXPRESS",
        "EXPRESS_12",
        "EXPRESS_PLUS",
        "TODAY_STANDARD",
        "TODAY_DEDICATED_COURIER",
        "TODAY_INTERCITY",
        "TODAY_EXPRESS",
        "TODAY_EXPRESS_SAVER",
    ),
    title="UPS",
    base_url="https://onlinetools.ups.com",
    credentials=(
        CredentialField("client_id", "the app's client ID at developer.ups.com"),
        CredentialField("client_secret", "the app's client secret"),
        CredentialField(
            "account_number",
            "the shipping account's number, which the app must be allowed to use",
            r"^[0-9A-Za-z]{6}$",
            "six letters and digits",
            identity=WHOLE,
        ),
    ),
    label_formats=("ZPL", "PDF"),
    limits=LIMITS,
    shipment_id_form=TextForm(
        r"^1Z[0-9A-Z]{16}$", "UPS's shipment identification number, 1Z and 16 letters and digits"
    ),
    usual_void_days={"ups": 90},  # as resellers document it; UPS's description names no window
    shipping_options=OPTIONS,
    carrier_options=CARRIER_OPTIONS,
    lanes=LANES,
    customs=CUSTOMS,
    parcels=(ParcelSupport(sale=ParcelSale.MULTI_PIECE, max_parcels=50, note="labels in ZPL"),),
    sandbox_credentials={"client_id": "sandbox", "client_secret": "sandbox", "account_number": "A1B2C3"},
)
