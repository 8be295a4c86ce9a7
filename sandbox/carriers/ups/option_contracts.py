"""UPS's models of the options of a shipment: services, packaging, references, payment, e-mails and Access Points."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.ups.customs_contracts import Forms
from sandbox.carriers.ups.parties import AccountCode, AddressPart, Line35
from sandbox.carriers.vendor_model import VendorModel

Indicator = str | None
"""A field that is present or absent; UPS ignores its value."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Email = Annotated[str, StringConstraints(max_length=50, pattern=r"^[^@\s]+@[^@\s]+$")]
REFERENCE_CODES = Literal[
    "ON", "PO", "IK", "DP", "BM", "PM", "SE", "TN", "ST", "RZ", "SA", "MK", "MJ", "PC", "AJ", "AT"
]


class Reference(VendorModel):
    Code: REFERENCE_CODES | None = None
    Value: Annotated[str, StringConstraints(min_length=1, max_length=35)]


class PackagingPart(VendorModel):
    documented = frozenset({"Description"})

    Code: Literal["01", "02", "03", "04", "21", "24", "25", "2a", "2b", "2c"]


class SimpleRatePart(VendorModel):
    documented = frozenset({"Description"})

    Code: Literal["XS", "S", "M", "L", "XL"]


class ValuePart(VendorModel):
    CurrencyCode: Currency
    MonetaryValue: Annotated[str, StringConstraints(max_length=19, pattern=r"^[0-9]+(\.[0-9]{1,2})?$")]


class PackageConfirmation(VendorModel):
    """`DeliveryConfirmation` of a package: 2 is a signature, 3 an adult's."""

    DCISType: Literal["2", "3"]


class ShipmentConfirmation(VendorModel):
    """`DeliveryConfirmation` of a shipment: 1 is a signature, 2 an adult's."""

    DCISType: Literal["1", "2"]


class PackageServices(VendorModel):
    """`PackageServiceOptions`."""

    DeliveryConfirmation: PackageConfirmation | None = None
    DeclaredValue: ValuePart | None = None
    ShipperReleaseIndicator: Indicator = None
    ProactiveIndicator: Indicator = None

    @model_validator(mode="after")
    def _check_signature(self) -> "PackageServices":
        if self.DeliveryConfirmation is not None and self.ShipperReleaseIndicator is not None:
            raise ValueError("DeliveryConfirmation and ShipperReleaseIndicator exclude each other")
        return self


class EmailPart(VendorModel):
    EMailAddress: Annotated[list[Email], Field(min_length=1, max_length=5)]
    UndeliverableEMailAddress: Email | None = None
    FromName: Line35 | None = None
    Memo: Annotated[str, StringConstraints(min_length=1, max_length=150)] | None = None


class NotificationPart(VendorModel):
    """One event: 6 is shipped, 7 an exception, 8 delivered; the codes of returns are refused."""

    NotificationCode: Literal["6", "7", "8"]
    EMail: EmailPart


class Services(VendorModel):
    """`ShipmentServiceOptions`."""

    SaturdayDeliveryIndicator: Indicator = None
    SaturdayPickupIndicator: Indicator = None
    DirectDeliveryOnlyIndicator: Indicator = None
    UPScarbonneutralIndicator: Indicator = None
    DeliveryConfirmation: ShipmentConfirmation | None = None
    Notification: Annotated[list[NotificationPart], Field(max_length=3)] = Field(default_factory=list)
    InternationalForms: Forms | None = None


class ShipmentIndication(VendorModel):
    documented = frozenset({"Description"})

    Code: Literal["01", "02"]


class RatedAccessPoint(VendorModel):
    Name: Line35
    Address: AddressPart


class AccessPoint(RatedAccessPoint):
    AttentionName: Line35
    UPSAccessPointID: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{9}$")] | None = None


class Bill(VendorModel):
    AccountNumber: AccountCode


class ReceiverAddress(VendorModel):
    PostalCode: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,9}$")]


class ReceiverBill(Bill):
    Address: ReceiverAddress | None = None


class ThirdPartyAddress(ReceiverAddress):
    CountryCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class ThirdPartyBill(Bill):
    Address: ThirdPartyAddress


class Charge(VendorModel):
    """A payment: 01 is the transport, 02 duties and taxes."""

    Type: Literal["01", "02"]
    BillShipper: Bill | None = None
    BillReceiver: ReceiverBill | None = None
    BillThirdParty: ThirdPartyBill | None = None

    @model_validator(mode="after")
    def _check_payer(self) -> "Charge":
        payers = (self.BillShipper, self.BillReceiver, self.BillThirdParty)
        if sum(payer is not None for payer in payers) != 1:
            raise ValueError("one of BillShipper, BillReceiver and BillThirdParty is required")
        if self.Type == "01" and self.BillReceiver is not None and self.BillReceiver.Address is None:
            raise ValueError("BillReceiver needs Address")
        return self


class Payment(VendorModel):
    ShipmentCharge: Annotated[list[Charge], Field(min_length=1, max_length=3)]
