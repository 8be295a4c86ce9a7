"""WooCommerce: orders of its REST API v3. See docs/reference/channels/woocommerce.md."""

from domain.vendors.profile import NUMBER, ChannelProfile, CredentialField

WOOCOMMERCE = ChannelProfile(
    name="woocommerce",
    adapter="adapters.channels.woocommerce:WoocommerceChannel",
    title="WooCommerce",
    base_url=None,
    credentials=(
        CredentialField("consumer_key", "a REST API key with read and write access", r"^ck_[\x21-\x7e]+$", "ck_..."),
        CredentialField("consumer_secret", "its secret", r"^cs_[\x21-\x7e]+$", "cs_..."),
    ),
    options=(
        CredentialField(
            "tracking",
            "where a push is written: fields, the order's custom fields, or plugin, the Shipment Tracking plugin;"
            " fields where it is not set",
            r"^(fields|plugin)$",
            "fields or plugin",
            required=False,
        ),
        CredentialField(
            "customer_mail",
            "whether the shop mails customers when an order is completed; sent where it is not set",
            r"^(sent|off)$",
            "sent or off",
            required=False,
        ),
    ),
    order_form=NUMBER,
    mute_options={"tracking": "plugin", "customer_mail": "off"},
    sandbox_credentials={"consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"},
)
