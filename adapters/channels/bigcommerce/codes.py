"""BigCommerce's codes, and ours."""

PROVIDERS = frozenset({"fedex", "ups", "usps", "canadapost", "auspost", "royalmail"})
"""Our carriers that BigCommerce has under the same name; by it BigCommerce makes the tracking link."""
