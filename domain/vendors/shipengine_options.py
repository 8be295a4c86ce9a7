"""The shipping options of ShipEngine. Source: ShipEngine's API description, and its lists of packages and messages."""

from collections.abc import Mapping

from domain.vendors.holidays import FEDERAL, PRIVATE_CARRIERS, Holiday
from domain.vendors.options import CarrierOption, OptionSupport

FEDEX, UPS, USPS = ("fedex_*",), ("ups_*",), ("usps_*",)
ADVANCED = "shipment.advanced_options"
PACKAGE = "shipment.packages[]"
BILL_TO = f"{ADVANCED}.bill_to_party"


def _signature(choices: Mapping[str, str], services: tuple[str, ...] = ()) -> OptionSupport:
    return OptionSupport(
        option="signature",
        vendor_field="shipment.confirmation",
        choices=choices,
        services=services,
        is_priced=True,
    )


def _ship_date(services: tuple[str, ...] = (), holidays: tuple[Holiday, ...] = ()) -> OptionSupport:
    return OptionSupport(option="ship_date", vendor_field="shipment.ship_date", services=services, holidays=holidays)


def _packaging(services: tuple[str, ...], choices: Mapping[str, str]) -> OptionSupport:
    return OptionSupport(
        option="packaging", vendor_field=f"{PACKAGE}.package_code", choices=choices, services=services, is_priced=True
    )


def _reference(name: str, place: int, services: tuple[str, ...], max_length: int) -> OptionSupport:
    return OptionSupport(
        option=f"references.{name}",
        vendor_field=f"{PACKAGE}.label_messages.reference{place}",
        services=services,
        max_length=max_length,
    )


def _money(option: str, other: str, note: str) -> OptionSupport:
    return OptionSupport(
        option=option,
        vendor_field=f"{PACKAGE}.insured_value.amount",
        excludes=(other,),
        is_priced=True,
        note=note,
    )


def _size(size: str, layout: str, formats: tuple[str, ...] = ()) -> OptionSupport:
    return OptionSupport(option="label.size", vendor_field="label_layout", choices={size: layout}, formats=formats)


def _flag(name: str, meaning: str) -> CarrierOption:
    return CarrierOption(name=name, vendor_field=f"{ADVANCED}.{name}", meaning=meaning, kind="boolean", example=True)


def _choice(name: str, vendor_field: str, meaning: str, choices: tuple[str, ...]) -> CarrierOption:
    return CarrierOption(
        name=name, vendor_field=vendor_field, meaning=meaning, kind="string", choices=choices, example=choices[0]
    )


def _text(name: str, vendor_field: str, meaning: str, max_length: int) -> CarrierOption:
    return CarrierOption(
        name=name,
        vendor_field=vendor_field,
        meaning=meaning,
        kind="string",
        pattern=rf"[^\x00-\x1f\x7f]{{1,{max_length}}}",
        expected=f"1 to {max_length} characters in one line",
        example="project 7",
    )


OPTIONS = (
    _signature({"none": "none", "indirect": "signature", "adult": "adult_signature"}),
    _signature({"direct": "signature"}, (*UPS, *USPS)),
    _signature({"direct": "direct_signature"}, FEDEX),
    _money("insurance", "declared_value", "insurance_provider shipsurance: a policy of its own"),
    _money("declared_value", "insurance", "insurance_provider carrier: the carrier's own liability"),
    _packaging(USPS, {"letter": "letter"}),
    _packaging(
        ("usps_priority_mail*",),
        {
            "flat_rate_envelope": "flat_rate_envelope",
            "legal_flat_rate_envelope": "flat_rate_legal_envelope",
            "padded_flat_rate_envelope": "flat_rate_padded_envelope",
        },
    ),
    _packaging(
        ("usps_priority_mail", "usps_priority_mail_international"),
        {name: name for name in ("small_flat_rate_box", "medium_flat_rate_box", "large_flat_rate_box")},
    ),
    _packaging(
        FEDEX,
        {
            "envelope": "fedex_envelope",
            "pak": "fedex_pak",
            "tube": "fedex_tube",
            "box": "fedex_box",
            "box_10kg": "fedex_10kg_box",
            "box_25kg": "fedex_25kg_box",
        },
    ),
    _packaging(
        UPS,
        {
            "letter": "ups_letter",
            "pak": "ups_express_pak",
            "tube": "ups_tube",
            "box": "ups_express_box",
            "box_10kg": "ups_10_kg_box",
            "box_25kg": "ups_25_kg_box",
        },
    ),
    *(_reference(name, place, USPS, 60) for place, name in enumerate(("order", "invoice", "po"), 1)),
    _reference("order", 1, (*FEDEX, *UPS), 35),
    _reference("invoice", 2, UPS, 35),
    _reference("invoice", 2, FEDEX, 30),
    _reference("po", 3, FEDEX, 30),
    _ship_date(),
    _ship_date(USPS, FEDERAL),
    _ship_date((*FEDEX, *UPS), PRIVATE_CARRIERS),
    OptionSupport(option="saturday_delivery", vendor_field=f"{ADVANCED}.saturday_delivery", is_priced=True),
    OptionSupport(
        option="hold_at_location",
        vendor_field="ship_to_service_point_id",
        fields=("location_id",),
        needs=("location_id",),
    ),
    OptionSupport(option="billing", vendor_field=BILL_TO, choices={"recipient": "recipient"}, needs=("account",)),
    OptionSupport(
        option="billing",
        vendor_field=BILL_TO,
        choices={"third_party": "third_party"},
        needs=("account", "postal_code", "country"),
    ),
    OptionSupport(option="return_address", vendor_field="shipment.return_to"),
    OptionSupport(
        option="address_validation",
        vendor_field="validate_address",
        choices={"strict": "validate_only", "carrier": "validate_and_clean", "off": "no_validation"},
    ),
    _size("4x6", "4x6"),
    _size("letter", "letter", ("PDF", "PNG")),
    _size("a4", "A4", ("PDF",)),
)

CARRIER_OPTIONS = (
    _flag("additional_handling", "Requests additional handling."),
    _choice(
        "charge_event",
        "charge_event",
        "When ShipEngine charges the label.",
        ("on_carrier_acceptance", "on_creation", "carrier_default"),
    ),
    _choice(
        "confirmation",
        "shipment.confirmation",
        "A confirmation that the option `signature` does not name.",
        ("delivery", "delivery_mailed", "verbal_confirmation", "delivery_code", "age_verification_16_plus"),
    ),
    _flag("contains_alcohol", "Declares alcohol."),
    _text("content_description", f"{PACKAGE}.content_description", "A description of the contents.", 35),
    *(
        _text(f"custom_field{place}", f"{ADVANCED}.custom_field{place}", "A text that ShipEngine stores.", 100)
        for place in (1, 2, 3)
    ),
    _flag("delivery-as-addressed", "Permits delivery only to the exact address."),
    _text("external_order_id", "shipment.external_order_id", "The order's id at its source.", 100),
    _flag("fragile", "Declares fragile contents."),
    _flag("non_machinable", "Declares a parcel that USPS's machines cannot process."),
    _choice("origin_type", f"{ADVANCED}.origin_type", "How the carrier receives the parcel.", ("pickup", "drop_off")),
    _flag("return-after-first-attempt", "Returns the parcel after the first failed delivery."),
    _text("shipment_number", "shipment.shipment_number", "A number of the shipment that need not be unique.", 50),
    _flag("shipper_release", "Permits delivery without a signature."),
)
