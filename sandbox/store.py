"""The sandbox's store: one SQLite file that survives a kill -9 of the server.

WAL with synchronous=NORMAL: the operating system has each commit before the call is answered, so it survives the end of
the process; a power failure may lose the last ones. Only the server's single event loop uses the store, never across an
await, so transactions do not overlap.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import times

REQUESTS_KEPT = 20_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS labels (
    seq INTEGER PRIMARY KEY,
    label_id TEXT NOT NULL UNIQUE,
    carrier TEXT NOT NULL,
    reference TEXT NOT NULL,
    idempotency_key TEXT,
    service TEXT NOT NULL,
    tracking_number TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    amount TEXT NOT NULL,
    void_until TEXT NOT NULL,
    label_format TEXT NOT NULL,
    request TEXT NOT NULL,
    created_at TEXT NOT NULL,
    voided_at TEXT,
    document BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS labels_by_reference ON labels (reference);
CREATE UNIQUE INDEX IF NOT EXISTS labels_by_key ON labels (carrier, idempotency_key);
CREATE VIEW IF NOT EXISTS label_facts AS
    SELECT seq, label_id, carrier, reference, idempotency_key, service, tracking_number, status, amount,
        void_until, label_format, request, created_at, voided_at
    FROM labels;
CREATE TABLE IF NOT EXISTS label_pieces (
    label_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    tracking_number TEXT NOT NULL UNIQUE,
    amount TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (label_id, number)
);
CREATE TABLE IF NOT EXISTS parcel_scans (
    seq INTEGER PRIMARY KEY,
    tracking_number TEXT NOT NULL,
    status TEXT NOT NULL,
    at TEXT NOT NULL,
    code TEXT,
    place TEXT
);
CREATE INDEX IF NOT EXISTS parcel_scans_by_number ON parcel_scans (tracking_number);
CREATE TABLE IF NOT EXISTS orders (
    external_id TEXT PRIMARY KEY,
    order_number TEXT,
    line_items TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS order_changes (
    external_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    refunded TEXT NOT NULL,
    cancelled TEXT NOT NULL,
    shipped TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS fulfillments (
    seq INTEGER PRIMARY KEY,
    fulfillment_id TEXT NOT NULL UNIQUE,
    external_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    tracking_number TEXT NOT NULL,
    carrier TEXT NOT NULL,
    line_items TEXT NOT NULL,
    notify_customer INTEGER NOT NULL,
    answer TEXT NOT NULL,
    answer_at TEXT,
    created_at TEXT NOT NULL,
    cancelled_at TEXT
);
CREATE INDEX IF NOT EXISTS fulfillments_by_order ON fulfillments (external_id);
CREATE INDEX IF NOT EXISTS fulfillments_by_reference ON fulfillments (reference);
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    reference TEXT,
    fault TEXT,
    at TEXT NOT NULL,
    status INTEGER
);
"""


class Store:
    """The open store; close it when the server ends."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(data_dir / "sandbox.sqlite3", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of the block, or none."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def all(self, query: str, *values: Any) -> list[sqlite3.Row]:
        return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row

    def write(self, statement: str, *values: Any) -> None:
        self._connection.execute(statement, values)

    def note_request(self, target: str, reference: str | None, fault: str | None, status: int | None) -> None:
        """Log one call; `status` is None if it gets no answer. Only the newest `REQUESTS_KEPT` are kept."""
        cursor = self._connection.execute(
            "INSERT INTO requests (target, reference, fault, at, status) VALUES (?, ?, ?, ?, ?)",
            (target, reference, fault, times.format_now(), status),
        )
        self._connection.execute("DELETE FROM requests WHERE seq <= ?", ((cursor.lastrowid or 0) - REQUESTS_KEPT,))

    def list_requests(self, target: str | None, reference: str | None) -> list[dict[str, Any]]:
        """Return the logged calls, oldest first, filtered by target and reference if given."""
        rows = self.all(
            "SELECT target, reference, fault, at, status FROM requests"
            " WHERE target = coalesce(?1, target) AND (?2 IS NULL OR reference = ?2) ORDER BY seq",
            target,
            reference,
        )
        return [dict(row) for row in rows]
