"""What the sales channel keeps."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Delay = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class OrderLine(BaseModel):
    """One line item of an order.

    `place`, `batch` and `on_hold` are for channels that split an order: by where the items lie, and into parts there
    that are fulfilled one by one, or not yet.
    """

    id: Name
    sku: Name
    name: Annotated[str, StringConstraints(max_length=255)] | None = None
    quantity: Quantity
    place: Name | None = None
    batch: Name | None = None
    on_hold: bool = False


class OrderRequest(BaseModel):
    """An order as the channel is to know it; the line items replace those it had."""

    order_number: Annotated[str, StringConstraints(max_length=255)] | None = None
    line_items: Annotated[list[OrderLine], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def ids_are_unique(self) -> "OrderRequest":
        if len({line.id for line in self.line_items}) < len(self.line_items):
            raise ValueError("two line_items have the same id")
        return self


class FulfilledLine(BaseModel):
    """So many of one line item, named by its id or by its SKU."""

    id: Name | None = None
    sku: Name | None = None
    quantity: Quantity

    @model_validator(mode="after")
    def line_is_named(self) -> "FulfilledLine":
        if self.id is None and self.sku is None:
            raise ValueError("one of id and sku is required")
        return self


class AnswerDelay(BaseModel):
    """How much later the channel answers what it accepts; none or 0 is at once."""

    answer_after_seconds: Delay | None = None


class FulfillmentRequest(BaseModel):
    """What a push comes to, whatever protocol it comes by; without line_items it takes all that remains."""

    reference: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    tracking_number: Name
    carrier: Name
    line_items: Annotated[list[FulfilledLine], Field(min_length=1, max_length=1000)] | None = None
    notify_customer: bool = False
