"""EasyPost's calls: shipments are created, and bought once."""

import secrets
from datetime import datetime

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body
from sandbox.carriers.easypost import contracts, mapping
from sandbox.carriers.easypost.auth import easypost_error, invalid_parameter
from sandbox.carriers.easypost.mapping import Draft
from sandbox.carriers.easypost.options import find_customs_problem
from sandbox.carriers.invoices import draw_invoice
from sandbox.carriers.sales import MEDIA_TYPES, Sale, Sales, SoldLabel
from sandbox.faults import Fault

CARRIER = "easypost"
NO_SHIPMENT = easypost_error(404, "NOT_FOUND", "The requested resource could not be found.")
NO_FILE = Answer(404, content=b"<Error><Code>NoSuchKey</Code></Error>", media_type="application/xml")


class EasyPostService:
    """Handles the calls.

    Unbought shipments and rejected refunds are kept in memory until the simulator ends. The store uses a bought
    shipment's id as its idempotency key, so it cannot be bought twice.
    """

    def __init__(self, sales: Sales) -> None:
        self._sales = sales
        self._drafts: dict[str, Draft] = {}
        self._rejected: set[str] = set()
        self._tried: set[str] = set()

    def create(self, body: Body) -> Answer:
        """Return 201 with a new shipment, even if the reference exists already."""
        shipment = parse(contracts.NewShipment, body.payload(), invalid_parameter).shipment
        draft = Draft(f"shp_{secrets.token_hex(16)}", shipment)
        self._drafts[draft.shipment_id] = draft
        found = mapping.draft_response(draft)
        if shipment.carrier_accounts and mapping.CARRIER_ACCOUNT not in shipment.carrier_accounts:
            found["rates"] = []
            found["messages"] = [mapping.rate_error("the carrier account does not belong to this user")]
        elif draft.ounces > mapping.MAX_OUNCES:
            found["rates"] = []
            found["messages"] = [mapping.rate_error("Package weight exceeds the maximum of 70 lb for USPS.")]
        return Answer(201, found)

    def buy(self, shipment_id: str, body: Body, fault: Fault, files: str) -> Answer:
        """Return 200 with the shipment and its label; 422 if it was bought before."""
        if self._sales.find(CARRIER, idempotency_key=shipment_id):
            message = "Postage already exists for this shipment."
            return easypost_error(422, "SHIPMENT.POSTAGE.EXISTS", message)
        draft = self._drafts.get(shipment_id)
        if draft is None:
            return NO_SHIPMENT
        purchase = parse(contracts.Purchase, body.payload(), invalid_parameter)
        offered = [found["service"] for found in mapping.rates(draft) if found["id"] == purchase.rate.id]
        code = next(iter(offered), None)
        if code is None:
            return easypost_error(422, "SHIPMENT.RATE.INVALID", "The rate is not one of the shipment's.", name="rate")
        problem = find_customs_problem(draft.shipment)
        if problem is not None:
            return easypost_error(422, "SHIPMENT.POSTAGE.FAILURE", problem, name="customs_info")
        request = mapping.to_label_request(draft, code, purchase.insurance)
        sale = Sale(
            CARRIER,
            request.service,
            mapping.SERVICES[code],
            request,
            numbers=mapping.NUMBERS,
            idempotency_key=shipment_id,
            fault=fault,
        )
        return Answer(200, self._shipment(self._sales.sell(sale), files))

    def retrieve(self, name: str, files: str) -> Answer:
        """Return 200 with the shipment of an id or a reference; the oldest, if several have the reference."""
        draft = self._draft(name)
        sold = self._find_label(draft.shipment_id if draft else name)
        if sold is not None:
            return Answer(200, self._shipment(sold, files))
        return Answer(200, mapping.draft_response(draft)) if draft else NO_SHIPMENT

    def list_purchased(self, query: dict[str, str], files: str) -> Answer:
        """Return 200 with a page of the bought shipments, newest first."""
        begin, end = query.get("start_datetime"), query.get("end_datetime")
        entries = [entry for entry in self._sales.ledger(None)[::-1] if entry["carrier"] == CARRIER]
        entries = [entry for entry in entries if _is_within(entry["created_at"], begin, end)]
        ids = [entry["idempotency_key"] for entry in entries]
        before = query.get("before_id")
        begins = ids.index(before) + 1 if before in ids else 0
        size = min(int(query.get("page_size", "20")), 100)
        page = [
            self._sales.find(CARRIER, idempotency_key=shipment_id)[0] for shipment_id in ids[begins : begins + size]
        ]
        shipments = [self._shipment(sold, files) for sold in page]
        return Answer(200, {"shipments": shipments, "has_more": len(ids) > begins + size})

    def refund(self, shipment_id: str, fault: Fault, files: str) -> Answer:
        """Return 200 with the refund's state; 422 if a refund was requested before."""
        sold = self._find_label(shipment_id)
        if sold is None:
            return NO_SHIPMENT
        before = sold.status
        outcome = self._sales.void(sold, fault)
        if outcome == "too_late":
            self._rejected.add(shipment_id)
            self._sales.scan_first(sold)
        if before != "live":
            return easypost_error(422, "SHIPMENT.REFUND.UNAVAILABLE", "A refund was requested before.")
        return Answer(200, self._shipment(self._sales.find(CARRIER, idempotency_key=shipment_id)[0], files))

    def list_trackers(self, tracking_code: str) -> Answer:
        """Return 200 with the trackers of a number: one or none."""
        return Answer(200, mapping.trackers_response(self._sales.find(CARRIER, tracking_number=tracking_code)))

    def get_file(self, label_id: str) -> Answer:
        """Return 200 with a document."""
        found = self._sales.find(CARRIER, label_id=label_id)
        if not found:
            raise RefusedError(NO_FILE)
        return Answer(200, content=found[0].document, media_type=MEDIA_TYPES[found[0].label_format])

    def get_invoice(self, label_id: str) -> Answer:
        """Return 200 with a shipment's commercial invoice."""
        found = self._sales.find(CARRIER, label_id=label_id)
        invoice = draw_invoice(found[0]) if found else None
        if invoice is None:
            raise RefusedError(NO_FILE)
        return Answer(200, content=invoice, media_type=MEDIA_TYPES["PDF"])

    def try_to_buy(self, shipment_id: str) -> str | None:
        """Return the reference of a shipment, and record that a client tried to buy it."""
        reference = self.reference_of(shipment_id)
        self._tried.add(reference or shipment_id)
        return reference

    def was_tried(self, reference: str) -> bool:
        """Return True if a client tried to buy a shipment with this reference."""
        return reference in self._tried or bool(self._sales.find(CARRIER, reference=reference))

    def reference_of(self, shipment_id: str) -> str | None:
        draft = self._drafts.get(shipment_id)
        if draft is not None:
            return draft.shipment.reference
        return self._sales.reference_of(CARRIER, idempotency_key=shipment_id)

    def reference_of_number(self, tracking_code: str) -> str | None:
        return self._sales.reference_of(CARRIER, tracking_number=tracking_code)

    def reference_of_file(self, label_id: str) -> str | None:
        return self._sales.reference_of(CARRIER, label_id=label_id)

    def _draft(self, name: str) -> Draft | None:
        found = self._drafts.get(name)
        return found or next((draft for draft in self._drafts.values() if draft.shipment.reference == name), None)

    def _find_label(self, name: str) -> SoldLabel | None:
        by = {"idempotency_key": name} if name.startswith("shp_") else {"reference": name}
        found = self._sales.find(CARRIER, **by)
        return found[0] if found else None

    def _shipment(self, sold: SoldLabel, files: str) -> mapping.Json:
        return mapping.shipment_response(sold, files, rejected=sold.idempotency_key in self._rejected)


def _is_within(at: str, begin: str | None, end: str | None) -> bool:
    moment = datetime.fromisoformat(at)
    return (begin is None or moment >= datetime.fromisoformat(begin)) and (
        end is None or moment <= datetime.fromisoformat(end)
    )
