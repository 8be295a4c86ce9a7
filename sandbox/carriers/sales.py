"""Sells and voids labels in the store, for all carriers' protocols."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from sandbox import times
from sandbox.answers import refuse
from sandbox.carriers import services
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.fees import fee_of
from sandbox.carriers.label_layout import LabelLayout, address_lines, option_lines, parcels_line, to_printable
from sandbox.carriers.labels_pdf import draw_pdf
from sandbox.carriers.labels_png import draw_png
from sandbox.carriers.labels_zpl import draw_zpl
from sandbox.carriers.services import Service
from sandbox.carriers.tracking_numbers import random_tracking_number
from sandbox.faults import Fault
from sandbox.store import Store

VOID_WINDOW = timedelta(days=30)
LARGE_LABEL = 2 * 1024 * 1024
MEDIA_TYPES = {"PDF": "application/pdf", "ZPL": "application/zpl", "PNG": "image/png"}
_FIND = {
    "label_id": "SELECT * FROM labels WHERE carrier = ? AND label_id = ? ORDER BY seq",
    "reference": "SELECT * FROM labels WHERE carrier = ? AND reference = ? ORDER BY seq",
    "tracking_number": "SELECT * FROM labels WHERE carrier = ? AND tracking_number = ? ORDER BY seq",
    "idempotency_key": "SELECT * FROM labels WHERE carrier = ? AND idempotency_key = ? ORDER BY seq",
}
_DRAW = {"PDF": draw_pdf, "ZPL": draw_zpl, "PNG": draw_png}


ScanStatus = Literal["pre_transit", "in_transit", "out_for_delivery", "delivered", "exception", "returned"]
_NOT_SEEN: ScanStatus = "pre_transit"


@dataclass(frozen=True, slots=True)
class Scan:
    """The sighting of a parcel: its stage, and the vendor's own code for it if the script has one."""

    status: ScanStatus
    at: str
    code: str | None = None
    place: str | None = None

    def describe(self, texts: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
        """Return the vendor's code and text for the scan's own code, or for its stage."""
        return (self.code, f"Scan {self.code}") if self.code else texts[self.status]


@dataclass(frozen=True, slots=True)
class SoldLabel:
    """One label of the store; times are texts in the format of `sandbox.times`.

    `status` is live, voided, refund_pending or refund_rejected.
    """

    label_id: str
    carrier: str
    reference: str
    idempotency_key: str | None
    service: str
    tracking_number: str
    status: str
    amount: str
    void_until: str
    label_format: str
    created_at: str
    document: bytes
    request: dict[str, Any]
    """The fields of `_STORED`, in the sandbox's own format."""
    scans: tuple[Scan, ...]
    """In the order of entry; the last one is the parcel's current state."""

    def history(self) -> list[Scan]:
        """Return the purchase and each scan, in their order."""
        return [Scan(_NOT_SEEN, self.created_at), *self.scans]

    @property
    def is_scanned(self) -> bool:
        """True if the carrier has the parcel, so that the label cannot be voided."""
        return any(scan.status != _NOT_SEEN for scan in self.scans)


_STORED = {"ship_from", "ship_to", "parcels", "invoice_total", "options", "customs", "echo"}
_COLUMNS = [name for name in SoldLabel.__slots__ if name != "scans"]
_INSERT = f"INSERT INTO labels ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Sale:
    """A label to sell.

    Attributes:
        carrier: the vendor whose protocol the request used.
        code: the vendor's code of the service.
        service: its title, price and tracking numbers.
        request: the sender, the recipient and the parcels.
        numbers: the carrier whose tracking numbers to use: fedex, ups or usps; default: `carrier`.
        idempotency_key: unique for the carrier.
        fault: `large_label` makes a document of 2 MB.
    """

    carrier: str
    code: str
    service: Service
    request: LabelRequest
    numbers: str | None = None
    idempotency_key: str | None = None
    fault: Fault | None = None


class Sales:
    """Sells and voids labels. Every method runs within the gate's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sell(self, sale: Sale) -> SoldLabel:
        """Print a label and store it.

        Raises:
            RefusedError: 422, a parcel is too heavy.
        """
        request = sale.request
        weights = _weights(sale.numbers or sale.carrier, request)
        tracking_number = self._unused_tracking_number(sale)
        document = _draw(sale.service, request, tracking_number, weights)
        price = services.price(sale.service, weights, residential=bool(request.ship_to.residential))
        if sale.fault is not None and sale.fault.kind == "large_label":
            document = document.ljust(LARGE_LABEL, b"\n")
        sold = SoldLabel(
            label_id=f"lbl_{secrets.token_hex(12)}",
            carrier=sale.carrier,
            reference=request.reference,
            idempotency_key=sale.idempotency_key,
            service=sale.code,
            tracking_number=tracking_number,
            status="live",
            amount=str(price + fee_of(request.options)),
            void_until=times.format_now(after=VOID_WINDOW),
            label_format=request.label_format,
            created_at=times.format_now(),
            document=document,
            request=request.model_dump(mode="json", include=_STORED),
            scans=(),
        )
        values = {name: getattr(sold, name) for name in _COLUMNS}
        self._store.write(_INSERT, *{**values, "request": json.dumps(sold.request)}.values())
        return sold

    def find(self, carrier: str, **by: str) -> list[SoldLabel]:
        """Return the carrier's labels, oldest first, by label_id, reference, tracking_number or idempotency_key."""
        ((column, value),) = by.items()
        rows = self._store.all(_FIND[column], carrier, value)
        return [_read(row, self._scans(row["tracking_number"])) for row in rows]

    def find_by_name(self, name: str) -> SoldLabel | None:
        """Return the newest label of any carrier with that reference or tracking number."""
        sql = "SELECT carrier, label_id FROM label_facts WHERE ?1 IN (reference, tracking_number) ORDER BY seq DESC"
        row = self._store.one(sql, name)
        return self.find(row["carrier"], label_id=row["label_id"])[0] if row is not None else None

    def scan(self, label: SoldLabel, scan: Scan) -> None:
        """Record a scan of the label's parcel."""
        self._store.write(
            "INSERT INTO parcel_scans (tracking_number, status, at, code, place) VALUES (?, ?, ?, ?, ?)",
            label.tracking_number,
            scan.status,
            scan.at,
            scan.code,
            scan.place,
        )

    def scan_first(self, label: SoldLabel) -> None:
        """Record a pickup scan unless the parcel has scans, so that later voids are too late as well."""
        if not self._scans(label.tracking_number):
            self.scan(label, Scan("in_transit", times.format_now()))

    def _scans(self, tracking_number: str) -> tuple[Scan, ...]:
        sql = "SELECT status, at, code, place FROM parcel_scans WHERE tracking_number = ? ORDER BY seq"
        return tuple(Scan(**dict(row)) for row in self._store.all(sql, tracking_number))

    def reference_of(self, carrier: str, **by: str) -> str | None:
        """Return the reference of the first label that `find` returns, to log it with a request."""
        found = self.find(carrier, **by)
        return found[0].reference if found else None

    def void(self, label: SoldLabel, fault: Fault) -> str:
        """Void a label; return voided, already_voided, refund_pending or too_late.

        A fault of the last two kinds sets the outcome of a live label. A scanned parcel is too late.
        """
        outcome = choose_void_outcome(label, fault)
        if outcome in ("voided", "refund_pending"):
            self._store.write(
                "UPDATE labels SET status = ?, voided_at = ? WHERE label_id = ? AND status = 'live'",
                outcome,
                times.format_now(),
                label.label_id,
            )
        return outcome

    def decide_refund(self, label: SoldLabel, decision: str) -> bool:
        """Decide a pending refund, `settled` or `rejected`; return False if there is none."""
        status = {"settled": "voided", "rejected": "refund_rejected"}[decision]
        sql = "UPDATE labels SET status = ? WHERE label_id = ? AND status = 'refund_pending' RETURNING label_id"
        return self._store.one(sql, status, label.label_id) is not None

    def ledger(self, reference: str | None) -> list[dict[str, Any]]:
        """Return all labels of all carriers, or those of one reference, oldest first, without documents."""
        sql = "SELECT * FROM label_facts WHERE ?1 IS NULL OR reference = ?1 ORDER BY seq"
        return [_ledger_entry(dict(row)) for row in self._store.all(sql, reference)]

    def _unused_tracking_number(self, sale: Sale) -> str:
        while True:
            number = random_tracking_number(sale.numbers or sale.carrier, sale.service.tracking_prefix)
            if self._store.one("SELECT 1 FROM labels WHERE tracking_number = ?", number) is None:
                return number


def reprint(label: SoldLabel, service: Service, label_format: str) -> bytes:
    """Return the label's document in another format."""
    request = LabelRequest(reference=label.reference, service=label.service, label_format=label_format, **label.request)
    return _draw(service, request, label.tracking_number, _weights(label.carrier, request))


def pounds_of(label: SoldLabel) -> Decimal:
    """Return the declared weight of the label's parcels in total."""
    parcels = label.request["parcels"]
    return sum((services.pounds(Decimal(parcel["weight"]), parcel["weight_unit"]) for parcel in parcels), Decimal(0))


def _read(row: sqlite3.Row, scans: tuple[Scan, ...]) -> SoldLabel:
    fields = {name: row[name] for name in _COLUMNS}
    return SoldLabel(**{**fields, "request": json.loads(row["request"])}, scans=scans)


def _ledger_entry(row: dict[str, Any]) -> dict[str, Any]:
    cost = {"amount": row.pop("amount"), "currency": "USD"}
    request = json.loads(row.pop("request"))
    request.pop("echo", None)
    return {**row, "cost": cost, **request}


def _weights(carrier: str, request: LabelRequest) -> list[Decimal]:
    heaviest = services.HEAVIEST_POUNDS[carrier]
    weights = [services.pounds(parcel.weight, parcel.weight_unit) for parcel in request.parcels]
    for place, weight in enumerate(weights):
        if weight > heaviest:
            name = f"parcels.{place}.weight"
            raise refuse(422, "FIELD.INVALID", f"{name}: {carrier} accepts at most {heaviest} lb", name=name)
    return weights


def _draw(service: Service, request: LabelRequest, tracking_number: str, weights: list[Decimal]) -> bytes:
    layout = LabelLayout(
        service=service.title,
        reference=to_printable(request.reference),
        tracking_number=tracking_number,
        ship_from=address_lines(request.ship_from),
        ship_to=address_lines(request.ship_to),
        parcels=parcels_line(weights, request.customs),
        options=option_lines(request.options),
    )
    return _DRAW[request.label_format](layout)


def choose_void_outcome(label: SoldLabel, fault: Fault) -> str:
    """Return the outcome of a void; a fault changes only that of a live label, because a carrier knows the others."""
    if label.status in ("voided", "refund_rejected"):
        return "already_voided"
    if label.status == "refund_pending":
        return "refund_pending"
    if fault.kind in ("too_late", "refund_pending"):
        return fault.kind
    return "voided" if times.format_now() <= label.void_until and not label.is_scanned else "too_late"
