"""Writes one line to the log for each HTTP request."""

import logging
import re
import time
from typing import Any

from starlette.types import Message, Scope

from domain.origin import current_origin

LOG = logging.getLogger("orderly.requests")

PROBES = frozenset({"/healthz", "/readyz"})
"""Routes that an operator's tools call every few seconds."""

ORGANIZATION = "organization_id"
"""The key of an ASGI scope for the organization of the caller."""

CREATED = re.compile(rb"/api/operations/([0-9a-f-]{36})")
OPERATION_ID = re.compile(r"[0-9A-Fa-f-]{36}")


class RequestRecord:
    """A request, and the start of its response once it is sent."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.started: Message | None = None
        self._received_at = time.perf_counter()

    def log(self) -> None:
        """Log the request by its route, because a path or query may contain anything."""
        route = getattr(self.scope.get("route"), "path", None)
        level = logging.DEBUG if route in PROBES else logging.INFO
        if not LOG.isEnabledFor(level):
            return
        origin = current_origin()
        facts: dict[str, Any] = {
            "method": self.scope["method"],
            "route": route,
            "status": None if self.started is None else self.started["status"],
            "duration_ms": round((time.perf_counter() - self._received_at) * 1000, 1),
            "request_id": origin.request_id,
            "actor": origin.actor,
            "organization_id": self.scope.get(ORGANIZATION),
            "operation_id": self._find_operation(),
        }
        LOG.log(level, "request", extra=facts)

    def _find_operation(self) -> str | None:
        """Return the id of the operation in the path, or of the created one."""
        in_path: str = self.scope.get("path_params", {}).get("operation_id", "")
        if OPERATION_ID.fullmatch(in_path):
            return in_path
        headers = () if self.started is None else self.started["headers"]
        created = next((CREATED.fullmatch(value) for name, value in headers if name == b"location"), None)
        return None if created is None else created[1].decode()
