"""The shipping options of UPS: Shipping v2409. See docs/reference/carriers/ups.md."""

from decimal import Decimal

from domain.vendors.holidays import PRIVATE_CARRIERS
from domain.vendors.options import CarrierOption, OptionSupport

SHIPMENT = "ShipmentRequest.Shipment"
PACKAGE = f"{SHIPMENT}.Package[]"
PACKAGE_SERVICES = f"{PACKAGE}.PackageServiceOptions"
SERVICES = f"{SHIPMENT}.ShipmentServiceOptions"
CHARGE = f"{SHIPMENT}.PaymentInformation.ShipmentCharge[]"
LABEL = "ShipmentRequest.LabelSpecification"

AMERICAN = ("GROUND", "3_DAY_SELECT", "2ND_DAY_AIR*", "NEXT_DAY_AIR*")
AIR = ("2ND_DAY_AIR*", "NEXT_DAY_AIR*", "EXPEDITED", "SAVER", "EXPRESS*")
SIMPLE_RATE = ("GROUND", "3_DAY_SELECT", "2ND_DAY_AIR")
SATURDAY = ("NEXT_DAY_AIR", "NEXT_DAY_AIR_EARLY", "2ND_DAY_AIR", "EXPRESS", "EXPRESS_PLUS")
MAX_REFERENCE = 35
PARCEL_SIGNATURES = {"direct": "2", "adult": "3"}
SHIPMENT_SIGNATURES = {"direct": "1", "adult": "2"}
"""The codes of signatures outside the US and Puerto Rico, in ShipmentServiceOptions."""
PRESENT = "true"
"""The value of indicators: UPS reads only whether they are present."""


REFERENCE_CODES = {"order": "ON", "po": "PO", "invoice": "IK", "department": "DP"}
"""UPS's code of each reference."""


def _reference(name: str, code: str) -> OptionSupport:
    field, note = (
        f"{PACKAGE}.ReferenceNumber[].Value",
        f"with code {code}; on the shipment outside the US and Puerto Rico",
    )
    return OptionSupport(option=f"references.{name}", vendor_field=field, max_length=MAX_REFERENCE, note=note)


def _indicator(name: str, part: str, meaning: str, services: tuple[str, ...] = ()) -> CarrierOption:
    field = f"{part}.{name}"
    return CarrierOption(
        name=name, vendor_field=field, meaning=meaning, kind="boolean", services=services, example=True
    )


OPTIONS = (
    OptionSupport(
        option="signature",
        vendor_field=f"{PACKAGE_SERVICES}.DeliveryConfirmation.DCISType",
        choices=PARCEL_SIGNATURES,
        is_priced=True,
        note="on the shipment, with other codes, outside the US and Puerto Rico",
    ),
    OptionSupport(
        option="signature",
        vendor_field=f"{PACKAGE_SERVICES}.ShipperReleaseIndicator",
        choices={"none": PRESENT},
        is_priced=True,
        note="only within and between the US and Puerto Rico",
    ),
    OptionSupport(
        option="declared_value",
        vendor_field=f"{PACKAGE_SERVICES}.DeclaredValue.MonetaryValue",
        max_amount=Decimal(50_000),
        is_priced=True,
    ),
    OptionSupport(
        option="packaging",
        vendor_field=f"{PACKAGE}.Packaging.Code",
        choices={
            "letter": "01",
            "tube": "03",
            "pak": "04",
            "box": "21",
            "small_box": "2a",
            "medium_box": "2b",
            "large_box": "2c",
        },
        services=AIR,
        is_priced=True,
    ),
    OptionSupport(
        option="packaging",
        vendor_field=f"{PACKAGE}.SimpleRate.Code",
        choices={"small_flat_rate_box": "S", "medium_flat_rate_box": "M", "large_flat_rate_box": "L"},
        services=SIMPLE_RATE,
        is_priced=True,
        note="UPS Simple Rate, within the US, in a box of your own up to 50 lb",
    ),
    *(_reference(name, code) for name, code in REFERENCE_CODES.items()),
    OptionSupport(option="ship_date", vendor_field=f"{SHIPMENT}.ShipmentDate", max_days=7, holidays=PRIVATE_CARRIERS),
    OptionSupport(
        option="saturday_delivery",
        vendor_field=f"{SERVICES}.SaturdayDeliveryIndicator",
        services=SATURDAY,
        is_priced=True,
        note="shipped on a Friday, with 2ND_DAY_AIR on a Thursday",
    ),
    OptionSupport(
        option="hold_at_location",
        vendor_field=f"{SHIPMENT}.AlternateDeliveryAddress.UPSAccessPointID",
        needs=("location_id", "address"),
        note="a UPS Access Point, whose id has nine characters",
    ),
    OptionSupport(
        option="billing",
        vendor_field=f"{CHARGE}.BillReceiver.AccountNumber",
        choices={"recipient": ""},
        needs=("account", "postal_code"),
        fields=("payer", "account", "postal_code"),
    ),
    OptionSupport(
        option="billing",
        vendor_field=f"{CHARGE}.BillThirdParty.AccountNumber",
        choices={"third_party": ""},
        needs=("account", "postal_code"),
    ),
    OptionSupport(
        option="notifications",
        vendor_field=f"{SERVICES}.Notification[].NotificationCode",
        choices={"shipped": "6", "exception": "7", "delivered": "8"},
        max_count=5,
        note="addresses of at most 50 characters",
    ),
    OptionSupport(
        option="return_address",
        vendor_field=f"{SHIPMENT}.Shipper.Address.PostalCode",
        note="in the sender's country; the sender becomes ShipFrom",
    ),
    OptionSupport(
        option="address_validation",
        vendor_field="ShipmentRequest.Request.RequestOption",
        choices={"carrier": "validate", "off": "nonvalidate"},
    ),
    OptionSupport(option="label.size", vendor_field=f"{LABEL}.LabelStockSize.Height", choices={"4x6": "6"}),
    OptionSupport(
        option="label.size", vendor_field=f"{LABEL}.LabelStockSize.Height", choices={"4x8": "8"}, formats=("ZPL",)
    ),
)
"""Sources: UPS's API description of Shipping; its service guide for services, weights and ship days."""

CARRIER_OPTIONS = (
    _indicator("DirectDeliveryOnlyIndicator", SERVICES, "UPS delivers only at the address on the label."),
    _indicator("UPScarbonneutralIndicator", SERVICES, "The shipment is carbon neutral."),
    _indicator("SaturdayPickupIndicator", SERVICES, "UPS picks the parcel up on a Saturday."),
    _indicator("AdditionalHandlingIndicator", PACKAGE, "The parcel is not a corrugated box."),
    _indicator("LargePackageIndicator", PACKAGE, "The parcel is a large package."),
    _indicator("ProactiveIndicator", PACKAGE_SERVICES, "UPS Proactive Response, which needs a contract.", AMERICAN),
    _indicator(
        "UserLevelDiscountIndicator", f"{SHIPMENT}.ShipmentRatingOptions", "The price includes the user's discounts."
    ),
    CarrierOption(
        name="SimpleRate",
        vendor_field=f"{PACKAGE}.SimpleRate.Code",
        meaning="The size of UPS Simple Rate, for those that `packaging` does not name.",
        kind="string",
        choices=("XS", "XL"),
        services=SIMPLE_RATE,
        example="XS",
    ),
    CarrierOption(
        name="Description",
        vendor_field=f"{PACKAGE}.Description",
        meaning="The description of the contents.",
        kind="string",
        pattern=r"[ -~]{1,35}",
        expected="1 to 35 printable ASCII characters",
        example="Shirts",
    ),
    CarrierOption(
        name="CharacterSet",
        vendor_field=f"{LABEL}.CharacterSet",
        meaning="The language of the letters on the label.",
        kind="string",
        choices=("dan", "nld", "fin", "fra", "deu", "itl", "nor", "por", "spa", "swe", "eng"),
        example="deu",
    ),
)
"""Source: UPS's API description of Shipping."""
