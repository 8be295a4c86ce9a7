"""UPS's models of international forms and tax ids."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sandbox.carriers.ups.parties import AddressPart, Line35, PhonePart
from sandbox.carriers.vendor_model import VendorModel

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Text35 = Annotated[str, StringConstraints(min_length=1, max_length=35)]


class UnitCode(VendorModel):
    documented = frozenset({"Description"})

    Code: Literal[
        "BOX", "CS", "CT", "DOZ", "EA", "KG", "KGS", "LB", "LBS", "NMB", "PA", "PC", "PCS", "PKG", "PR", "SET"
    ]


class UnitPart(VendorModel):
    """`Unit`: the number of pieces, and the value of one."""

    Number: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,6}$")]
    UnitOfMeasurement: UnitCode
    Value: Annotated[str, StringConstraints(max_length=19, pattern=r"^[0-9]+(\.[0-9]{1,6})?$")]


class WeightUnit(VendorModel):
    documented = frozenset({"Description"})

    Code: Literal["LBS", "KGS"]


class ProductWeightPart(VendorModel):
    UnitOfMeasurement: WeightUnit
    Weight: Annotated[str, StringConstraints(max_length=5, pattern=r"^[0-9]+(\.[0-9])?$")]


class ProductPart(VendorModel):
    documented = frozenset({"MarksAndNumbers", "NumberOfPackagesPerCommodity"})

    Description: Annotated[list[Text35], Field(min_length=1, max_length=3)]
    Unit: UnitPart
    CommodityCode: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6,15}$")] | None = None
    PartNumber: Text35 | None = None
    OriginCountryCode: Country
    ProductWeight: ProductWeightPart | None = None


class SoldToPart(VendorModel):
    documented = frozenset({"EMailAddress", "Option", "AccountNumber"})

    Name: Line35
    AttentionName: Line35
    Phone: PhonePart | None = None
    Address: AddressPart


class ContactsPart(VendorModel):
    SoldTo: SoldToPart


class Forms(VendorModel):
    """`InternationalForms`: a commercial invoice (01)."""

    documented = frozenset({"PurchaseOrderNumber", "DeclarationStatement", "OverridePaperlessIndicator", "ShipperMemo"})

    FormType: Annotated[list[Literal["01"]], Field(min_length=1, max_length=1)]
    Contacts: ContactsPart
    Product: Annotated[list[ProductPart], Field(min_length=1, max_length=100)]
    InvoiceNumber: Text35
    InvoiceDate: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
    TermsOfShipment: (
        Literal["CFR", "CIF", "CIP", "CPT", "DAF", "DDP", "DAP", "DEQ", "DES", "EXW", "FAS", "FCA", "FOB"] | None
    ) = None
    ReasonForExport: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    Comments: Annotated[str, StringConstraints(min_length=1, max_length=150)] | None = None
    CurrencyCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class TaxIdPart(VendorModel):
    IdentificationNumber: Annotated[str, StringConstraints(min_length=1)]
    IDNumberCustomerRole: Literal["05", "06", "18", "37"]
    IDNumberEncryptionIndicator: Literal["0", "1"]
    IDNumberIssuingCntryCd: Country | None = None
    IDNumberPurposeCode: Literal["00", "01", "02", "99"]
    IDNumberRequestingCntryCd: Country | None = None
    IDNumberTypeCode: Literal["0000", "0001", "0002", "0005", "1001", "1002", "1003", "1004", "1005", "1006"]
    IncludeIDNumberOnShippingBrokerageDocs: Literal["00", "01"] | None = None


class AgentPart(VendorModel):
    """A party with its tax ids: 20 is the sender, 30 the recipient."""

    AgentRole: Literal["20", "30"]
    TaxIdentificationNumber: Annotated[list[TaxIdPart], Field(max_length=8)] = Field(default_factory=list)


class GlobalTax(VendorModel):
    """`GlobalTaxInformation`."""

    ShipperTypeValue: Literal["01", "02", "NA"] | None = None
    ConsigneeTypeValue: Literal["01", "02", "NA"] | None = None
    AgentTaxIdentificationNumber: Annotated[list[AgentPart], Field(max_length=4)] = Field(default_factory=list)


class VendorPart(VendorModel):
    """`VendorInfo`: the registration of a seller that collects the tax of the destination."""

    VendorCollectIDTypeCode: Literal["0000", "0356", "0357", "0359", "1051", "1052", "1053", "1054"]
    VendorCollectIDNumber: Text35
    ConsigneeType: Literal["01", "02", "NA"] | None = None
