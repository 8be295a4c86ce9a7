"""The orders of the sandbox's shop and their fulfillments, in the store.

Nothing runs in the background. A fulfillment that is answered later stores its answer and the time of the answer. Its
status follows from the clock, so it survives restarts.
"""

import json
import secrets
import sqlite3
from datetime import timedelta
from typing import Any

from sandbox import times
from sandbox.answers import parse, refuse
from sandbox.channel.contracts import FulfillmentRequest, OrderChange, OrderRequest
from sandbox.channel.quantities import Lines, remaining, take
from sandbox.faults import Fault, FaultScript
from sandbox.store import Store

Entry = dict[str, Any]

CHANGES = ("refunded", "cancelled", "shipped")
"""Kinds of changes that a merchant makes to the line items of an order."""


class ChannelService:
    """Handles orders and fulfillments for all channels' protocols. Every method runs within the gate's transaction.

    Attributes:
        answer_after_seconds: the delay of answers to fulfillments that may wait. It is kept in memory, so a restarted
            sandbox answers at once.
    """

    def __init__(self, store: Store, faults: FaultScript) -> None:
        self._store = store
        self._faults = faults
        self.answer_after_seconds = 0.0

    def put_order(self, external_id: str, payload: Any) -> dict[str, Any]:
        """Replace an order's line items, and return the order; its fulfillments stay."""
        order = parse(OrderRequest, payload)
        self._store.write(
            "INSERT INTO orders (external_id, order_number, line_items) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (external_id) DO UPDATE SET order_number = ?2, line_items = ?3",
            external_id,
            order.order_number,
            json.dumps([line.model_dump() for line in order.line_items]),
        )
        return self.order(external_id)

    def order(self, external_id: str) -> dict[str, Any]:
        """Return an order.

        Raises:
            RefusedError: 404 unknown order.
        """
        order_number, _ = self._order(external_id)
        names = ("id", "sku", "name", "quantity", *CHANGES, "remaining")
        items = [{name: line[name] for name in names} for line in self.lines(external_id)]
        state = self.state(external_id)
        return {"external_id": external_id, "order_number": order_number, "state": state, "line_items": items}

    def change_order(self, external_id: str, payload: Any) -> dict[str, Any]:
        """Change an order as its merchant would; raises as `order` does, and 422 for an unknown line item."""
        change = parse(OrderChange, payload).model_dump(exclude_none=True)
        _, ordered = self._order(external_id)
        known = {line["id"] for line in ordered}
        counts = {name: {line["id"]: line["quantity"] for line in change[name]} for name in CHANGES if name in change}
        if any(not pieces.keys() <= known for pieces in counts.values()):
            raise refuse(422, "FIELD.INVALID", "the order has no such line item")
        changed = {**self._changes(external_id), **counts}
        self._store.write(
            "INSERT INTO order_changes (external_id, state, refunded, cancelled, shipped) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT (external_id) DO UPDATE SET state = ?2, refunded = ?3, cancelled = ?4, shipped = ?5",
            external_id,
            change.get("state", self.state(external_id)),
            *(json.dumps(changed[name]) for name in CHANGES),
        )
        return self.order(external_id)

    def state(self, external_id: str) -> str:
        """Return an order's state, in the sandbox's terms."""
        row = self._store.one("SELECT state FROM order_changes WHERE external_id = ?", external_id)
        return "open" if row is None else str(row["state"])

    def lines(self, external_id: str) -> Lines:
        """Return an order's line items with all counts and the remaining quantity; raises as `order` does.

        `fulfilled` counts the pieces of fulfillments and those that the merchant shipped.
        """
        _, lines = self._order(external_id)
        changes, fulfilled = self._changes(external_id), self._list_fulfilled(external_id)
        left = remaining(lines, fulfilled)
        counted = []
        for line in lines:
            counts = {name: changes[name].get(line["id"], 0) for name in CHANGES}
            fulfilled_count = line["quantity"] - left[line["id"]] + counts["shipped"]
            rest = line["quantity"] - fulfilled_count - counts["refunded"] - counts["cancelled"]
            counted.append({**line, **counts, "fulfilled": fulfilled_count, "remaining": max(rest, 0)})
        return counted

    def fulfill(
        self,
        external_id: str,
        payload: Any,
        idempotency_key: str | None = None,
        *,
        may_wait: bool = False,
        counts_refunds: bool = True,
    ) -> Entry:
        """Create a fulfillment; return the existing one if the key was used before.

        `may_wait`: the channel may answer later. `counts_refunds`: the channel refuses refunded or cancelled pieces.

        Raises:
            RefusedError: 404 unknown order, 422 bad field or more than remains.
        """
        if idempotency_key is not None:
            row = self._store.one("SELECT * FROM fulfillments WHERE idempotency_key = ?", idempotency_key)
            if row is not None:
                return _entry(row)
        request = parse(FulfillmentRequest, payload)
        ordered = self.lines(external_id)
        left = {line["id"]: _left(line, counts_refunds=counts_refunds) for line in ordered}
        lines = take(ordered, left, request.line_items)
        delay = self.answer_after_seconds if may_wait else 0.0
        return self._accept(external_id, request, lines, idempotency_key, delay)

    def cancel(self, fulfillment_id: str, fault: Fault) -> str:
        """Cancel a fulfillment; return the outcome, which is `already_cancelled` for a rejected fulfillment.

        Raises:
            RefusedError: 404 unknown fulfillment.
        """
        entry = self._fulfillment(fulfillment_id)
        if entry["status"] not in ("live", "pending"):
            return "already_cancelled"
        if fault.kind == "too_late":
            return "too_late"
        self._store.write(
            "UPDATE fulfillments SET cancelled_at = ? WHERE fulfillment_id = ?", times.format_now(), fulfillment_id
        )
        return "cancelled"

    def reference_of(self, fulfillment_id: str) -> str | None:
        found = self.entries(fulfillment_id=fulfillment_id)
        return str(found[0]["reference"]) if found else None

    def ledger(self, reference: str | None) -> list[Entry]:
        """Return every fulfillment, or those of one reference, oldest first."""
        rows = self._store.all("SELECT * FROM fulfillments WHERE ?1 IS NULL OR reference = ?1 ORDER BY seq", reference)
        return [_entry(row) for row in rows]

    def entries(self, *, external_id: str | None = None, fulfillment_id: str | None = None) -> list[Entry]:
        """Return an order's fulfillments, oldest first, or one fulfillment; an empty list if unknown."""
        rows = self._store.all(
            "SELECT * FROM fulfillments WHERE external_id = ?1 OR fulfillment_id = ?2 ORDER BY seq",
            external_id,
            fulfillment_id,
        )
        return [_entry(row) for row in rows]

    def _order(self, external_id: str) -> tuple[str | None, Lines]:
        row = self._store.one("SELECT * FROM orders WHERE external_id = ?", external_id)
        if row is None:
            raise refuse(404, "ORDER.NOT_FOUND", "the shop has no order with that id")
        return row["order_number"], json.loads(row["line_items"])

    def _changes(self, external_id: str) -> dict[str, dict[str, int]]:
        row = self._store.one("SELECT * FROM order_changes WHERE external_id = ?", external_id)
        return {name: {} if row is None else json.loads(row[name]) for name in CHANGES}

    def _list_fulfilled(self, external_id: str) -> list[Lines]:
        entries = self.entries(external_id=external_id)
        return [entry["line_items"] for entry in entries if entry["status"] in ("live", "pending")]

    def _fulfillment(self, fulfillment_id: str) -> Entry:
        found = self.entries(fulfillment_id=fulfillment_id)
        if not found:
            raise refuse(404, "FULFILLMENT.NOT_FOUND", "the shop has no fulfillment with that id")
        return found[0]

    def _accept(
        self, external_id: str, request: FulfillmentRequest, lines: Lines, idempotency_key: str | None, delay: float
    ) -> Entry:
        answer, answer_at = "live", None
        if delay > 0:
            answer_at = times.format_now(after=timedelta(seconds=delay))
            if self._faults.take("fulfillments.answer").kind == "reject":
                answer = "rejected"
        fulfillment_id = f"ful_{secrets.token_hex(12)}"
        self._store.write(
            "INSERT INTO fulfillments (fulfillment_id, external_id, reference, idempotency_key, tracking_number,"
            " carrier, line_items, notify_customer, answer, answer_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            fulfillment_id,
            external_id,
            request.reference,
            idempotency_key,
            request.tracking_number,
            request.carrier,
            json.dumps(lines),
            request.notify_customer,
            answer,
            answer_at,
            times.format_now(),
        )
        return self._fulfillment(fulfillment_id)


def _left(line: dict[str, Any], *, counts_refunds: bool) -> int:
    return int(line["remaining"]) if counts_refunds else max(line["quantity"] - line["fulfilled"], 0)


def _status(row: sqlite3.Row) -> str:
    if row["cancelled_at"]:
        return "cancelled"
    if row["answer_at"] and times.format_now() < row["answer_at"]:
        return "pending"
    return str(row["answer"])


def _entry(row: sqlite3.Row) -> Entry:
    names = ("fulfillment_id", "reference", "external_id", "tracking_number", "carrier", "answer_at")
    ended = row["cancelled_at"] or times.format_now()
    went_live = row["answer"] == "live" and (row["answer_at"] or row["created_at"]) <= ended
    status = _status(row)
    return {
        **{name: row[name] for name in names},
        "status": status,
        "line_items": json.loads(row["line_items"]),
        "notify_customer": bool(row["notify_customer"]),
        "notified": bool(row["notify_customer"]) and went_live,
        "message": "The shop rejected this fulfillment." if status == "rejected" else None,
        **{name: row[name] for name in ("idempotency_key", "created_at", "cancelled_at")},
    }
