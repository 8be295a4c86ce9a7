"""Parse Amazon's answers. Pure; all functions raise Ambiguous if an order has another shape."""

from adapters.channels.amazon.codes import BY_AMAZON, STATES
from adapters.http.json import SHAPE, Json, dig, read_objects, require_text, require_whole_number
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState


def parse_order(body: Json) -> Json:
    order = body.get("order")
    if not isinstance(order, dict) or not read_objects(order.get("orderItems")):
        raise Ambiguous(SHAPE)
    return order


def to_fulfillment(request: FulfillmentRequest) -> Fulfillment:
    """Return the fulfillment of a confirmation: Amazon assigns no id, and always notifies the buyer."""
    fulfillment_id = require_text(f"{request.external_id}/{request.tracking_number}"[:255])
    return Fulfillment(fulfillment_id, FulfillmentStatus.LIVE, request.tracking_number, notified=True)


def to_shop_order(order: Json) -> ShopOrder:
    """Return an order's state and the remaining pieces of each item."""
    lines = tuple(remaining_lines(order, ""))
    if dig(order, "fulfillment", "fulfilledBy") == BY_AMAZON:
        return ShopOrder(ShopOrderState.MARKETPLACE, "fulfilled by AMAZON", lines)
    status = str(dig(order, "fulfillment", "fulfillmentStatus") or "")
    return ShopOrder(STATES.get(status, ShopOrderState.OPEN), status, lines)


def has_package_number(order: Json, number: str) -> bool:
    return any(str(package.get("packageReferenceId")) == number for package in _packages(order))


def has_package(order: Json, number: str, tracking_number: str) -> bool:
    """Whether an order has the package, by its number or, if Amazon renumbers packages, by its tracking number."""
    return has_package_number(order, number) or any(
        package.get("trackingNumber") == tracking_number for package in _packages(order)
    )


def lacks_packages(order: Json) -> bool:
    """Whether more pieces of an order are fulfilled than its packages contain: a package is not listed yet."""
    fulfilled = sum(_fulfilled(item) for item in read_objects(order.get("orderItems")))
    return sum(_sum_quantities(_packages(order)).values()) < fulfilled


def remaining_lines(order: Json, number: str) -> list[ShopLine]:
    """Return the remaining pieces of an order; the pieces in the package with this number count as remaining."""
    own = _sum_quantities([package for package in _packages(order) if str(package.get("packageReferenceId")) == number])
    packaged = _sum_quantities(_packages(order))
    return [_parse_line(item, own, packaged) for item in read_objects(order.get("orderItems"))]


def _packages(order: Json) -> list[Json]:
    return read_objects(order.get("packages"))


def _fulfilled(item: Json) -> int:
    return require_whole_number(dig(item, "fulfillment", "quantityFulfilled") or 0)


def _sum_quantities(packages: list[Json]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for package in packages:
        for item in read_objects(package.get("packageItems")):
            item_id = str(item.get("orderItemId"))
            sums[item_id] = sums.get(item_id, 0) + require_whole_number(item.get("quantity"))
    return sums


def _parse_line(item: Json, own: dict[str, int], packaged: dict[str, int]) -> ShopLine:
    """Return the remaining pieces of an item: Amazon's count, else those that are in no package."""
    line_id, remaining = require_text(item.get("orderItemId")), dig(item, "fulfillment", "quantityUnfulfilled")
    if remaining is None:
        gone = max(_fulfilled(item), packaged.get(line_id, 0))
        remaining = require_whole_number(item.get("quantityOrdered")) - gone
    sku = str(dig(item, "product", "sellerSku") or "")
    return ShopLine(line_id, sku, max(require_whole_number(remaining), 0) + own.get(line_id, 0))
