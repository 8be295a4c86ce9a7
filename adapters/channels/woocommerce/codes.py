"""WooCommerce's codes, and ours."""

from collections.abc import Mapping

KEY = "orderly_fulfillment_"
"""What the keys of our custom fields begin with."""
COMPLETED = "completed"
LIVE, CANCELLED = "live", "cancelled"
"""States of an entry."""
MARK = "tracking-"
"""What the second half of a fulfillment's id begins with, if it is one of the plugin's."""
PROVIDERS: Mapping[str, str] = {"fedex": "Fedex", "ups": "UPS", "usps": "USPS"}
"""By our carrier: the Shipment Tracking plugin's provider, which makes the tracking link."""
