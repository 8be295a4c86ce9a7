"""Amazon's codes, and ours."""

from collections.abc import Mapping

MARKETPLACE = "ATVPDKIKX0DER"
"""The United States."""
CARRIERS: Mapping[str, str] = {"fedex": "FedEx", "ups": "UPS", "usps": "USPS", "dhl": "DHL"}
"""By our carrier: Amazon's code."""
OTHER = "Other"
