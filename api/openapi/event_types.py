"""The list of all event types in the OpenAPI document: one webhook for each type, with an example."""

from collections.abc import Mapping

from api.openapi.event_examples import make_example
from domain.events import EVENT_TYPES, EventType
from domain.json_values import Json

TAG = "webhook endpoints"
SCHEMA = {"$ref": "#/components/schemas/EventRead"}


def describe_event_types() -> Mapping[str, Json]:
    """Return the document's `webhooks`."""
    return {kind.name: {"post": _describe(kind)} for kind in EVENT_TYPES.values()}


def _describe(kind: EventType) -> Json:
    subject = kind.subject.replace("_", " ")
    return {
        "operationId": f"receive_{kind.name.replace('.', '_')}",
        "summary": f"Receive {kind.name}",
        "description": f"Subject: the {subject}. Meaning: {kind.meaning}.",
        "tags": [TAG],
        "security": [],
        "requestBody": {
            "required": True,
            "description": "The event.",
            "content": {"application/json": {"schema": SCHEMA, "example": make_example(kind)}},
        },
        "responses": {
            "2XX": {"description": "The event was received."},
            "410": {"description": "The service disables the endpoint."},
        },
    }
