"""The sales channel's desk: orders, and the fulfillments made of them, by the books.

Nothing runs in the background. A fulfillment that is answered later keeps the time of its answer and
what the answer will be, and its status is read off the clock, so that it comes true over any restart.
"""

import json
import secrets
import sqlite3
from datetime import timedelta
from typing import Any

from sandbox import times
from sandbox.answers import Answer, RefusedError, error, parsed
from sandbox.channel.contracts import FulfillmentRequest, OrderRequest
from sandbox.channel.quantities import Lines, remaining, taken
from sandbox.faults import Fault, FaultScript
from sandbox.store import Books


def order_not_found() -> Answer:
    return error(404, "ORDER.NOT_FOUND", "the channel has no order with that id")


def fulfillment_not_found() -> Answer:
    return error(404, "FULFILLMENT.NOT_FOUND", "the channel has no fulfillment with that id")


class Desk:
    """Takes orders and fulfillments. Every method is one deed within the gate's transaction.

    Attributes:
        answer_after_seconds: how much later fulfillments are answered that do not say it themselves.
            In memory: a restarted sandbox answers at once.
    """

    def __init__(self, books: Books, faults: FaultScript) -> None:
        self._books = books
        self._faults = faults
        self.answer_after_seconds = 0.0

    def put_order(self, external_id: str, payload: Any) -> Answer:
        """200 with the order; what was fulfilled of a line item stays fulfilled."""
        self._register(external_id, parsed(OrderRequest, payload))
        return self.get_order(external_id)

    def get_order(self, external_id: str) -> Answer:
        order_number, _ = self._order(external_id)
        shown = ("id", "sku", "name", "quantity", "remaining")
        items = [{name: line[name] for name in shown} for line in self.lines(external_id)]
        return Answer(200, {"external_id": external_id, "order_number": order_number, "line_items": items})

    def lines(self, external_id: str) -> Lines:
        """Everything of an order's line items, with what remains.

        Raises:
            RefusedError: 404 unknown order.
        """
        _, lines = self._order(external_id)
        left = remaining(lines, self._fulfilled(external_id))
        return [{**line, "remaining": left[line["id"]]} for line in lines]

    def fulfill(self, external_id: str, payload: Any, idempotency_key: str | None) -> Answer:
        """201 live, 202 where it is answered later, 200 with the existing one where the key was seen before.

        Raises:
            RefusedError: 404 unknown order, 422 bad field or more than remains.
        """
        if idempotency_key is not None:
            row = self._books.one("SELECT * FROM fulfillments WHERE idempotency_key = ?", idempotency_key)
            if row is not None:
                return Answer(200, {**_facts(row), "replayed": True})
        wanted = parsed(FulfillmentRequest, payload)
        if wanted.order is not None and not self._knows(external_id):
            self._register(external_id, wanted.order)
        _, ordered = self._order(external_id)
        left = remaining(ordered, self._fulfilled(external_id))
        lines = taken(ordered, left, wanted.line_items)
        row = self._accept(external_id, wanted, lines, idempotency_key)
        return Answer(202 if row["answer_at"] else 201, _facts(row))

    def find(self, external_id: str, reference: str | None) -> Answer:
        """200 with the order's fulfillments of that reference, or all of them, oldest first."""
        self._order(external_id)
        rows = self._books.all(
            "SELECT * FROM fulfillments WHERE external_id = ?1 AND (?2 IS NULL OR reference = ?2) ORDER BY seq",
            external_id,
            reference,
        )
        return Answer(200, {"fulfillments": [_facts(row) for row in rows]})

    def status(self, fulfillment_id: str) -> Answer:
        return Answer(200, _facts(self._fulfillment(fulfillment_id)))

    def cancel(self, fulfillment_id: str, fault: Fault) -> Answer:
        """200 with the outcome; of a rejected one nothing is left to cancel, so it is `already_cancelled`."""
        row = self._fulfillment(fulfillment_id)
        outcome = "cancelled" if _status(row) in ("live", "pending") else "already_cancelled"
        if fault.kind == "too_late":
            outcome = "too_late"
        if outcome == "cancelled":
            self._books.write(
                "UPDATE fulfillments SET cancelled_at = ? WHERE fulfillment_id = ?",
                times.written_now(),
                fulfillment_id,
            )
        return Answer(200, {"fulfillment_id": fulfillment_id, "outcome": outcome})

    def reference_of(self, fulfillment_id: str) -> str | None:
        row = self._books.one("SELECT reference FROM fulfillments WHERE fulfillment_id = ?", fulfillment_id)
        return None if row is None else str(row["reference"])

    def ledger(self, reference: str | None) -> list[dict[str, Any]]:
        """Every fulfillment, or those of one reference, oldest first."""
        rows = self._books.all("SELECT * FROM fulfillments WHERE ?1 IS NULL OR reference = ?1 ORDER BY seq", reference)
        return [_entry(row) for row in rows]

    def entries(self, *, external_id: str | None = None, fulfillment_id: str | None = None) -> list[dict[str, Any]]:
        """An order's fulfillments, oldest first, or one of them, as in the ledger; none where it is unknown."""
        rows = self._books.all(
            "SELECT * FROM fulfillments WHERE external_id = ?1 OR fulfillment_id = ?2 ORDER BY seq",
            external_id,
            fulfillment_id,
        )
        return [_entry(row) for row in rows]

    def _register(self, external_id: str, order: OrderRequest) -> None:
        self._books.write(
            "INSERT INTO orders (external_id, order_number, line_items) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (external_id) DO UPDATE SET order_number = ?2, line_items = ?3",
            external_id,
            order.order_number,
            json.dumps([line.model_dump() for line in order.line_items]),
        )

    def _knows(self, external_id: str) -> bool:
        return self._books.one("SELECT 1 FROM orders WHERE external_id = ?", external_id) is not None

    def _order(self, external_id: str) -> tuple[str | None, Lines]:
        row = self._books.one("SELECT * FROM orders WHERE external_id = ?", external_id)
        if row is None:
            raise RefusedError(order_not_found())
        return row["order_number"], json.loads(row["line_items"])

    def _fulfilled(self, external_id: str) -> list[Lines]:
        rows = self._books.all("SELECT * FROM fulfillments WHERE external_id = ?", external_id)
        return [json.loads(row["line_items"]) for row in rows if _status(row) in ("live", "pending")]

    def _fulfillment(self, fulfillment_id: str) -> sqlite3.Row:
        row = self._books.one("SELECT * FROM fulfillments WHERE fulfillment_id = ?", fulfillment_id)
        if row is None:
            raise RefusedError(fulfillment_not_found())
        return row

    def _accept(
        self, external_id: str, wanted: FulfillmentRequest, lines: Lines, idempotency_key: str | None
    ) -> sqlite3.Row:
        delay = wanted.answer_after_seconds or self.answer_after_seconds
        answer, answer_at = "live", None
        if delay > 0:
            answer_at = times.written_now(after=timedelta(seconds=delay))
            if self._faults.take("fulfillments.answer").kind == "reject":
                answer = "rejected"
        fulfillment_id = f"ful_{secrets.token_hex(12)}"
        self._books.write(
            "INSERT INTO fulfillments (fulfillment_id, external_id, reference, idempotency_key, tracking_number,"
            " carrier, line_items, notify_customer, answer, answer_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            fulfillment_id,
            external_id,
            wanted.reference,
            idempotency_key,
            wanted.tracking_number,
            wanted.carrier,
            json.dumps(lines),
            wanted.notify_customer,
            answer,
            answer_at,
            times.written_now(),
        )
        return self._fulfillment(fulfillment_id)


def _entry(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **_facts(row),
        "notify_customer": bool(row["notify_customer"]),
        "idempotency_key": row["idempotency_key"],
        "created_at": row["created_at"],
        "cancelled_at": row["cancelled_at"],
    }


def _status(row: sqlite3.Row) -> str:
    if row["cancelled_at"]:
        return "cancelled"
    if row["answer_at"] and times.written_now() < row["answer_at"]:
        return "pending"
    return str(row["answer"])


def _facts(row: sqlite3.Row) -> dict[str, Any]:
    status = _status(row)
    ended = row["cancelled_at"] or times.written_now()
    went_live = row["answer"] == "live" and (row["answer_at"] or row["created_at"]) <= ended
    return {
        "fulfillment_id": row["fulfillment_id"],
        "reference": row["reference"],
        "external_id": row["external_id"],
        "tracking_number": row["tracking_number"],
        "carrier": row["carrier"],
        "status": status,
        "line_items": json.loads(row["line_items"]),
        "notified": bool(row["notify_customer"]) and went_live,
        "answer_at": row["answer_at"],
        "message": "The channel rejected this fulfillment." if status == "rejected" else None,
    }
