"""An action that the operation's state does not allow gets 409; an undo that is not available gets 422."""

from typing import Any

from tests.fixtures.api import Api, data, refused

OPERATIONS = "/api/operations"


def test_only_a_pending_operation_can_be_executed_or_cancelled(api: Api) -> None:
    """In the other five statuses both calls get 409 with the status."""
    cancelled = api.status_change()
    data(api.http.post(f"{OPERATIONS}/{cancelled['id']}/cancel"))
    completed = api.done(api.status_change())
    undone = api.done(api.status_change())
    data(api.http.post(f"{OPERATIONS}/{undone['id']}/undo"))
    api.sandbox.script("labels.create", "reject")
    failed = api.done(api.label(), "failed")
    api.sandbox.script("labels.create", "slow:30")
    executing = api.label()
    assert api.http.post(f"{OPERATIONS}/{executing['id']}/execute").status_code == 202
    ended = {"cancelled": cancelled, "completed": completed, "undone": undone, "failed": failed, "executing": executing}
    for status, operation in ended.items():
        for call in ("execute", "cancel"):
            error = refused(api.http.post(f"{OPERATIONS}/{operation['id']}/{call}"), 409, "operation_not_pending")
            assert error["details"]["status"] == status
    api.sandbox.clear()
    api.until(executing["id"], lambda operation: operation["status"] == "completed")


def test_only_a_failed_operation_can_be_retried(api: Api) -> None:
    error = refused(api.http.post(f"{OPERATIONS}/{api.label()['id']}/retry"), 409, "operation_not_failed")
    assert error["details"]["status"] == "pending"


def test_an_operation_without_attention_cannot_be_resolved(api: Api) -> None:
    body = {"outcome": "happened", "reason": "I saw it"}
    answer = api.http.post(f"{OPERATIONS}/{api.label()['id']}/resolve", json=body)
    assert refused(answer, 409, "nothing_to_resolve")["details"]["status"] == "pending"


def undo_and_get_error(api: Api, operation: dict[str, Any], reason: str, **body: Any) -> dict[str, Any]:
    error = refused(api.http.post(f"{OPERATIONS}/{operation['id']}/undo", json=body), 422, "undo_not_available")
    assert error["details"]["reason"] == reason
    return error


def test_undo_of_an_operation_that_is_not_completed(api: Api) -> None:
    """Pending, cancelled and failed operations can't be undone."""
    operation = api.label()
    assert undo_and_get_error(api, operation, "not_completed")["details"]["status"] == "pending"
    data(api.http.post(f"{OPERATIONS}/{operation['id']}/cancel"))
    assert undo_and_get_error(api, operation, "not_completed")["details"]["status"] == "cancelled"
    api.sandbox.script("labels.create", "reject")
    assert undo_and_get_error(api, api.done(api.label(), "failed"), "not_completed")["details"]["status"] == "failed"


def test_undo_of_a_type_without_undo(api: Api) -> None:
    """A void can't be undone, and neither can a push to a channel that can't cancel."""
    bought = api.done(api.label())["output"]
    void = api.done(api.create("void_shipment", None, shipment_id=bought["shipment_id"]))
    undo_and_get_error(api, void, "type_not_undoable")
    bridge = api.bridge(can_cancel=False)
    push = api.create("push_fulfillment", api.order()["id"], bridge_id=bridge["id"], tracking_number="1", carrier="ups")
    undo_and_get_error(api, api.done(push), "type_not_undoable")


def test_undo_after_the_window(api: Api) -> None:
    """The carrier rejects the void as too late: the operation stays completed."""
    operation = api.done(api.label())
    api.sandbox.script("labels.void", "too_late")
    error = undo_and_get_error(api, operation, "window_closed")
    assert error["details"]["status"] == "completed"
    assert "reports that it is too late" in error["message"], "the window is open by our own clock"
    assert api.get(operation["id"])["status"] == "completed"


def test_a_forced_undo_needs_a_reason(api: Api) -> None:
    """The log contains the reason. The undo keeps a status that the order got after the operation."""
    order = api.order()
    operation = api.done(api.status_change(order["id"], "on_hold"))
    data(api.http.patch(f"/api/orders/{order['id']}", json={"status": "delivered"}))
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/undo", json={"force": True})
    refused(answer, 422, "invalid_input")
    forced = {"force": True, "reason": "the courier was wrong"}
    assert data(api.http.post(f"{OPERATIONS}/{operation['id']}/undo", json=forced))["status"] == "undone"
    assert data(api.http.get(f"/api/orders/{order['id']}"))["status"] == "delivered"
    assert "the courier was wrong" in str(api.get(operation["id"])["logs"])


def test_undo_twice(api: Api) -> None:
    operation = api.done(api.label())
    assert data(api.http.post(f"{OPERATIONS}/{operation['id']}/undo"))["status"] == "undone"
    assert undo_and_get_error(api, operation, "already_undone")["details"]["status"] == "undone"


def test_undo_while_it_is_in_progress(api: Api) -> None:
    operation = api.done(api.label())
    api.sandbox.script("labels.void", "slow:30")
    started = api.http.post(f"{OPERATIONS}/{operation['id']}/undo", headers={"Prefer": "wait=0"})
    assert started.status_code == 202
    undo_and_get_error(api, operation, "in_progress")
    api.sandbox.clear()
    api.until(operation["id"], lambda operation: operation["status"] == "undone")
