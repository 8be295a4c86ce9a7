"""Weighs the parcels of a sale, and draws its labels."""

from decimal import Decimal

from sandbox.answers import refuse
from sandbox.carriers import services
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.label_layout import LabelLayout, address_lines, option_lines, to_printable
from sandbox.carriers.labels_pdf import draw_pdf
from sandbox.carriers.labels_png import draw_png
from sandbox.carriers.labels_zpl import draw_zpl
from sandbox.carriers.services import Service

DRAW = {"PDF": draw_pdf, "ZPL": draw_zpl, "PNG": draw_png}


def weigh(carrier: str, request: LabelRequest) -> list[Decimal]:
    """Return the parcels' weights in pounds.

    Raises:
        RefusedError: 422, a parcel is too heavy.
    """
    heaviest = services.HEAVIEST_POUNDS[carrier]
    weights = [services.pounds(parcel.weight, parcel.weight_unit) for parcel in request.parcels]
    for place, weight in enumerate(weights):
        if weight > heaviest:
            name = f"parcels.{place}.weight"
            raise refuse(422, "FIELD.INVALID", f"{name}: {carrier} accepts at most {heaviest} lb", name=name)
    return weights


def draw_label(service: Service, request: LabelRequest, tracking_number: str, parcels: str) -> bytes:
    """Return the label of one parcel; `parcels` is the line about its weight."""
    layout = LabelLayout(
        service=service.title,
        reference=to_printable(request.reference),
        tracking_number=tracking_number,
        ship_from=address_lines(request.ship_from),
        ship_to=address_lines(request.ship_to),
        parcels=parcels,
        options=option_lines(request.options),
    )
    return DRAW[request.label_format](layout)
