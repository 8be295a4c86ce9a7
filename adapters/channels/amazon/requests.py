"""Build Amazon's requests. Pure."""

import hashlib
import re
from datetime import UTC, datetime

from adapters.channels.amazon.answers import remaining_lines
from adapters.channels.amazon.codes import CARRIERS, OTHER
from adapters.channels.common.line_items import choose_lines
from adapters.http.json import Json
from domain.carrier_names import carrier_title, find_carrier
from domain.channels import FulfillmentRequest
from domain.errors import Rejected

MAX_PACKAGE_NUMBER = 2**31 - 1
"""A 32-bit limit, because Amazon documents no maximum."""


def check_order_id(external_id: str) -> str:
    """Return the order's id; raises Rejected if it does not have the form of Amazon's ids."""
    if not re.fullmatch(r"[0-9A-Z]{3}-[0-9]{7}-[0-9]{7}", external_id, re.ASCII):
        message = "the order's external_id is not an Amazon order id, such as 123-1234567-1234567"
        raise Rejected(message, vendor_code="no_such_order", field="order.external_id")
    return external_id


def make_package_number(reference: str) -> str:
    """Return the package's number within its order, as decimal digits, derived from the reference."""
    digest = hashlib.sha256(reference.encode()).digest()
    return str(int.from_bytes(digest[:8], "big") % MAX_PACKAGE_NUMBER + 1)


def build_confirmation(
    reference: str, request: FulfillmentRequest, order: Json, marketplace_id: str, at: datetime
) -> Json:
    """Build the body of the confirmation of a package that was shipped `at` a time.

    The package number is derived from `reference`, so that a repeat edits the package and adds none.

    Raises:
        Rejected: the package can't be confirmed like this; names the field.
        Ambiguous: the order has another shape.
    """
    number = make_package_number(reference)
    lines = choose_lines(remaining_lines(order, number), request)
    code = CARRIERS.get(find_carrier(request.carrier) or "", OTHER)
    if request.channel_carrier is not None:
        code = request.channel_carrier if request.channel_carrier in CARRIERS.values() else OTHER
    name = request.channel_carrier or carrier_title(request.carrier)
    return {
        "marketplaceId": marketplace_id,
        "packageDetail": {
            "packageReferenceId": number,
            "carrierCode": code,
            **({"carrierName": name} if code == OTHER else {}),
            "trackingNumber": request.tracking_number,
            "shipDate": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "orderItems": [{"orderItemId": chosen.line.id, "quantity": chosen.quantity} for chosen in lines],
        },
    }
