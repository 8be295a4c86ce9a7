"""BigCommerce's model of a shipment; unknown fields are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Positive = Annotated[int, Field(ge=1, strict=True)]


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order_product_id: Positive
    quantity: Positive


Provider = Annotated[
    str,
    StringConstraints(
        pattern=r"^(auspost|canadapost|endicia|usps|fedex|ups|upsready|upsonline|shipperhq|royalmail|carrier_\d+|)$"
    ),
]
"""One of BigCommerce's core providers, a third party's, or none."""


class ShipmentPost(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order_address_id: Positive
    tracking_number: Annotated[str, StringConstraints(max_length=50)] = ""
    shipping_provider: Provider = ""
    tracking_carrier: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]*$")] = ""
    comments: Annotated[str, StringConstraints(max_length=65_535)] = ""
    items: Annotated[list[Item], Field(min_length=1)]
