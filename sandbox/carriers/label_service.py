"""The counter of the sandbox's own protocol: buying, finding, voiding, printing and tracking labels, and prices."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from sandbox.answers import Answer, RefusedError, error, parsed, refused
from sandbox.carriers import services
from sandbox.carriers.contracts import LabelRequest, RateRequest
from sandbox.carriers.sales import Sale, Sales, SoldLabel
from sandbox.carriers.services import Service
from sandbox.faults import Fault

MEDIA_TYPES = {"PDF": "application/pdf", "ZPL": "application/zpl", "PNG": "image/png"}


NO_NUMBER = error(404, "TRACKING.NOT_FOUND", "this carrier knows nothing of that tracking number")


def label_not_found() -> Answer:
    return error(404, "LABEL.NOT_FOUND", "this carrier has no label with that id")


class Counter:
    """Sells labels. Every method is one deed within the gate's transaction."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def buy(self, carrier: str, payload: Any, idempotency_key: str | None, fault: Fault) -> Answer:
        """201 with a new label; 200 with the existing one where the key was seen before.

        Raises:
            RefusedError: 404 unknown carrier, 422 unknown service or bad field.
        """
        _known(carrier)
        known = self._sales.find(carrier, idempotency_key=idempotency_key) if idempotency_key is not None else []
        if known:
            return Answer(200, {**_with_content(known[0]), "replayed": True})
        wanted = parsed(LabelRequest, payload)
        service = _service(carrier, wanted.service)
        sale = Sale(carrier, wanted.service, service, wanted, idempotency_key=idempotency_key, fault=fault)
        return Answer(201, _with_content(self._sales.sell(sale)))

    def find(self, carrier: str, reference: str | None) -> Answer:
        """200 with every label of that reference, voided ones too, oldest first, without content."""
        _known(carrier)
        if not reference:
            raise refused(422, "FIELD.INVALID", "reference: the query parameter is required", name="reference")
        return Answer(200, {"labels": [_facts(label) for label in self._sales.find(carrier, reference=reference)]})

    def document(self, carrier: str, label_id: str) -> Answer:
        label = self._label(carrier, label_id)
        return Answer(200, content=label.document, media_type=MEDIA_TYPES[label.label_format])

    def void(self, carrier: str, label_id: str, fault: Fault) -> Answer:
        """200 with the outcome; a fault of `too_late` or `refund_pending` decides it."""
        outcome = self._sales.void(self._label(carrier, label_id), fault)
        return Answer(200, {"label_id": label_id, "outcome": outcome})

    def track(self, carrier: str, tracking_number: str) -> Answer:
        """200 with where a parcel is, and its events, oldest first."""
        _known(carrier)
        found = self._sales.find(carrier, tracking_number=tracking_number)
        return Answer(200, _tracked(found[0])) if found else NO_NUMBER

    def rates(self, carrier: str, payload: Any) -> Answer:
        """200 with every service's price."""
        _known(carrier)
        wanted = parsed(RateRequest, payload)
        weights = [services.pounds(one.weight, one.weight_unit) for one in wanted.parcels]
        found = [
            {"service": code, "amount": str(services.price(service, weights)), "currency": "USD"}
            for code, service in services.CARRIERS[carrier].items()
        ]
        return Answer(200, {"rates": found})

    def reference_of(self, carrier: str, **by: str) -> str | None:
        return self._sales.reference_of(carrier, **by)

    def ledger(self, reference: str | None) -> list[dict[str, Any]]:
        """Every label of every carrier, or those of one reference, oldest first: all but the document."""
        return [
            {
                **_row_facts(dict(row)),
                "idempotency_key": row["idempotency_key"],
                "created_at": row["created_at"],
                "voided_at": row["voided_at"],
                "label_format": row["label_format"],
                **json.loads(row["request"]),
            }
            for row in self._sales.ledger(reference)
        ]

    def _label(self, carrier: str, label_id: str) -> SoldLabel:
        _known(carrier)
        found = self._sales.find(carrier, label_id=label_id)
        if not found:
            raise RefusedError(label_not_found())
        return found[0]


def _known(carrier: str) -> None:
    if carrier not in services.CARRIERS:
        known = ", ".join(services.CARRIERS)
        raise refused(404, "CARRIER.NOT_FOUND", f"there is no such carrier here; there are {known}")


def _service(carrier: str, code: str) -> Service:
    service = services.CARRIERS[carrier].get(code)
    if service is None:
        valid = ", ".join(services.CARRIERS[carrier])
        raise refused(422, "SERVICE.INVALID", f"{carrier} has no such service; valid ones: {valid}", name="service")
    return service


def _facts(label: SoldLabel) -> dict[str, Any]:
    return _row_facts({name: getattr(label, name) for name in SoldLabel.__slots__})


def _row_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    same = ("label_id", "reference", "carrier", "service", "tracking_number", "status", "void_until")
    return {**{name: row[name] for name in same}, "cost": {"amount": row["amount"], "currency": "USD"}}


def _tracked(label: SoldLabel) -> dict[str, Any]:
    created = {"at": label.created_at, "status": "pre_transit", "description": "label created"}
    events = [{"at": one.at, "status": one.status, "description": one.status.replace("_", " ")} for one in label.scans]
    status = "cancelled" if label.status != "live" else [created, *events][-1]["status"]
    return {"tracking_number": label.tracking_number, "status": status, "events": [created, *events]}


def _with_content(label: SoldLabel) -> dict[str, Any]:
    content = base64.b64encode(label.document).decode()
    return {**_facts(label), "label": {"format": label.label_format, "content_base64": content}}
