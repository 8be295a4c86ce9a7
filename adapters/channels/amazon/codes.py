"""Amazon's codes and their meanings."""

from collections.abc import Mapping

from domain.shop_orders import ShopOrderState

MARKETPLACE = "ATVPDKIKX0DER"
"""Amazon's id of the United States marketplace."""
CARRIERS: Mapping[str, str] = {
    "aramex": "Aramex",
    "canada_post": "Canada Post",
    "china_post": "China Post",
    "couriers_please": "Couriers Please",
    "dhl_ecommerce": "DHL eCommerce",
    "dhl_express": "DHL",
    "fastway": "Fastway",
    "fedex": "FedEx",
    "four_px": "4PX",
    "gls": "GLS",
    "lasership": "Lasership",
    "newgistics": "Newgistics",
    "ontrac": "OnTrac",
    "osm": "OSM",
    "parcelforce": "Parcelforce",
    "royal_mail": "Royal Mail",
    "sagawa": "SagawaExpress",
    "sendle": "Sendle",
    "sf_express": "SF Express",
    "singapore_post": "Singapore Post",
    "tnt": "TNT",
    "ups": "UPS",
    "ups_mail_innovations": "UPS Mail Innovations",
    "usps": "USPS",
    "yamato": "YamatoTransport",
    "yanwen": "Yanwen",
    "yun_express": "Yun Express",
}
"""Amazon's carrier codes by our carrier names. Source: Seller Central's page on shipping confirmations."""
OTHER = "Other"
BY_AMAZON = "AMAZON"
"""`fulfilledBy` of an order that Amazon ships."""
STATES: Mapping[str, ShopOrderState] = {
    "PENDING": ShopOrderState.PENDING,
    "PENDING_AVAILABILITY": ShopOrderState.PENDING,
    "SHIPPED": ShopOrderState.FULFILLED,
    "CANCELLED": ShopOrderState.CANCELLED,
    "UNFULFILLABLE": ShopOrderState.FAILED,
}
"""States by `fulfillmentStatus`; an order with any other status is open."""
