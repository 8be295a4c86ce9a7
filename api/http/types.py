"""Field types that several resources share."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from domain.currencies import CURRENCY_PATTERN, MAX_DECIMALS, require_currency
from domain.errors import NotFound
from domain.json_values import Json, to_json

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")


class RequestModel(BaseModel):
    """Base of request bodies; it refuses unknown fields."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def trim(value: Any) -> Any:
    """Strip the blanks around each text in a JSON value, so that the checked value is the executed one."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: trim(item) for name, item in value.items()}
    return [trim(item) for item in value] if isinstance(value, list) else value


def _remove_defaults(schema: JsonSchemaValue) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class PatchModel(RequestModel):
    """Base of partial updates: fields left out stay as they are, so the schema shows no defaults."""

    model_config = ConfigDict(json_schema_extra=_remove_defaults)


class ResponseModel(BaseModel):
    """Base of response models; a response always has every field."""

    model_config = ConfigDict(
        from_attributes=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )

    @classmethod
    def of(cls, row: object, **others: Any) -> Self:
        """Build the model of a row: its fields of the same names, and the others."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields if name not in others}, **others)


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be between the years 1 and 9999 in UTC") from None


def _require_plain_uuid(value: object) -> object:
    """Refuse notations that pydantic accepts in addition to the usual one: braces, urn:uuid:, no hyphens."""
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("must be a UUID")
    return value


def _require_rfc_3339(value: object) -> object:
    if not isinstance(value, datetime | str) or (isinstance(value, str) and not _RFC_3339.fullmatch(value)):
        raise ValueError("must be a time with a time zone, such as 2026-01-15T10:30:00Z")
    return value


Timestamp = Annotated[datetime, AfterValidator(_to_utc)]
"""A time in a response: RFC 3339, UTC, with Z."""

InputTime = Annotated[datetime, BeforeValidator(_require_rfc_3339), AfterValidator(_to_utc)]
"""A time in a request: RFC 3339 with any zone."""

PathId = Annotated[str, Path(json_schema_extra={"format": "uuid"})]
"""An id in a path; see `parse_path_id`."""

InputId = Annotated[UUID, BeforeValidator(_require_plain_uuid)]
"""An id in a request."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A name or number on one line."""

Filter = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A text that filters a list."""

ACTOR_PATTERN = r"^(key|user|service):[A-Za-z0-9_-]{1,100}$"

ActorFilter = Annotated[str, StringConstraints(pattern=ACTOR_PATTERN)]
"""An actor that filters a list."""

V = TypeVar("V")


def _sort_values(values: list[Any]) -> list[Any]:
    return sorted(set(values))


MAX_VALUES = 20

Values = Annotated[list[V], Field(max_length=MAX_VALUES), AfterValidator(_sort_values)]
"""The values of a parameter that may be repeated; each value counts once."""

Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
"""A person's reason, which is logged."""

DIGITS = rf"(0|[1-9][0-9]{{0,11}})(\.[0-9]{{1,{MAX_DECIMALS}}})?"

MONEY_PATTERN = f"^{DIGITS}$"
SIGNED_MONEY_PATTERN = f"^-?{DIGITS}$"

EVENT_TYPE_PATTERN = r"^(\*|[a-z_]+\.(\*|[a-z_]+))$"
SUBJECT_PATTERN = r"^[a-z_]+:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

Money = Annotated[str, StringConstraints(pattern=MONEY_PATTERN)]
"""An amount as a decimal string, with at most as many decimals as its currency has."""

SignedMoney = Annotated[str, StringConstraints(pattern=SIGNED_MONEY_PATTERN)]
"""An amount that may be negative, as the price of a discount."""

Currency = Annotated[str, StringConstraints(pattern=CURRENCY_PATTERN), AfterValidator(require_currency)]
"""A code of ISO 4217."""

Value = Annotated[Json, BeforeValidator(to_json)]
"""A domain value that the API shows as a JSON object."""


@dataclass(frozen=True, slots=True)
class ShownAs:
    """Annotates a `Value` with the model whose schema it has in the OpenAPI document; the value is not validated."""

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return a reference to the schema of the model."""
        schema: Any = self.model.__pydantic_core_schema__
        inner = schema["schema"] if schema["type"] == "definitions" else schema
        # pydantic's own name of the model, so that this is the same schema as that of other fields
        inner = {**inner, "ref": f"{self.model.__module__}.{self.model.__qualname__}:{id(self.model)}"}
        named = {**schema, "schema": inner} if schema["type"] == "definitions" else inner
        return handler(no_info_after_validator_function(to_json, named))


Flag = Annotated[bool, Field(strict=True)]


def parse_path_id(text: str, missing: type[NotFound]) -> UUID:
    """Parse an id from a path; raises NotFound if it is not a UUID, because no such resource can exist."""
    if not _UUID.fullmatch(text):
        raise missing(text[:100])
    return UUID(text)


def dump_sent_fields(body: BaseModel) -> Json:
    """Return the fields that the client sent, as JSON values."""
    return body.model_dump(mode="json", exclude_unset=True)
