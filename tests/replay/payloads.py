"""Reads the payloads of a recorded history."""

import base64
from typing import Any


def payloads(value: Any) -> list[bytes]:
    """Return every payload in a history's JSON, decoded."""
    if isinstance(value, list):
        return [found for item in value for found in payloads(item)]
    if not isinstance(value, dict):
        return []
    own = [base64.b64decode(value["data"])] if isinstance(value.get("data"), str) else []
    return own + [found for item in value.values() for found in payloads(item)]
