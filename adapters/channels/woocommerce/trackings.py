"""Between our words and those of WooCommerce's Shipment Tracking plugin: pure."""

from collections.abc import Mapping

from adapters.http.json import SHAPE, Json, is_same_number
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, Rejected
from domain.shipping import to_short_text

MARK = "tracking-"
"""What the second half of a fulfillment's id begins with, where it is one of the plugin's."""
PROVIDERS: Mapping[str, str] = {"fedex": "Fedex", "ups": "UPS", "usps": "USPS"}
"""By our carrier: the plugin's provider, which makes the tracking link."""


def build_tracking(request: FulfillmentRequest, there: list[Json]) -> Json:
    """Build the body of a tracking.

    Args:
        request: what is pushed.
        there: the order's trackings.

    Raises:
        Rejected: the plugin would not do what is asked; names the field.
    """
    if request.notify_customer:
        raise Rejected("the plugin writes to nobody", vendor_code="no_mail", field="notify_customer")
    if any(has_number(one, request) for one in there):
        message = "the order has a tracking with this number: by it the plugin's trackings are told apart"
        raise Rejected(message, vendor_code="duplicate", field="tracking_number")
    provider = PROVIDERS.get(request.carrier.lower())
    named = {"tracking_provider": provider} if provider else {"custom_tracking_provider": request.carrier}
    return {**named, "tracking_number": request.tracking_number}


def parse_fulfillment(order_id: str, body: Json) -> Fulfillment:
    """Read one tracking.

    Raises:
        Ambiguous: the body is of another shape.
    """
    try:
        return Fulfillment(
            fulfillment_id=to_short_text(f"{order_id}/{MARK}{to_short_text(body['tracking_id'])}"),
            status=FulfillmentStatus.LIVE,
            tracking_number=to_short_text(body["tracking_number"]),
            notified=False,
            message=None,
        )
    except (KeyError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def has_number(body: Json, request: FulfillmentRequest) -> bool:
    """Whether a tracking is of that parcel: WordPress trims what it is given, and may show a number as one."""
    return is_same_number(body.get("tracking_number"), request.tracking_number)


def has_id(body: Json, tracking_id: str) -> bool:
    """Whether it is that tracking."""
    return str(body.get("tracking_id")) == tracking_id
