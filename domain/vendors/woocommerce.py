"""WooCommerce: orders of its REST API v3. See docs/reference/channels/woocommerce.md."""

from domain.vendors.profile import NUMBER, ChannelProfile, CredentialField

WOOCOMMERCE = ChannelProfile(
    name="woocommerce",
    adapter="adapters.channels.woocommerce:WoocommerceChannel",
    title="WooCommerce",
    base_url=None,
    credentials=(
        CredentialField(
            "consumer_key",
            "a WooCommerce REST API consumer key with read and write access",
            r"^ck_[\x21-\x7e]+$",
            "ck_...",
        ),
        CredentialField("consumer_secret", "the key's consumer secret", r"^cs_[\x21-\x7e]+$", "cs_..."),
    ),
    options=(
        CredentialField(
            "tracking",
            "where to write pushes: fields (the order's custom fields) or plugin (Shipment Tracking); default: fields",
            r"^(fields|plugin)$",
            "fields or plugin",
            required=False,
        ),
        CredentialField(
            "customer_mail",
            "whether the shop emails customers when an order is completed: sent or off; default: sent",
            r"^(sent|off)$",
            "sent or off",
            required=False,
        ),
    ),
    order_form=NUMBER,
    mute_options={"tracking": "plugin", "customer_mail": "off"},
    sandbox_credentials={"consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"},
)
