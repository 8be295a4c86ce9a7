"""Between our words and Amazon's: pure."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.channels.common.line_items import ChannelLine, choose_lines
from adapters.http.json import SHAPE, Json, dig, read_objects
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, Rejected
from domain.shipping import to_short_text

MARKETPLACE = "ATVPDKIKX0DER"
CARRIERS: Mapping[str, str] = {"fedex": "FedEx", "ups": "UPS", "usps": "USPS", "dhl": "DHL"}
OTHER = "Other"
MAX_PACKAGE_NUMBER = 2**31 - 1
"""The largest package number: nothing says how large Amazon takes them."""


def check_order_id(external_id: str) -> str:
    """Return the order's id.

    Raises:
        Rejected: it can't be one of Amazon's.
    """
    if not re.fullmatch(r"[0-9A-Z]{3}-[0-9]{7}-[0-9]{7}", external_id, re.ASCII):
        message = "Amazon's order ids look like 123-1234567-1234567; the order's external_id does not"
        raise Rejected(message, vendor_code="no_such_order", field="order.external_id")
    return external_id


def make_package_number(reference: str) -> str:
    """Return what names the package within its order, for ever the same for a reference: digits, in a text."""
    digest = hashlib.sha256(reference.encode()).digest()
    return str(int.from_bytes(digest[:8], "big") % MAX_PACKAGE_NUMBER + 1)


def build_confirmation(
    reference: str, request: FulfillmentRequest, order: Json, marketplace_id: str, at: datetime
) -> Json:
    """Build the body of a confirmation.

    Args:
        reference: makes the package's number, by which a repetition edits the package in place of adding one.
        request: what is pushed.
        order: as Amazon has it, with its packages.
        marketplace_id: whose order it is.
        at: when the package was shipped.

    Raises:
        Rejected: it can't be confirmed so; names the field.
        Ambiguous: the order is of another shape.
    """
    number = make_package_number(reference)
    own = _sum_quantities([one for one in _packages(order) if str(one.get("packageReferenceId")) == number])
    lines = choose_lines([_parse_line(one, own) for one in _order_items(order)], request)
    code = CARRIERS.get(request.carrier.lower(), OTHER)
    named = {"carrierName": request.carrier} if code == OTHER else {}
    return {
        "marketplaceId": marketplace_id,
        "packageDetail": {
            "packageReferenceId": number,
            "carrierCode": code,
            **named,
            "trackingNumber": request.tracking_number,
            "shipDate": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "orderItems": [{"orderItemId": one.line.id, "quantity": one.quantity} for one in lines],
        },
    }


def parse_order(body: Json) -> Json:
    """Read an order.

    Raises:
        Ambiguous: the body is of another shape.
    """
    found = body.get("order")
    if not isinstance(found, dict) or not read_objects(found.get("orderItems")):
        raise Ambiguous(SHAPE)
    return found


def to_fulfillment(request: FulfillmentRequest) -> Fulfillment:
    """Return what a confirmation made: Amazon gives it no id, and always tells the buyer."""
    return Fulfillment(
        fulfillment_id=to_short_text(f"{request.external_id}/{request.tracking_number}"[:255]),
        status=FulfillmentStatus.LIVE,
        tracking_number=request.tracking_number,
        notified=True,
        message=None,
    )


def has_package(found: Json, reference: str, request: FulfillmentRequest) -> bool:
    """Whether an order has the package: by its number, or, should Amazon number it anew, by its tracking number."""
    number = make_package_number(reference)
    return any(
        str(one.get("packageReferenceId")) == number or one.get("trackingNumber") == request.tracking_number
        for one in _packages(found)
    )


def lacks_packages(found: Json) -> bool:
    """Whether more of an order is fulfilled than its packages hold: a package is not shown yet."""
    fulfilled = sum(_parse_number(dig(one, "fulfillment", "quantityFulfilled") or 0) for one in _order_items(found))
    return sum(_sum_quantities(_packages(found)).values()) < fulfilled


def _order_items(found: Json) -> list[Json]:
    return read_objects(found.get("orderItems"))


def _packages(found: Json) -> list[Json]:
    return read_objects(found.get("packages"))


def _sum_quantities(packages: list[Json]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for package in packages:
        for one in read_objects(package.get("packageItems")):
            item = str(one.get("orderItemId"))
            sums[item] = sums.get(item, 0) + _parse_number(one.get("quantity"))
    return sums


def _parse_line(item: Json, own: dict[str, int]) -> ChannelLine:
    """Read one order item; what the same package took before remains for it."""
    try:
        line_id = to_short_text(item["orderItemId"])
    except (KeyError, ValueError) as error:
        raise Ambiguous(SHAPE) from error
    left = dig(item, "fulfillment", "quantityUnfulfilled")
    if left is None:
        left = _parse_number(item.get("quantityOrdered")) - _parse_number(
            dig(item, "fulfillment", "quantityFulfilled") or 0
        )
    sku = dig(item, "product", "sellerSku")
    return ChannelLine(line_id, str(sku or ""), max(_parse_number(left), 0) + own.get(line_id, 0))


def _parse_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Ambiguous(SHAPE)
    return value
