"""FedEx's models of customs data and of the documents of a shipment."""

# ruff: noqa: N815 - the names are FedEx's own

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sandbox.carriers.fedex.option_contracts import Payor
from sandbox.carriers.vendor_model import VendorModel

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
ShortAmount = Annotated[float, Field(gt=0, lt=100_000, strict=True)]
"""The description allows five digits before the decimal point."""


class ShortMoney(VendorModel):
    amount: ShortAmount
    currency: Currency


class CustomsMoney(VendorModel):
    amount: Annotated[float, Field(gt=0, lt=10**11, strict=True)]
    currency: Currency


class CommodityWeight(VendorModel):
    """The weight of all pieces; the description knows only kilograms."""

    units: Literal["KG"]
    value: Annotated[float, Field(gt=0, strict=True)]


class Commodity(VendorModel):
    documented = frozenset({"name", "cIMarksAndNumbers", "purpose", "additionalMeasures"})

    description: Annotated[str, StringConstraints(min_length=1, max_length=450)]
    numberOfPieces: Annotated[int, Field(ge=0, le=9999, strict=True)] | None = None
    quantity: Annotated[int, Field(gt=0, strict=True)]
    quantityUnits: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,4}$")]
    unitPrice: ShortMoney
    customsValue: CustomsMoney
    weight: CommodityWeight
    countryOfManufacture: Country
    harmonizedCode: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")] | None = None
    partNumber: Annotated[str, StringConstraints(min_length=1)] | None = None


class DutiesPayment(VendorModel):
    paymentType: Literal["SENDER", "RECIPIENT", "THIRD_PARTY"]
    payor: Payor | None = None


class InvoiceReference(VendorModel):
    customerReferenceType: Literal["CUSTOMER_REFERENCE", "DEPARTMENT_NUMBER", "INVOICE_NUMBER", "P_O_NUMBER"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=30)]


class CommercialInvoice(VendorModel):
    documented = frozenset({"paymentTerms", "specialInstructions", "declarationStatement"})

    originatorName: str | None = None
    comments: list[str] = Field(default_factory=list)
    customerReferences: list[InvoiceReference] = Field(default_factory=list)
    termsOfSale: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    shipmentPurpose: Literal["GIFT", "NOT_SOLD", "PERSONAL_EFFECTS", "REPAIR_AND_RETURN", "SAMPLE", "SOLD"] | None = (
        None
    )


class ExportDetail(VendorModel):
    """`exportDetail`: the number of the filing or the exemption from it, and the Canadian report."""

    exportComplianceStatement: (
        Annotated[str, StringConstraints(pattern=r"^(AES ?X[0-9]{14}|NO ?EEI 30\.[0-9]+(\([a-z0-9]+\))*)$")] | None
    ) = None
    b13AFilingOption: (
        Literal["NOT_REQUIRED", "MANUALLY_ATTACHED", "FILED_ELECTRONICALLY", "SUMMARY_REPORTING", "FEDEX_TO_STAMP"]
        | None
    ) = None


class Clearance(VendorModel):
    """`customsClearanceDetail`, as requests for prices have it."""

    documented = frozenset({"regulatoryControls", "generatedDocumentLocale", "partiesToTransactionAreRelated"})

    dutiesPayment: DutiesPayment | None = None
    totalCustomsValue: ShortMoney | None = None
    isDocumentOnly: bool = False
    commodities: Annotated[list[Commodity], Field(min_length=1, max_length=999)]


class ShipClearance(Clearance):
    """`customsClearanceDetail` of a purchase."""

    commercialInvoice: CommercialInvoice
    exportDetail: ExportDetail | None = None


class DocumentFormat(VendorModel):
    documented = frozenset({"dispositions", "locale"})

    stockType: Literal["PAPER_LETTER"]
    docType: Literal["PDF"]


class InvoiceDetail(VendorModel):
    documentFormat: DocumentFormat


class DocumentSpecification(VendorModel):
    """`shippingDocumentSpecification`."""

    shippingDocumentTypes: Annotated[list[Literal["COMMERCIAL_INVOICE"]], Field(min_length=1, max_length=1)]
    commercialInvoiceDetail: InvoiceDetail
