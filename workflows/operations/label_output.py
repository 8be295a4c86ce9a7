"""The output of every operation type that buys a label."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from workflows.operations.common_inputs import StrictModel


class ParcelOutput(StrictModel):
    """One parcel of the shipment."""

    number: Annotated[int, Field(description="Number of the parcel, from 1, in the order of the request.")]
    tracking_number: Annotated[str, Field(description="Tracking number.")]
    cost: Annotated[
        str | None,
        Field(description="Cost as a decimal string; null if the carrier reported none for the parcel."),
    ] = None
    currency: Annotated[str | None, Field(description="Currency of `cost`.")] = None


class LabelOutput(StrictModel):
    """The shipment and its label."""

    shipment_id: Annotated[UUID, Field(description="Id of the shipment.")]
    tracking_number: Annotated[str, Field(description="Tracking number of the shipment's first parcel.")]
    carrier: Annotated[str, Field(description="Carrier or aggregator that sold the label.")]
    service: Annotated[str, Field(description="Service that was bought.")]
    carrier_account_id: Annotated[UUID, Field(description="Id of the carrier account.")]
    carrier_shipment_id: Annotated[str, Field(description="The carrier's id of the label.")]
    cost: Annotated[str | None, Field(description="Cost as a decimal string; null if the carrier reported none.")] = (
        None
    )
    currency: Annotated[str | None, Field(description="Currency of `cost`.")] = None
    void_until: Annotated[
        datetime | None, Field(description="Until when the label can be voided; null if the carrier sets no limit.")
    ] = None
    tracking_numbers: Annotated[
        list[str],
        Field(
            default_factory=list,
            description="Tracking numbers of all parcels; empty if an earlier version bought the label.",
        ),
    ]
    parcels: Annotated[
        list[ParcelOutput],
        Field(default_factory=list, description="The parcels; empty if an earlier version bought the label."),
    ]
