"""Field types of metadata."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.metadata import MAX_KEY, MAX_KEYS, MAX_VALUE

KEY_PATTERN = r"^[^\[\]\x00-\x1f\x7f]+$"
"""Brackets are excluded because a filter's parameter is `metadata[key]`."""

VALUE_PATTERN = r"^[^\x00]*$"

MAX_FILTERS = 10

Key = Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY, pattern=KEY_PATTERN)]
Text = Annotated[str, StringConstraints(max_length=MAX_VALUE)]
Metadata = Annotated[dict[Key, Text], Field(max_length=MAX_KEYS)]
MetadataChanges = Annotated[dict[Key, Text | None], Field(max_length=MAX_KEYS)]
"""Metadata to merge into the stored one; null removes a key."""
MetadataFilter = Annotated[
    dict[Key, Annotated[str, StringConstraints(max_length=MAX_VALUE, pattern=VALUE_PATTERN)]],
    Field(max_length=MAX_FILTERS),
]
