"""Amazon's Selling Partner API: shipments of merchant-fulfilled orders are confirmed. See docs/channels/amazon.md."""

from domain.vendors.profile import Asked, ChannelProfile, RealVendor

AMAZON = ChannelProfile(
    name="amazon",
    real=RealVendor(
        title="Amazon",
        base_url="https://sellingpartnerapi-na.amazon.com",
        credentials=(
            Asked("client_id", "the application's LWA client identifier"),
            Asked("client_secret", "its LWA client secret"),
            Asked("refresh_token", "the seller's authorization of the application"),
        ),
        options=(
            Asked(
                "marketplace_id",
                "the marketplace's identifier; that of the United States where it is not set",
                r"^[A-Z0-9]{10,20}$",
                "10 to 20 capitals and digits",
                needed=False,
            ),
        ),
    ),
    can_cancel=False,
)
