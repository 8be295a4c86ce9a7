"""USPS's request models with their length limits; unknown fields are refused."""

# ruff: noqa: N815 - the names are USPS's own

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sandbox.carriers.places import MILITARY, STATES, TERRITORIES
from sandbox.carriers.vendor_model import VendorModel

MAX_POUNDS = 70
MAX_INCHES = {"USPS_GROUND_ADVANTAGE": 130}
PRINTED = r"^[ -~]+$"
Line50 = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=PRINTED)]
Measure = Annotated[float, Field(gt=0, strict=True)]
MailClass = Literal["USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS"]
RateIndicator = Literal["SP", "PA"]
Category = Literal["MACHINABLE", "NONSTANDARD"]
ZipCode = Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
MailerId = Annotated[str, StringConstraints(pattern=r"^(\d{6}|\d{9})$")]


def _check_state(code: str) -> str:
    if code not in STATES | MILITARY | TERRITORIES:
        raise ValueError("is not a state that USPS knows")
    return code


class Address(VendorModel):
    """`toAddress` and `fromAddress` of Labels v3."""

    documented = frozenset({"urbanization", "phone", "email", "ignoreBadAddress", "platformUserId", "facilityId"})

    firstName: Line50 | None = None
    lastName: Line50 | None = None
    firm: Line50 | None = None
    streetAddress: Line50
    secondaryAddress: Line50 | None = None
    city: Annotated[str, StringConstraints(min_length=1, max_length=28, pattern=PRINTED)]
    state: Annotated[str, AfterValidator(_check_state)]
    ZIPCode: ZipCode
    ZIPPlus4: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = None

    @model_validator(mode="after")
    def _name_or_firm_is_set(self) -> "Address":
        if not self.firm and not (self.firstName and self.lastName):
            raise ValueError("160075: firstName and lastName or firm name are required")
        return self


class ImageInfo(VendorModel):
    imageType: Literal["PDF", "PNG", "ZPL203DPI"] = "PDF"
    labelType: Literal["4X6LABEL"] = "4X6LABEL"
    receiptOption: Literal["NONE", "SAME_PAGE", "SEPARATE_PAGE"] = "SAME_PAGE"

    documented = frozenset({"suppressPostage", "suppressMailDate", "returnLabel"})

    @model_validator(mode="after")
    def _zpl_has_no_receipt_on_its_page(self) -> "ImageInfo":
        if self.imageType == "ZPL203DPI" and self.receiptOption == "SAME_PAGE":
            raise ValueError("160009: ZPL format does not support same page receipt functionality.")
        return self


class Reference(VendorModel):
    referenceNumber: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    printReferenceNumber: bool = False


class Parcel(VendorModel):
    """Parcels of Prices v3, and `packageDescription` of Labels v3; codes are from USPS's consolidated error list."""

    weight: Annotated[float, Field(strict=True)]
    length: Measure
    width: Measure
    height: Measure
    processingCategory: Category
    destinationEntryFacilityType: Literal["NONE"]
    mailClass: MailClass
    rateIndicator: RateIndicator
    mailingDate: date

    documented = frozenset(
        {"extraServices", "packageOptions", "carrierRelease", "inductionZIPCode", "girth", "accountType"}
    )

    @model_validator(mode="after")
    def _check_rate_indicator(self) -> "Parcel":
        """Require PA for one piece of Priority Mail Express, SP for one of the others."""
        if (self.rateIndicator == "PA") != (self.mailClass == "PRIORITY_MAIL_EXPRESS"):
            raise ValueError(f"160013: Rate Indicator value should match the containers of {self.mailClass}")
        return self

    @model_validator(mode="after")
    def _check_weight(self) -> "Parcel":
        if not 0 < self.weight <= MAX_POUNDS:
            raise ValueError(f"160098: Weight should be greater than 0 LB and should not exceed {MAX_POUNDS} LB")
        return self

    @model_validator(mode="after")
    def _check_size(self) -> "Parcel":
        """Check the longest side plus girth: 130 inches for Ground Advantage, 108 for the others."""
        *others, longest = sorted((self.length, self.width, self.height))
        if longest + 2 * sum(others) > MAX_INCHES.get(self.mailClass, 108):
            raise ValueError("030008: Package size exceeds maximum allowed for mail class")
        return self


class Package(Parcel):
    weightUOM: Literal["lb"] = "lb"
    dimensionsUOM: Literal["in"] = "in"
    customerReference: Annotated[list[Reference], Field(max_length=4)] = Field(default_factory=list)


class LabelRequest(VendorModel):
    imageInfo: ImageInfo = ImageInfo()
    toAddress: Address
    fromAddress: Address
    packageDescription: Package


class ReprintImage(VendorModel):
    imageType: Literal["PDF", "PNG", "ZPL203DPI"] = "PDF"
    labelType: Literal["4X6LABEL"] = "4X6LABEL"


class ReprintRequest(VendorModel):
    imageInfo: ReprintImage = ReprintImage()


class RateRequest(Parcel):
    originZIPCode: ZipCode
    destinationZIPCode: ZipCode
    priceType: Literal["COMMERCIAL", "RETAIL"]


class Role(VendorModel):
    roleName: Literal["PAYER", "LABEL_OWNER"]
    CRID: Annotated[str, StringConstraints(pattern=r"^\d{1,15}$")]
    MID: MailerId
    manifestMID: MailerId
    accountType: Literal["EPS"]
    accountNumber: Annotated[str, StringConstraints(pattern=r"^\d{4,15}$")]


class AuthorizationRequest(VendorModel):
    roles: Annotated[list[Role], Field(min_length=2, max_length=2)]


class SignIn(VendorModel):
    grant_type: Literal["client_credentials"]
    client_id: str
    client_secret: str
