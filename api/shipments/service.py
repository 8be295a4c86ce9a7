"""Finding shipments and their labels."""

from api.answers import Answer, one, page
from api.auth import Caller
from api.shipments.schemas import ShipmentQuery, ShipmentRead
from api.types import path_id
from domain.errors import NotFound

RESOURCE = "shipment"
MEDIA_TYPES = {"PDF": "application/pdf", "ZPL": "application/zpl", "PNG": "image/png"}


async def list_shipments(caller: Caller, query: ShipmentQuery) -> Answer:
    """Answer with a page of shipments and the exact total."""
    wanted = query.page_query()
    async with caller.context.database.autocommit(caller.organization_id) as data:
        found, total = await data.shipments.list_(query.filters(), wanted)
    return page([ShipmentRead.model_validate(shipment) for shipment in found], wanted, total)


async def get_shipment(caller: Caller, given_id: str) -> Answer:
    """Answer with one shipment."""
    shipment_id = path_id(given_id, RESOURCE)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        shipment = await data.shipments.get(shipment_id)
    if shipment is None:
        raise NotFound(RESOURCE, shipment_id)
    return one(ShipmentRead.model_validate(shipment))


async def get_label(caller: Caller, given_id: str) -> Answer:
    """Answer with the label's document, as it came from the carrier.

    Raises:
        NotFound: there is no such shipment, or (`label_not_found`) a person recorded it without its document.
    """
    shipment_id = path_id(given_id, RESOURCE)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        found = await data.shipments.label(shipment_id)
        if found is None and await data.shipments.get(shipment_id) is None:
            raise NotFound(RESOURCE, shipment_id)
    if found is None:
        raise NotFound("label", shipment_id)
    document, label_format = found
    name = f"label-{shipment_id}.{label_format.lower()}"
    headers = {"Content-Type": MEDIA_TYPES[label_format], "Content-Disposition": f'inline; filename="{name}"'}
    return Answer(200, document, headers)
