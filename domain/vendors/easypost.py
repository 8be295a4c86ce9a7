"""EasyPost (v2): an aggregator of carriers. See docs/carriers/easypost.md."""

from domain.vendors.profile import WHOLE, CarrierProfile, CredentialField, ServiceForm

EASYPOST = CarrierProfile(
    name="easypost",
    adapter="adapters.carriers.easypost:EasyPostCarrier",
    webhook_reader="adapters.carriers.easypost.webhooks:read_tracking_numbers",
    title="EasyPost",
    base_url="https://api.easypost.com",
    credentials=(
        CredentialField("api_key", "an API key of the EasyPost account; a test key buys nothing", identity=r"EZ[AT]K"),
        CredentialField(
            "webhook_secret",
            "what EasyPost signs its webhooks with: the webhook_secret that the webhook was created with",
            r"^[^\x00-\x1f\x7f]{16,255}$",
            "16 to 255 characters in one line",
            required=False,
        ),
    ),
    options=(
        CredentialField(
            "carrier_account_id",
            "the only carrier account at EasyPost to ship with: ca_ and 32 characters; any where it is not set",
            r"^ca_[0-9a-zA-Z]+$",
            "of the form ca_0123abcd",
            required=False,
            identity=WHOLE,
        ),
    ),
    label_formats=("PDF", "ZPL", "PNG"),
    service_form=ServiceForm(
        r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        "EasyPost's carrier and service with a dot, such as USPS.GroundAdvantage",
    ),
    sandbox_credentials={"api_key": "sandbox"},
)
