"""The trigger `record_change` inserts an event for each change of a resource."""

from typing import Any
from uuid import UUID

import pytest

from domain.currencies import DECIMALS, format_amount
from tests.fixtures.builders import Json
from tests.fixtures.rows import Rows, now


def events_of(rows: Rows, subject_id: UUID) -> list[Json]:
    """Return the events of a resource, oldest first, without its creation."""
    found = rows.select("events", subject_id=subject_id)
    created, *changes = sorted(found, key=lambda event: int(event["ordinal"]))
    assert created["type"] == f"{created['subject_type']}.created"
    assert created["changes"] is None
    assert created["data"]["id"] == str(subject_id)
    return changes


def fields_of(event: Json) -> dict[str, Any]:
    """Return the changes of an event: the values before and after, or None if only the name of the field is shown."""
    return {
        change["field"]: (change["before"], change["after"]) if "after" in change else None
        for change in event["changes"]
    }


ADDRESS = {"name": "Ada Lovelace", "street1": "1 Main St", "city": "Portland", "country": "US"}

KINDS = {
    "orders": "order", "shipments": "shipment", "carrier_accounts": "account", "bridges": "bridge",
    "memberships": "user",
}  # fmt: skip


def insert(rows: Rows, table: str) -> UUID:
    """Insert a row of the table."""
    ident: UUID = getattr(rows, f"insert_{KINDS[table]}")()
    return ident


CHANGES: list[tuple[str, Json, str, dict[str, Any]]] = [
    ("orders", {"status": "shipped"}, "order.status_changed", {"status": ("pending", "shipped")}),
    ("orders", {"ship_to": ADDRESS}, "order.changed", {"ship_to": None}),
    ("orders", {"order_number": "B", "line_items": ()}, "order.changed",
     {"order_number": ("#1001", "B"), "line_items": None}),
    ("shipments", {"status": "voided"}, "shipment.voided", {"status": ("label_created", "voided")}),
    ("shipments", {"status": "refund_pending", "refund": "pending"}, "shipment.refund_pending",
     {"status": ("label_created", "refund_pending"), "refund": (None, {"status": "pending"})}),
    ("carrier_accounts", {"is_default": True}, "carrier_account.changed", {"is_default": (False, True)}),
    ("carrier_accounts", {"credentials": b"other", "name": "Mine"}, "carrier_account.changed",
     {"credentials": None, "name": None}),
    ("bridges", {"status": "auth_failed"}, "bridge.auth_failed", {"status": ("active", "auth_failed")}),
    ("memberships", {"role": "viewer"}, "user.changed", {"role": ("operator", "viewer")}),
    ("memberships", {"name": "Ada"}, "user.changed", {"name": None}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "columns", "type_", "fields"), CHANGES)
def test_a_change_has_one_event(rows: Rows, table: str, columns: Json, type_: str, fields: dict[str, Any]) -> None:
    """Its type names the change, and its changes have no personal or secret value."""
    ident = insert(rows, table)
    rows.update(table, ident, **columns)
    (event,) = events_of(rows, ident)
    assert (event["type"], fields_of(event)) == (type_, fields)


BOOKKEEPING: list[tuple[str, Json]] = [
    ("orders", {"updated_at": now()}),
    ("shipments", {"track_at": now(), "tracking_checked_at": now(), "tracking_failures": 3}),
    ("carrier_accounts", {"probes": 3, "probe_at": now(), "track_after": now(), "resumed_at": now()}),
    ("bridges", {"probes": 3, "updated_at": now()}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "columns"), BOOKKEEPING)
def test_bookkeeping_has_no_event(rows: Rows, table: str, columns: Json) -> None:
    """The service's own times and counts are no news."""
    ident = insert(rows, table)
    rows.update(table, ident, **columns)
    assert events_of(rows, ident) == []


def test_each_step_of_a_refund_has_its_type(rows: Rows) -> None:
    ident = rows.insert_shipment()
    for status, refund in (("refund_pending", "pending"), ("voided", "settled")):
        rows.update("shipments", ident, status=status, refund=refund)
    rows.update("shipments", ident, tracking_status="in_transit", scanned_at=now())
    types = [event["type"] for event in events_of(rows, ident)]
    assert types == ["shipment.refund_pending", "shipment.refund_settled", "shipment.tracking_changed"]


def test_a_pause_has_its_events_and_its_log(rows: Rows) -> None:
    """A failed probe, which leaves the account paused, is an event of its own."""
    ident = rows.insert_account()
    pause = {"status": "paused", "status_reason": "no money", "pause_cause": "funds", "paused_by": "system"}
    rows.update("carrier_accounts", ident, **pause, paused_at=now())
    rows.update("carrier_accounts", ident, probed_by=ident)
    rows.update("carrier_accounts", ident, probed_by=None, status_reason="still no money")
    rows.run("select set_config('orderly.reason', 'it has money', false)")
    rows.update("carrier_accounts", ident, status="active", status_reason=None, paused_at=None)
    rows.run("select set_config('orderly.reason', '', false)")
    log = [(event["type"], event["message"]) for event in events_of(rows, ident)]
    assert log == [
        ("carrier_account.paused", "The carrier account is paused: no money"),
        ("carrier_account.probe_failed", "The carrier account is paused: still no money"),
        ("carrier_account.resumed", "The carrier account is active again: it has money"),
    ]
    paused, *_ = events_of(rows, ident)
    assert paused["data"]["pause"].keys() == {"cause", "actor", "since"}


def test_a_deletion_shows_the_last_state(rows: Rows) -> None:
    ident = rows.insert_bridge()
    rows.delete("bridges", ident)
    (event,) = events_of(rows, ident)
    assert (event["type"], event["data"]["id"], event["changes"]) == ("bridge.deleted", str(ident), None)


def test_one_statement_may_change_many_resources(rows: Rows) -> None:
    idents = [rows.insert_order() for _ in range(3)]
    rows.run("update orders set status = 'shipped' where id = any(%s)", idents[:2])
    assert [len(events_of(rows, ident)) for ident in idents] == [1, 1, 0]


def test_amounts_have_the_decimals_of_their_currency(rows: Rows) -> None:
    """As in the API's answers."""
    cases = [(amount, code) for code in (*DECIMALS, "ZZZ", None) for amount in ("12.5000", "7", "0.1234", "-3.00")]
    found = rows.connection.execute(
        "select array_agg(event_amount(amount, code) order by place)"
        " from unnest(%s::text[], %s::text[]) with ordinality as cases (amount, code, place)",
        [[amount for amount, _ in cases], [code for _, code in cases]],
    ).fetchone()
    assert found is not None
    assert found[0] == [format_amount(amount, code) for amount, code in cases]
