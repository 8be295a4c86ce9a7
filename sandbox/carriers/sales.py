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
from sandbox.carriers import services
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.fees import fee_of
from sandbox.carriers.label_layout import parcels_line
from sandbox.carriers.prints import draw_label, weigh
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
    "tracking_number": """
        SELECT * FROM labels WHERE carrier = ?1
            AND (tracking_number = ?2 OR label_id = (SELECT label_id FROM label_pieces WHERE tracking_number = ?2))
        ORDER BY seq
    """,
    "idempotency_key": "SELECT * FROM labels WHERE carrier = ? AND idempotency_key = ? ORDER BY seq",
}


_IS_USED = """
    SELECT 1 FROM labels WHERE tracking_number = ?1
    UNION ALL SELECT 1 FROM label_pieces WHERE tracking_number = ?1
"""
_BY_NAME = """
    SELECT carrier, label_id FROM label_facts
    WHERE ?1 IN (reference, tracking_number)
        OR label_id = (SELECT label_id FROM label_pieces WHERE tracking_number = ?1)
    ORDER BY seq DESC
"""

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
class Piece:
    """One parcel of a label, counted from 1; `scans` are in the order of entry."""

    number: int
    tracking_number: str
    amount: str
    document: bytes
    scans: tuple[Scan, ...] = ()

    @property
    def is_scanned(self) -> bool:
        """True if the carrier has the parcel."""
        return any(scan.status != _NOT_SEEN for scan in self.scans)


@dataclass(frozen=True, slots=True)
class SoldLabel:
    """One label of the store; times are texts in the format of `sandbox.times`.

    `status` is live, voided, refund_pending or refund_rejected. `parts` are the parcels of a label sold with several
    tracking numbers, the first of which is the label's own; empty for all others.
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
    parts: tuple[Piece, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The parcels with their own tracking numbers."""
        return self.parts or (Piece(1, self.tracking_number, self.amount, self.document, self.scans),)

    def find_piece(self, tracking_number: str) -> Piece:
        """Return the parcel with a tracking number, else the first one."""
        return next((piece for piece in self.pieces if piece.tracking_number == tracking_number), self.pieces[0])

    def history(self, piece: Piece | None = None) -> list[Scan]:
        """Return the purchase and each scan of a parcel, by default of the first one, in their order."""
        return [Scan(_NOT_SEEN, self.created_at), *(self.scans if piece is None else piece.scans)]

    @property
    def is_scanned(self) -> bool:
        """True if the carrier has a parcel, so that the label cannot be voided."""
        return any(piece.is_scanned for piece in self.pieces)


_STORED = {"ship_from", "ship_to", "parcels", "invoice_total", "options", "customs", "echo"}
_COLUMNS = [name for name in SoldLabel.__slots__ if name not in ("scans", "parts")]
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
        has_pieces: whether each of several parcels has its own tracking number and label.
    """

    carrier: str
    code: str
    service: Service
    request: LabelRequest
    numbers: str | None = None
    idempotency_key: str | None = None
    fault: Fault | None = None
    has_pieces: bool = False


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
        weights = weigh(sale.numbers or sale.carrier, request)
        parts = self._make_pieces(sale, weights) if sale.has_pieces and len(weights) > 1 else ()
        if parts:
            tracking_number, document = parts[0].tracking_number, parts[0].document
            amount = sum((Decimal(part.amount) for part in parts), Decimal(0))
        else:
            tracking_number, amount = self._unused_tracking_number(sale), _price(sale, weights)
            line = parcels_line(weights, request.customs)
            document = draw_label(sale.service, request, tracking_number, line)
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
            amount=str(amount),
            void_until=times.format_now(after=VOID_WINDOW),
            label_format=request.label_format,
            created_at=times.format_now(),
            document=document,
            request=request.model_dump(mode="json", include=_STORED),
            scans=(),
            parts=parts,
        )
        values = {name: getattr(sold, name) for name in _COLUMNS}
        self._store.write(_INSERT, *{**values, "request": json.dumps(sold.request)}.values())
        for part in parts:
            row = (sold.label_id, part.number, part.tracking_number, part.amount, part.document)
            self._store.write("INSERT INTO label_pieces VALUES (?, ?, ?, ?, ?)", *row)
        return sold

    def _make_pieces(self, sale: Sale, weights: list[Decimal]) -> tuple[Piece, ...]:
        """Price and print the parcels one by one; their tracking numbers ascend."""
        numbers = sorted({self._unused_tracking_number(sale) for _ in weights})
        while len(numbers) < len(weights):
            numbers = sorted({*numbers, self._unused_tracking_number(sale)})
        pieces = []
        for number, (weight, tracking_number) in enumerate(zip(weights, numbers, strict=True), 1):
            line = f"{number} of {len(weights)}: {parcels_line([weight], sale.request.customs)}"
            document = draw_label(sale.service, sale.request, tracking_number, line)
            pieces.append(Piece(number, tracking_number, str(_price(sale, [weight])), document))
        return tuple(pieces)

    def find(self, carrier: str, **by: str) -> list[SoldLabel]:
        """Return the carrier's labels, oldest first, by label_id, reference, tracking_number or idempotency_key."""
        ((column, value),) = by.items()
        rows = self._store.all(_FIND[column], carrier, value)
        return [_read(row, self._scans(row["tracking_number"]), self._pieces(row["label_id"])) for row in rows]

    def _pieces(self, label_id: str) -> tuple[Piece, ...]:
        sql = "SELECT number, tracking_number, amount, document FROM label_pieces WHERE label_id = ? ORDER BY number"
        rows = [dict(row) for row in self._store.all(sql, label_id)]
        return tuple(Piece(**row, scans=self._scans(row["tracking_number"])) for row in rows)

    def find_by_name(self, name: str) -> SoldLabel | None:
        """Return the newest label of any carrier with that reference or tracking number."""
        row = self._store.one(_BY_NAME, name)
        return self.find(row["carrier"], label_id=row["label_id"])[0] if row is not None else None

    def scan(self, label: SoldLabel, scan: Scan, tracking_number: str | None = None) -> None:
        """Record a scan of one of the label's parcels, by default of the first one."""
        self._store.write(
            "INSERT INTO parcel_scans (tracking_number, status, at, code, place) VALUES (?, ?, ?, ?, ?)",
            tracking_number or label.tracking_number,
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
        return [_ledger_entry(dict(row), self._pieces(row["label_id"])) for row in self._store.all(sql, reference)]

    def _unused_tracking_number(self, sale: Sale) -> str:
        while True:
            number = random_tracking_number(sale.numbers or sale.carrier, sale.service.tracking_prefix)
            if self._store.one(_IS_USED, number) is None:
                return number


def reprint(label: SoldLabel, service: Service, label_format: str, piece: Piece | None = None) -> bytes:
    """Return the label's document in another format, by default that of the first parcel."""
    request = LabelRequest(reference=label.reference, service=label.service, label_format=label_format, **label.request)
    number = label.tracking_number if piece is None else piece.tracking_number
    return draw_label(service, request, number, parcels_line(weigh(label.carrier, request), request.customs))


def pounds_of(label: SoldLabel, piece: Piece | None = None) -> Decimal:
    """Return the declared weight of a parcel of a label, or of a label's parcels in total."""
    parcels = label.request["parcels"]
    if piece is not None and label.parts:
        parcels = parcels[piece.number - 1 : piece.number]
    return sum((services.pounds(Decimal(parcel["weight"]), parcel["weight_unit"]) for parcel in parcels), Decimal(0))


def _price(sale: Sale, weights: list[Decimal]) -> Decimal:
    request = sale.request
    price = services.price(sale.service, weights, residential=bool(request.ship_to.residential))
    return price + fee_of(request.options)


def _read(row: sqlite3.Row, scans: tuple[Scan, ...], parts: tuple[Piece, ...]) -> SoldLabel:
    fields = {name: row[name] for name in _COLUMNS}
    return SoldLabel(**{**fields, "request": json.loads(row["request"])}, scans=scans, parts=parts)


def _ledger_entry(row: dict[str, Any], pieces: tuple[Piece, ...]) -> dict[str, Any]:
    cost = {"amount": row.pop("amount"), "currency": "USD"}
    request = json.loads(row.pop("request"))
    request.pop("echo", None)
    numbers = {"tracking_numbers": [piece.tracking_number for piece in pieces]} if pieces else {}
    return {**row, "cost": cost, **request, **numbers}


def list_visible(label: SoldLabel, fault: Fault) -> tuple[Piece, ...]:
    """Return the parcels that a look-up shows: with the fault `part`, all but the last one of several."""
    is_part = fault.kind == "part" and len(label.pieces) > 1
    return label.pieces[:-1] if is_part else label.pieces


def choose_void_outcome(label: SoldLabel, fault: Fault) -> str:
    """Return the outcome of a void; a fault changes only that of a live label, because a carrier knows the others."""
    if label.status in ("voided", "refund_rejected"):
        return "already_voided"
    if label.status == "refund_pending":
        return "refund_pending"
    if fault.kind in ("too_late", "refund_pending"):
        return fault.kind
    return "voided" if times.format_now() <= label.void_until and not label.is_scanned else "too_late"
