"""BigCommerce's authentication and error answers."""

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, has_secret

_REFUSALS = {
    "reject": (400, REJECTED),
    "auth_failed": (401, "Unauthorized"),
    "rate_limited": (429, "Too many requests"),
    "unavailable": (503, "Service unavailable"),
    "server_error": (500, "An internal error has occurred."),
    "no_lookup": (405, "The requested method is not allowed on this resource."),
}


class BigcommerceAuth(VendorAuth):
    """BigCommerce sends the wait time in milliseconds, in its own header."""

    def refuse(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the base's
        if kind == "rate_limited":
            wait = int(headers.get("Retry-After", "1"))
            headers = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": str(wait * 1000)}
        return self.error(*self.refusals[kind], headers=headers)


def bigcommerce_error(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, [{"status": status, "message": message}], headers or {})


def invalid_field(path: Path, _: str) -> Answer:
    return bigcommerce_error(400, f"The field '{to_dotted(path)}' is invalid.")


CALL = BigcommerceAuth(has_secret("X-Auth-Token"), bigcommerce_error, _REFUSALS)
NO_RESOURCE = bigcommerce_error(404, "The requested resource was not found.")
