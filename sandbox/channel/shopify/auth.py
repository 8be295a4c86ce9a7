"""How Shopify knows its callers, and how it says no: mostly with 200."""

from typing import Any

from fastapi import Request

from sandbox.answers import Answer

COST = 10
BUCKET = 2000
RESTORED = 100
"""Points of a call, of the bucket, and back in each second."""

_PAYLOADS = {"fulfillments.create": "fulfillmentCreate", "fulfillments.cancel": "fulfillmentCancel"}


class ShopifyDialect:
    """See `sandbox.calls.Dialect`. A shop's access token is good unless it is `invalid`."""

    def authorized(self, request: Request) -> bool:
        return request.headers.get("X-Shopify-Access-Token", "invalid") not in ("", "invalid")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:
        match kind:
            case "reject" if target in _PAYLOADS:
                return user_error(_PAYLOADS[target], "rejected, as the fault script has it")
            case "reject":
                return Answer(400, {"errors": "rejected, as the fault script has it"})
            case "auth_failed":
                return Answer(401, {"errors": "[API] Invalid API key or access token"})
            case "rate_limited":
                return _throttled(float(headers["Retry-After"]))
            case "unavailable":
                return Answer(503, {"errors": "Service Unavailable"}, headers)
        return Answer(500, {"errors": "Internal Server Error"})


def answered(data: dict[str, Any] | None, errors: list[dict[str, Any]] | None = None) -> Answer:
    cost = {"requestedQueryCost": COST, "actualQueryCost": COST, "throttleStatus": _bucket(BUCKET - COST)}
    return Answer(200, {"data": data, **({"errors": errors} if errors else {}), "extensions": {"cost": cost}})


def user_error(mutation: str, message: str, *field: str) -> Answer:
    return answered({mutation: refused_payload(message, *field)})


def refused_payload(message: str, *field: str) -> dict[str, Any]:
    return {"fulfillment": None, "userErrors": [{"field": list(field) or None, "message": message}]}


def _throttled(seconds: float) -> Answer:
    """The bucket holds too little, for so many seconds."""
    there = max(COST - RESTORED * seconds, -BUCKET)
    cost = {"requestedQueryCost": COST, "actualQueryCost": None, "throttleStatus": _bucket(there)}
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return Answer(200, {"errors": [error], "extensions": {"cost": cost}})


def _bucket(there: float) -> dict[str, float]:
    return {"maximumAvailable": BUCKET, "currentlyAvailable": there, "restoreRate": RESTORED}
