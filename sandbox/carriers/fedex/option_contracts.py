"""FedEx's models of the options of a shipment: special services, declared value, payment, e-mails and label stock."""

# ruff: noqa: N815 - the names are FedEx's own

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.fedex.parties import Account, Address, Contact, Line35
from sandbox.carriers.vendor_model import VendorModel

PackagingType = Literal[
    "YOUR_PACKAGING",
    "FEDEX_ENVELOPE",
    "FEDEX_PAK",
    "FEDEX_BOX",
    "FEDEX_SMALL_BOX",
    "FEDEX_MEDIUM_BOX",
    "FEDEX_LARGE_BOX",
    "FEDEX_EXTRA_LARGE_BOX",
    "FEDEX_10KG_BOX",
    "FEDEX_25KG_BOX",
    "FEDEX_TUBE",
]
PickupType = Literal["CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION", "USE_SCHEDULED_PICKUP"]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Amount = Annotated[float, Field(gt=0, lt=100_000, strict=True)]
"""The description allows five digits before the decimal point."""
Email = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^@\s]+@[^@\s]+$")]


class Money(VendorModel):
    amount: Amount
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Reference(VendorModel):
    customerReferenceType: Literal["CUSTOMER_REFERENCE", "DEPARTMENT_NUMBER", "INVOICE_NUMBER", "P_O_NUMBER"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=30)]


class PackageServices(VendorModel):
    """`packageSpecialServices`."""

    specialServiceTypes: list[Literal["SIGNATURE_OPTION", "NON_STANDARD_CONTAINER"]]
    signatureOptionType: Literal["SERVICE_DEFAULT", "NO_SIGNATURE_REQUIRED", "INDIRECT", "DIRECT", "ADULT"] | None = (
        None
    )

    @model_validator(mode="after")
    def _check_details(self) -> "PackageServices":
        if ("SIGNATURE_OPTION" in self.specialServiceTypes) != (self.signatureOptionType is not None):
            raise ValueError("SIGNATURE_OPTION and signatureOptionType belong together")
        return self


class LocationContact(VendorModel):
    personName: Annotated[str, StringConstraints(max_length=70)] | None = None
    companyName: Line35 | None = None
    phoneNumber: str | None = None


class Location(VendorModel):
    contact: LocationContact | None = None
    address: Address


class HoldDetail(VendorModel):
    locationId: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,20}$")]
    locationContactAndAddress: Location | None = None
    locationType: (
        Literal[
            "FEDEX_AUTHORIZED_SHIP_CENTER",
            "FEDEX_OFFICE",
            "FEDEX_SELF_SERVICE_LOCATION",
            "FEDEX_STAFFED",
            "RETAIL_ALLICANCE_LOCATION",
            "FEDEX_GROUND_TERMINAL",
            "FEDEX_ONSITE",
        ]
        | None
    ) = None


class Phone(VendorModel):
    areaCode: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    localNumber: Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")]
    extension: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}$")] | None = None


class PremiumDetail(VendorModel):
    """`homeDeliveryPremiumDetail`."""

    homedeliveryPremiumType: Literal["APPOINTMENT", "DATE_CERTAIN", "EVENING"]
    deliveryDate: Day | None = None
    phoneNumber: Phone | None = None

    @model_validator(mode="after")
    def _check_details(self) -> "PremiumDetail":
        if self.homedeliveryPremiumType == "DATE_CERTAIN" and self.deliveryDate is None:
            raise ValueError("DATE_CERTAIN needs deliveryDate")
        if self.homedeliveryPremiumType in ("DATE_CERTAIN", "EVENING") and self.phoneNumber is None:
            raise ValueError(f"{self.homedeliveryPremiumType} needs phoneNumber")
        return self


class ShipmentServices(VendorModel):
    """`shipmentSpecialServices`."""

    specialServiceTypes: Annotated[
        list[
            Literal[
                "FEDEX_ONE_RATE", "HOLD_AT_LOCATION", "HOME_DELIVERY_PREMIUM", "SATURDAY_DELIVERY", "SATURDAY_PICKUP"
            ]
        ],
        Field(min_length=1),
    ]
    holdAtLocationDetail: HoldDetail | None = None
    homeDeliveryPremiumDetail: PremiumDetail | None = None

    @model_validator(mode="after")
    def _check_details(self) -> "ShipmentServices":
        """Check that each special service with data has its data, and the reverse."""
        for name, detail in (
            ("HOLD_AT_LOCATION", self.holdAtLocationDetail),
            ("HOME_DELIVERY_PREMIUM", self.homeDeliveryPremiumDetail),
        ):
            if (name in self.specialServiceTypes) != (detail is not None):
                raise ValueError(f"{name} and its detail belong together")
        return self


class PayorAddress(VendorModel):
    postalCode: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = None
    countryCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None


class ResponsibleParty(VendorModel):
    accountNumber: Account
    address: PayorAddress | None = None


class Payor(VendorModel):
    responsibleParty: ResponsibleParty | None = None


class Payment(VendorModel):
    paymentType: Literal["SENDER", "RECIPIENT", "THIRD_PARTY", "COLLECT"]
    payor: Payor | None = None

    @model_validator(mode="after")
    def _check_payor(self) -> "Payment":
        if self.paymentType != "SENDER" and (self.payor is None or self.payor.responsibleParty is None):
            raise ValueError(f"{self.paymentType} needs payor.responsibleParty")
        return self


class EmailRecipient(VendorModel):
    name: str | None = None
    emailNotificationRecipientType: Literal["BROKER", "OTHER", "RECIPIENT", "SHIPPER", "THIRD_PARTY"]
    emailAddress: Email
    notificationFormatType: Literal["HTML", "TEXT"] | None = None
    notificationType: Literal["EMAIL"] | None = None
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")] | None = None
    notificationEventType: list[
        Literal[
            "ON_DELIVERY",
            "ON_EXCEPTION",
            "ON_SHIPMENT",
            "ON_TENDER",
            "ON_ESTIMATED_DELIVERY",
            "ON_PICKUP_DRIVER_ARRIVED",
            "ON_PICKUP_DRIVER_ASSIGNED",
            "ON_PICKUP_DRIVER_DEPARTED",
            "ON_PICKUP_DRIVER_EN_ROUTE",
        ]
    ] = Field(default_factory=list)


class EmailDetail(VendorModel):
    """`emailNotificationDetail`."""

    aggregationType: Literal["PER_PACKAGE", "PER_SHIPMENT"] | None = None
    emailNotificationRecipients: Annotated[list[EmailRecipient], Field(min_length=1, max_length=6)]
    personalMessage: Annotated[str, StringConstraints(max_length=500)] | None = None


MaskedData = Literal[
    "CUSTOMS_VALUE",
    "SHIPPER_ACCOUNT_NUMBER",
    "DIMENSIONS",
    "DUTIES_AND_TAXES_PAYOR_ACCOUNT_NUMBER",
    "INSURED_VALUE",
    "SECONDARY_BARCODE",
    "SHIPPER_INFORMATION",
    "TERMS_AND_CONDITIONS",
    "TOTAL_WEIGHT",
    "TRANSPORTATION_CHARGES_PAYOR_ACCOUNT_NUMBER",
]


class LabelDetail(VendorModel):
    """`customerSpecifiedDetail`."""

    maskedData: list[MaskedData] = Field(default_factory=list)


class PrintedOrigin(VendorModel):
    """`printedLabelOrigin`: the sender that the label shows."""

    contact: Contact
    address: Address


class LabelSpecification(VendorModel):
    documented = frozenset({"labelFormatType", "labelOrder", "labelRotation", "labelPrintingOrientation"})

    imageType: Literal["PDF", "ZPLII", "PNG"]
    labelStockType: Literal[
        "PAPER_4X6",
        "PAPER_4X675",
        "PAPER_4X8",
        "PAPER_4X9",
        "PAPER_7X475",
        "PAPER_85X11_BOTTOM_HALF_LABEL",
        "PAPER_85X11_TOP_HALF_LABEL",
        "PAPER_LETTER",
        "STOCK_4X6",
        "STOCK_4X675",
        "STOCK_4X8",
        "STOCK_4X9",
    ]
    resolution: Literal[203, 300] | None = None
    customerSpecifiedDetail: LabelDetail | None = None
    printedLabelOrigin: PrintedOrigin | None = None

    @model_validator(mode="after")
    def _fits_the_printer(self) -> "LabelSpecification":
        """Check the stock: in Ship v1, ZPLII needs STOCK (thermal printers), the others need PAPER (laser printers)."""
        is_thermal = self.imageType == "ZPLII"
        if is_thermal != self.labelStockType.startswith("STOCK"):
            raise ValueError("the label stock does not match the image type")
        if self.resolution == 300 and not is_thermal:  # noqa: PLR2004 - dots per inch
            raise ValueError("only ZPLII labels have a resolution of 300")
        return self
