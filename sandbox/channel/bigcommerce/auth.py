"""How BigCommerce knows its callers, and how it says no."""

from fastapi import Request

from sandbox.answers import Answer

_KINDS = {
    "reject": (400, "rejected, as the fault script has it"),
    "auth_failed": (401, "Unauthorized"),
    "rate_limited": (429, "Too many requests"),
    "unavailable": (503, "Service unavailable"),
    "server_error": (500, "An internal error has occurred."),
}


class BigcommerceDialect:
    """See `sandbox.calls.Dialect`. How long to wait it says in milliseconds, by a header of its own."""

    def authorized(self, request: Request) -> bool:
        return request.headers.get("X-Auth-Token", "invalid") != "invalid"

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, message = _KINDS[kind]
        if kind == "rate_limited":
            wait = int(headers.get("Retry-After", "1"))
            headers = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": str(wait * 1000)}
        return bigcommerce_error(status, message, headers)


def bigcommerce_error(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, [{"status": status, "message": message}], headers or {})
