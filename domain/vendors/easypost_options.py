"""The shipping options of EasyPost. Source: EasyPost's documentation of shipment options and of predefined packages."""

from collections.abc import Mapping

from domain.vendors.holidays import FEDERAL, PRIVATE_CARRIERS, Holiday
from domain.vendors.options import CarrierOption, OptionSupport

FEDEX, UPS, USPS = ("FedEx*",), ("UPS*",), ("USPS.*",)
"""Patterns of service codes, which start with EasyPost's name of the carrier."""


def _ship_date(services: tuple[str, ...] = (), holidays: tuple[Holiday, ...] = ()) -> OptionSupport:
    return OptionSupport(
        option="ship_date", vendor_field="shipment.options.label_date", services=services, holidays=holidays
    )


def _packaging(services: tuple[str, ...], choices: Mapping[str, str]) -> OptionSupport:
    return OptionSupport(
        option="packaging",
        vendor_field="shipment.parcel.predefined_package",
        choices=choices,
        services=services,
        is_priced=True,
    )


def _reference(name: str, vendor_field: str, note: str = "") -> OptionSupport:
    return OptionSupport(option=f"references.{name}", vendor_field=f"shipment.options.{vendor_field}", note=note)


def _text(name: str, meaning: str, example: str) -> CarrierOption:
    return CarrierOption(
        name=name, vendor_field=f"shipment.options.{name}", meaning=meaning, kind="string", example=example
    )


def _choice(name: str, meaning: str, choices: tuple[str, ...], services: tuple[str, ...] = ()) -> CarrierOption:
    return CarrierOption(
        name=name,
        vendor_field=f"shipment.options.{name}",
        meaning=meaning,
        kind="string",
        choices=choices,
        services=services,
        example=choices[0],
    )


def _flag(name: str, meaning: str, services: tuple[str, ...] = ()) -> CarrierOption:
    return CarrierOption(
        name=name,
        vendor_field=f"shipment.options.{name}",
        meaning=meaning,
        kind="boolean",
        services=services,
        example=True,
    )


OPTIONS = (
    OptionSupport(
        option="signature",
        vendor_field="shipment.options.delivery_confirmation",
        choices={"none": "NO_SIGNATURE", "direct": "SIGNATURE", "adult": "ADULT_SIGNATURE"},
        is_priced=True,
    ),
    OptionSupport(
        option="signature",
        vendor_field="shipment.options.delivery_confirmation",
        choices={"indirect": "INDIRECT_SIGNATURE"},
        services=FEDEX,
        is_priced=True,
    ),
    OptionSupport(option="insurance", vendor_field="insurance", note="EasyPost's own; its prices do not include it"),
    _packaging(
        ("USPS.Express*", "USPS.Priority*"),
        {
            "flat_rate_envelope": "FlatRateEnvelope",
            "legal_flat_rate_envelope": "FlatRateLegalEnvelope",
            "padded_flat_rate_envelope": "FlatRatePaddedEnvelope",
        },
    ),
    _packaging(
        ("USPS.Priority*",),
        {
            "small_flat_rate_box": "SmallFlatRateBox",
            "medium_flat_rate_box": "MediumFlatRateBox",
            "large_flat_rate_box": "LargeFlatRateBox",
        },
    ),
    _packaging(("USPS.GroundAdvantage*", "USPS.Priority*"), {"cubic_soft_pack": "SoftPack"}),
    _packaging(
        FEDEX,
        {
            "envelope": "FedExEnvelope",
            "pak": "FedExPak",
            "tube": "FedExTube",
            "box": "FedExBox",
            "small_box": "FedExSmallBox",
            "medium_box": "FedExMediumBox",
            "large_box": "FedExLargeBox",
            "extra_large_box": "FedExExtraLargeBox",
            "box_10kg": "FedEx10kgBox",
            "box_25kg": "FedEx25kgBox",
        },
    ),
    _packaging(
        UPS,
        {
            "letter": "UPSLetter",
            "pak": "Pak",
            "tube": "Tube",
            "box": "UPSExpressBox",
            "small_box": "SmallExpressBox",
            "medium_box": "MediumExpressBox",
            "large_box": "LargeExpressBox",
            "box_10kg": "UPS10kgBox",
            "box_25kg": "UPS25kgBox",
        },
    ),
    _reference("order", "print_custom_1"),
    _reference("po", "print_custom_2", "with the code PO for FedEx and UPS"),
    _reference("department", "print_custom_3", "with the code DP for FedEx and UPS"),
    _reference("invoice", "invoice_number"),
    _ship_date(),
    _ship_date(USPS, FEDERAL),
    _ship_date((*FEDEX, *UPS), PRIVATE_CARRIERS),
    OptionSupport(
        option="saturday_delivery",
        vendor_field="shipment.options.saturday_delivery",
        is_priced=True,
        note="only services with a Saturday delivery have a price",
    ),
    OptionSupport(
        option="billing",
        vendor_field="shipment.options.payment.type",
        choices={"recipient": "RECEIVER"},
        needs=("account", "postal_code"),
    ),
    OptionSupport(
        option="billing",
        vendor_field="shipment.options.payment.type",
        choices={"third_party": "THIRD_PARTY"},
        needs=("account", "postal_code", "country"),
    ),
    OptionSupport(option="return_address", vendor_field="shipment.return_address"),
    OptionSupport(
        option="address_validation", vendor_field="shipment.to_address.verify_strict", choices={"strict": "true"}
    ),
    OptionSupport(option="address_validation", vendor_field="shipment.to_address.verify", choices={"carrier": "true"}),
    OptionSupport(
        option="address_validation",
        vendor_field="shipment.options.address_validation_level",
        choices={"off": "0"},
        services=USPS,
    ),
    OptionSupport(option="label.size", vendor_field="shipment.options.label_size", choices={"4x6": "4x6"}),
    OptionSupport(
        option="label.size",
        vendor_field="shipment.options.label_size",
        choices={"4x8": "4x8"},
        services=("DHLExpress.*", *FEDEX, "OnTrac*", *UPS),
    ),
    OptionSupport(
        option="label.size",
        vendor_field="shipment.options.label_size",
        choices={"letter": "8.5x11"},
        services=("DHLExpress.*", *USPS),
        formats=("PDF", "PNG"),
    ),
)

CARRIER_OPTIONS = (
    _flag("additional_handling", "Requests special handling, such as for a barrel or a crate."),
    _flag("alcohol", "Declares alcohol; UPS and FedEx, within the United States."),
    _text("billing_ref", "A reference on the carrier's invoice.", "project 7"),
    _flag("carbon_neutral", "Pays the carrier for carbon offsets."),
    _flag("certified_mail", "Buys certified mail.", USPS),
    _text("content_description", "A description of the contents.", "books"),
    _choice(
        "delivery_confirmation",
        "A signature of the addressee only, instead of the option `signature`.",
        ("ADULT_SIGNATURE_RESTRICTED", "SIGNATURE_RESTRICTED"),
        USPS,
    ),
    _choice(
        "dropoff_type",
        "How the carrier receives the parcel.",
        ("REGULAR_PICKUP", "SCHEDULED_PICKUP", "RETAIL_LOCATION", "STATION", "DROP_BOX"),
        FEDEX,
    ),
    _choice(
        "endorsement",
        "The treatment of a parcel that cannot be delivered as addressed.",
        (
            "ADDRESS_SERVICE_REQUESTED",
            "FORWARDING_SERVICE_REQUESTED",
            "CHANGE_SERVICE_REQUESTED",
            "RETURN_SERVICE_REQUESTED",
            "LEAVE_IF_NO_RESPONSE",
        ),
    ),
    _text("handling_instructions", "Instructions for the carrier.", "do not drop"),
    _flag("hold_for_pickup", "Keeps the parcel at the carrier's place for the recipient."),
    CarrierOption(
        name="machinable",
        vendor_field="shipment.options.machinable",
        meaning="False if the carrier's machines cannot process the parcel.",
        kind="boolean",
        example=False,
    ),
    *(
        _flag(f"print_custom_{place}_barcode", f"Prints the reference {name} as a barcode too, if the carrier can.")
        for place, name in enumerate(("order", "po", "department"), 1)
    ),
    _flag("registered_mail", "Buys registered mail.", USPS),
    _flag("return_receipt", "Buys a return receipt.", USPS),
    _text("smartpost_hub", "The hub of FedEx SmartPost, instead of the account's.", "5303"),
    _text("smartpost_manifest", "The manifest id of FedEx SmartPost.", "M-1"),
    _choice(
        "special_rates_eligibility",
        "Requests USPS's prices for media or libraries.",
        ("USPS.MEDIAMAIL", "USPS.LIBRARYMAIL"),
    ),
)
