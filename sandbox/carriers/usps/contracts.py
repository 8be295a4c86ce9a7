"""What USPS asks for, and how long it may be; what it would not know is refused."""

# ruff: noqa: N815 - the names are USPS's own

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sandbox.carriers.places import MILITARY, STATES, TERRITORIES


class UspsModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


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
        raise ValueError("is none of USPS's states")
    return code


class Address(UspsModel):
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
            raise ValueError("the first and last name, or the firm, is required")
        return self


class ImageInfo(UspsModel):
    imageType: Literal["PDF", "PNG", "ZPL203DPI"] = "PDF"
    labelType: Literal["4X6LABEL"] = "4X6LABEL"
    receiptOption: Literal["NONE", "SAME_PAGE", "SEPARATE_PAGE"] = "SAME_PAGE"


class Reference(UspsModel):
    referenceNumber: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    printReferenceNumber: bool = False


class Parcel(UspsModel):
    weight: Annotated[float, Field(gt=0, le=70, strict=True)]
    length: Measure
    width: Measure
    height: Measure
    processingCategory: Category
    destinationEntryFacilityType: Literal["NONE"]
    mailClass: MailClass
    rateIndicator: RateIndicator
    mailingDate: date


class Package(Parcel):
    weightUOM: Literal["lb"] = "lb"
    dimensionsUOM: Literal["in"] = "in"
    customerReference: Annotated[list[Reference], Field(max_length=4)] = []


class LabelRequest(UspsModel):
    imageInfo: ImageInfo = ImageInfo()
    toAddress: Address
    fromAddress: Address
    packageDescription: Package


class ReprintImage(UspsModel):
    imageType: Literal["PDF", "PNG", "ZPL203DPI"] = "PDF"
    labelType: Literal["4X6LABEL"] = "4X6LABEL"


class ReprintRequest(UspsModel):
    imageInfo: ReprintImage = ReprintImage()


class RateRequest(Parcel):
    originZIPCode: ZipCode
    destinationZIPCode: ZipCode
    priceType: Literal["COMMERCIAL", "RETAIL"]


class Role(UspsModel):
    roleName: Literal["PAYER", "LABEL_OWNER"]
    CRID: Annotated[str, StringConstraints(pattern=r"^\d{1,15}$")]
    MID: MailerId
    manifestMID: MailerId
    accountType: Literal["EPS"]
    accountNumber: Annotated[str, StringConstraints(pattern=r"^\d{4,15}$")]


class AuthorizationRequest(UspsModel):
    roles: Annotated[list[Role], Field(min_length=2, max_length=2)]


class SignIn(UspsModel):
    grant_type: Literal["client_credentials"]
    client_id: str
    client_secret: str
