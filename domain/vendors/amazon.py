"""Amazon's Selling Partner API: confirms merchant-fulfilled orders. See docs/reference/channels/amazon.md."""

from domain.vendors.profile import WHOLE, ChannelProfile, CredentialField, TextForm

AMAZON = ChannelProfile(
    name="amazon",
    adapter="adapters.channels.amazon:AmazonChannel",
    title="Amazon",
    base_url="https://sellingpartnerapi-na.amazon.com",
    credentials=(
        CredentialField("client_id", "the application's LWA client identifier"),
        CredentialField("client_secret", "the application's LWA client secret"),
        CredentialField("refresh_token", "the seller's authorization of the application"),
    ),
    options=(
        CredentialField(
            "marketplace_id",
            "the marketplace's identifier; default: the United States",
            r"^[A-Z0-9]{10,20}$",
            "10 to 20 capital letters and digits",
            required=False,
            identity=WHOLE,
        ),
    ),
    sandbox_credentials={"client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox"},
    can_cancel=False,
    order_form=TextForm(r"[0-9A-Z]{3}-[0-9]{7}-[0-9]{7}", "an id such as 123-1234567-1234567"),
)
