"""A canonical form of JSON bodies, so that equal values have equal bytes (like RFC 8785)."""

import json
from typing import Any

from api.http.body import parse_json

NO_BODY = b""


def canonicalize(raw: bytes) -> bytes:
    """Return the canonical form of a body.

    Key order, whitespace, escapes and the notation of a number do not matter. An empty object counts as no body, as in
    calls that take none.

    Raises:
        MalformedJson: the body is not JSON.
    """
    if not raw.strip():
        return NO_BODY
    value = _unify_numbers(parse_json(raw))
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() if value != {} else NO_BODY


def _unify_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unify_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_unify_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
