"""USPS's customs forms, within the US and to other countries; unknown fields are refused."""

# ruff: noqa: N815 - the names are USPS's own

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sandbox.carriers.vendor_model import VendorModel

NO_DESCRIPTIONS = ("none", "not applicable", "n/a", "null", "gift", "merchandise")
Text = Annotated[str, StringConstraints(min_length=1)]
Comment = Annotated[str, StringConstraints(min_length=1, max_length=25)]
ContentType = Literal[
    "MERCHANDISE",
    "GIFT",
    "DOCUMENT",
    "COMMERCIAL_SAMPLE",
    "RETURNED_GOODS",
    "OTHER",
    "HUMANITARIAN_DONATIONS",
    "DANGEROUS_GOODS",
]
InternationalContentType = Literal[
    ContentType, "CREMATED_REMAINS", "NON_NEGOTIABLE_DOCUMENT", "MEDICAL_SUPPLIES", "PHARMACEUTICALS"
]


def _check_description(text: str) -> str:
    if text.strip().lower() in NO_DESCRIPTIONS:
        raise ValueError(
            "160050: cannot be any of the following: 'None', 'Not Applicable', 'N/A', 'Null', 'Gift', or 'Merchandise'"
        )
    return text


class Contents(VendorModel):
    """One item of a customs form; value and weight are those of all its pieces."""

    documented = frozenset({"itemValue", "itemWeight", "itemCategory", "itemSubcategory"})

    itemDescription: Annotated[str, StringConstraints(min_length=1, max_length=30), AfterValidator(_check_description)]
    itemQuantity: Annotated[int, Field(ge=1, le=9999, strict=True)]
    itemTotalValue: Annotated[float, Field(ge=0.01, le=999999.99, strict=True)]
    itemTotalWeight: Annotated[float, Field(gt=0, strict=True)]
    weightUOM: Literal["lb"]
    HSTariffNumber: Annotated[str, StringConstraints(min_length=6, max_length=14)] | None = None
    countryofOrigin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None


class _Form(VendorModel):
    """The fields that both forms share."""

    contentComments: Comment | None = None
    restrictionType: Literal["QUARANTINE", "SANITARY_INSPECTION", "PHYTOSANITARY_INSPECTION", "OTHER"] | None = None
    restrictionComments: Comment | None = None
    AESITN: Annotated[str, StringConstraints(min_length=1, max_length=35)] | None = None
    invoiceNumber: Annotated[str, StringConstraints(min_length=1, max_length=15)] | None = None
    licenseNumber: Annotated[str, StringConstraints(min_length=1, max_length=16)] | None = None
    certificateNumber: Annotated[str, StringConstraints(min_length=1, max_length=12)] | None = None
    contents: Annotated[list[Contents], Field(min_length=1, max_length=30)]

    @property
    def pounds(self) -> float:
        return sum(item.itemTotalWeight for item in self.contents)

    @property
    def value(self) -> float:
        return sum(item.itemTotalValue for item in self.contents)


class CustomsForm(_Form):
    """The form for military addresses and for some US territories."""

    documented = frozenset({"importersContact", "exportersContact"})

    customsContentType: ContentType
    importersReference: Annotated[str, StringConstraints(max_length=40)] | None = None
    exportersReference: Annotated[str, StringConstraints(max_length=40)] | None = None

    @model_validator(mode="after")
    def _check_form(self) -> "CustomsForm":
        if self.restrictionType == "OTHER" and not self.restrictionComments:
            raise ValueError("160018: restrictionComments is required when restrictionType is OTHER")
        if self.customsContentType == "OTHER" and not self.contentComments:
            raise ValueError("160019: contentComments are required when contentType is OTHER")
        if any(item.HSTariffNumber is None for item in self.contents):
            raise ValueError(
                "160055: customsForm.contents requires an itemDescription, itemCategory, and itemSubcategory when"
                " HSTariffNumber is blank"
            )
        return self


class CustomsReference(VendorModel):
    """A number of the importer or exporter."""

    documented = frozenset({"contact"})

    referenceType: Literal["TAX_CODE", "VAT_NUMBER", "IMPORTER_CODE"]
    reference: Annotated[str, StringConstraints(min_length=1, max_length=28)]


class InternationalCustomsForm(_Form):
    """The form for other countries."""

    customsContentType: InternationalContentType
    importersReference: CustomsReference | None = None
    exportersReference: CustomsReference | None = None

    @model_validator(mode="after")
    def _check_form(self) -> "InternationalCustomsForm":
        if self.restrictionType == "OTHER" and not self.restrictionComments:
            raise ValueError("160236: required when restrictionType is OTHER")
        if self.customsContentType == "OTHER" and not self.contentComments:
            raise ValueError("160237: required when customsContentType is OTHER")
        return self
