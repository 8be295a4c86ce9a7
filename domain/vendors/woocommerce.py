"""WooCommerce: orders of its REST API v3. See docs/channels/woocommerce.md."""

from domain.vendors.profile import Asked, ChannelProfile, RealVendor

WOOCOMMERCE = ChannelProfile(
    name="woocommerce",
    real=RealVendor(
        title="WooCommerce",
        base_url=None,
        credentials=(
            Asked("consumer_key", "a REST API key with read and write access", r"^ck_[\x21-\x7e]+$", "ck_..."),
            Asked("consumer_secret", "its secret", r"^cs_[\x21-\x7e]+$", "cs_..."),
        ),
        options=(
            Asked(
                "tracking",
                "where a push is written: fields, the order's custom fields, or plugin, the Shipment Tracking plugin;"
                " fields where it is not set",
                r"^(fields|plugin)$",
                "fields or plugin",
                needed=False,
            ),
            Asked(
                "customer_mail",
                "whether the shop mails customers when an order is completed; sent where it is not set",
                r"^(sent|off)$",
                "sent or off",
                needed=False,
            ),
        ),
    ),
)
