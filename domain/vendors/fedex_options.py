"""The shipping options of FedEx: Ship v1. See docs/reference/carriers/fedex.md."""

from decimal import Decimal

from domain.vendors.holidays import PRIVATE_CARRIERS
from domain.vendors.options import CarrierOption, OptionSupport

SHIPMENT = "requestedShipment"
PACKAGE = f"{SHIPMENT}.requestedPackageLineItems[]"
SERVICES = f"{SHIPMENT}.shipmentSpecialServices"
LABEL = f"{SHIPMENT}.labelSpecification"

HOME_DELIVERY = ("GROUND_HOME_DELIVERY",)
EXPRESS = ("FEDEX_*", "*_OVERNIGHT")
AMERICAN_EXPRESS = ("FEDEX_2_DAY*", "FEDEX_EXPRESS_SAVER", "*_OVERNIGHT")
"""The services of FedEx One Rate."""
SATURDAY = ("FIRST_OVERNIGHT", "PRIORITY_OVERNIGHT", "FEDEX_2_DAY")
MAX_REFERENCE = 30
MASKED_DATA = (
    "SHIPPER_ACCOUNT_NUMBER",
    "DIMENSIONS",
    "INSURED_VALUE",
    "SECONDARY_BARCODE",
    "SHIPPER_INFORMATION",
    "TERMS_AND_CONDITIONS",
    "TOTAL_WEIGHT",
    "TRANSPORTATION_CHARGES_PAYOR_ACCOUNT_NUMBER",
)


REFERENCE_CODES = {"po": "P_O_NUMBER", "invoice": "INVOICE_NUMBER", "department": "DEPARTMENT_NUMBER"}
"""FedEx's type of each reference."""


def _reference(name: str, code: str) -> OptionSupport:
    field, note = f"{PACKAGE}.customerReferences[].value", f"as {code}"
    return OptionSupport(option=f"references.{name}", vendor_field=field, max_length=MAX_REFERENCE, note=note)


OPTIONS = (
    OptionSupport(
        option="signature",
        vendor_field=f"{PACKAGE}.packageSpecialServices.signatureOptionType",
        choices={"none": "NO_SIGNATURE_REQUIRED", "direct": "DIRECT", "indirect": "INDIRECT", "adult": "ADULT"},
        is_priced=True,
        note="indirect only for residences; none only with a declared value below 500 USD",
    ),
    OptionSupport(
        option="declared_value",
        vendor_field=f"{PACKAGE}.declaredValue.amount",
        max_amount=Decimal(50_000),
        is_priced=True,
        note="at most 500 USD for an envelope or pak",
    ),
    OptionSupport(
        option="packaging",
        vendor_field=f"{SHIPMENT}.packagingType",
        choices={
            "envelope": "FEDEX_ENVELOPE",
            "pak": "FEDEX_PAK",
            "tube": "FEDEX_TUBE",
            "box": "FEDEX_BOX",
            "small_box": "FEDEX_SMALL_BOX",
            "medium_box": "FEDEX_MEDIUM_BOX",
            "large_box": "FEDEX_LARGE_BOX",
            "extra_large_box": "FEDEX_EXTRA_LARGE_BOX",
        },
        services=EXPRESS,
        is_priced=True,
    ),
    OptionSupport(
        option="packaging",
        vendor_field=f"{SHIPMENT}.packagingType",
        choices={
            "flat_rate_envelope": "FEDEX_ENVELOPE",
            "small_flat_rate_box": "FEDEX_SMALL_BOX",
            "medium_flat_rate_box": "FEDEX_MEDIUM_BOX",
            "large_flat_rate_box": "FEDEX_LARGE_BOX",
        },
        services=AMERICAN_EXPRESS,
        is_priced=True,
        note="FedEx One Rate, within the US: an envelope up to 10 lb, a box up to 50 lb",
    ),
    *(_reference(name, code) for name, code in REFERENCE_CODES.items()),
    OptionSupport(option="ship_date", vendor_field=f"{SHIPMENT}.shipDatestamp", max_days=10, holidays=PRIVATE_CARRIERS),
    OptionSupport(
        option="saturday_delivery",
        vendor_field=f"{SERVICES}.specialServiceTypes[]",
        services=SATURDAY,
        excludes=("hold_at_location",),
        is_priced=True,
        note="shipped on a Friday, with FEDEX_2_DAY on a Thursday",
    ),
    OptionSupport(
        option="hold_at_location",
        vendor_field=f"{SERVICES}.holdAtLocationDetail.locationId",
        needs=("location_id",),
        excludes=("saturday_delivery",),
    ),
    OptionSupport(
        option="billing",
        vendor_field=f"{SHIPMENT}.shippingChargesPayment.paymentType",
        choices={"recipient": "RECIPIENT", "third_party": "THIRD_PARTY"},
        needs=("account",),
        note="the account has nine digits",
    ),
    OptionSupport(
        option="notifications",
        vendor_field=f"{SHIPMENT}.emailNotificationDetail.emailNotificationRecipients[].notificationEventType[]",
        choices={"shipped": "ON_SHIPMENT", "exception": "ON_EXCEPTION", "delivered": "ON_DELIVERY"},
        max_count=6,
        note="addresses of at most 80 characters",
    ),
    OptionSupport(option="return_address", vendor_field=f"{LABEL}.printedLabelOrigin.address.postalCode"),
    OptionSupport(
        option="label.size",
        vendor_field=f"{LABEL}.labelStockType",
        choices={
            "4x6": "PAPER_4X6",
            "4x6.75": "PAPER_4X675",
            "4x8": "PAPER_4X8",
            "4x9": "PAPER_4X9",
            "letter": "PAPER_LETTER",
        },
        formats=("PDF", "PNG"),
    ),
    OptionSupport(
        option="label.size",
        vendor_field=f"{LABEL}.labelStockType",
        choices={"4x6": "STOCK_4X6", "4x6.75": "STOCK_4X675", "4x8": "STOCK_4X8", "4x9": "STOCK_4X9"},
        formats=("ZPL",),
    ),
    OptionSupport(
        option="label.dpi",
        vendor_field=f"{LABEL}.resolution",
        choices={"203": "203", "300": "300"},
        formats=("ZPL",),
    ),
)
"""Sources: FedEx's API description of Ship v1; its service guide for the services, weights and amounts."""

CARRIER_OPTIONS = (
    CarrierOption(
        name="pickupType",
        vendor_field=f"{SHIPMENT}.pickupType",
        meaning="How FedEx receives this parcel; default: the account's `pickup_type`.",
        kind="string",
        choices=("CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION", "USE_SCHEDULED_PICKUP"),
        example="USE_SCHEDULED_PICKUP",
    ),
    CarrierOption(
        name="blockInsightVisibility",
        vendor_field=f"{SHIPMENT}.blockInsightVisibility",
        meaning="Only the shipper and the payer see the shipment.",
        kind="boolean",
        example=True,
    ),
    CarrierOption(
        name="recipientLocationNumber",
        vendor_field=f"{SHIPMENT}.recipientLocationNumber",
        meaning="The number of the recipient's location.",
        kind="string",
        pattern=r"[0-9A-Za-z]{1,20}",
        expected="1 to 20 letters and digits",
        example="1234567",
    ),
    CarrierOption(
        name="deliveryInstructions",
        vendor_field=f"{SHIPMENT}.recipients[].deliveryInstructions",
        meaning="Instructions for the driver.",
        kind="string",
        pattern=r"[ -~]{1,75}",
        expected="1 to 75 printable ASCII characters",
        services=HOME_DELIVERY,
        example="Leave at the back door",
    ),
    CarrierOption(
        name="itemDescription",
        vendor_field=f"{PACKAGE}.itemDescription",
        meaning="The description of the contents.",
        kind="string",
        pattern=r"[ -~]{1,50}",
        expected="1 to 50 printable ASCII characters",
        example="Shirts",
    ),
    CarrierOption(
        name="packageSpecialServices",
        vendor_field=f"{PACKAGE}.packageSpecialServices.specialServiceTypes[]",
        meaning="The parcel is not a box, for example a tire or a bucket.",
        kind="string",
        choices=("NON_STANDARD_CONTAINER",),
        example="NON_STANDARD_CONTAINER",
    ),
    CarrierOption(
        name="shipmentSpecialServices",
        vendor_field=f"{SERVICES}.specialServiceTypes[]",
        meaning="FedEx picks the parcel up on a Saturday.",
        kind="string",
        choices=("SATURDAY_PICKUP",),
        services=EXPRESS,
        example="SATURDAY_PICKUP",
    ),
    CarrierOption(
        name="homedeliveryPremiumType",
        vendor_field=f"{SERVICES}.homeDeliveryPremiumDetail.homedeliveryPremiumType",
        meaning="Delivery in the evening or by appointment; FedEx calls the recipient's phone number.",
        kind="string",
        choices=("APPOINTMENT", "EVENING"),
        services=HOME_DELIVERY,
        example="EVENING",
    ),
    CarrierOption(
        name="maskedData",
        vendor_field=f"{LABEL}.customerSpecifiedDetail.maskedData[]",
        meaning="A part that the label does not show.",
        kind="string",
        choices=MASKED_DATA,
        example="TOTAL_WEIGHT",
    ),
)
"""Source: FedEx's API description of Ship v1."""
