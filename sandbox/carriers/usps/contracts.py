"""USPS's request models with their length limits; unknown fields are refused."""

# ruff: noqa: N815 - the names are USPS's own

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from sandbox.carriers.places import MILITARY, STATES, TERRITORIES
from sandbox.carriers.usps.customs_forms import CustomsForm
from sandbox.carriers.usps.package_rules import (
    CUBIC,
    CUSTOMS_STATES,
    EXTRA_SERVICES,
    INDICATORS,
    SIGNATURES,
    find_cubic_problem,
    find_destination_problem,
    find_service_problem,
)
from sandbox.carriers.vendor_model import VendorModel

MAX_POUNDS = 70
MAX_REFERENCES_WITH_FORM = 2
MAX_INCHES = {"USPS_GROUND_ADVANTAGE": 130}
PRINTED = r"^[ -~]+$"
Line50 = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=PRINTED)]
Measure = Annotated[float, Field(gt=0, strict=True)]
MailClass = Literal["USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS"]
Category = Literal["MACHINABLE", "NONSTANDARD"]
Content = Literal[
    "HAZMAT",
    "CREMATED_REMAINS",
    "BEES",
    "DAY_OLD_POULTRY",
    "ADULT_BIRDS",
    "OTHER_LIVES",
    "PERISHABLE",
    "PHARMACEUTICALS",
    "MEDICAL_SUPPLIES",
    "FRUITS",
    "VEGETABLES",
    "LIVE_PLANTS",
]
Endorsement = Literal[
    "CHANGE_SERVICE_REQUESTED",
    "ADDRESS_SERVICE_REQUESTED",
    "ELECTRONIC_SERVICE_REQUESTED",
    "RETURN_SERVICE_REQUESTED",
    "TEMP_RETURN_SERVICE_REQUESTED",
    "FORWARDING_SERVICE_REQUESTED",
]
ZipCode = Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
MailerId = Annotated[str, StringConstraints(pattern=r"^(\d{6}|\d{9})$")]
Series = Annotated[int, Field(ge=1, le=9999, strict=True)]


def _check_extra_service(code: int) -> int:
    if code not in EXTRA_SERVICES:
        raise ValueError("is not an extra service of the simulator")
    return code


ExtraService = Annotated[int, Field(strict=True), AfterValidator(_check_extra_service)]


def _check_state(code: str) -> str:
    if code not in STATES | MILITARY | TERRITORIES:
        raise ValueError("is not a state that USPS knows")
    return code


class Address(VendorModel):
    """`toAddress`, `fromAddress` and `returnAddress` of Labels v3."""

    documented = frozenset({"urbanization", "phone", "email", "platformUserId", "facilityId"})

    firstName: Line50 | None = None
    lastName: Line50 | None = None
    firm: Line50 | None = None
    streetAddress: Line50
    secondaryAddress: Line50 | None = None
    city: Annotated[str, StringConstraints(min_length=1, max_length=28, pattern=PRINTED)]
    state: Annotated[str, AfterValidator(_check_state)]
    ZIPCode: ZipCode
    ZIPPlus4: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = None
    ignoreBadAddress: StrictBool = False

    @model_validator(mode="after")
    def _name_or_firm_is_set(self) -> "Address":
        if not self.firm and not (self.firstName and self.lastName):
            raise ValueError("160075: firstName and lastName or firm name are required")
        return self


class ImageInfo(VendorModel):
    documented = frozenset({"returnLabel"})

    imageType: Literal["PDF", "PNG", "ZPL203DPI", "ZPL300DPI"] = "PDF"
    labelType: Literal["4X4LABEL", "4X5LABEL", "4X6LABEL", "6X4LABEL", "2X7LABEL"] = "4X6LABEL"
    receiptOption: Literal["NONE", "SAME_PAGE", "SEPARATE_PAGE"] = "SAME_PAGE"
    suppressPostage: StrictBool = True
    suppressMailDate: StrictBool = True
    packageNumber: Series | None = None
    totalPackages: Series | None = None

    @model_validator(mode="after")
    def _check_zpl(self) -> "ImageInfo":
        if self.imageType.startswith("ZPL") and self.receiptOption == "SAME_PAGE":
            raise ValueError("160009: ZPL format does not support same page receipt functionality.")
        if self.imageType.startswith("ZPL") and self.labelType == "2X7LABEL":
            raise ValueError("labelType 2X7LABEL is not supported with ZPL")
        return self

    @model_validator(mode="after")
    def _check_series(self) -> "ImageInfo":
        number, total = self.packageNumber, self.totalPackages
        if (number is None) != (total is None) or (number or 0) > (total or 0):
            raise ValueError("packageNumber and totalPackages belong together")
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
    rateIndicator: str
    mailingDate: date
    hasNonstandardCharacteristics: StrictBool = False

    documented = frozenset({"girth", "accountType"})

    @model_validator(mode="after")
    def _check_rate_indicator(self) -> "Parcel":
        """Require a rate indicator of the mail class; a cubic one has limits on the parcel."""
        if self.rateIndicator not in INDICATORS[self.mailClass]:
            raise ValueError(f"160013: Rate Indicator value should match the containers of {self.mailClass}")
        sides = (self.length, self.width, self.height)
        problem = find_cubic_problem(self.mailClass, self.weight, sides) if self.rateIndicator in CUBIC else None
        if problem is not None:
            raise ValueError(f"160013: {problem}")
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


class PackageOptions(VendorModel):
    documented = frozenset({"generateGXEvent", "containers"})

    packageValue: Annotated[float, Field(ge=0, strict=True)] | None = None
    contentType: Content | None = None
    ancillaryServiceEndorsements: Endorsement | None = None
    nonDeliveryOption: Literal["RETURN", "ABANDON"] | None = None


class Package(Parcel):
    weightUOM: Literal["lb"] = "lb"
    dimensionsUOM: Literal["in"] = "in"
    customerReference: Annotated[list[Reference], Field(max_length=4)] = Field(default_factory=list)
    extraServices: Annotated[list[ExtraService], Field(max_length=5)] = Field(default_factory=list)
    packageOptions: PackageOptions = PackageOptions()
    carrierRelease: StrictBool = False
    physicalSignatureRequired: StrictBool = False
    inductionZIPCode: ZipCode | None = None
    serialNumberFormat: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    mailOwnerMID: MailerId | None = None
    logisticsManagerMID: MailerId | None = None

    @model_validator(mode="after")
    def _check_extra_services(self) -> "Package":
        problem = find_service_problem(self.mailClass, self.extraServices, self.packageOptions.packageValue)
        if problem is not None:
            raise ValueError(problem)
        needs_person = set(self.extraServices) & set(SIGNATURES) or self.mailClass == "PRIORITY_MAIL_EXPRESS"
        if self.carrierRelease and needs_person:
            raise ValueError("carrierRelease is not available with a signature or Priority Mail Express")
        return self


class LabelRequest(VendorModel):
    imageInfo: ImageInfo = ImageInfo()
    toAddress: Address
    fromAddress: Address
    returnAddress: Address | None = None
    packageDescription: Package
    customsForm: CustomsForm | None = None

    @model_validator(mode="after")
    def _check_destination(self) -> "LabelRequest":
        problem = find_destination_problem(self.toAddress.state, self.packageDescription.extraServices)
        if problem is not None:
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _check_customs(self) -> "LabelRequest":
        problem = self._find_customs_problem()
        if problem is not None:
            raise ValueError(problem)
        return self

    def _find_customs_problem(self) -> str | None:
        form, package = self.customsForm, self.packageDescription
        states = (self.toAddress.state, self.fromAddress.state)
        if form is None:
            if any(state in MILITARY for state in states):
                return "160120: Military ZIP Code requires a customs form"
            needed = any(state in CUSTOMS_STATES for state in states)
            return "160140: Customs form data required for the ZIP code" if needed else None
        if not self.fromAddress.firm:
            return "160023: firm is required in From Address for labels with customs form."
        if form.pounds > package.weight:
            return (
                f"160021: total weight of all of the content items: {form.pounds} cannot be more than the total"
                f" weight: {package.weight} of the package"
            )
        if len(package.customerReference) > MAX_REFERENCES_WITH_FORM:
            return "160315: customer reference #3 cannot be used with a customs form"
        return "labelType must be 4X6LABEL for customs forms" if self.imageInfo.labelType != "4X6LABEL" else None


class ReprintImage(VendorModel):
    imageType: Literal["PDF", "PNG", "ZPL203DPI", "ZPL300DPI"] = "PDF"
    labelType: Literal["4X4LABEL", "4X5LABEL", "4X6LABEL", "6X4LABEL", "2X7LABEL"] = "4X6LABEL"


class ReprintRequest(VendorModel):
    imageInfo: ReprintImage = ReprintImage()


class RateRequest(Parcel):
    originZIPCode: ZipCode
    destinationZIPCode: ZipCode
    priceType: Literal["COMMERCIAL", "RETAIL"]


class ExtraServiceRateRequest(VendorModel):
    """A request of Prices v3 for the prices of extra services."""

    extraServices: Annotated[list[ExtraService], Field(min_length=1)]
    mailClass: MailClass
    priceType: Literal["COMMERCIAL", "RETAIL"]
    itemValue: Annotated[float, Field(ge=0, strict=True)] | None = None
    weight: Annotated[float, Field(gt=0, strict=True)]
    originZIPCode: ZipCode
    destinationZIPCode: ZipCode
    mailingDate: date

    @model_validator(mode="after")
    def _check_extra_services(self) -> "ExtraServiceRateRequest":
        problem = find_service_problem(self.mailClass, self.extraServices, self.itemValue)
        if problem is not None:
            raise ValueError(problem)
        return self


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
