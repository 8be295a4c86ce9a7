"""Ids of orders and fulfillments, checked before they become part of a URL path. Pure."""

from domain.errors import Rejected


def is_number(text: str) -> bool:
    """Whether a text is a whole number in ASCII digits."""
    return text.isascii() and text.isdigit()


def check_order_number(external_id: str, channel: str) -> str:
    """Return the order id of a channel with numeric ids; raises Rejected if it is not a number."""
    if not is_number(external_id):
        message = f"the order's external_id is not a {channel} order id, which is a number"
        raise Rejected(message, vendor_code="no_such_order", field="order.external_id")
    return external_id


def split_id(fulfillment_id: str) -> tuple[str, str]:
    """Return the order's number and the rest of a fulfillment's id, which has the form ORDER/REST.

    Raises:
        Rejected: this channel does not make such ids.
    """
    order_id, _, rest = fulfillment_id.partition("/")
    if not rest or not is_number(order_id):
        raise Rejected("the fulfillment id does not belong to this channel", vendor_code="bad_id")
    return order_id, rest
