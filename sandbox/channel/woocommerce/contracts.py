"""Models of changes to an order, and of our entries in its custom fields; unknown fields are refused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Line(StrictModel):
    id: Text
    quantity: Annotated[int, Field(ge=1)]


class Entry(StrictModel):
    """The text that a push stores in a custom field; WooCommerce itself would accept any text."""

    tracking_number: Text
    carrier: Text
    line_items: Annotated[list[Line], Field(min_length=1)]
    state: Literal["live", "cancelled"]
    status_before: str | None


class Meta(StrictModel):
    key: Annotated[str, StringConstraints(pattern=r"^orderly_fulfillment_[A-Z2-7]{26}$")]
    value: str

    @field_validator("value")
    @classmethod
    def value_is_an_entry(cls, value: str) -> str:
        Entry.model_validate_json(value)
        return value

    @property
    def entry(self) -> Entry:
        return Entry.model_validate_json(self.value)


class OrderPut(StrictModel):
    status: Literal["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"] | None = None
    meta_data: Annotated[list[Meta], Field(min_length=1, max_length=1)]


def list_meta(metas: dict[str, str]) -> list[dict[str, Any]]:
    """Return the custom fields in the API's format."""
    return [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(metas.items(), 1)]
