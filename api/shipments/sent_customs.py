"""Models of the customs data that were sent to a carrier."""

from pydantic import Field

from api.http.types import ResponseModel


class SentItem(ResponseModel):
    """Equal pieces of goods."""

    description: str
    """What it is."""
    quantity: int
    """Pieces."""
    value: str
    """Value of one piece as a decimal string."""
    currency: str
    """Currency of `value`."""
    weight: str
    """Weight of one piece as a decimal string."""
    weight_unit: str
    """Unit of `weight`."""
    origin: str
    """Country of manufacture."""
    hs_code: str | None = None
    """Code of the Harmonized System."""
    sku: str | None = None
    """SKU of the item."""


class SentTaxId(ResponseModel):
    """A tax id."""

    type: str
    """Kind of the id."""
    number: str
    """The id."""
    country: str
    """Country that issued it."""


class SentDuties(ResponseModel):
    """Party that pays duties and taxes."""

    payer: str
    """Who pays."""
    account: str | None = None
    """Account number at the carrier."""
    postal_code: str | None = None
    """Postal code of the account."""
    country: str | None = None
    """Country of the account."""


class SentExport(ResponseModel):
    """Export filing, or the exemption from it."""

    exemption: str | None = None
    """Code of the exemption."""
    itn: str | None = None
    """Number of the filing."""


class SentCustoms(ResponseModel):
    """Customs data, with the account's defaults. Null: not given."""

    contents: str
    """Kind of the goods."""
    contents_explanation: str | None = None
    """Explanation of the contents."""
    items: list[SentItem]
    """The goods."""
    incoterm: str | None = None
    """Terms of sale."""
    signer: str | None = None
    """Person that certifies the data."""
    sender_tax_ids: list[SentTaxId] = Field(default_factory=list)
    """Tax ids of the sender."""
    recipient_tax_ids: list[SentTaxId] = Field(default_factory=list)
    """Tax ids of the recipient."""
    non_delivery: str | None = None
    """What happens to an undeliverable parcel."""
    export_declaration: SentExport | None = None
    """Export filing or exemption."""
    duties: SentDuties | None = None
    """Who pays duties and taxes."""
    invoice_number: str | None = None
    """Number of the commercial invoice."""
