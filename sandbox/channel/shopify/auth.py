"""Shopify's authentication and error answers; most of them have status 200."""

from typing import Any

from sandbox.answers import Answer
from sandbox.auth import REJECTED, VendorAuth, has_secret

COST = 10
BUCKET = 2000
RESTORED = 100
"""Points of a call, of the full bucket, and restored per second."""

_MUTATIONS = {"fulfillments.create": "fulfillmentCreate", "fulfillments.cancel": "fulfillmentCancel"}
_REFUSALS = {
    "reject": (400, REJECTED),
    "auth_failed": (401, "[API] Invalid API key or access token"),
    "unavailable": (503, "Service Unavailable"),
    "server_error": (500, "Internal Server Error"),
}


class ShopifyAuth(VendorAuth):
    """Shopify refuses a mutation, and reports an empty bucket, with status 200."""

    def refuse(self, kind: str, target: str, headers: dict[str, str]) -> Answer:
        if kind == "reject" and target in _MUTATIONS:
            return answer_user_error(_MUTATIONS[target], REJECTED)
        if kind == "rate_limited":
            return _throttle(float(headers["Retry-After"]))
        if kind == "no_lookup":
            message = "Field 'fulfillments' doesn't exist on type 'Order'"
            return answer_data(None, [{"message": message, "extensions": {"code": "undefinedField"}}])
        return self.error(*self.refusals[kind], headers=headers)


def _error(status: int, message: str, headers: dict[str, str]) -> Answer:
    return Answer(status, {"errors": message}, headers)


CALL = ShopifyAuth(has_secret("X-Shopify-Access-Token"), _error, _REFUSALS)


def answer_data(data: dict[str, Any] | None, errors: list[dict[str, Any]] | None = None) -> Answer:
    cost = {"requestedQueryCost": COST, "actualQueryCost": COST, "throttleStatus": _bucket(BUCKET - COST)}
    return Answer(200, {"data": data, **({"errors": errors} if errors else {}), "extensions": {"cost": cost}})


def answer_user_error(mutation: str, message: str, *field: str) -> Answer:
    return answer_data({mutation: user_error(message, *field)})


def user_error(message: str, *field: str) -> dict[str, Any]:
    return {"fulfillment": None, "userErrors": [{"field": list(field) or None, "message": message}]}


def _throttle(seconds: float) -> Answer:
    """Return the answer while the bucket is too low, for `seconds` more."""
    there = max(COST - RESTORED * seconds, -BUCKET)
    cost = {"requestedQueryCost": COST, "actualQueryCost": None, "throttleStatus": _bucket(there)}
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return Answer(200, {"errors": [error], "extensions": {"cost": cost}})


def _bucket(there: float) -> dict[str, float]:
    return {"maximumAvailable": BUCKET, "currentlyAvailable": there, "restoreRate": RESTORED}
