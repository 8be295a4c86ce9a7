"""Bulk actions: executed, cancelled, retried and undone by their ids or by a counted filter, with a real engine."""

from typing import Any

from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop

PATH = "/api/bulk-actions"
COUNTS = ("total", "waiting", "running", "succeeded", "failed", "skipped")


async def act(shop: LiveShop, action: str, **body: Any) -> Any:
    """Create a bulk action, and return it after its end."""
    created = await shop.data("POST", PATH, {"action": action, **body})
    return await wait_for_end(shop, created["id"])


async def wait_for_end(shop: LiveShop, bulk_action_id: str) -> Any:
    async def ended() -> Any:
        found = await shop.data("GET", f"{PATH}/{bulk_action_id}")
        return found if found["status"] == "ended" else None

    return await eventually(ended, 60.0, "the bulk action has ended")


async def items(shop: LiveShop, bulk_action_id: str) -> dict[str, Any]:
    found = await shop.data("GET", f"{PATH}/{bulk_action_id}/items?limit=100")
    return {item["operation_id"]: item for item in found}


async def status_of(shop: LiveShop, operation_id: str) -> str:
    return str((await shop.data("GET", f"/api/operations/{operation_id}"))["status"])


def counts(action: Any) -> list[int]:
    return [action[name] for name in COUNTS]


async def test_a_filter_is_counted_and_then_executed(live_shop: LiveShop) -> None:
    created = [await live_shop.create() for _ in range(3)]
    other = await live_shop.create("update_order_status")
    wanted = {"action": "execute", "filter": {"type": "create_shipment"}}

    counted = await live_shop.call("POST", PATH, {**wanted, "dry_run": True})
    assert (counted.status_code, counted.json()) == (200, {"data": {"count": 3}})

    response = await live_shop.call("POST", PATH, {**wanted, "expected_count": 3})
    action = response.json()["data"]
    assert (response.status_code, response.headers["Location"]) == (202, f"{PATH}/{action['id']}")
    assert (action["status"], counts(action)) == ("running", [3, 3, 0, 0, 0, 0])

    ended = await wait_for_end(live_shop, action["id"])
    assert counts(ended) == [3, 0, 0, 3, 0, 0]
    assert ended["filter"] == {"type": "create_shipment"}
    assert {await status_of(live_shop, ident) for ident in created} == {"completed"}
    assert await status_of(live_shop, other) == "pending"
    found = await items(live_shop, action["id"])
    assert {(item["status"], item["run"], item["error"]) for item in found.values()} == {("succeeded", 1, None)}
    assert set(found) == set(created)


async def test_operations_in_another_state_are_skipped_with_the_error_of_the_single_call(live_shop: LiveShop) -> None:
    pending, completed = await live_shop.create(), await live_shop.complete()

    cancelled = await act(live_shop, "cancel", ids=[pending, completed])

    assert counts(cancelled) == [2, 0, 0, 1, 0, 1]
    found = await items(live_shop, cancelled["id"])
    assert found[pending]["status"] == "succeeded"
    single = (await live_shop.call("POST", f"/api/operations/{completed}/cancel")).json()["error"]
    assert found[completed]["error"] == {name: single[name] for name in ("code", "message", "details")}


async def test_failed_operations_of_a_bulk_action_are_retried(live_shop: LiveShop) -> None:
    created = [await live_shop.create() for _ in range(2)]
    await live_shop.sandbox.script("labels.create", "reject")
    executed = await act(live_shop, "execute", ids=created)
    assert counts(executed) == [2, 0, 0, 1, 1, 0]
    (failed,) = [item for item in (await items(live_shop, executed["id"])).values() if item["status"] == "failed"]
    assert failed["error"]["code"] == "rejected"
    wanted = {"bulk_action_id": executed["id"], "error_code": "rejected"}

    retried = await act(live_shop, "retry", filter=wanted, expected_count=1)

    assert counts(retried) == [1, 0, 0, 1, 0, 0]
    assert {await status_of(live_shop, ident) for ident in created} == {"completed"}
    (item,) = (await items(live_shop, retried["id"])).values()
    assert item["run"] == 2


async def test_an_undo_first_undoes_what_uses_the_shipment(live_shop: LiveShop) -> None:
    bought = await live_shop.complete()
    operation = await live_shop.data("GET", f"/api/operations/{bought}")
    fields = {"shipment_id": operation["output"]["shipment_id"], "bridge_id": live_shop.bridge_id}
    body = {"type": "push_fulfillment", "order_id": operation["order_id"], "input": fields}
    pushed = (await live_shop.data("POST", "/api/operations", body))["id"]
    assert (await live_shop.execute(pushed))["status"] == "completed"

    undone = await act(live_shop, "undo", ids=[bought, pushed], force=False)

    assert counts(undone) == [2, 0, 0, 2, 0, 0]
    assert {await status_of(live_shop, ident) for ident in (bought, pushed)} == {"undone"}


async def test_a_failed_undo_has_the_reason(live_shop: LiveShop) -> None:
    bought = await live_shop.complete()
    await live_shop.sandbox.script("labels.void", "too_late")

    undone = await act(live_shop, "undo", ids=[bought])

    assert counts(undone) == [1, 0, 0, 0, 1, 0]
    (item,) = (await items(live_shop, undone["id"])).values()
    assert item["error"]["code"] == "too_late"


async def test_operations_of_a_paused_account_wait_and_can_be_cancelled(live_shop: LiveShop) -> None:
    """As with single calls: the runs are held, and a cancel is possible until something was sent."""
    created = [await live_shop.create() for _ in range(3)]
    account = f"/api/carrier-accounts/{live_shop.account_id}"
    await live_shop.data("POST", f"{account}/pause", {"reason": "The warehouse counts its stock."})
    executed = await live_shop.data("POST", PATH, {"action": "execute", "ids": created})

    async def are_held() -> bool:
        operations = [await live_shop.data("GET", f"/api/operations/{ident}") for ident in created]
        return all((operation["progress"] or {}).get("state") == "account_paused" for operation in operations)

    await eventually(are_held, 60.0, "the operations wait")
    order_id = (await live_shop.data("GET", f"/api/operations/{created[0]}"))["order_id"]
    held = {"held": True, "order_id": order_id}
    by_filter = await act(live_shop, "cancel", filter=held, expected_count=1)
    assert [*await items(live_shop, by_filter["id"])] == [created[0]]
    cancelled = await act(live_shop, "cancel", ids=created[1:2])
    assert counts(by_filter) == counts(cancelled) == [1, 0, 0, 1, 0, 0]

    await live_shop.data("POST", f"{account}/resume", {"reason": "The stock is counted."})
    ended = await wait_for_end(live_shop, executed["id"])
    assert counts(ended) == [3, 0, 0, 1, 2, 0]
    codes = {item["error"] and item["error"]["code"] for item in (await items(live_shop, ended["id"])).values()}
    assert codes == {None, "cancelled"}


async def test_the_reason_of_a_forced_undo_is_logged(live_shop: LiveShop) -> None:
    bought = await live_shop.complete()

    await act(live_shop, "undo", ids=[bought], force=True, reason="the courier never came")

    (started,) = live_shop.rows.select_log(bought, type="operation.undo_started")
    assert started["details"] == {"force": True, "reason": "the courier never came"}
