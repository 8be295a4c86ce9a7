"""Metadata: keys and values that clients attach to operations and orders."""

from collections.abc import Mapping

from domain.errors import FieldError, InvalidInput

MAX_KEYS = 50
MAX_KEY = 40
"""Maximum of characters in a key."""
MAX_VALUE = 500
"""Maximum of characters in a value."""


def merge_metadata(stored: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return the stored metadata with the changes; None removes a key.

    Raises:
        InvalidInput: the result has too many keys.
    """
    merged = {key: value for key, value in {**stored, **changes}.items() if value is not None}
    if len(merged) > MAX_KEYS:
        raise InvalidInput([FieldError(("metadata",), f"must have at most {MAX_KEYS} keys, also with the stored ones")])
    return merged
