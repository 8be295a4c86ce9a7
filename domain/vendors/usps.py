"""USPS: Labels v3 and International Labels v3. See docs/reference/carriers/usps.md."""

from domain.postal.limits import Letters, ShipmentLimits
from domain.vendors.profile import WHOLE, CarrierProfile, CredentialField, TextForm
from domain.vendors.usps_customs import CUSTOMS, LANES
from domain.vendors.usps_options import CARRIER_OPTIONS, DOMESTIC, INTERNATIONAL, OPTIONS, REPRINT

LIMITS = ShipmentLimits(
    name=50,
    company=50,
    street_lines=2,
    street=50,
    city=28,
    letters=Letters.ASCII,
    phone=None,
    countries=("US",),
    needs_size=True,
    max_pounds=70,
)
"""Source: USPS's API description of Labels v3."""

USPS = CarrierProfile(
    name="usps",
    adapter="adapters.carriers.usps:UspsCarrier",
    request_check="adapters.carriers.usps.requests:check_request",
    services=(*DOMESTIC, *INTERNATIONAL),
    title="USPS",
    base_url="https://apis.usps.com",
    credentials=(
        CredentialField("client_id", "the app's consumer key at developers.usps.com"),
        CredentialField("client_secret", "the app's consumer secret"),
        CredentialField(
            "crid",
            "the customer registration id that owns the labels and pays",
            r"^[0-9]{1,15}$",
            "digits",
            identity=WHOLE,
        ),
        CredentialField(
            "mid", "the mailer id of the labels", r"^([0-9]{6}|[0-9]{9})$", "six or nine digits", identity=WHOLE
        ),
        CredentialField(
            "manifest_mid",
            "the mailer id of the manifest; default: `mid`",
            r"^([0-9]{6}|[0-9]{9})$",
            "six or nine digits",
            required=False,
        ),
        CredentialField(
            "account_number",
            "the Enterprise Payment account's number",
            r"^[0-9]{4,15}$",
            "4 to 15 digits",
            identity=WHOLE,
        ),
    ),
    label_formats=("PDF", "ZPL", "PNG"),
    limits=LIMITS,
    shipment_id_form=TextForm(
        r"^[0-9A-Z]{13,34}$", "USPS's tracking number, 13 to 34 digits and letters without spaces"
    ),
    shipping_options=OPTIONS,
    carrier_options=CARRIER_OPTIONS,
    customs=CUSTOMS,
    lanes=LANES,
    usual_void_days={"usps": 30},  # as postage resellers document it; USPS's description names no window
    sandbox_credentials={
        "client_id": "sandbox",
        "client_secret": "sandbox",
        "crid": "39384021",
        "mid": "902994482",
        "account_number": "1000405525",
    },
    reprint=REPRINT,
)
