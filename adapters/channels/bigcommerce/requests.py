"""Build BigCommerce's requests. Pure."""

from collections.abc import Sequence

from adapters.channels.bigcommerce.answers import parse_line, parse_number
from adapters.channels.bigcommerce.codes import PROVIDER, PROVIDERS, TRACKING_CARRIER, TRACKING_CARRIERS
from adapters.channels.common import ids
from adapters.channels.common.line_items import choose_lines
from adapters.http.json import Json
from domain.carrier_names import find_carrier
from domain.channels import FulfillmentRequest
from domain.errors import Rejected

MAX_TRACKING_NUMBER = 50


def check_order_id(external_id: str) -> str:
    """Return the order's id; raises Rejected if it is not a number."""
    return ids.check_order_number(external_id, "BigCommerce")


def split_id(fulfillment_id: str) -> tuple[str, str]:
    """Return the ids of the order and the shipment in a fulfillment's id.

    Raises:
        Rejected: this adapter does not make such ids.
    """
    order_id, shipment_id = ids.split_id(fulfillment_id)
    if not ids.is_number(shipment_id):
        raise Rejected(
            "a BigCommerce fulfillment id has the form ORDER/SHIPMENT, with two numbers", vendor_code="bad_id"
        )
    return order_id, shipment_id


def build_shipment(reference: str, request: FulfillmentRequest, products: Sequence[Json]) -> Json:
    """Build the body of a shipment, with `reference` in its comments for look-ups.

    Raises:
        Rejected: the order can't be shipped like this; names the field.
        Ambiguous: the products have another shape.
    """
    if len(request.tracking_number) > MAX_TRACKING_NUMBER:
        message = f"BigCommerce accepts tracking numbers of at most {MAX_TRACKING_NUMBER} characters"
        raise Rejected(message, vendor_code="too_long", field="tracking_number")
    by_id = {str(product.get("id")): product for product in products}
    lines = choose_lines([parse_line(product) for product in products], request)
    addresses = {parse_number(by_id[chosen.line.id].get("order_address_id")) for chosen in lines}
    if len(addresses) > 1:
        message = "the line items have different addresses, but a BigCommerce shipment has one"
        raise Rejected(message, vendor_code="several_addresses", field="line_items")
    # A shipment has one tracking number; the comments show those of all parcels.
    parcels = f" Parcels {' '.join(request.parcel_numbers)}" if request.parcel_numbers else ""
    return {
        "order_address_id": addresses.pop(),
        "tracking_number": request.tracking_number,
        **_name_carrier(request),
        "comments": f"Shipped with {request.channel_carrier or request.carrier}. Reference {reference}{parcels}",
        "items": [{"order_product_id": int(chosen.line.id), "quantity": chosen.quantity} for chosen in lines],
    }


def _name_carrier(request: FulfillmentRequest) -> Json:
    """Return the carrier as one of BigCommerce's providers, else by AfterShip's name, else only in the comments.

    Raises:
        Rejected: the client's `channel_carrier` is neither.
    """
    name = request.channel_carrier
    if name is None:
        carrier = find_carrier(request.carrier) or ""
        provider, tracking_carrier = PROVIDERS.get(carrier, ""), TRACKING_CARRIERS.get(carrier, "")
    elif PROVIDER.fullmatch(name):
        provider, tracking_carrier = name, ""
    elif TRACKING_CARRIER.fullmatch(name):
        provider, tracking_carrier = "", name
    else:
        message = "must be a BigCommerce shipping provider or a carrier's AfterShip slug"
        raise Rejected(message, vendor_code="bad_carrier", field="channel_carrier")
    return {"shipping_provider": provider, **({"tracking_carrier": tracking_carrier} if tracking_carrier else {})}
