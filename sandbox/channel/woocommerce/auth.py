"""WooCommerce's authentication and error answers."""

from fastapi import Request

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, basic_pair

_REFUSALS = {
    "reject": (400, "rest_invalid_param", REJECTED),
    "auth_failed": (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "rate_limited": (429, "too_many_requests", "Too many requests."),
    "unavailable": (503, "unavailable", "Briefly unavailable for scheduled maintenance."),
    "server_error": (500, "internal_server_error", "There has been a critical error on this website."),
    "no_lookup": (404, "rest_no_route", "No route was found matching the URL and request method."),
}


def _is_authorized(request: Request) -> bool:
    key, secret = basic_pair(request.headers.get("Authorization", "")) or ("", "")
    return key.startswith("ck_") and secret.startswith("cs_")


def woocommerce_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"code": code, "message": message, "data": {"status": status}}, headers or {})


def invalid_param(path: Path, _: str) -> Answer:
    return woocommerce_error(400, "rest_invalid_param", f"Invalid parameter(s): {to_dotted(path)}")


CALL = VendorAuth(_is_authorized, woocommerce_error, _REFUSALS)
NO_ORDER = woocommerce_error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
