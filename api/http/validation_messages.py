"""Validation messages: pydantic's errors in plain words, for clients that send JSON and know no Python."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from api.http.metadata import KEY_PATTERN, VALUE_PATTERN
from api.http.types import (
    ACTOR_PATTERN,
    EVENT_TYPE_PATTERN,
    MONEY_PATTERN,
    SIGNED_MONEY_PATTERN,
    SUBJECT_PATTERN,
)
from domain.currencies import CURRENCY_PATTERN, MAX_DECIMALS
from domain.json_values import Json
from domain.shipping_options import HAZARDOUS, NO_HAZARDS
from domain.users import EMAIL_PATTERN
from workflows.operations.common_inputs import COUNTRY_PATTERN, ONE_LINE, WRONG_FIELDS
from workflows.operations.customs import EXEMPTION_PATTERN, HS_CODE_PATTERN, ITN_PATTERN
from workflows.operations.shipping_options import FIELD_NAME_PATTERN

AMOUNT = f'amount as a string such as "12.50", with at most 12 digits before the point and {MAX_DECIMALS} after it'

PATTERNS: Mapping[str, str] = {
    ONE_LINE: "must be one line of text, without line breaks and control characters",
    ACTOR_PATTERN: "must be key:<id>, user:<id> or service:<part>",
    KEY_PATTERN: "must be one line of text without square brackets",
    VALUE_PATTERN: "must not contain a null character",
    COUNTRY_PATTERN: "must be a country code of two capital letters (ISO 3166-1), such as US",
    FIELD_NAME_PATTERN: "must start with a letter and contain only letters, digits, _ and -",
    CURRENCY_PATTERN: "must be a currency code of three capital letters (ISO 4217), such as USD",
    HS_CODE_PATTERN: "must be a code of the Harmonized System, 6 to 12 digits, such as 6109.10",
    EXEMPTION_PATTERN: "must be an exemption code of the United States, such as NOEEI 30.37(a)",
    ITN_PATTERN: "must be an ITN, X and 14 digits, such as X20260115123456",
    EMAIL_PATTERN: "must be an e-mail address, such as ann@example.com",
    MONEY_PATTERN: f"must be a non-negative {AMOUNT}",
    SIGNED_MONEY_PATTERN: f"must be an {AMOUNT}",
    EVENT_TYPE_PATTERN: "must be a type of events, such as operation.completed, or a pattern, such as operation.*",
    SUBJECT_PATTERN: "must be the type and id of a resource, such as operation:550e8400-e29b-41d4-a716-446655440000",
}
"""The patterns of our own schemas, in words. An installed type may have others."""

MESSAGES: Mapping[str, str] = {
    "missing": "is required",
    "none_required": "must be null",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "decimal_type": "must be a number, or a string that contains a number",
    "decimal_parsing": "must be a number, or a string that contains a number",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "decimal_whole_digits": "must have at most {whole_digits} digits before the decimal point",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a JSON array",
    "too_long": "must have at most {max_length} entries",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
}
"""The words of each type of error, filled in with its context."""

TIME = "must be a time with a time zone, such as 2026-01-15T10:30:00Z"
DATE = "must be a date, such as 2026-01-15"
PYDANTIC_START = re.compile(r"^[A-Z][a-z]+ should ")
"""How pydantic's own messages start; an installed type may use types whose errors are not listed here."""


KEY = "[key]"
"""The last part of an error's place if pydantic refuses the key of a mapping, and not its value."""


def locate(error: ErrorDetails) -> tuple[str | int, ...]:
    """Return the path of the field; for the key of a mapping, the path of its value."""
    if error["type"] == WRONG_FIELDS:
        return (*error["loc"], error["ctx"]["field"])
    return error["loc"][:-1] if error["loc"][-1:] == (KEY,) else error["loc"]


def explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return what is wrong with a field. Never repeats the value, which may be a secret."""
    if error["loc"][-1:] == (KEY,):
        return f"the key {_explain(error, model)}"
    return _explain(error, model)


def _explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in EXPLAINERS:
        return EXPLAINERS[kind](context)
    if kind == "extra_forbidden" and HAZARDOUS.search(str(error["loc"][-1])):
        return NO_HAZARDS
    if kind == "extra_forbidden":
        return f"is unknown; {_list_accepted(model, error['loc'])}"
    if kind.startswith("datetime"):
        return TIME
    if kind.startswith("date_"):
        return DATE
    if kind in MESSAGES:
        return MESSAGES[kind].format(**context)
    return PYDANTIC_START.sub("must ", error["msg"].removeprefix("Value error, "))


def _explain_too_short(context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    return "must not be empty" if least == 1 else f"must have at least {least} entries"


def _explain_short_text(context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    return "must not be empty" if least == 1 else f"must have at least {least} characters"


def _explain_pattern(context: Mapping[str, Any]) -> str:
    return PATTERNS.get(context["pattern"], f"must match the regular expression {context['pattern']}")


def _explain_choice(context: Mapping[str, Any]) -> str:
    choices = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
    return f"must be {choices[0]}" if len(choices) == 1 else f"must be one of {', '.join(choices)}"


EXPLAINERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "too_short": _explain_too_short,
    "string_too_short": _explain_short_text,
    "string_pattern_mismatch": _explain_pattern,
    "enum": _explain_choice,
    "literal_error": _explain_choice,
}


def _list_accepted(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    accepted = list_fields(model, location[:-1])
    return f"accepted: {', '.join(accepted)}" if accepted else "no field is accepted here"


def list_fields(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the names of the fields that the object at this place of the model's JSON may have."""
    whole = _read_schema(model)
    schemas = [whole]
    for part in location:
        schemas = [child for schema in _resolve(whole, schemas) for child in _find_children(schema, part)]
    return [name for schema in _resolve(whole, schemas) for name in schema.get("properties", {})]


@cache
def _read_schema(model: type[BaseModel]) -> Json:
    return model.model_json_schema()


def _resolve(whole: Json, schemas: list[Json]) -> list[Json]:
    found: list[Json] = []
    for schema in schemas:
        target = whole["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        found += _resolve(whole, target["anyOf"]) if "anyOf" in target else [target]
    return found


def _find_children(schema: Json, part: int | str) -> list[Json]:
    child = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
    return [] if child is None else [child]
