"""EasyPost (v2): an aggregator of carriers. See docs/reference/carriers/easypost.md."""

from domain.postal.limits import Letters, PhoneLimits, ShipmentLimits
from domain.vendors.easypost_customs import CUSTOMS
from domain.vendors.easypost_options import CARRIER_OPTIONS, OPTIONS
from domain.vendors.profile import WHOLE, CarrierProfile, CredentialField, TextForm

LIMITS = ShipmentLimits(
    name=100,
    company=100,
    street_lines=2,
    street=100,
    city=100,
    letters=Letters.UNICODE,
    phone=PhoneLimits(),
)
"""EasyPost documents no lengths: each carrier behind it has its own, and cuts or refuses. These exceed all labels."""

EASYPOST = CarrierProfile(
    name="easypost",
    adapter="adapters.carriers.easypost:EasyPostCarrier",
    request_check="adapters.carriers.easypost.requests:check_request",
    webhook_reader="adapters.carriers.easypost.webhooks:read_tracking_numbers",
    title="EasyPost",
    base_url="https://api.easypost.com",
    credentials=(
        CredentialField(
            "api_key", "an API key of the EasyPost account; a test key buys only test labels", identity=r"EZ[AT]K"
        ),
        CredentialField(
            "webhook_secret",
            "the webhook_secret with which the webhook was created at EasyPost; EasyPost signs each webhook with it",
            r"^[^\x00-\x1f\x7f]{16,255}$",
            "16 to 255 characters in one line",
            required=False,
        ),
    ),
    options=(
        CredentialField(
            "carrier_account_id",
            "the EasyPost carrier account to ship with: ca_ and 32 characters; default: any of them",
            r"^ca_[0-9a-zA-Z]+$",
            "of the form ca_0123abcd",
            required=False,
            identity=WHOLE,
        ),
    ),
    label_formats=("PDF", "ZPL", "PNG"),
    limits=LIMITS,
    service_form=TextForm(
        r"^[A-Za-z0-9][A-Za-z0-9 &'_-]*\.[!-~]([ -~]*[!-~])?$",
        "EasyPost's carrier and service joined by a dot, such as USPS.GroundAdvantage",
    ),
    shipment_id_form=TextForm(r"^shp_[0-9a-zA-Z]+$", "EasyPost's shipment id, shp_ and letters and digits"),
    shipping_options=OPTIONS,
    carrier_options=CARRIER_OPTIONS,
    customs=CUSTOMS,
    usual_void_days={"usps": 30, "ups": 90, "fedex": 90},  # docs.easypost.com/docs/shipments/shipping-refund
    sandbox_credentials={"api_key": "sandbox"},
)
