"""Searches of ids and numbers by their prefix."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from string import hexdigits
from typing import Any
from uuid import UUID

from adapters.postgres.core.transaction import OrganizationTransaction
from domain.ports.rows import MAX_FOUND, SearchTooBroad

LAST_CHARACTER = "\U0010ffff"
ID_SHAPE = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
MIN_ID_CHARACTERS = 8
"""All ids of one minute begin with the same eight characters."""

HAS_ID = "{} between %(low)s and %(high)s"
HAS_TEXT = "{0} ~>=~ %(text)s and {0} ~<~ %(text_end)s"
"""These operators use an index for prefixes in any collation."""


@dataclass(frozen=True, slots=True)
class Search:
    """How to find the ids of a table's rows.

    Args:
        sources: statements that select ids. In each, `{id:column}` and `{text:column}` stand for the condition that the
            column begins with the searched text.
    """

    sources: tuple[str, ...]

    async def find(self, transaction: OrganizationTransaction, text: str) -> list[UUID]:
        """Return the ids of the rows, in one round trip.

        Raises:
            SearchTooBroad: a source matches more than `MAX_FOUND` rows.
        """
        limit = f"limit {MAX_FOUND + 1:d}"
        sql = " union ".join(f"({_fill(source)} {limit})" for source in self.sources)
        found = {row["id"] for row in await transaction.fetch_all(dict, sql, **_params(text))}
        if len(found) > MAX_FOUND:
            raise SearchTooBroad
        return list(found)


def _fill(source: str) -> str:
    filled = re.sub(r"\{id:([\w.]+)\}", lambda match: HAS_ID.format(match[1]), source)
    return re.sub(r"\{text:([\w.]+)\}", lambda match: HAS_TEXT.format(match[1]), filled)


def _params(text: str) -> Mapping[str, Any]:
    text = unicodedata.normalize("NFC", text)
    digits = text.lower().replace("-", "") if _begins_id(text.lower()) else None
    low, high = (None, None) if digits is None else (UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")))
    return {"text": text, "text_end": text + LAST_CHARACTER, "low": low, "high": high}


def _begins_id(text: str) -> bool:
    return MIN_ID_CHARACTERS <= len(text) <= len(ID_SHAPE) and all(
        (character == "-") if place == "-" else (character in hexdigits)
        for character, place in zip(text, ID_SHAPE, strict=False)
    )
