"""How WooCommerce knows its callers, and how it says no."""

import base64
import binascii

from fastapi import Request

from sandbox.answers import Answer

_KINDS = {
    "reject": (400, "rest_invalid_param", "rejected, as the fault script has it"),
    "auth_failed": (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "rate_limited": (429, "too_many_requests", "Too many requests."),
    "unavailable": (503, "unavailable", "Briefly unavailable for scheduled maintenance."),
    "server_error": (500, "internal_server_error", "There has been a critical error on this website."),
}


class WoocommerceDialect:
    """See `sandbox.calls.Dialect`."""

    def authorized(self, request: Request) -> bool:
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        try:
            key, _, secret = base64.b64decode(pair, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        return scheme == "Basic" and key.startswith("ck_") and secret.startswith("cs_")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, code, message = _KINDS[kind]
        return woocommerce_error(status, code, message, headers)


def woocommerce_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"code": code, "message": message, "data": {"status": status}}, headers or {})


SPEAK = WoocommerceDialect()
NO_SUCH = woocommerce_error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
