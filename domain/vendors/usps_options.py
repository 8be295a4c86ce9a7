"""The shipping options of USPS. Source: USPS's API description of Labels v3."""

from collections.abc import Mapping
from decimal import Decimal

from domain.shipping_options import LabelSize, LabelStock
from domain.vendors.holidays import FEDERAL
from domain.vendors.options import CarrierOption, OptionSupport

PARCELS, EXPRESS = ("GROUND_ADVANTAGE", "PRIORITY_MAIL"), ("PRIORITY_MAIL_EXPRESS",)
DOMESTIC = (*PARCELS, *EXPRESS)
FIRST_CLASS_ABROAD = "FIRST_CLASS_PACKAGE_INTERNATIONAL"
PRIORITY_ABROAD = ("PRIORITY_MAIL_INTERNATIONAL", "PRIORITY_MAIL_EXPRESS_INTERNATIONAL")
INTERNATIONAL = (FIRST_CLASS_ABROAD, *PRIORITY_ABROAD)
EXTRA_SERVICES = "packageDescription.extraServices[]"
RATE_INDICATOR = "packageDescription.rateIndicator"
REFERENCE = "packageDescription.customerReference[].referenceNumber"
PACKAGE_OPTIONS = "packageDescription.packageOptions"
MAX_INSURED = Decimal(5000)
MAX_REFERENCE = 30
REPRINT = LabelStock(LabelSize.IN_4X6, 203)
"""The reprint call has no other size and resolution here."""
REFERENCE_PREFIXES: Mapping[str, str] = {"order": "", "po": "PO ", "invoice": "INV ", "department": "DEPT "}
"""The start of each printed reference, because USPS has no names for them."""
SOFT_PACKS = ("P5", "P6", "P7", "P8", "P9", "Q6", "Q7", "Q8", "Q9", "Q0")
"""The tiers of cubic soft packs, by length plus width."""
PRIORITY_PACKAGING: Mapping[str, str] = {
    "flat_rate_envelope": "FE",
    "legal_flat_rate_envelope": "FA",
    "padded_flat_rate_envelope": "FP",
    "small_flat_rate_box": "FS",
    "medium_flat_rate_box": "FB",
    "large_flat_rate_box": "PL",
}
EXPRESS_PACKAGING: Mapping[str, str] = {
    "flat_rate_envelope": "E4",
    "legal_flat_rate_envelope": "E6",
    "padded_flat_rate_envelope": "FP",
}


def _signature(services: tuple[str, ...], **choices: str) -> OptionSupport:
    return OptionSupport(
        option="signature", vendor_field=EXTRA_SERVICES, choices=choices, services=services, is_priced=True
    )


def _packaging(services: tuple[str, ...], choices: Mapping[str, str]) -> OptionSupport:
    return OptionSupport(
        option="packaging", vendor_field=RATE_INDICATOR, choices=choices, services=services, is_priced=True
    )


def _reference(name: str) -> OptionSupport:
    return OptionSupport(
        option=f"references.{name}",
        vendor_field=REFERENCE,
        max_length=MAX_REFERENCE - len(REFERENCE_PREFIXES[name]),
        note="three of the four, one with a customs form",
    )


OPTIONS = (
    _signature(PARCELS, direct="921", adult="922"),
    _signature(EXPRESS, direct="981", adult="922"),
    OptionSupport(
        option="insurance",
        vendor_field=f"{PACKAGE_OPTIONS}.packageValue",
        services=(*DOMESTIC, *PRIORITY_ABROAD),
        max_amount=MAX_INSURED,
        is_priced=True,
        note="extra service 930, 931 above 500 USD, or 925 for Priority Mail Express",
    ),
    _packaging(("PRIORITY_MAIL",), PRIORITY_PACKAGING),
    _packaging(EXPRESS, EXPRESS_PACKAGING),
    _packaging(PARCELS, {"cubic": "CP"}),
    _packaging(("PRIORITY_MAIL_INTERNATIONAL",), PRIORITY_PACKAGING),
    _packaging(("PRIORITY_MAIL_EXPRESS_INTERNATIONAL",), EXPRESS_PACKAGING),
    *(_reference(name) for name in REFERENCE_PREFIXES),
    OptionSupport(option="ship_date", vendor_field="packageDescription.mailingDate", max_days=7, holidays=FEDERAL),
    OptionSupport(option="return_address", vendor_field="returnAddress", services=DOMESTIC),
    OptionSupport(
        option="address_validation",
        vendor_field="toAddress.ignoreBadAddress",
        choices={"strict": "false", "carrier": "false", "off": "true"},
        services=DOMESTIC,
    ),
    OptionSupport(
        option="label.size",
        vendor_field="imageInfo.labelType",
        choices={"4x5": "4X5LABEL", "4x6": "4X6LABEL", "6x4": "6X4LABEL"},
        note=f"a reprint after a lost answer is {REPRINT.size}",
        services=DOMESTIC,
    ),
    OptionSupport(
        option="label.size", vendor_field="imageInfo.labelType", choices={"4x6": "4X6LABEL"}, services=INTERNATIONAL
    ),
    OptionSupport(
        option="label.dpi",
        vendor_field="imageInfo.imageType",
        choices={"203": "ZPL203DPI", "300": "ZPL300DPI"},
        formats=("ZPL",),
        note=f"a reprint after a lost answer has {REPRINT.dpi} dpi",
    ),
)

CARRIER_OPTIONS = (
    CarrierOption(
        name="extraServices",
        vendor_field=EXTRA_SERVICES,
        meaning="Further extra services by code, joined by commas: Tracking Plus (480 to 489), restricted delivery "
        "(923, 924), return receipts (955, 957).",
        services=DOMESTIC,
        kind="string",
        pattern=r"(48[0-9]|923|924|955|957)(,(48[0-9]|923|924|955|957)){0,3}",
        expected="up to four of 480 to 489, 923, 924, 955 and 957, joined by commas",
        example="955",
    ),
    CarrierOption(
        name="rateIndicator",
        vendor_field=RATE_INDICATOR,
        meaning="The tier of a cubic soft pack.",
        kind="string",
        choices=SOFT_PACKS,
        services=PARCELS,
        example="P5",
    ),
    CarrierOption(
        name="inductionZIPCode",
        vendor_field="packageDescription.inductionZIPCode",
        meaning="The ZIP Code of the post office that accepts the parcel; default: the sender's.",
        kind="string",
        pattern=r"[0-9]{5}",
        expected="five digits",
        example="10001",
    ),
    CarrierOption(
        name="contentType",
        vendor_field=f"{PACKAGE_OPTIONS}.contentType",
        meaning="The type of contents that need special handling.",
        services=DOMESTIC,
        kind="string",
        choices=("PERISHABLE", "PHARMACEUTICALS", "MEDICAL_SUPPLIES", "FRUITS", "VEGETABLES", "LIVE_PLANTS"),
        example="PERISHABLE",
    ),
    CarrierOption(
        name="ancillaryServiceEndorsements",
        vendor_field=f"{PACKAGE_OPTIONS}.ancillaryServiceEndorsements",
        meaning="The treatment of a parcel that USPS cannot deliver as addressed.",
        services=DOMESTIC,
        kind="string",
        choices=(
            "ADDRESS_SERVICE_REQUESTED",
            "CHANGE_SERVICE_REQUESTED",
            "ELECTRONIC_SERVICE_REQUESTED",
            "FORWARDING_SERVICE_REQUESTED",
            "RETURN_SERVICE_REQUESTED",
            "TEMP_RETURN_SERVICE_REQUESTED",
        ),
        example="RETURN_SERVICE_REQUESTED",
    ),
    CarrierOption(
        name="carrierRelease",
        vendor_field="packageDescription.carrierRelease",
        meaning="Permits the letter carrier to leave the parcel if no recipient is present.",
        kind="boolean",
        services=PARCELS,
        example=True,
    ),
    CarrierOption(
        name="physicalSignatureRequired",
        vendor_field="packageDescription.physicalSignatureRequired",
        meaning="Requires a signature by hand; an electronic one in advance is not accepted.",
        services=DOMESTIC,
        kind="boolean",
        example=True,
    ),
    CarrierOption(
        name="hasNonstandardCharacteristics",
        vendor_field="packageDescription.hasNonstandardCharacteristics",
        meaning="Declares a nonstandard parcel, such as a tube.",
        services=DOMESTIC,
        kind="boolean",
        example=True,
    ),
    CarrierOption(
        name="suppressPostage",
        vendor_field="imageInfo.suppressPostage",
        meaning="Hides the postage on the label; USPS's default is true.",
        services=DOMESTIC,
        kind="boolean",
        example=False,
    ),
    CarrierOption(
        name="suppressMailDate",
        vendor_field="imageInfo.suppressMailDate",
        meaning="Hides the mailing date on the label; USPS's default is true.",
        services=DOMESTIC,
        kind="boolean",
        example=False,
    ),
    CarrierOption(
        name="mailOwnerMID",
        vendor_field="packageDescription.mailOwnerMID",
        meaning="The mailer id of the mail's owner, who also receives the scans.",
        kind="string",
        pattern=r"[0-9]{6}|[0-9]{9}",
        expected="six or nine digits",
        example="902994482",
    ),
    CarrierOption(
        name="logisticsManagerMID",
        vendor_field="packageDescription.logisticsManagerMID",
        meaning="The mailer id of the logistics manager, who also receives the scans.",
        kind="string",
        pattern=r"[0-9]{6}|[0-9]{9}",
        expected="six or nine digits",
        example="902994482",
    ),
)
