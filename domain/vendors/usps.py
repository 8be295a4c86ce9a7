"""USPS: Labels v3, domestic parcels. See docs/carriers/usps.md."""

from domain.vendors.profile import Asked, CarrierProfile, RealCarrier

USPS = CarrierProfile(
    name="usps",
    services=("GROUND_ADVANTAGE", "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS"),
    simulated=True,
    real=RealCarrier(
        title="USPS",
        base_url="https://apis.usps.com",
        credentials=(
            Asked("client_id", "the app's consumer key at developers.usps.com"),
            Asked("client_secret", "the app's consumer secret"),
            Asked("crid", "the customer registration id that owns the labels and pays", r"^[0-9]{1,15}$", "digits"),
            Asked("mid", "the mailer id of the labels", r"^([0-9]{6}|[0-9]{9})$", "six or nine digits"),
            Asked(
                "manifest_mid",
                "the mailer id of the manifest; `mid` where it is not set",
                r"^([0-9]{6}|[0-9]{9})$",
                "six or nine digits",
                needed=False,
            ),
            Asked("account_number", "the Enterprise Payment account's number", r"^[0-9]{4,15}$", "4 to 15 digits"),
        ),
        label_formats=("PDF", "ZPL", "PNG"),
    ),
)
