"""How Amazon knows its callers, and how it says no."""

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, anybody

TOKEN = "Atza|sim-"  # noqa: S105 - the beginning of every token; what it is worth nothing
"""Tokens begin so: they are good for ever, and so outlive the simulator."""

_REFUSALS = {
    "reject": (400, "InvalidInput", REJECTED),
    "auth_failed": (403, "Unauthorized", "Access to requested resource is denied."),
    "rate_limited": (429, "QuotaExceeded", "You exceeded your quota for the requested resource."),
    "unavailable": (503, "ServiceUnavailable", "Service is temporarily unavailable."),
    "server_error": (500, "InternalFailure", "We encountered an internal error."),
}


class AmazonAuth(VendorAuth):
    """It does not say how long to wait, but how many calls a second it takes."""

    def refuse(self, kind: str, target: str, headers: dict[str, str]) -> Answer:
        if target == "tokens.create" and kind == "auth_failed":
            return refuse_sign_in()
        if kind == "rate_limited" and target != "tokens.create":
            headers = {"x-amzn-RateLimit-Limit": str(1 / max(int(headers["Retry-After"]), 1))}
        return self.error(*self.refusals[kind], headers=headers)


def amazon_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"errors": [{"code": code, "message": message, "details": ""}]}, headers or {})


def invalid_input(path: Path, _: str) -> Answer:
    message = "The input you have submitted is not valid. Please check the fields with invalid type"
    return amazon_error(400, "InvalidInput", f"{message} [{to_dotted(path)}].")


def refuse_sign_in() -> Answer:
    return Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})


SIGN_IN = AmazonAuth(anybody, amazon_error, _REFUSALS)
CALL = AmazonAuth(
    lambda request: request.headers.get("x-amz-access-token", "").startswith(TOKEN), amazon_error, _REFUSALS
)
