"""BigCommerce: order shipments of its v2 API. See docs/reference/channels/bigcommerce.md."""

from domain.vendors.profile import NUMBER, WHOLE, ChannelProfile, CredentialField, TextForm

BIGCOMMERCE = ChannelProfile(
    name="bigcommerce",
    adapter="adapters.channels.bigcommerce:BigcommerceChannel",
    title="BigCommerce",
    takes_parcels=True,
    base_url="https://api.bigcommerce.com",
    credentials=(
        CredentialField(
            "store_hash",
            "the store's hash, as in its API path",
            r"^[a-z0-9]{1,40}$",
            "lower-case letters and digits",
            identity=WHOLE,
        ),
        CredentialField("access_token", "the API account's token, with the Orders scope set to modify"),
    ),
    options=(
        CredentialField(
            "customer_mail",
            "whether the store itself emails customers about shipments: sent or off; default: sent",
            r"^(sent|off)$",
            "sent or off",
            required=False,
        ),
    ),
    sandbox_credentials={"store_hash": "sandbox", "access_token": "sandbox"},
    order_form=NUMBER,
    carrier_form=TextForm(
        r"auspost|canadapost|endicia|usps|fedex|ups|upsready|upsonline|shipperhq|royalmail|carrier_[0-9]+|[a-z0-9-]{1,60}",
        "one of its shipping providers or a carrier's AfterShip slug",
    ),
    max_tracking_number=50,
    mute_options={"customer_mail": "off"},
)
