"""Amazon's authentication and error answers."""

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, allow_all

TOKEN = "Atza|sim-"  # noqa: S105 - the prefix of every token, not a secret
"""Tokens start with this prefix. They never expire, so they survive a restart of the simulator."""

_REFUSALS = {
    "reject": (400, "InvalidInput", REJECTED),
    "auth_failed": (403, "Unauthorized", "Access to requested resource is denied."),
    "rate_limited": (429, "QuotaExceeded", "You exceeded your quota for the requested resource."),
    "unavailable": (503, "ServiceUnavailable", "Service is temporarily unavailable."),
    "server_error": (500, "InternalFailure", "We encountered an internal error."),
}


class AmazonAuth(VendorAuth):
    """Amazon sends its limit of calls per second instead of a wait time."""

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


SIGN_IN = AmazonAuth(allow_all, amazon_error, _REFUSALS)
CALL = AmazonAuth(
    lambda request: request.headers.get("x-amz-access-token", "").startswith(TOKEN), amazon_error, _REFUSALS
)
