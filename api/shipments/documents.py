"""Responses with the bytes of label documents."""

from typing import Any

from starlette.requests import Request

FORMATS = {"PDF": "application/pdf", "ZPL": "application/zpl", "PNG": "image/png"}
BYTES = "application/octet-stream"
"""Generators of clients know bytes only by this media type."""
SCHEMA = {"type": "string", "format": "binary", "description": "The document's bytes."}


def describe_documents(*formats: str) -> dict[str, Any]:
    """Return the content of a response in the OpenAPI document."""
    return {media_type: {"schema": SCHEMA} for media_type in (*(FORMATS[name] for name in formats), BYTES)}


def document_headers(request: Request, label_format: str, name: str) -> dict[str, str]:
    """Return the headers of a document: its media type is that of the format, or bytes if `Accept` names it."""
    media_type = BYTES if BYTES in request.headers.get("accept", "") else FORMATS[label_format]
    disposition = f'inline; filename="{name}.{label_format.lower()}"'
    return {"Content-Type": media_type, "Content-Disposition": disposition}
