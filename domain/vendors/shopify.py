"""Shopify: Admin GraphQL 2026-10, fulfillments. See docs/reference/channels/shopify.md."""

from domain.vendors.profile import ChannelProfile, CredentialField, TextForm

SHOPIFY = ChannelProfile(
    name="shopify",
    adapter="adapters.channels.shopify:ShopifyChannel",
    title="Shopify",
    takes_parcels=True,
    base_url=None,
    credentials=(CredentialField("access_token", "the Admin API access token of an app that the shop has installed"),),
    order_form=TextForm(r"(gid://shopify/Order/)?[1-9][0-9]{0,19}", "the number in the order's admin URL, or its gid"),
    sandbox_credentials={"access_token": "sandbox"},
)
