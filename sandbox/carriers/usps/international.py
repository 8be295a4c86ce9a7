"""USPS's request models of International Labels v3 and International Prices v3; unknown fields are refused."""

# ruff: noqa: N815 - the names are USPS's own

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from sandbox.carriers.usps.contracts import Address, ImageInfo, Line50, MailerId, Measure, Reference, ZipCode
from sandbox.carriers.usps.customs_forms import InternationalCustomsForm
from sandbox.carriers.vendor_model import VendorModel

FIRST_CLASS = "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE"
PRIORITY = "PRIORITY_MAIL_INTERNATIONAL"
EXPRESS = "PRIORITY_MAIL_EXPRESS_INTERNATIONAL"
MailClass = Literal[
    "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE", "PRIORITY_MAIL_INTERNATIONAL", "PRIORITY_MAIL_EXPRESS_INTERNATIONAL"
]
MAX_POUNDS = {FIRST_CLASS: 4}
MAX_FIRST_CLASS_VALUE = 400
INDICATORS = {
    FIRST_CLASS: ("SP",),
    PRIORITY: ("SP", "FA", "FB", "FE", "FP", "FS", "PL"),
    EXPRESS: ("PA", "E4", "E6", "FP"),
}
TRACKING_PLUS = (480, 481, 482, 483, 484, 486, 487, 488)
INSURED_LESS, INSURED_MORE, INSURED_TO = 930, 931, 500
INSURANCES = (INSURED_LESS, INSURED_MORE)
NO_SERVICE = ("KP", "SY", "YE")
"""Countries that the simulator does not serve."""
US_PLACES = ("US", "PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW")


def _check_country(code: str) -> str:
    if code in US_PLACES:
        raise ValueError("is not an international destination")
    if code in NO_SERVICE:
        raise ValueError("030013: There was no valid international price group for the provided country")
    return code


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_check_country)]


class ForeignAddress(VendorModel):
    """`toAddress` of International Labels v3."""

    documented = frozenset({"email"})

    firstName: Line50 | None = None
    lastName: Line50 | None = None
    firm: Line50 | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")] | None = None
    streetAddress: Line50
    secondaryAddress: Line50 | None = None
    city: Annotated[str, StringConstraints(min_length=1, max_length=28)]
    postalCode: Annotated[str, StringConstraints(min_length=1, max_length=11)] | None = None
    province: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    country: Annotated[str, StringConstraints(min_length=1)]
    countryISOAlpha2Code: Country

    @model_validator(mode="after")
    def _check_address(self) -> "ForeignAddress":
        if not self.firm and not (self.firstName and self.lastName):
            raise ValueError("160075: firstName and lastName or firm name are required")
        if self.countryISOAlpha2Code == "CA" and not (self.postalCode or "")[:1].isalpha():
            raise ValueError("160197: required to begin with an alphabetical character for countryISOAlpha2Code CA")
        return self


class _Parcel(VendorModel):
    """The rules that labels and prices share."""

    weight: Annotated[float, Field(gt=0, strict=True)]
    length: Measure
    width: Measure
    height: Measure
    mailClass: MailClass
    rateIndicator: str
    processingCategory: Literal["LETTERS", "FLATS", "MACHINABLE", "NONSTANDARD", "NON_MACHINABLE"]
    destinationEntryFacilityType: Literal["NONE", "INTERNATIONAL_SERVICE_CENTER"]
    mailingDate: date

    @model_validator(mode="after")
    def _check_class(self) -> "_Parcel":
        heaviest = MAX_POUNDS.get(self.mailClass, 70)
        if self.weight > heaviest:
            raise ValueError(f"160272: weight cannot exceed {heaviest} pounds when mail class is {self.mailClass}")
        if self.rateIndicator not in INDICATORS[self.mailClass]:
            raise ValueError(f"160013: Rate Indicator value should match the containers of {self.mailClass}")
        return self


class PackageOptions(VendorModel):
    documented = frozenset({"generateGXEvent"})

    packageValue: Annotated[float, Field(ge=0, strict=True)] | None = None
    nonDeliveryOption: Literal["RETURN", "ABANDON"] | None = None


class Package(_Parcel):
    documented = frozenset({"girth", "shape"})

    weightUOM: Literal["lb"]
    dimensionsUOM: Literal["in"]
    packageOptions: PackageOptions = PackageOptions()
    customerReference: Annotated[list[Reference], Field(max_length=2)] = Field(default_factory=list)
    extraServices: list[Annotated[int, Field(strict=True)]] = Field(default_factory=list)
    inductionZIPCode: ZipCode | None = None
    mailOwnerMID: MailerId | None = None
    logisticsManagerMID: MailerId | None = None
    prepayDutiesTaxesFees: StrictBool = False

    @model_validator(mode="after")
    def _check_services(self) -> "Package":
        problem = find_service_problem(self.mailClass, self.extraServices, self.packageOptions.packageValue)
        if problem is not None:
            raise ValueError(problem)
        return self


class InternationalLabelRequest(VendorModel):
    documented = frozenset({"senderAddress"})

    imageInfo: ImageInfo = ImageInfo()
    toAddress: ForeignAddress
    fromAddress: Address
    packageDescription: Package
    customsForm: InternationalCustomsForm

    @model_validator(mode="after")
    def _check_form(self) -> "InternationalLabelRequest":
        form, package = self.customsForm, self.packageDescription
        if form.pounds > package.weight:
            raise ValueError(
                f"160205: total weight of all of the content items: {form.pounds} cannot be more than the total"
                f" weight: {package.weight} of the package"
            )
        if package.mailClass == FIRST_CLASS and form.value > MAX_FIRST_CLASS_VALUE:
            raise ValueError(f"160201: cannot exceed ${MAX_FIRST_CLASS_VALUE} for {FIRST_CLASS}")
        if form.exportersReference is not None and (package.mailClass == FIRST_CLASS or package.prepayDutiesTaxesFees):
            raise ValueError("160204: this must be null for this mail class")
        if self.imageInfo.labelType != "4X6LABEL":
            raise ValueError("labelType must be 4X6LABEL for customs forms")
        return self


class RateRequest(_Parcel):
    """A request of International Prices v3 for a base price."""

    documented = frozenset({"accountType", "accountNumber"})

    originZIPCode: ZipCode
    foreignPostalCode: Annotated[str, StringConstraints(min_length=1, max_length=11)] | None = None
    destinationCountryCode: Country
    priceType: Literal["COMMERCIAL", "RETAIL"]


class ExtraServiceRateRequest(VendorModel):
    """A request of International Prices v3 for the price of one extra service."""

    documented = frozenset({"accountType", "accountNumber"})

    extraService: Annotated[int, Field(strict=True)]
    mailClass: MailClass
    priceType: Literal["COMMERCIAL", "RETAIL"]
    itemValue: Annotated[float, Field(gt=0, strict=True)] | None = None
    weight: Annotated[float, Field(gt=0, strict=True)]
    rateIndicator: str
    destinationCountryCode: Country
    mailingDate: date

    @model_validator(mode="after")
    def _check_service(self) -> "ExtraServiceRateRequest":
        problem = find_service_problem(self.mailClass, [self.extraService], self.itemValue)
        if problem is not None:
            raise ValueError(problem)
        return self


def find_service_problem(mail_class: str, codes: list[int], value: float | None) -> str | None:
    """Return why a package cannot have its extra services; None if it can."""
    offered = TRACKING_PLUS if mail_class == FIRST_CLASS else (*TRACKING_PLUS, *INSURANCES)
    if set(codes) - set(offered):
        return f"160053: only {list(offered)} are supported for this Mail Class"
    if sum(code in TRACKING_PLUS for code in codes) > 1:
        return f"160052: only one tracking option may be selected from {codes}"
    insurances = [code for code in codes if code in INSURANCES]
    if not insurances:
        return None
    if not value:
        return "160200: required with extra service 930 or 931"
    fitting = INSURED_MORE if value > INSURED_TO else INSURED_LESS
    return None if insurances == [fitting] else f"extra service {fitting} insures this value"
