"""Models of the simulated shop's orders and fulfillments."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Delay = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class OrderLine(BaseModel):
    """One line item of an order.

    `place`, `batch` and `on_hold` are for channels that split an order: by location, and there into parts that are
    fulfilled separately, or are on hold.
    """

    id: Name
    sku: Name
    name: Annotated[str, StringConstraints(max_length=255)] | None = None
    quantity: Quantity
    place: Name | None = None
    batch: Name | None = None
    on_hold: bool = False


class OrderRequest(BaseModel):
    """An order of the shop; the line items replace earlier ones."""

    order_number: Annotated[str, StringConstraints(max_length=255)] | None = None
    line_items: Annotated[list[OrderLine], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def ids_are_unique(self) -> "OrderRequest":
        if len({line.id for line in self.line_items}) < len(self.line_items):
            raise ValueError("two line_items have the same id")
        return self


State = Literal["open", "pending", "on_hold", "cancelled", "refunded", "failed", "trashed", "completed", "marketplace"]
"""States of an order. Each channel has its own word for some of them, and treats the others as `open`.

`marketplace`: the marketplace ships the order itself.
"""


class LineCount(BaseModel):
    """A number of pieces of one line item."""

    id: Name
    quantity: Annotated[int, Field(ge=0, le=1_000_000)]


class OrderChange(BaseModel):
    """Changes that a merchant or customer makes to an order in the shop; each list replaces the earlier one.

    `shipped`: pieces that the merchant ships without this service.
    """

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    refunded: list[LineCount] | None = None
    cancelled: list[LineCount] | None = None
    shipped: list[LineCount] | None = None


class FulfilledLine(BaseModel):
    """A quantity of one line item, identified by its id or by its SKU."""

    id: Name | None = None
    sku: Name | None = None
    quantity: Quantity

    @model_validator(mode="after")
    def line_is_named(self) -> "FulfilledLine":
        if self.id is None and self.sku is None:
            raise ValueError("one of id and sku is required")
        return self


class AnswerDelay(BaseModel):
    """The delay of the channel's answers; null or 0 is none."""

    answer_after_seconds: Delay | None = None


class FulfillmentRequest(BaseModel):
    """A push in the sandbox's own format; without line_items it takes all that remains."""

    reference: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    tracking_number: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    carrier: Name
    line_items: Annotated[list[FulfilledLine], Field(min_length=1, max_length=1000)] | None = None
    notify_customer: bool = False
