"""What operation types look like outside."""

from typing import Any

from api.http.types import Shown


class OperationTypeRead(Shown):
    """An operation type; its schemas are JSON Schema 2020-12."""

    type: str
    description: str
    supports_undo: bool
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
