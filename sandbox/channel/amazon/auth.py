"""How Amazon knows its callers, and how it says no."""

from fastapi import Request

from sandbox.answers import Answer

TOKEN = "Atza|sim-"  # noqa: S105 - the beginning of every token; what it is worth nothing
"""Tokens begin so: they are good for ever, and so outlive the simulator."""

_KINDS = {
    "reject": (400, "InvalidInput", "rejected, as the fault script has it"),
    "auth_failed": (403, "Unauthorized", "Access to requested resource is denied."),
    "rate_limited": (429, "QuotaExceeded", "You exceeded your quota for the requested resource."),
    "unavailable": (503, "ServiceUnavailable", "Service is temporarily unavailable."),
    "server_error": (500, "InternalFailure", "We encountered an internal error."),
}


class AmazonDialect:
    """See `sandbox.calls.Dialect`. It does not say how long to wait, but how many calls a second it takes."""

    def __init__(self, *, needs_token: bool = True) -> None:
        self._needs_token = needs_token

    def authorized(self, request: Request) -> bool:
        return not self._needs_token or request.headers.get("x-amz-access-token", "").startswith(TOKEN)

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:
        if target == "tokens.create" and kind == "auth_failed":
            return signing_in_refused()
        status, code, message = _KINDS[kind]
        if kind == "rate_limited" and target != "tokens.create":
            headers = {"x-amzn-RateLimit-Limit": str(1 / max(int(headers["Retry-After"]), 1))}
        return amazon_error(status, code, message, headers)


def amazon_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"errors": [{"code": code, "message": message, "details": ""}]}, headers or {})


def signing_in_refused() -> Answer:
    return Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
